/** A few of the kills of `npm run kills`, other ones in each run. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { canHaveWebkit } from '../../scripts/webkit.mjs';
import { asMuch } from '../fixtures/wide.mjs';
import { chromium, firefox } from './engines/puppeteer.mjs';
import { webkit } from './engines/webkit.mjs';
import { killAgainAndAgain } from './kills.mjs';

test('no change that the edge has taken is lost with a tab or a browser, and none that is older than 250 ms', async (t) => {
  const seed = Date.now() % 1_000_000;
  t.diagnostic(`seed ${seed}`);
  const plan = [
    { engine: chromium, kills: asMuch(5, 2) },
    { engine: firefox, kills: asMuch(3, 1) },
    { engine: webkit, kills: canHaveWebkit ? asMuch(2, 1) : 0 },
  ];
  const kills = await killAgainAndAgain({ plan, seed });
  assert.ok(kills.some(({ changes }) => changes > 0));
  assert.deepEqual(
    kills.filter(({ lost }) => lost.length > 0),
    [],
  );
});

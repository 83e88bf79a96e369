/** A few of the histories of `npm run converge` through real browsers. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { canHaveWebkit } from '../../scripts/webkit.mjs';
import { playInBrowser } from '../convergence/browsers.mjs';
import { asMuch } from '../fixtures/wide.mjs';
import { chromium, firefox } from './engines/puppeteer.mjs';
import { webkit } from './engines/webkit.mjs';

const plan = [
  { engine: chromium, histories: asMuch(4, 1) },
  { engine: firefox, histories: asMuch(2, 1) },
  ...(canHaveWebkit ? [{ engine: webkit, histories: asMuch(2, 1) }] : []),
];

for (const { engine, histories } of plan) {
  test(`${engine.name}: ${histories} histories of three devices end alike`, async (t) => {
    const seed = Date.now() % 1_000_000;
    t.diagnostic(`seed ${seed}`);
    assert.deepEqual(await playInBrowser({ engine, histories, seed }), []);
  });
}

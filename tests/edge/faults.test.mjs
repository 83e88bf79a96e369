/** A short cut through the fault matrix; `npm run faults` runs all of it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { brokenOf, KILLS, table, unmet } from '../faults/cells.mjs';
import { errandMatrix } from '../faults/errands.mjs';
import { faultMatrix } from '../faults/matrix.mjs';

/** One that recognises repeats, and one that does not. */
const TWO = ['resend', 'postmark'];
const SLOW = /** @type {const} */ (['timeout', 'drip']);
const QUICK = /** @type {const} */ (['429', '500', 'reset', 'malformed']);

/** @type {import('../faults/cells.mjs').Round[]} */
const ROUNDS = [
  { kill: 'no', faults: QUICK },
  { kill: 'no', faults: SLOW, only: TWO },
  { kill: 'during', faults: ['none'] },
  ...KILLS.filter((kill) => kill !== 'no').map((kill) => ({
    kill,
    faults: kill === 'during' ? SLOW : /** @type {const} */ (['none', ...SLOW]),
    only: TWO,
  })),
];

/** @param {import('../faults/cells.mjs').Cell[]} cells @param {import('node:test').TestContext} t */
function wholeAndUnbroken(cells, t) {
  for (const line of table(cells).split('\n')) t.diagnostic(line);
  assert.deepEqual(brokenOf(cells), []);
  assert.deepEqual(unmet(cells), []);
}

test('no provider accepts a message twice, and none is lost, whatever fails', async (t) => {
  const cells = await faultMatrix({ rounds: ROUNDS, atOnce: true });
  wholeAndUnbroken(cells, t);
  // A matrix in which nothing failed would show nothing.
  const reset = cells.filter(({ fault }) => fault === 'reset');
  assert.deepEqual(
    reset.filter(({ state }) => state !== 'unknown').map(({ name }) => name),
    [
      'resend',
      'klaviyo',
      'klaviyo stop',
      'braze stop',
      'hubspot',
      'hubspot stop',
      'attentive stop',
    ],
  );
  assert.equal(reset.length, 17);
  for (const { name, kill, met, state, calls, accepted } of cells) {
    if (!met || kill !== 'during' || name.endsWith('stop')) continue;
    const knowsAgain = ['resend', 'klaviyo', 'hubspot'].includes(name);
    assert.equal(state, knowsAgain ? 'sent' : 'unknown', name);
    assert.ok(knowsAgain ? calls > 1 && accepted === 1 : calls === 1, `${name} ${calls}`);
  }
});

test('nobody stays in an audience after a purchase, and no task is made twice, whatever fails', async (t) => {
  const cells = await errandMatrix({
    rounds: [
      { kill: 'no', faults: ['none', '429', '500', 'reset', 'malformed'] },
      { kill: 'during', faults: ['none'] },
    ],
  });
  wholeAndUnbroken(cells, t);
  const reset = cells.filter(({ fault, name }) => fault === 'reset' && !/meta|google/.test(name));
  assert.deepEqual(
    reset.map(({ name, state, calls, accepted }) => [name, state, calls, accepted]),
    [
      ['hubspot', 'unknown', 1, 1],
      ['salesforce', 'told', 2, 2],
      ['salesforce, no id', 'unknown', 1, 1],
    ],
  );
});

/** A short cut through the fault matrix; `npm run faults` runs all of it. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { brokenOf, table, unmet } from '../faults/cells.mjs';
import { errandMatrix } from '../faults/errands.mjs';
import { faultMatrix } from '../faults/matrix.mjs';

/** One that recognises repeats, and one that does not. */
const TWO = ['resend', 'postmark'];
const SLOW = /** @type {const} */ (['timeout', 'drip']);
const QUICK = /** @type {const} */ (['429', '500', 'reset', 'malformed']);
const isOfTwo = (/** @type {string} */ name) => TWO.includes(name);
const isSlow = (/** @type {string} */ fault) => SLOW.some((slow) => slow === fault);

/** What takes long comes last: the local queue hands on nothing while it waits. @type {import('../faults/cells.mjs').Round[]} */
const ROUNDS = [
  {
    kill: 'during',
    faults: ['none', ...SLOW],
    only: (name, fault) => isOfTwo(name) || !(isSlow(fault) || name.endsWith('stop')),
  },
  { kill: 'after', faults: ['none', ...SLOW], only: isOfTwo },
  { kill: 'before', faults: ['none', ...SLOW], only: isOfTwo },
  {
    kill: 'no',
    faults: [...QUICK, ...SLOW],
    only: (name, fault) => isOfTwo(name) || !isSlow(fault),
  },
];

/** @param {import('../faults/cells.mjs').Cell[]} cells @param {import('node:test').TestContext} t */
function wholeAndUnbroken(cells, t) {
  for (const line of table(cells).split('\n')) t.diagnostic(line);
  assert.deepEqual(brokenOf(cells), []);
  assert.deepEqual(unmet(cells), []);
}

// Each has a deployment of its own, and waits most of the time.
describe('the fault matrix', { concurrency: true }, () => {
  test('no provider accepts a message twice, and none is lost, whatever fails', async (t) => {
    const cells = await faultMatrix({
      rounds: ROUNDS,
      atOnce: true,
      say: (line) => t.diagnostic(line),
    });
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
      if (!met || kill !== 'during') continue;
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
});

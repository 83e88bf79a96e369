/** A short cut through the fault matrix; `npm run faults` runs all of it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { faultMatrix, table } from '../faults/matrix.mjs';

test('no provider accepts a message twice, and none is lost, whatever fails', async (t) => {
  const cells = [
    ...(await faultMatrix({ kills: ['no'], faults: ['429', '500', 'reset', 'malformed'] })),
    ...(await faultMatrix({ kills: ['during'], faults: ['none'] })),
  ];
  for (const line of table(cells).split('\n')) t.diagnostic(line);
  assert.deepEqual(
    cells.filter((cell) => cell.broken.length > 0),
    [],
  );
  // A matrix in which nothing failed would show nothing.
  const reset = cells.filter(({ fault }) => fault === 'reset');
  assert.equal(reset.filter(({ state }) => state === 'unknown').length, 6);
  const met = cells.filter(({ kill, met: isMet }) => kill === 'during' && isMet);
  assert.deepEqual(
    new Set(met.map(({ provider }) => provider)),
    new Set([
      ...['smtp', 'resend', 'postmark', 'sendgrid', 'ses'],
      ...['klaviyo', 'braze', 'hubspot', 'attentive'],
    ]),
  );
  for (const { provider, state, calls, accepted } of met) {
    const knowsAgain = ['resend', 'klaviyo', 'hubspot'].includes(provider);
    const expected = knowsAgain ? ['sent', 2, 1] : ['unknown', 1, 1];
    assert.deepEqual([state, calls, accepted], expected, provider);
  }
});

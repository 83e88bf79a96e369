/** A short cut through the fault matrix; `npm run faults` runs all of it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { errandMatrix } from '../faults/errands.mjs';
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
  assert.equal(reset.filter(({ state }) => state === 'unknown').length, 7);
  const met = cells.filter(({ kill, met: isMet }) => kill === 'during' && isMet);
  assert.deepEqual(
    new Set(met.map(({ provider }) => provider)),
    new Set([
      ...['smtp', 'resend', 'postmark', 'sendgrid', 'ses', 'webpush'],
      ...['klaviyo', 'braze', 'hubspot', 'attentive'],
    ]),
  );
  for (const { provider, state, calls, accepted } of met) {
    const knowsAgain = ['resend', 'klaviyo', 'hubspot'].includes(provider);
    const expected = knowsAgain ? ['sent', 2, 1] : ['unknown', 1, 1];
    assert.deepEqual([state, calls, accepted], expected, provider);
  }
});

test('nobody stays in an audience after a purchase, and no task is made twice, whatever fails', async (t) => {
  const cells = [
    ...(await errandMatrix({
      kills: ['no'],
      faults: ['none', '429', '500', 'reset', 'malformed'],
    })),
    ...(await errandMatrix({ kills: ['during'], faults: ['none'] })),
  ];
  const shown = cells.map(({ service, ...cell }) => ({ provider: service, ...cell }));
  for (const line of table(shown).split('\n')) t.diagnostic(line);
  assert.deepEqual(
    cells.filter((cell) => cell.broken.length > 0),
    [],
  );
  const reset = cells.filter(({ fault, service }) => fault === 'reset' && service === 'hubspot');
  assert.deepEqual(
    reset.map(({ state, calls, accepted }) => [state, calls, accepted]),
    [['unknown', 1, 1]],
  );
  const met = cells.filter(({ kill, met: isMet }) => kill === 'during' && isMet);
  assert.equal(met.length, 4);
});

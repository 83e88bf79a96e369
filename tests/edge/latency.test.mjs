/** What `npm run latency` measures, for a moment each and at a crawl: every answer has to be right; how fast they are is measured elsewhere. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { latency } from '../load/latency.mjs';

test('links, restores, reservations, beacons, webhooks and messages at a steady rate', async (t) => {
  const rows = await latency({
    ...{ variant: 'worker-test', rate: 10, seconds: 2, carts: 30 },
    say: (line) => t.diagnostic(line),
  });
  assert.equal(rows.length, 9);
  for (const { name, times, failed, failures } of rows) {
    assert.deepEqual({ name, failed, failures }, { name, failed: 0, failures: [] });
    assert.ok(times.length > 0, `${name}: nothing was measured`);
  }
});

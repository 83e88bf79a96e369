/** Webhooks in bursts, repeated and out of order. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bursts } from '../load/bursts.mjs';

test('300 webhooks of four platforms, repeated and out of order: every cart is as its platform has it, and whose it says', async (t) => {
  const { webhooks, repeats, baskets, wrong, unknown, kept, peak, tenth } = await bursts({
    variant: 'worker-test',
    webhooks: 300,
    say: (line) => t.diagnostic(line),
  });
  assert.deepEqual({ webhooks, repeats, baskets }, { webhooks: 300, repeats: 60, baskets: 30 });
  assert.equal(peak.count + tenth.count, 300);
  assert.deepEqual(wrong, []);
  // Only BigCommerce, whose webhooks name ids, may never have said it: where a cart is gone there before it is asked for.
  t.diagnostic(`${unknown} carts are nobody's, because nobody was ever named`);
  assert.ok(unknown <= baskets / 4);
  assert.equal(kept, 0);
});

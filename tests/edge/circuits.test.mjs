/** A provider that asks to be left alone is left alone: by the message that it refused, and by all others, whose tries are not spent. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { leftCart } from '../fixtures/device.mjs';
import { FAST_PACE, runEdge } from '../fixtures/edge.mjs';
import { PostmarkPeer } from '../fixtures/providers/postmark.mjs';
import { ResendPeer } from '../fixtures/providers/resend.mjs';
import { until } from '../fixtures/until.mjs';

/** Longer than a message needs from its cart to its first try. */
const REST_S = 9;

/** @type {ResendPeer} */
let resend;
/** @type {PostmarkPeer} */
let postmark;
/** @type {import('../fixtures/edge.mjs').Edge} */
let alone;
/** @type {import('../fixtures/edge.mjs').Edge} */
let pair;
before(async () => {
  resend = await ResendPeer.start('re_key');
  postmark = await PostmarkPeer.start('pm-token');
  alone = await runEdge({
    demo: { ...FAST_PACE, provider: 'resend' },
    env: {
      RESEND_API_KEY: resend.apiKey,
      RESEND_URL: resend.url,
      POSTMARK_SERVER_TOKEN: postmark.token,
      POSTMARK_URL: postmark.url,
    },
  });
  const providers = { provider: 'resend', fallback: 'postmark' };
  pair = await alone.anotherShop('shop_00000001', { ...FAST_PACE, ...providers });
});
after(async () => {
  await alone?.end();
  await resend?.close();
  await postmark?.close();
});

/** @param {import('../fixtures/edge.mjs').Edge} edge @param {string} email @returns {Promise<any>} */
const sent = (edge, email) =>
  until(
    `the reminder to ${email} is sent`,
    async () => (await edge.deliveries(email)).find(({ state }) => state === 'sent'),
    { within: 60_000 },
  );

test('Retry-After holds for the message and for everybody behind it, and the second provider takes over', async () => {
  const [first, second, third] = ['first', 'second', 'third'].map((name) => `${name}@x.example`);
  assert.ok(first && second && third);
  resend.faults.set(first, [{ status: 429, retryAfter: REST_S }]);
  await leftCart(alone, first);
  await until('the first one is refused', () => resend.callsFor(first).length === 1);
  const refusedAt = Date.now();

  await Promise.all([leftCart(alone, second), leftCart(pair, third)]);
  // The shop with a second provider does not wait.
  const other = await sent(pair, third);
  assert.ok(Date.now() - refusedAt < REST_S * 1_000, 'sent while the first provider rests');
  assert.deepEqual([other.provider, other.attempts], ['postmark', 1]);
  assert.equal(resend.callsFor(third).length, 0);

  const [late, repeated] = await Promise.all([sent(alone, second), sent(alone, first)]);
  assert.deepEqual([late.provider, late.attempts], ['resend', 1], 'no try was spent meanwhile');
  assert.deepEqual([repeated.provider, repeated.attempts], ['resend', 2]);
  assert.equal(resend.callsFor(second).length, 1);
  for (const email of [first, second]) {
    const [{ at } = { at: 0 }] = resend.of(email);
    assert.ok(at - refusedAt >= REST_S * 1_000 - 500, `${email}: after ${at - refusedAt} ms`);
  }
});

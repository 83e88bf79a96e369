/** A provider that asks to be left alone is left alone: by the message that it refused, and by all others, whose tries are not spent. */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, before, test } from 'node:test';
import { forEveryCart } from '../../scripts/demo-shop.mjs';
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
    variant: 'worker-test',
    demo: { ...FAST_PACE, provider: 'resend' },
    env: {
      HOMING_TRACE: '1',
      ...resend.env,
      ...postmark.env,
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

/**
 * How often a Shopper was asked for a whole release. Its trace has an entry a step: a version, which kind of entry, the time, 32 bytes of
 * randomness, and what was asked.
 * @param {import('../fixtures/edge.mjs').Edge} edge
 * @param {string} email
 */
async function releasesOf(edge, email) {
  const { shopper } = await edge.lookup(email);
  const id = Buffer.from(shopper.replace('shp_', ''), 'hex');
  const folder = join(edge.stack.stateDir, 'worker', 'v3', 'do', 'homing-Shopper');
  const names = readdirSync(folder).filter((name) => /^[0-9a-f]+\.sqlite$/.test(name));
  for (const name of names) {
    const database = new DatabaseSync(join(folder, name), { readOnly: true, timeout: 10_000 });
    try {
      const [row] = database.prepare('SELECT value FROM packed WHERE id = 0').all();
      const value = Buffer.from(/** @type {any} */ (row)?.value ?? []);
      if (!value.subarray(0, 40).includes(id)) continue;
      const entries = database.prepare('SELECT value FROM trace').all();
      return entries.filter(({ value: bytes }) => {
        const entry = Buffer.from(/** @type {Uint8Array} */ (bytes));
        let at = 2;
        while ((entry[at] ?? 0) > 127) at += 1;
        return entry[1] === 1 && entry[at + 33] === 2;
      }).length;
    } catch (error) {
      if (!/no such table/.test(String(error))) throw error;
    } finally {
      database.close();
    }
  }
  throw new Error(`no row of ${email}`);
}

test('in a shop with texts, too, nobody is asked in vain while the provider of a mail rests', async () => {
  const sms = { provider: 'twilio', sender: '+15005550006' };
  const step = { after_ms: 1_000, template: 'reminder' };
  // Steps that are never texts, and steps that may be: of one the Shopper alone knows.
  const [mails, both] = await Promise.all([
    alone.anotherShop('shop_00000002', {
      ...FAST_PACE,
      provider: 'resend',
      sms,
      sequences: forEveryCart([{ ...step, channels: ['email'] }]),
    }),
    alone.anotherShop('shop_00000003', {
      ...FAST_PACE,
      provider: 'resend',
      sms,
      sequences: forEveryCart([{ ...step, channels: ['sms', 'email'] }]),
    }),
  ]);
  const breaks = 'breaks@x.example';
  resend.faults.set(breaks, [{ status: 429, retryAfter: 25 }]);
  await leftCart(mails, breaks);
  await until('it is refused', () => resend.callsFor(breaks).length === 1, { within: 30_000 });
  const people = /** @type {const} */ ([
    [mails, 'mail@x.example', 1],
    // It is found out once, and once more when the Shopper itself hints again; then it goes.
    [both, 'either@x.example', 3],
  ]);
  await Promise.all(people.map(([shop, email]) => leftCart(shop, email)));
  await Promise.all(people.map(([shop, email]) => sent(shop, email)));
  for (const [shop, email, most] of people) {
    const releases = await releasesOf(shop, email);
    assert.ok(releases >= 1 && releases <= most, `${email}: ${releases} releases`);
  }
});

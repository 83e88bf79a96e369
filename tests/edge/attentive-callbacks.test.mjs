/** What a shop's subscribers say at Attentive is in force here: its webhooks, signed as Attentive signs them. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { forEveryCart } from '../../scripts/demo-shop.mjs';
import { Device, leftCart, MUG } from '../fixtures/device.mjs';
import { FAST_PACE, runEdge } from '../fixtures/edge.mjs';
import { assertProblem } from '../fixtures/problem.mjs';
import { AttentivePeer } from '../fixtures/providers/attentive.mjs';
import { until } from '../fixtures/until.mjs';
import { connect as connectTo } from '../fixtures/webhooks.mjs';

const SIGNING_KEY = 'a-signing-key-of-attentive';
const TOKEN = 'attentive-token-0123456789';
const PACE = {
  ...FAST_PACE,
  sms: { provider: 'attentive', sender: '12345' },
  sequences: forEveryCart([
    { after_ms: 1_000, template: 'reminder', channels: ['sms', 'email'] },
    { after_ms: 12_000, template: 'reminder', channels: ['sms', 'email'] },
  ]),
};

/** @type {AttentivePeer} */
let attentive;
/** @type {import('../fixtures/edge.mjs').Edge} */
let shop;
/** @type {import('../fixtures/edge.mjs').Edge} */
let other;
before(async () => {
  attentive = await AttentivePeer.start(TOKEN);
  shop = await runEdge({ demo: PACE, env: { ATTENTIVE_URL: attentive.url } });
  other = await shop.anotherShop('shop_att00002', PACE);
  await connect(shop, { access_token: TOKEN, webhook_secret: SIGNING_KEY });
  await connect(other, { access_token: TOKEN });
});
after(async () => {
  await shop?.end();
  await attentive?.close();
});

/** @param {import('../fixtures/edge.mjs').Edge} at @param {object} account */
async function connect(at, account) {
  const text = JSON.stringify(await connectTo(at, 'attentive', account));
  assert.ok(!text.includes(SIGNING_KEY) && !text.includes(TOKEN));
}

/** @param {import('../fixtures/edge.mjs').Edge} at */
const webhook = (at) => `${at.url}/callbacks/attentive/${at.shop}`;

/** @param {string} type @param {{ phone?: string, email?: string }} contact @param {number} [at] */
async function told(type, contact, at) {
  const response = await attentive.tell(webhook(shop), SIGNING_KEY, type, contact, at);
  assert.equal(response.status, 200, await response.clone().text());
  return response.json();
}

/** @param {string} phone */
async function left(phone) {
  const device = new Device(shop);
  const { body } = device;
  device.body = (events) => ({ ...body.call(device, events), page: { tz: 'Europe/Berlin' } });
  const said = { wording: 'checkout-v1', page: '/checkout', email: false, sms: true };
  await device.settle(device.add(MUG), device.event('identify', { phone, consent: said }));
}

const TAKEN = { taken: 1, passed_over: 0 };
const PASSED = { taken: 0, passed_over: 1 };

test('STOP at Attentive ends texts here, the next one too, and START allows them again', async () => {
  const phone = '+4915799200001';
  await left(phone);
  await until('a text', () => attentive.of(phone).length === 1, { within: 40_000 });
  // What Attentive tells beside that says nothing of what anybody wants.
  assert.deepEqual(await told('sms.sent', { phone }), PASSED);
  assert.deepEqual(await told('sms.message_link_click', { phone }), PASSED);
  assert.deepEqual((await shop.lookup({ phone })).refused, []);
  assert.deepEqual(await told('sms.unsubscribed', { phone }), TAKEN);
  const refused = async () =>
    (await shop.lookup({ phone })).refused.map((/** @type {any} */ one) => [
      one.channel,
      one.cause,
    ]);
  assert.deepEqual(await refused(), [['sms', 'opted_out']]);
  const skipped = await until(
    'the second step is skipped',
    async () => {
      const { deliveries } = await shop.lookup({ phone });
      return deliveries[1]?.state === 'skipped' && deliveries[1];
    },
    { within: 40_000 },
  );
  assert.equal(skipped.reason, 'opted_out');
  assert.equal(attentive.callsFor(phone).length, 1);
  // A yes of before, which Attentive was long in telling, takes nothing back.
  assert.deepEqual(await told('sms.subscribed', { phone }, Date.now() - 60_000), TAKEN);
  assert.deepEqual(await refused(), [['sms', 'opted_out']]);
  assert.deepEqual(await told('sms.subscribed', { phone }), TAKEN);
  assert.deepEqual(await refused(), []);
});

test('a STOP of somebody of whom nothing is known yet holds as well', async () => {
  const phone = '+4915799200002';
  assert.deepEqual(await told('sms.unsubscribed', { phone }), TAKEN);
  await left(phone);
  await sleep(5_000);
  assert.equal(attentive.callsFor(phone).length, 0);
});

test('who leaves mails at Attentive gets none from here', async () => {
  const email = 'leaves@attentive.example';
  await leftCart(shop, email);
  const phone = '+4915799200003';
  assert.deepEqual(await told('email.unsubscribed', { email, phone }), TAKEN);
  const { refused, suppressed } = await shop.lookup(email);
  assert.deepEqual([refused[0]?.channel, refused[0]?.cause], ['email', 'opted_out']);
  assert.equal(suppressed, null);
  assert.deepEqual((await shop.lookup({ phone })).refused, []);
});

test('only what its signing key has signed is taken', async () => {
  const phone = '+4915799200004';
  const stop = /** @type {const} */ (['sms.unsubscribed', { phone }]);
  const wrong = await attentive.tell(webhook(shop), 'another-key-of-attentive', ...stop);
  await assertProblem(wrong, 401, 'signature_invalid');
  const body = JSON.stringify({ type: 'sms.unsubscribed', subscriber: { phone } });
  /** @type {Record<string, string>[]} */
  const without = [{}, { 'x-attentive-hmac-sha256': '' }];
  for (const headers of without) {
    const unsigned = await fetch(webhook(shop), { method: 'POST', headers, body });
    await assertProblem(unsigned, 401, 'signature_invalid');
  }
  assert.equal((await shop.lookup({ phone })).known, false);
  // Who has set no key believes nobody.
  const none = await attentive.tell(webhook(other), SIGNING_KEY, ...stop);
  await assertProblem(none, 404, 'not_found');
  const unknown = await attentive.tell(
    `${shop.url}/callbacks/attentive/shop_zzzzzzzz`,
    SIGNING_KEY,
    ...stop,
  );
  assert.equal(unknown.status, 404);
  assert.equal((await fetch(webhook(shop))).status, 405);
});

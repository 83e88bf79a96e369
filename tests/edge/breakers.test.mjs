/**
 * Circuit breakers: who fails ten times in a row is left alone, and tried with one message before all others. Each account has one of its
 * own, and who has a second provider does not wait.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { forEveryCart } from '../../scripts/demo-shop.mjs';
import { Device, leftCart, MUG } from '../fixtures/device.mjs';
import { FAST_PACE, runEdge } from '../fixtures/edge.mjs';
import { connectionTo, connectPlatform, platformEnv, startPlatforms } from '../fixtures/flows.mjs';
import { ResendPeer } from '../fixtures/providers/resend.mjs';
import { TwilioPeer } from '../fixtures/providers/twilio-peer.mjs';
import { until } from '../fixtures/until.mjs';

/** As `core/src/delivery/breaker.rs` has them. */
const FAILURES = 10;
const OPEN_MS = 15_000;

/** Tries that failed come back when everything here is over. */
const PACE = { ...FAST_PACE, retry_ms: [180_000] };

/** @type {ResendPeer} */
let resend;
/** @type {TwilioPeer} */
let twilio;
/** @type {import('../fixtures/flows.mjs').Platforms} */
let platforms;
/** @type {import('../fixtures/edge.mjs').Edge} */
let edge;
before(async () => {
  [resend, twilio, platforms] = await Promise.all([
    ResendPeer.start('re_key'),
    TwilioPeer.start(),
    startPlatforms(),
  ]);
  edge = await runEdge({
    demo: { ...PACE, provider: 'resend' },
    env: {
      ...resend.env,
      ...twilio.env,
      ...platformEnv(platforms),
    },
  });
});
after(async () => {
  await edge?.end();
  const peers = [resend, twilio, ...Object.values(platforms ?? {})];
  await Promise.all(peers.map((peer) => peer?.close()));
});

/** @param {string} name @param {number} count */
const people = (name, count) =>
  Array.from({ length: count }, (_, n) => `${name}-${n}@breakers.example`);

/** @param {import('../fixtures/edge.mjs').Edge} shop @param {string} email @returns {Promise<any>} */
const sent = (shop, email) =>
  until(
    `the message to ${email} is sent`,
    async () => (await shop.deliveries(email)).find(({ state }) => state === 'sent'),
    { within: 90_000 },
  );

describe('circuit breakers', { concurrency: true }, () => {
  test('ten failures, a rest, one message as a probe, and then all', async () => {
    const failing = people('fails', FAILURES);
    for (const email of failing) resend.faults.set(email, [503]);
    await Promise.all(failing.map((email) => leftCart(edge, email)));
    const calls = () => failing.flatMap((email) => resend.callsFor(email)).length;
    await until('all ten have failed', () => calls() === FAILURES, { within: 60_000 });
    const openedAt = Date.now();

    const waiting = people('waits', 4);
    let end = () => {};
    const over = new Promise((resolve) => {
      end = () => resolve(undefined);
    });
    resend.hold = { phase: 'during', who: new Set(waiting), over };
    await Promise.all(waiting.map((email) => leftCart(edge, email)));
    const called = () => waiting.filter((email) => resend.callsFor(email).length > 0);
    const [probe] = await until('one goes as a probe', () => called().length > 0 && called(), {
      within: 60_000,
    });
    assert.ok(Date.now() - openedAt >= OPEN_MS - 1_000, `after ${Date.now() - openedAt} ms`);
    // All are due, and as long as the probe has no answer they wait: hints that were put back come back meanwhile.
    await sleep(8_000);
    assert.deepEqual(called(), [probe]);
    end();
    for (const email of waiting) {
      const delivery = await sent(edge, email);
      assert.deepEqual([delivery.provider, delivery.attempts], ['resend', 1], email);
      assert.equal(resend.callsFor(email).length, 1);
    }
    // What failed is not lost, and has been tried once.
    const [first] = await edge.deliveries(String(failing[0]));
    assert.deepEqual([first.state, first.attempts], ['scheduled', 1]);
  });

  test("a key that is not taken rests its own shop's account, and nobody else's", async () => {
    const flows = [{ platform: 'klaviyo' }];
    const [wrong, right] = await Promise.all(
      ['shop_bkey0001', 'shop_bkey0002'].map((id) => edge.anotherShop(id, { ...PACE, flows })),
    );
    assert.ok(wrong && right);
    await connectPlatform(right, platforms, 'klaviyo');
    /** @param {string} token */
    const connect = (token) =>
      fetch(`${edge.url}/v1/shops/${wrong.shop}/connections/klaviyo`, {
        method: 'PUT',
        headers: { authorization: `Bearer ${wrong.secret}` },
        body: JSON.stringify({ access_token: token }),
      });
    assert.equal((await connect('pk_of_somebody_else')).status, 200);
    const failing = people('key', FAILURES);
    await Promise.all(failing.map((email) => leftCart(wrong, email)));
    for (const email of failing) {
      await until(
        `${email} is refused`,
        async () => (await wrong.deliveries(email))[0]?.attempts === 1,
        { within: 60_000 },
      );
    }
    const [late, other] = ['late@breakers.example', 'other@breakers.example'];
    await Promise.all([leftCart(wrong, late), leftCart(right, other)]);
    const delivery = await sent(right, other);
    assert.deepEqual([delivery.provider, delivery.attempts], ['klaviyo', 1]);
    assert.equal((await wrong.deliveries(late))[0]?.attempts, 0, 'no try is spent');
    const { access_token: token } = connectionTo(platforms, 'klaviyo');
    assert.equal((await connect(token)).status, 200);
    const waited = await sent(wrong, late);
    assert.deepEqual([waited.provider, waited.attempts], ['klaviyo', 1]);
  });
});

// By itself: Twilio has one account, so what fails here would rest for other tests.
test('texts go by the second provider where the first has provably not taken them, or rests', async () => {
  const steps = forEveryCart([{ after_ms: 1_000, template: 'reminder', channels: ['sms'] }]);
  const sms = { provider: 'twilio', sender: '+15005550006' };
  const alone = await edge.anotherShop('shop_btxt0001', { ...PACE, sms, sequences: steps });
  const pair = await edge.anotherShop('shop_btxt0002', {
    ...FAST_PACE,
    sms: { ...sms, fallback: 'attentive' },
    sequences: steps,
  });
  await connectPlatform(pair, platforms, 'attentive');
  const { attentive } = platforms;
  let numbers = 0;
  const newPhone = () => {
    numbers += 1;
    return `+4915799${String(700_000 + numbers)}`;
  };
  /** @param {import('../fixtures/edge.mjs').Edge} shop @param {string} phone */
  const left = async (shop, phone) => {
    const device = new Device(shop);
    const { body } = device;
    device.body = (events) => ({ ...body.call(device, events), page: { tz: 'Europe/Berlin' } });
    const said = { wording: 'checkout-v1', page: '/checkout', email: false, sms: true };
    await device.settle(device.add(MUG), device.event('identify', { phone, consent: said }));
  };
  /** @param {string} phone @param {string} state @returns {Promise<any>} */
  const delivery = (phone, state) =>
    until(
      `the text to ${phone} is ${state}`,
      async () => {
        const response = await pair.asServer('/v1/shoppers/lookup', { phone });
        const [one] = /** @type {any} */ (await response.json()).deliveries;
        return one?.state === state && one;
      },
      { within: 60_000 },
    );
  const [busy, lost, straight] = [newPhone(), newPhone(), newPhone()];
  twilio.faults.set(busy, [{ status: 429, code: 20429 }]);
  twilio.faults.set(lost, ['reset']);
  await Promise.all([left(pair, busy), left(pair, lost)]);
  const second = await delivery(busy, 'sent');
  assert.deepEqual([second.provider, second.attempts], ['attentive', 2]);
  assert.deepEqual([twilio.of(busy).length, attentive.of(busy).length], [0, 1]);
  assert.match(attentive.of(busy)[0]?.email.body, / Reply STOP to opt out$/);
  // Nobody knows whether Twilio has it: nobody else is asked, ever.
  const unknown = await delivery(lost, 'unknown');
  assert.deepEqual([unknown.provider, unknown.attempts], ['twilio', 1]);
  assert.equal(attentive.callsFor(lost).length, 0);

  const failing = Array.from({ length: FAILURES }, newPhone);
  for (const phone of failing) twilio.faults.set(phone, [{ status: 429, code: 20429 }]);
  await Promise.all(failing.map((phone) => left(alone, phone)));
  const calls = () => failing.filter((phone) => twilio.callsFor(phone).length === 1).length;
  await until('all ten have failed', () => calls() === FAILURES, { within: 60_000 });
  await left(pair, straight);
  const atOnce = await delivery(straight, 'sent');
  assert.deepEqual([atOnce.provider, atOnce.attempts], ['attentive', 1]);
  assert.equal(twilio.callsFor(straight).length, 0);
  // Who has nobody else waits, and no try is spent.
  const waits = newPhone();
  await left(alone, waits);
  await until('Twilio has it in the end', () => twilio.of(waits).length === 1, { within: 90_000 });
  assert.equal(twilio.callsFor(waits).length, 1);
});

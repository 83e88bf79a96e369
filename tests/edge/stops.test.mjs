/** Orders and unsubscribes: once one is acknowledged, nothing is released any more. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { forEveryCart } from '../../scripts/demo-shop.mjs';
import { parseToken } from '../../scripts/keys.mjs';
import { BAG, Device, leftCart, MUG } from '../fixtures/device.mjs';
import { runEdge } from '../fixtures/edge.mjs';
import { randomFrom } from '../fixtures/random.mjs';
import { parseMail, SmtpPeer, tokenIn } from '../fixtures/smtp-peer.mjs';
import { until } from '../fixtures/until.mjs';

const PACE = {
  thresholds: { cart_ms: 1_000, checkout_ms: 1_000 },
  sequences: forEveryCart([
    { after_ms: 1_000, template: 'reminder' },
    { after_ms: 2_500, template: 'offer', offer: { code: 'COMEBACK10', percent: 10 } },
    { after_ms: 4_000, template: 'last_chance' },
  ]),
};

/** When the second message of a slower shop is due: late enough to buy between the two on a busy machine, ms. */
const SECOND_MS = 9_000;

const SLOWER_PACE = {
  ...PACE,
  sequences: forEveryCart([
    { after_ms: 1_000, template: 'reminder' },
    { after_ms: SECOND_MS, template: 'last_chance' },
  ]),
};

/** The whole sequence would have come in this time, ms. */
const ALL_OF_IT = 7_000;

/** Time to do something before the first step is due, on a busy machine too, ms. */
const CALM_MS = 4_000;

const CALM_PACE = {
  thresholds: { cart_ms: CALM_MS, checkout_ms: CALM_MS },
  sequences: forEveryCart([
    { after_ms: CALM_MS, template: 'reminder' },
    { after_ms: CALM_MS + 1_500, template: 'last_chance' },
  ]),
};

/** @type {SmtpPeer} */
let smtp;
/** @type {import('../fixtures/edge.mjs').Edge} */
let edge;
/** @type {import('../fixtures/edge.mjs').Edge} */
let calm;
before(async () => {
  smtp = await SmtpPeer.start();
  edge = await runEdge({ demo: PACE, env: { SMTP_URL: smtp.url } });
  calm = await edge.anotherShop('shop_ca1m0001', CALM_PACE);
});
after(async () => {
  await edge?.end();
  await smtp?.close();
});

/** @param {string} address */
const firstMailTo = (address) => until(`a mail to ${address}`, () => smtp.of(address)[0]);

/** @param {string} address @param {string} state */
const deliveryIs = (address, state) =>
  until(
    `a delivery to ${address} is ${state}`,
    async () => {
      const deliveries = await edge.deliveries(address);
      return deliveries.find((one) => one.state === state);
    },
    { every: 30 },
  );

/**
 * A gate that a test opens; it does not stay shut when the test fails.
 * @param {import('node:test').TestContext} context
 */
function gate(context) {
  let open = () => {};
  const promise = new Promise((resolve) => {
    open = () => resolve(undefined);
  });
  context.after(open);
  return { promise, open };
}

/** @param {string} token @param {RequestInit} [init] */
const unsubscribe = (token, init) => fetch(`${edge.url}/u/${token}`, init);

/** A mail program's one click (RFC 8058). @param {string} token */
const oneClick = (token) =>
  unsubscribe(token, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: 'List-Unsubscribe=One-Click',
  });

describe('stops', { concurrency: true }, () => {
  test('an order ends the sequence', async () => {
    const email = 'buyer@shoppers.example';
    const shop = await edge.anotherShop('shop_s10wer01', SLOWER_PACE);
    const { device, dot } = await leftCart(shop, email);
    await firstMailTo(email);
    await device.settle(device.order([dot]));
    await sleep(SECOND_MS + 1_500);
    assert.equal(smtp.of(email).length, 1);
    const { planned, deliveries } = await shop.lookup(email);
    assert.equal(planned, false);
    const states = deliveries.map((/** @type {any} */ one) => [one.state, one.reason]);
    assert.deepEqual(states, [
      ['sent', null],
      ['skipped', 'ordered'],
    ]);
  });

  test('an order from another device with the same contact ends it too, in one request or two', async () => {
    const [one, two] = ['one-request@shoppers.example', 'two-requests@shoppers.example'];
    await leftCart(calm, one);
    await leftCart(calm, two);
    const [phone, tablet] = [new Device(calm), new Device(calm)];
    const [bag, mug] = [phone.add(BAG), tablet.add(MUG)];
    await phone.settle(bag, phone.identify(one.toUpperCase()), phone.order([bag.id]));
    await tablet.settle(mug, tablet.identify(two));
    await tablet.settle(tablet.order([mug.id]));
    for (const email of [one, two]) {
      const { planned, next_wake_at, deliveries } = await calm.lookup(email);
      assert.deepEqual([planned, next_wake_at, deliveries.length], [false, null, 1]);
      assert.deepEqual([deliveries[0].state, deliveries[0].reason], ['skipped', 'ordered']);
    }
    await sleep(CALM_MS + 4_000);
    assert.deepEqual([smtp.of(one), smtp.of(two)], [[], []]);
  });

  test('an order on a copy of the cart, made through the link, ends it for both', async () => {
    const email = 'link@shoppers.example';
    const { device, dot } = await leftCart(edge, email);
    const { text = '' } = await parseMail(await firstMailTo(email));
    const token = tokenIn(text, 'r');
    const restored = await edge.restore(token);
    const [{ dots }] = restored.lines;
    assert.deepEqual(dots, [dot]);
    // A browser that has never seen the shop, and that does not say who it is.
    const browser = new Device(edge);
    const add = browser.add(MUG);
    await browser.settle(browser.event('fork', { token, dots, merged: false }), add);
    await browser.settle(browser.order([add.id]));
    const before = smtp.of(email).length;
    assert.equal((await edge.restore(token)).status, 'ordered');
    assert.deepEqual((await device.fresh()).lines, {}, 'the copied lines were bought');
    await sleep(ALL_OF_IT);
    assert.equal(smtp.of(email).length, before);
    assert.equal((await edge.lookup(email)).planned, false);
  });

  test('the unsubscribe page changes nothing, one click ends everything, and for nobody else', async () => {
    const [email, neighbour] = ['leaver@shoppers.example', 'stayer@shoppers.example'];
    const { device } = await leftCart(edge, email);
    await leftCart(edge, neighbour);
    const mail = await firstMailTo(email);
    const token = tokenIn(mail.raw.toString('latin1').replaceAll('=\r\n', ''), 'u');
    assert.equal(parseToken(edge.master, token)?.purpose, 'unsubscribe');
    const scanned = await Promise.all(Array.from({ length: 50 }, () => unsubscribe(token)));
    for (const page of scanned) {
      assert.equal(page.status, 200);
      assert.match(page.headers.get('content-type') ?? '', /^text\/html/);
      assert.match(await page.text(), /<form method="post"/);
    }
    assert.equal((await unsubscribe(token, { method: 'HEAD' })).status, 200);
    assert.equal((await edge.lookup(email)).suppressed, null);

    const clicked = await oneClick(token);
    assert.equal(clicked.status, 200);
    const before = smtp.of(email).length;
    assert.match(await clicked.text(), /Done/);
    assert.equal((await oneClick(token)).status, 200, 'again, as mail programs do');
    const found = await edge.lookup(email);
    assert.deepEqual([found.suppressed, found.planned], ['unsubscribed', false]);
    // A new cart, a new device and a new consent bring nothing back.
    await leftCart(edge, email, BAG);
    await device.send(device.add(BAG));
    await sleep(ALL_OF_IT);
    assert.equal(smtp.of(email).length, before);
    assert.equal((await edge.lookup(neighbour)).suppressed, null);
    await until('the neighbour has had all three', () => smtp.of(neighbour).length === 3);
  });

  test('an order beats a message that is due or queued, at whatever moment it comes', async () => {
    const random = randomFrom(20_261_101);
    const orders = await Promise.all(
      Array.from({ length: 16 }, async (_, n) => {
        const email = `race-${n}@shoppers.example`;
        const { device, dot } = await leftCart(edge, email);
        // The step is due a second after the last activity, queued and sent within the next two.
        await sleep(700 + random.below(2_000));
        await device.settle(device.order([dot]));
        return { email, at: Date.now() };
      }),
    );
    await sleep(ALL_OF_IT);
    let beaten = 0;
    for (const { email, at } of orders) {
      const mails = smtp.of(email);
      assert.ok(
        mails.every((mail) => mail.at <= at),
        `${email}: a mail after the order was acknowledged`,
      );
      beaten += mails.length === 0 ? 1 : 0;
    }
    assert.ok(beaten > 0, 'some orders came before the mail');
  });

  test('an order beats a message whose hint is already in the queue', async () => {
    const email = 'queued@shoppers.example';
    const { device, dot } = await leftCart(edge, email);
    await deliveryIs(email, 'queued');
    await device.settle(device.order([dot]));
    const [delivery] = await edge.deliveries(email);
    await sleep(ALL_OF_IT);
    if (smtp.of(email).length === 0) assert.equal(delivery.reason, 'ordered');
    else assert.equal(delivery.state, 'sent');
    assert.ok(smtp.of(email).length <= 1);
  });
});

describe('a message that is on its way', { concurrency: true }, () => {
  test('an order is acknowledged only when its lease has ended, and it is shown as crossed', async (t) => {
    const email = 'crossed@shoppers.example';
    const hold = gate(t);
    smtp.rule(email, { gate: hold.promise });
    const { device, dot } = await leftCart(edge, email);
    await until('the server has the message', () => smtp.received.some(({ to }) => to === email));
    assert.equal((await edge.deliveries(email))[0].state, 'released');
    const order = device.order([dot]);
    for (let n = 0; n < 4; n += 1) {
      const answer = await device.send(order);
      assert.deepEqual(
        [answer.acked, answer.refused, answer.epoch],
        [[], [], 1],
        'taken, but not in force',
      );
      await sleep(300);
    }
    assert.equal(smtp.of(email).length, 0);
    hold.open();
    await device.settle(order);
    const [mail] = smtp.of(email);
    assert.ok(mail && mail.at <= Date.now());
    const { deliveries, planned } = await edge.lookup(email);
    assert.deepEqual([deliveries[0].state, deliveries[0].crossed, planned], ['sent', true, false]);
    await sleep(ALL_OF_IT);
    assert.equal(smtp.of(email).length, 1);
  });

  test('so is an order of another device that says who it is in the same request', async (t) => {
    const email = 'crossed-elsewhere@shoppers.example';
    const hold = gate(t);
    smtp.rule(email, { gate: hold.promise });
    await leftCart(edge, email);
    await until('the server has the message', () => smtp.received.some(({ to }) => to === email));
    const phone = new Device(edge);
    const add = phone.add(BAG);
    const order = phone.order([add.id]);
    const events = [add, phone.identify(email), order];
    for (let n = 0; n < 3; n += 1) {
      const { acked } = await phone.send(...events);
      assert.ok(!acked.includes(order.id), 'taken, but not in force');
      await sleep(300);
    }
    hold.open();
    await phone.settle(...events);
    assert.equal(smtp.of(email).length, 1);
    assert.equal((await edge.deliveries(email))[0].crossed, true);
  });

  test('so is an order on a copy of the cart', async (t) => {
    const email = 'crossed-copy@shoppers.example';
    const { dot } = await leftCart(edge, email);
    const { text = '' } = await parseMail(await firstMailTo(email));
    const hold = gate(t);
    smtp.rule(email, { gate: hold.promise });
    const received = () => smtp.received.filter(({ to }) => to === email).length;
    await until('the second message is on its way', () => received() === 2);
    const browser = new Device(edge);
    const add = browser.add(MUG);
    const fork = browser.event('fork', { token: tokenIn(text, 'r'), dots: [dot], merged: false });
    await browser.settle(fork, add);
    const order = browser.order([add.id]);
    assert.deepEqual((await browser.send(order)).acked, []);
    hold.open();
    await browser.settle(order);
    assert.equal(smtp.of(email).length, 2);
  });

  test('an unsubscribe is answered when nothing can follow it', async (t) => {
    const email = 'crossed-leaver@shoppers.example';
    await leftCart(edge, email);
    const { raw } = await firstMailTo(email);
    const token = tokenIn(raw.toString('latin1').replaceAll('=\r\n', ''), 'u');
    const hold = gate(t);
    smtp.rule(email, { gate: hold.promise });
    await until(
      'the second message is on its way',
      () => smtp.received.filter(({ to }) => to === email).length === 2,
    );
    let answered = 0;
    const click = oneClick(token).then((response) => {
      answered = Date.now();
      return response;
    });
    await sleep(1_500);
    assert.equal(answered, 0);
    hold.open();
    assert.equal((await click).status, 200);
    const last = smtp.of(email).at(-1);
    assert.ok(last && last.at <= answered);
    await sleep(3_000);
    assert.equal(smtp.of(email).length, 2);
    assert.equal((await edge.deliveries(email))[1].crossed, true);
  });
});

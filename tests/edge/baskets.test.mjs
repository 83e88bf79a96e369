/** Baskets that the shop keeps by itself, as its server tells of them. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { forEveryCart } from '../../scripts/demo-shop.mjs';
import { secretKey } from '../../scripts/keys.mjs';
import { BAG, Device, MUG } from '../fixtures/device.mjs';
import { runEdge } from '../fixtures/edge.mjs';
import { assertProblem } from '../fixtures/problem.mjs';
import { parseMail, SmtpPeer, tokenIn } from '../fixtures/smtp-peer.mjs';
import { until } from '../fixtures/until.mjs';

/** Time to do something before a message is due, on a busy machine too, ms. */
const CALM_MS = 12_000;

const PACE = {
  thresholds: { cart_ms: 1_000, checkout_ms: 1_000 },
  sequences: forEveryCart([{ after_ms: 1_000, template: 'reminder' }]),
};

const CALM_PACE = {
  thresholds: { cart_ms: CALM_MS, checkout_ms: CALM_MS },
  sequences: forEveryCart([{ after_ms: CALM_MS, template: 'reminder' }]),
};

const AGREED = { email: true, wording: 'checkout-v1', page: '/checkout' };

/** @type {SmtpPeer} */
let smtp;
/** @type {import('../fixtures/edge.mjs').Edge} */
let edge;
/** @type {import('../fixtures/edge.mjs').Edge} */
let calm;
before(async () => {
  smtp = await SmtpPeer.start();
  edge = await runEdge({ demo: PACE, env: { SMTP_URL: smtp.url } });
  calm = await edge.anotherShop('shop_ba5ket02', CALM_PACE);
});
after(async () => {
  await edge?.end();
  await smtp?.close();
});

const newBasket = () => randomBytes(12).toString('hex');

/** @param {import('../fixtures/edge.mjs').Edge} at @param {object} told @param {string} [secret] */
const put = (at, told, secret = at.secret) =>
  fetch(`${at.url}/v1/baskets`, {
    method: 'PUT',
    headers: { authorization: `Bearer ${secret}` },
    body: JSON.stringify(told),
  });

/** Tells until it is taken, as servers do. @param {import('../fixtures/edge.mjs').Edge} at @param {object} told @returns {Promise<any>} */
const tell = (at, told) =>
  until(
    'the basket is taken',
    async () => {
      const response = await put(at, told);
      const text = await response.text();
      if (response.status === 503) return undefined;
      assert.equal(response.status, 200, text);
      return JSON.parse(text);
    },
    { within: 30_000 },
  );

/** @param {[string, number][]} lines */
const lines = (lines) => lines.map(([variant, qty]) => ({ variant, qty }));

/** @param {string} address */
const mailTo = async (address) => {
  const [mail] = await smtp.awaited(address, 1, 40_000);
  assert.ok(mail);
  return mail;
};

/** A browser with a cart, and the token that it would show its shop. @param {import('../fixtures/edge.mjs').Edge} at @param {string} variant */
async function browser(at, variant) {
  const device = new Device(at);
  await device.settle(device.add(variant));
  assert.ok(device.token);
  return device;
}

describe('baskets that a server tells of', { concurrency: true }, () => {
  test('without any snippet: a left basket is written about, its link opens it, and an order ends it', async () => {
    const [email, basket] = ['server-only@shoppers.example', newBasket()];
    const told = { basket, email, consent: AGREED };
    const first = { ...told, version: 1, lines: lines([[MUG, 1]]) };
    const { cart, ...answer } = await tell(edge, first);
    assert.match(cart, /^crt_[0-9a-f]{32}$/);
    assert.deepEqual(answer, { epoch: 0, status: 'open', stale: false, refused: [] });
    const both = lines([
      [MUG, 2],
      [BAG, 1],
    ]);
    assert.equal((await tell(edge, { ...told, version: 2, lines: both })).cart, cart);
    // What was overtaken says nothing any more.
    assert.equal((await tell(edge, first)).stale, true);
    const { text } = await parseMail(await mailTo(email));
    const restored = await edge.restore(tokenIn(text ?? '', 'r'));
    const seen = restored.lines.map((/** @type {any} */ line) => [line.variant, line.qty]);
    assert.deepEqual(seen.sort(), [
      [BAG, 1],
      [MUG, 2],
    ]);

    const order = { lines: both, order: 'W-1001', by_link: true };
    const bought = await tell(edge, { ...told, version: 3, ...order });
    assert.deepEqual([bought.status, bought.epoch], ['ordered', 1]);
    const again = await tell(edge, { ...told, version: 4, ...order });
    assert.equal(again.epoch, 1, 'an order counts once, however often it is told');
    assert.equal((await edge.lookup(email)).planned, false);
    assert.equal((await edge.restore(tokenIn(text ?? '', 'r'))).status, 'ordered');
    const read = await edge.asServer(`/v1/carts/${cart}`);
    assert.equal((await read.json()).state, 'recovered');
  });

  test('a contact that was overtaken by what names nobody is heard of; one that was taken away is not', async () => {
    const [basket, other] = [newBasket(), newBasket()];
    const [email, gone] = ['overtaken@shoppers.example', 'taken-away@shoppers.example'];
    const newer = { basket, version: 2, lines: lines([[MUG, 2]]) };
    const older = { basket, version: 1, lines: lines([[BAG, 1]]), email, consent: AGREED };
    const { cart } = await tell(calm, newer);
    const late = await tell(calm, older);
    assert.deepEqual([late.cart, late.stale], [cart, true]);
    const { known, consent_email: agrees } = await calm.lookup(email);
    assert.deepEqual([known, agrees], [true, true]);
    const headers = { authorization: `Bearer ${calm.secret}` };
    const read = await fetch(`${calm.url}/v1/carts/${cart}`, { headers });
    const found = /** @type {any} */ (await read.json());
    assert.equal(found.customer.email, email);
    assert.deepEqual(
      found.lines.map((/** @type {any} */ line) => [line.variant, line.qty]),
      [[MUG, 2]],
    );
    await tell(calm, { ...newer, basket: other, email: null });
    await tell(calm, { ...older, basket: other, email: gone });
    assert.equal((await calm.lookup(gone)).known, false);
  });

  test('a browser that has shown its token sees the basket, and its cart is the one that is written about', async () => {
    const [email, basket] = ['claimed@shoppers.example', newBasket()];
    const device = await browser(calm, MUG);
    const told = { basket, intent: device.token, email, consent: AGREED };
    const all = lines([
      [MUG, 1],
      [BAG, 3],
    ]);
    await tell(calm, { ...told, version: 1, lines: all });
    await device.send();
    assert.deepEqual(device.lines(), { [BAG]: 3, [MUG]: 1 });
    await tell(calm, { ...told, version: 2, lines: lines([[BAG, 2]]) });
    await device.send();
    assert.deepEqual(device.lines(), { [BAG]: 2 });
    assert.equal((await calm.lookup(email)).planned, true);
    await tell(calm, { ...told, version: 3, order: 'W-1002' });
    await device.send();
    assert.deepEqual(device.lines(), {});
    await sleep(CALM_MS + 4_000);
    assert.deepEqual(smtp.of(email), []);
  });

  test('of two browsers that show their tokens for one basket the second gets nothing of it, and both hear of the order', async () => {
    const basket = newBasket();
    const [one, other] = await Promise.all([browser(calm, MUG), browser(calm, MUG)]);
    const email = 'second-claim@shoppers.example';
    await other.settle(other.identify(email));
    await tell(calm, { basket, version: 1, lines: lines([[MUG, 1]]), intent: one.token });
    const more = lines([
      [MUG, 1],
      [BAG, 1],
    ]);
    await tell(calm, { basket, version: 2, lines: more, intent: other.token });
    await Promise.all([one.send(), other.send()]);
    assert.deepEqual(one.lines(), { [BAG]: 1, [MUG]: 1 });
    assert.deepEqual(other.lines(), { [MUG]: 1 });
    await tell(calm, { basket, version: 3, lines: more, order: 'W-1003' });
    await Promise.all([one.send(), other.send()]);
    assert.deepEqual([one.lines(), other.lines()], [{}, {}]);
    await sleep(CALM_MS + 4_000);
    assert.deepEqual(smtp.of(email), []);
  });

  test('a cart that speaks for somebody is not handed to somebody else', async () => {
    const [owner, guest] = ['owner@shoppers.example', 'guest@shoppers.example'];
    const basket = newBasket();
    const device = await browser(edge, MUG);
    await device.settle(device.identify(owner));
    const { cart } = await tell(edge, {
      basket,
      version: 1,
      lines: lines([[MUG, 1]]),
      intent: device.token,
    });
    const secret = lines([[BAG, 1]]);
    const moved = await tell(edge, {
      basket,
      version: 2,
      lines: secret,
      email: guest,
      consent: AGREED,
    });
    assert.notEqual(moved.cart, cart);
    // Later ones that name nobody are about the same person's basket.
    assert.equal((await tell(edge, { basket, version: 3, lines: secret })).cart, moved.cart);
    await device.send();
    assert.deepEqual(device.lines(), { [MUG]: 1 });
    for (const [address, variant] of [
      [owner, MUG],
      [guest, BAG],
    ]) {
      const { text } = await parseMail(await mailTo(address ?? ''));
      const restored = await edge.restore(tokenIn(text ?? '', 'r'));
      const seen = restored.lines.map((/** @type {any} */ line) => line.variant);
      assert.deepEqual(seen, [variant]);
    }
  });

  test('an answer that each telling repeats is as old as it was; with its time, it is as new as that', async () => {
    const [email, basket] = ['answers@shoppers.example', newBasket()];
    const no = { email: false, wording: 'account-v1', page: '/account' };
    const told = { basket, email, lines: lines([[MUG, 1]]) };
    const agrees = async () => (await calm.lookup(email)).consent_email;
    const at = Date.now() - 60_000;
    await tell(calm, { ...told, version: 1, consent: { ...no, at } });
    assert.equal(await agrees(), false);
    const device = await browser(calm, MUG);
    await device.settle(device.identify(email));
    await tell(calm, { ...told, version: 2, consent: { ...no, at } });
    assert.equal(await agrees(), true, 'the shop only repeats what was said before');
    await tell(calm, { ...told, version: 3, consent: { ...no, at: Date.now() } });
    assert.equal(await agrees(), false);
  });

  test('many tellings at once, in any order and twice, end as the last', async () => {
    const basket = newBasket();
    const versions = Array.from({ length: 12 }, (_, n) => n + 1);
    const told = versions.map((version) => ({
      basket,
      version,
      lines: lines([
        [MUG, version],
        [version % 2 ? BAG : 'bag-red', 1],
      ]),
    }));
    const shuffled = [...told, ...told].sort(() => Math.random() - 0.5);
    const answers = await Promise.all(shuffled.map((one) => tell(calm, one)));
    assert.equal(new Set(answers.map(({ cart }) => cart)).size, 1);
    const last = await tell(calm, told.at(-1) ?? {});
    const log = await calm.asServer(`/v1/carts/${last.cart}/log`);
    assert.equal(log.status, 200, await log.text());
    const device = await browser(calm, MUG);
    // Its lines, as a browser sees them that claims it: the basket stays where it is.
    const email = 'many@shoppers.example';
    await tell(calm, { ...told.at(-1), version: 13, email, consent: AGREED, intent: device.token });
    const { text } = await parseMail(await mailTo(email));
    const restored = await calm.restore(tokenIn(text ?? '', 'r'));
    const seen = restored.lines.map((/** @type {any} */ line) => [line.variant, line.qty]);
    assert.deepEqual(seen.sort(), [
      ['bag-red', 1],
      [MUG, 12],
    ]);
  });

  test('what is refused', async () => {
    const basket = newBasket();
    const good = { basket, version: 1, lines: lines([[MUG, 1]]) };
    const foreign = secretKey(edge.master, 'shop_n0b0dy01');
    await assertProblem(await put(edge, good, edge.key), 401, 'key_invalid');
    await assertProblem(await put(edge, good, foreign), 404, 'shop_unknown');
    const post = await fetch(`${edge.url}/v1/baskets`, { method: 'POST' });
    await assertProblem(post, 405, 'method_not_allowed');
    for (const [field, value] of /** @type {[string, any][]} */ ([
      ['basket', 'short'],
      ['basket', 'with a blank in it'],
      ['version', 0],
      ['changed_at', 1_795_000_000],
      ['consent', AGREED],
      ['consent.at', 1_795_000_000],
      ['lines', Array.from({ length: 501 }, () => ({ variant: MUG, qty: 1 }))],
    ])) {
      const wrong =
        field === 'consent.at'
          ? { email: 'somebody@shoppers.example', consent: { ...AGREED, at: value } }
          : { [field]: value };
      const response = await put(edge, { ...good, ...wrong });
      const problem = await assertProblem(response, 400, 'body_invalid');
      assert.match(problem.detail, new RegExp(`\`${field}\``));
    }
    for (const [wrong, code] of /** @type {[object, string][]} */ ([
      [{ lines: [{ variant: 'two words', qty: 1 }] }, 'variant_invalid'],
      [{ lines: [{ variant: MUG, qty: 0 }] }, 'quantity_invalid'],
      [{ email: 'nobody' }, 'email_invalid'],
      [{ colour: 'red' }, 'body_invalid'],
    ])) {
      await assertProblem(await put(edge, { ...good, ...wrong }), 400, code);
    }
    // A token that was revoked, one of another shop, and a recovery link, which is no proof that a cart is one's own.
    const device = await browser(edge, MUG);
    const { token } = device;
    await edge.asServer('/v1/links/revoke', { token });
    const stranger = await browser(calm, MUG);
    const email = 'recovery-link@shoppers.example';
    const leaver = new Device(edge);
    await leaver.settle(leaver.add(MUG), leaver.identify(email));
    const { text } = await parseMail(await mailTo(email));
    for (const intent of ['x'.repeat(64), token, stranger.token, tokenIn(text ?? '', 'r')]) {
      await assertProblem(await put(edge, { ...good, intent }), 401, 'token_invalid');
    }
  });
});

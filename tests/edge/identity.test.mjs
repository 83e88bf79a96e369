/** One person under several contacts: what a server joins, and what no browser can. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { forEveryCart } from '../../scripts/demo-shop.mjs';
import { cartId, parseToken } from '../../scripts/keys.mjs';
import { BAG, Device, leftCart, MUG } from '../fixtures/device.mjs';
import { runEdge } from '../fixtures/edge.mjs';
import { assertProblem } from '../fixtures/problem.mjs';
import { parseMail, SmtpPeer, tokenIn } from '../fixtures/smtp-peer.mjs';
import { until } from '../fixtures/until.mjs';

/** Time to do something before a message is due, on a busy machine too, ms. */
const CALM_MS = 12_000;

const PACE = {
  thresholds: { cart_ms: 1_000, checkout_ms: 1_000 },
  sequences: forEveryCart([
    { after_ms: 1_000, template: 'reminder' },
    { after_ms: CALM_MS, template: 'last_chance' },
  ]),
};

const CALM_PACE = {
  thresholds: { cart_ms: CALM_MS, checkout_ms: CALM_MS },
  sequences: forEveryCart([{ after_ms: CALM_MS, template: 'reminder' }]),
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
  calm = await edge.anotherShop('shop_ca1m0002', CALM_PACE);
});
after(async () => {
  await edge?.end();
  await smtp?.close();
});

/** @typedef {{ email: string } | { phone: string } | { shopper: string }} Name */

/** @param {import('../fixtures/edge.mjs').Edge} at @param {Name} a @param {Name} b */
const askToJoin = (at, a, b) => at.asServer('/v1/shoppers/join', { shoppers: [a, b] });

/** @param {import('../fixtures/edge.mjs').Edge} at @param {Name} a @param {Name} b @returns {Promise<any>} */
async function join(at, a, b) {
  const response = await askToJoin(at, a, b);
  const text = await response.text();
  assert.equal(response.status, 200, text);
  return JSON.parse(text);
}

let numbers = 0;
/** A telephone number that nobody else has. */
const newPhone = () => {
  numbers += 1;
  return `+4915112${String(numbers).padStart(6, '0')}`;
};

/** A cart of somebody who gave a number and no address. @param {import('../fixtures/edge.mjs').Edge} at @param {string} phone @param {string} variant */
async function leftByPhone(at, phone, variant) {
  const device = new Device(at);
  const add = device.add(variant);
  const consent = { sms: true, wording: 'checkout-v1', page: '/checkout' };
  await device.settle(add, device.event('identify', { phone, consent }));
  return { device, dot: add.id };
}

/** @param {string} address @param {number} [count] */
const mailsTo = (address, count = 1) => smtp.awaited(address, count, 40_000);

/** One click on a message's unsubscribe link (RFC 8058). @param {string} token */
const oneClick = (token) =>
  fetch(`${edge.url}/u/${token}`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: 'List-Unsubscribe=One-Click',
  });

describe('identity', { concurrency: true }, () => {
  test('who is known by an address and by a number is written to about either cart, at the address', async () => {
    const [email, phone] = ['two-ways@shoppers.example', newPhone()];
    // Nothing to write about yet: only a contact and a consent.
    const known = new Device(edge);
    await known.settle(known.identify(email));
    const { device } = await leftByPhone(edge, phone, BAG);
    const answer = await join(edge, { email }, { phone });
    assert.equal(answer.joined.length, 1);
    const [mail] = await mailsTo(email);
    assert.ok(mail);
    const { text } = await parseMail(mail);
    const token = tokenIn(text ?? '', 'r');
    const { lines } = await edge.restore(token);
    assert.deepEqual(
      lines.map((/** @type {any} */ line) => line.variant),
      [BAG],
    );
    assert.equal(parseToken(edge.master, token)?.subject, cartId(edge.shop, device.secret));
  });

  test('an order under either contact ends what was planned under the other', async () => {
    // Whose id is the smaller is up to a hash; of several pairs both kinds come up.
    await Promise.all(
      [1, 2, 3, 4, 5, 6].map(async (n) => {
        const [email, phone] = [`orders-${n}@shoppers.example`, newPhone()];
        const byPhone = await leftByPhone(calm, phone, BAG);
        const byEmail = await leftCart(calm, email);
        const { shopper } = await join(calm, { email }, { phone });
        const buyer = n % 2 ? byPhone : byEmail;
        await buyer.device.settle(buyer.device.order([buyer.dot]));
        const view = await calm.lookup(email);
        assert.equal(view.shopper, shopper);
        assert.equal(view.planned, false);
        await sleep(CALM_MS + 4_000);
        assert.deepEqual(smtp.of(email), [], `pair ${n}`);
      }),
    );
  });

  test("an unsubscribe by either contact's link ends messages to both", async () => {
    const [a, b] = ['either-a@shoppers.example', 'either-b@shoppers.example'];
    await Promise.all([leftCart(edge, a, MUG), leftCart(edge, b, BAG)]);
    const mails = await Promise.all([a, b].map((address) => mailsTo(address)));
    const tokens = await Promise.all(
      mails.map(async ([mail]) => {
        assert.ok(mail);
        return tokenIn((await parseMail(mail)).text ?? '', 'u');
      }),
    );
    const ids = tokens.map((token) => `shp_${parseToken(edge.master, token)?.subject}`);
    const { shopper, joined } = await join(edge, { email: a }, { email: b });
    assert.deepEqual([...ids].sort(), [shopper, ...joined].sort());
    // The link that was made for the one that went over to the other.
    const old = tokens[ids.indexOf(joined[0])] ?? '';
    const answer = await oneClick(old);
    assert.equal(answer.status, 200, await answer.text());
    for (const email of [a, b]) {
      const view = await edge.lookup(email);
      assert.deepEqual(
        [view.shopper, view.suppressed, view.planned],
        [shopper, 'unsubscribed', false],
      );
    }
    await sleep(CALM_MS + 4_000);
    assert.equal(smtp.of(a).length + smtp.of(b).length, 2);
  });

  test('joins that cross, repeat and form chains end in one person', async () => {
    const emails = ['x', 'y', 'z', 'w'].map((name) => `cross-${name}@shoppers.example`);
    await Promise.all(emails.map((email) => leftCart(calm, email)));
    const pairs = emails.flatMap((a) => emails.filter((b) => b !== a).map((b) => [a, b]));
    const answers = await Promise.all(
      pairs.map(async ([a = '', b = '']) => {
        // A join that takes long asks its caller to come again.
        const done = await until('a join', async () => {
          const response = await askToJoin(calm, { email: a }, { email: b });
          assert.ok([200, 503].includes(response.status), `${response.status}`);
          return response.status === 200 && response.json();
        });
        return /** @type {any} */ (done);
      }),
    );
    const views = await Promise.all(emails.map((email) => calm.lookup(email)));
    const [first] = views;
    assert.equal(first.joined.length, 3);
    for (const view of views) assert.deepEqual(view, first);
    for (const answer of answers)
      assert.ok([first.shopper, ...first.joined].includes(answer.shopper));
    const again = await join(calm, { email: emails[0] ?? '' }, { email: emails[3] ?? '' });
    assert.deepEqual(again, { shopper: first.shopper, joined: first.joined });
    // One conversation: one reminder, to one address.
    const sent = () => emails.flatMap((email) => smtp.of(email));
    await until('a reminder', () => sent().length > 0, { within: 40_000 });
    await sleep(4_000);
    assert.equal(sent().length, 1);
  });

  test('only a secret key joins, and only two shoppers of its own shop', async () => {
    const [a, b] = ['refused-a@shoppers.example', 'refused-b@shoppers.example'];
    await Promise.all([leftCart(calm, a), leftCart(calm, b), leftCart(edge, a)]);
    const body = { shoppers: [{ email: a }, { email: b }] };
    const byBrowser = await calm.post('/v1/shoppers/join', body, {
      authorization: `Bearer ${calm.key}`,
    });
    await assertProblem(byBrowser, 401, 'key_invalid');
    await assertProblem(await askToJoin(calm, { email: a }, { email: a }), 400, 'shopper_same');
    await assertProblem(
      await askToJoin(calm, { email: a }, { email: 'nobody' }),
      400,
      'email_invalid',
    );
    const { shopper: stranger } = await edge.lookup(a);
    for (const shopper of [stranger, 'shp_00000000000000000000000000000000', 'nonsense']) {
      const answer = await askToJoin(calm, { email: a }, { shopper });
      await assertProblem(answer, 404, 'shopper_unknown');
    }
    const method = await calm.asServer('/v1/shoppers/join');
    await assertProblem(method, 405, 'method_not_allowed');
    for (const [at, email] of [
      [calm, a],
      [calm, b],
      [edge, a],
    ])
      assert.deepEqual((await /** @type {any} */ (at).lookup(email)).joined, []);
  });

  test("a browser that gives its own number beside a victim's address changes nothing for the number's owner", async () => {
    const [victim, phone] = ['victim@shoppers.example', newPhone()];
    const owner = await leftByPhone(calm, phone, BAG);
    const attacker = new Device(calm);
    await attacker.settle(attacker.add(MUG), attacker.identify(victim, true, { phone }));
    assert.deepEqual((await calm.lookup(victim)).joined, []);
    // The victim's address gives no way to the owner's cart, and its stop is not the owner's.
    await owner.device.settle(owner.device.order([owner.dot]));
    assert.equal((await calm.lookup(victim)).planned, true);
  });
});

/** What begins a message beside a left cart: a look, a lower price, a return to stock, a quote, a customer's tier. Each comes once. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { demoCatalogue, forEveryCart } from '../../scripts/demo-shop.mjs';
import { BAG, Device, leftCart, MUG } from '../fixtures/device.mjs';
import { runEdge } from '../fixtures/edge.mjs';
import { parseMail, SmtpPeer } from '../fixtures/smtp-peer.mjs';
import { until } from '../fixtures/until.mjs';

/** @typedef {import('../fixtures/edge.mjs').Edge} Edge */

/** A mail needs up to two seconds from its time to its arrival; what should not come had this long to. */
const SILENCE_MS = 5_000;

/**
 * @param {string} id
 * @param {object} trigger
 * @param {string} template
 * @param {number} after_ms
 */
const sequence = (id, trigger, template, after_ms = 1_000, more = {}) => ({
  ...{ id, version: 1, name: id, trigger, steps: [{ after_ms, template }] },
  ...more,
});

const QUICK = { cart_ms: 1_000, checkout_ms: 1_000 };

/** @type {SmtpPeer} */
let smtp;
/** @type {Edge} */
let edge;
before(async () => {
  smtp = await SmtpPeer.start();
  edge = await runEdge({ env: { SMTP_URL: smtp.url } });
});
after(async () => {
  await edge?.end();
  await smtp?.close();
});

/** @param {string} address @param {number} [count] */
const mailsTo = async (address, count = 1) =>
  Promise.all((await smtp.awaited(address, count, 40_000)).map(parseMail));

/** A call with the secret key. @param {Edge} shop @param {string} path @param {object} body */
const put = (shop, path, body) =>
  fetch(shop.url + path, {
    method: 'PUT',
    headers: { authorization: `Bearer ${shop.secret}` },
    body: JSON.stringify(body),
  });

/** A product of the demo's catalogue. @param {Edge} shop @param {string} variant @returns {any} */
const productOf = (shop, variant) =>
  demoCatalogue(shop.url).products.find((/** @type {any} */ one) => one.variant === variant);

/** The demo's mug with some changes. @param {Edge} shop @param {object} changes */
async function push(shop, changes) {
  const { products } = demoCatalogue(shop.url);
  const product = productOf(shop, MUG);
  const response = await put(shop, '/v1/catalogue', { products: [{ ...product, ...changes }] });
  assert.equal(response.status, 200, await response.clone().text());
  assert.equal(/** @type {any} */ (await response.json()).count, products.length);
}

describe('triggers', { concurrency: true }, () => {
  test('who looked at a product and left no cart gets one mail about it, and a cart is its own story', async () => {
    const email = 'looker@shoppers.example';
    const shop = await edge.anotherShop('shop_br0wse01', {
      thresholds: { cart_ms: 3_000, checkout_ms: 3_000, browse_ms: 1_000 },
      sequences: [
        sequence('looked', { browse: { min_dwell_ms: 30_000 } }, 'browse'),
        sequence('left', { cart: {} }, 'reminder'),
      ],
    });
    const device = new Device(shop);
    await device.settle(device.identify(email));
    await device.send(device.event('view', { variant: MUG, ms: 2_000 }));
    // Within the pause in which the Shopper hears nothing else.
    await device.send(device.event('view', { variant: BAG, ms: 45_000 }));
    const [mail] = await mailsTo(email);
    const bag = productOf(shop, BAG);
    assert.ok(mail);
    assert.equal(mail.subject, `Still looking at the ${bag.title}?`);
    assert.ok(mail.text?.includes(bag.url) && String(mail.html).includes(bag.image), mail.text);
    assert.ok(!mail.text?.includes('/r/') && mail.text?.includes('/u/'));
    await sleep(SILENCE_MS);
    assert.equal(smtp.of(email).length, 1);
    const [delivery] = await shop.deliveries(email);
    assert.match(delivery.decisions[0].sentence, /looked at for 45 s, at least 30 s/);

    await device.send(device.add(BAG));
    const [, reminder] = await mailsTo(email, 2);
    assert.match(reminder?.subject ?? '', /^You left the /);
    await sleep(SILENCE_MS);
    assert.equal(smtp.of(email).length, 2);
  });

  test('a look that became a cart is not written about', async () => {
    const email = 'decided@shoppers.example';
    const shop = await edge.anotherShop('shop_br0wse02', {
      thresholds: QUICK,
      sequences: [sequence('looked', { browse: { min_dwell_ms: 1_000 } }, 'browse', 4_000)],
    });
    const device = new Device(shop);
    await device.settle(device.identify(email));
    await device.send(device.event('view', { variant: BAG, ms: 45_000 }));
    assert.equal((await shop.lookup(email)).planned, true);
    await device.send(device.add(BAG));
    const deliveries = await until('the message is given up', async () => {
      const list = await shop.deliveries(email);
      return list[0]?.state === 'skipped' && list;
    });
    assert.deepEqual(
      deliveries.map(({ reason }) => reason),
      ['cart_begun'],
    );
    assert.equal(smtp.of(email).length, 0);
  });

  test('a lower price is told to whoever left the product, once, and not to others', async () => {
    const [email, other] = ['saver@shoppers.example', 'else@shoppers.example'];
    const shop = await edge.anotherShop('shop_pr1ce001', {
      thresholds: QUICK,
      sequences: [sequence('cheaper', { price_drop: { min_percent: 10 } }, 'price_drop', 0)],
    });
    const price = productOf(shop, MUG).price_minor;
    await leftCart(shop, email, MUG);
    await leftCart(shop, other, BAG);
    await push(shop, { price_minor: price - 1 });
    await sleep(SILENCE_MS);
    assert.equal(smtp.of(email).length, 0, 'less than the sequence asks for');
    const lower = Math.floor(price / 2);
    await Promise.all([push(shop, { price_minor: lower }), push(shop, { price_minor: lower })]);
    const [mail] = await mailsTo(email);
    assert.match(mail?.subject ?? '', /costs less now$/);
    assert.ok(mail?.text?.includes(`€${(lower / 100).toFixed(2)}`) && mail.text.includes('/r/'));
    // Up, and down to the same price again.
    await push(shop, { price_minor: price });
    await push(shop, { price_minor: lower });
    await sleep(SILENCE_MS);
    assert.deepEqual([smtp.of(email).length, smtp.of(other).length], [1, 0]);
    await push(shop, { price_minor: Math.floor(lower / 2) });
    await mailsTo(email, 2);
  });

  test('a return to stock is told once', async () => {
    const email = 'patient@shoppers.example';
    const shop = await edge.anotherShop('shop_st0ck001', {
      thresholds: QUICK,
      sequences: [sequence('back', { back_in_stock: {} }, 'back_in_stock', 0)],
    });
    await push(shop, { available: false });
    await leftCart(shop, email, MUG);
    await push(shop, { available: false, title: 'Mug, soon' });
    await sleep(SILENCE_MS);
    assert.equal(smtp.of(email).length, 0);
    await push(shop, { available: true });
    await push(shop, { available: true });
    const [mail] = await mailsTo(email);
    assert.match(mail?.subject ?? '', /is back in stock$/);
    await sleep(SILENCE_MS);
    assert.equal(smtp.of(email).length, 1);
  });

  test('a quote is written about as a quote', async () => {
    const email = 'buyer@business.example';
    const shop = await edge.anotherShop('shop_qv0te001', {
      thresholds: QUICK,
      sequences: [
        sequence('quotes', { quote: {} }, 'quote'),
        sequence('left', { cart: {} }, 'reminder'),
      ],
    });
    const device = new Device(shop);
    const quote = device.event('quote', { quote: true });
    await device.settle(device.add(MUG, 40), quote, device.identify(email));
    const [mail] = await mailsTo(email);
    assert.ok(mail);
    assert.equal(mail.subject, 'Your quote at Dovecote is waiting');
    assert.ok(mail.text?.includes('asked for a quote'));
    const token = /\/r\/([\w-]{64})/.exec(mail.text ?? '')?.[1] ?? '';
    assert.equal((await shop.restore(token)).quote, true, 'whoever comes back has a quote again');
    await sleep(SILENCE_MS);
    assert.equal(smtp.of(email).length, 1);
    const bad = await shop.post('/v1/collect', device.body([device.event('quote')]));
    assert.equal(bad.status, 400);
    assert.equal(/** @type {any} */ (await bad.json()).refused[0].code, 'field_missing');
  });

  test('a rule asks for the tier that the shop has told', async () => {
    const [gold, plain] = ['gold@shoppers.example', 'plain@shoppers.example'];
    const shop = await edge.anotherShop('shop_t1er0001', {
      thresholds: QUICK,
      sequences: [
        sequence('gold', { cart: {} }, 'reminder', 1_000, {
          when: { all: [{ customer_tier: ['gold'] }, { orders_count: { at_least: 3 } }] },
        }),
      ],
    });
    const customer = { tier: 'Gold', orders: { count: 3, spent_minor: 9_000, currency: 'EUR' } };
    for (const path of ['/v1/shoppers', '/v1/shoppers']) {
      const told = await put(shop, path, { email: ` ${gold.toUpperCase()}`, ...customer });
      assert.equal(told.status, 200, await told.clone().text());
      assert.match(/** @type {any} */ (await told.json()).shopper, /^shp_[0-9a-f]{32}$/);
    }
    await leftCart(shop, gold);
    await leftCart(shop, plain);
    await mailsTo(gold);
    await sleep(SILENCE_MS);
    assert.deepEqual([smtp.of(gold).length, smtp.of(plain).length], [1, 0]);
    assert.equal((await shop.lookup(gold)).tier, 'Gold');
    assert.equal((await shop.lookup(plain)).tier, null);

    for (const [body, code, field] of /** @type {[object, string, string | undefined][]} */ ([
      [{ tier: 'gold' }, 'configuration_invalid', 'email'],
      [{ email: gold, phone: '+3531234567' }, 'configuration_invalid', 'email'],
      [{ email: gold, tier: ' gold' }, 'configuration_invalid', 'tier'],
      [
        { email: gold, orders: { count: 1, spent_minor: 5 } },
        'configuration_invalid',
        'orders.currency',
      ],
      [{ email: 'gold' }, 'email_invalid', undefined],
      [{ email: gold, tear: 'gold' }, 'body_invalid', undefined],
    ])) {
      const refused = await put(shop, '/v1/shoppers', body);
      const problem = /** @type {any} */ (await refused.json());
      assert.equal(refused.headers.get('content-type'), 'application/problem+json');
      assert.deepEqual([problem.code, problem.field], [code, field], JSON.stringify(problem));
    }
    const wrongKey = await fetch(`${shop.url}/v1/shoppers`, {
      method: 'PUT',
      headers: { authorization: `Bearer ${shop.key}` },
      body: JSON.stringify({ email: gold }),
    });
    assert.equal(wrongKey.status, 401);
    assert.equal((await shop.asServer('/v1/shoppers')).status, 405);
  });
});

test('news that the queue has lost is found by the sweep, whatever shops come before', async () => {
  const email = 'restart@shoppers.example';
  // More than one run of the sweep looks through: the shop is among those that it hands on.
  for (let n = 100; n < 160; n += 1) {
    await edge.anotherShop(`shop_00000${n}`, { sequences: [] });
  }
  const shop = await edge.anotherShop('shop_pr1ce002', {
    thresholds: QUICK,
    sequences: [sequence('cheaper', { price_drop: { min_percent: 10 } }, 'price_drop', 0)],
  });
  await leftCart(shop, email, MUG);
  await push(shop, { price_minor: 100 });
  await edge.stack.kill9();
  await edge.stack.restart();
  await edge.stack.runCron();
  await edge.stack.runCron();
  await mailsTo(email);
  await sleep(SILENCE_MS);
  assert.equal(smtp.of(email).length, 1);
});

test('stages of a checkout rest as long as the shop says', async () => {
  const email = 'shipping@shoppers.example';
  const shop = await edge.anotherShop('shop_stage001', {
    thresholds: { ...QUICK, stage_ms: { shipping: 6_000 } },
    sequences: forEveryCart([{ after_ms: 1_000, template: 'reminder' }]),
  });
  const device = new Device(shop);
  const checkout = device.event('checkout', { stage: 'shipping' });
  await device.settle(device.add(MUG), checkout, device.identify(email));
  const left = Date.now();
  await mailsTo(email);
  assert.ok((smtp.of(email)[0]?.at ?? 0) >= left + 5_900);
});

/** What platforms tell by webhook: carts that are written about, orders that end it, and what becomes of all that goes wrong. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { forEveryCart } from '../../scripts/demo-shop.mjs';
import { BigCommerceApi } from '../fixtures/bigcommerce-api.mjs';
import { Device } from '../fixtures/device.mjs';
import { runEdge, SLOW_PACE } from '../fixtures/edge.mjs';
import { AdobePeer } from '../fixtures/platform-apis/adobe.mjs';
import { randomFrom } from '../fixtures/random.mjs';
import { parseMail, SmtpPeer, tokenIn } from '../fixtures/smtp-peer.mjs';
import { until } from '../fixtures/until.mjs';
import {
  adobeCart,
  adobeOrder,
  adobePayload,
  adobeQuote,
  bigcommerceCart,
  bigcommerceEvent,
  shopifyCart,
  shopifyCheckout,
  shopifyOrder,
  woocommerceCart,
  woocommerceOrder,
} from '../fixtures/webhook-payloads.mjs';
import {
  adobeCommerce,
  adobeEvent,
  bigcommerce,
  connect,
  deliver,
  desk,
  putProducts,
  rsaPair,
  shopify,
  taken,
  woocommerce,
} from '../fixtures/webhooks.mjs';

/** @typedef {import('../fixtures/webhooks.mjs').RsaPair} RsaPair */
/** @typedef {import('../fixtures/webhook-payloads.mjs').Lines} Lines */

const SECRET = 'shpss_0123456789abcdef0123456789abcdef';
const WOO = 'woo-secret-0123456789';
const CLIENT = 'bc-client-secret-0123456789';
const TOKEN = 'bc-access-token-0123456789';
const STORE = 'abc123';

const PACE = {
  thresholds: { cart_ms: 1_000, checkout_ms: 1_000 },
  sequences: forEveryCart([{ after_ms: 2_000, template: 'reminder' }]),
};

/** Shopify's variants, as the shop's own server has told Homing of them. */
const [CUP, POT] = ['41000001', '41000002'];
const [BC_CUP, BC_POT] = ['77:201', '78:202'];
const SKU = 'CUP-1';

/** @type {Lines} */
const CUP_AND_POT = [
  [CUP, 1],
  [POT, 1],
];
/** @type {Lines} */
const CUP_AND_POTS = [
  [CUP, 1],
  [POT, 2],
];

/** Adobe's keys, and whom its events are for. @type {[RsaPair, RsaPair]} */
const KEYS = [rsaPair(), rsaPair()];
const RECIPIENT = 'io-client-0123456789';

/** @type {SmtpPeer} */
let smtp;
/** @type {BigCommerceApi} */
let api;
/** @type {import('../fixtures/edge.mjs').Edge} */
let edge;
/** @type {import('../fixtures/edge.mjs').Edge} */
let slow;
before(async () => {
  [smtp, api] = await Promise.all([SmtpPeer.start(), BigCommerceApi.start(STORE, TOKEN)]);
  edge = await runEdge({ demo: PACE, env: { SMTP_URL: smtp.url, BIGCOMMERCE_URL: api.url } });
  slow = await edge.anotherShop('shop_s10w0001', SLOW_PACE);
  for (const shop of [edge, slow]) {
    await connect(shop, 'shopify', { webhook_secret: SECRET });
    await connect(shop, 'woocommerce', { webhook_secret: WOO });
    await connect(shop, 'bigcommerce', {
      webhook_secret: CLIENT,
      store: STORE,
      api: { access_token: TOKEN },
    });
    await connect(shop, 'adobe', {
      public_keys: KEYS.map(({ publicKey }) => publicKey),
      client_id: RECIPIENT,
    });
    await putProducts(shop, [CUP, POT, BC_CUP, BC_POT, SKU]);
  }
});
after(async () => {
  await edge?.end();
  await smtp?.close();
  await api?.close();
});

const newToken = () => `Z2NwLXVz${randomBytes(9).toString('hex')}`;

/** Of somebody who agreed to be written to. @type {typeof shopifyCheckout} */
const checkout = (...of) => ({ ...shopifyCheckout(...of), buyer_accepts_marketing: true });

/** @param {string} token @param {Lines} lines @param {string} email @param {number} id */
const order = (token, lines, email, id) => shopifyOrder(token, lines, new Date(), email, id);

/** @param {import('../fixtures/edge.mjs').Edge} shop @param {string} topic @param {object} payload @param {Date} [triggeredAt] */
const tell = (shop, topic, payload, triggeredAt) =>
  taken(shop, 'shopify', shopify(topic, payload, SECRET, triggeredAt ? { triggeredAt } : {}));

/** The lines of the one cart of a person, once a mail about it has come. @param {string} email */
async function mailed(email) {
  const [mail] = await smtp.awaited(email, 1, 40_000);
  assert.ok(mail);
  const { text } = await parseMail(mail);
  const token = tokenIn(text ?? '', 'r');
  return { token, restored: await edge.restore(token) };
}

/** @param {{ lines: any[] }} restored */
const linesOf = ({ lines }) => lines.map(({ variant, qty }) => [variant, qty]).sort();

describe('Shopify', { concurrency: true }, () => {
  test('a cart that was left is written about, and its order ends it', async () => {
    const [token, email] = [newToken(), 'shopify@shoppers.example'];
    const at = new Date(Date.now() - 2_000);
    await tell(
      edge,
      'carts/create',
      shopifyCart(token, [[CUP, 1]], new Date(at.getTime() - 1_000)),
    );
    await tell(edge, 'checkouts/create', checkout(token, CUP_AND_POTS, at, email));
    const { token: link, restored } = await mailed(email);
    assert.deepEqual(linesOf(restored), CUP_AND_POTS);

    // The order is in force when the platform is answered.
    await tell(edge, 'orders/create', order(token, CUP_AND_POTS, email, 1_001));
    assert.equal((await edge.restore(link)).status, 'ordered');
    assert.equal((await edge.lookup(email)).planned, false);
    // However often it is told, and whatever else is told of it.
    await tell(edge, 'orders/create', order(token, CUP_AND_POTS, email, 1_001));
    await tell(edge, 'orders/paid', order(token, CUP_AND_POTS, email, 1_001));
    const late = {
      ...checkout(token, CUP_AND_POTS, new Date(), email),
    };
    await tell(edge, 'checkouts/update', { ...late, completed_at: new Date().toISOString() });
    await tell(edge, 'carts/update', shopifyCart(token, [[CUP, 1]], at));
    await settled(edge);
    assert.equal((await edge.restore(link)).status, 'ordered');
  });

  test('an order that comes before its cart ends it all the same', async () => {
    const [token, email] = [newToken(), 'early@shoppers.example'];
    const at = new Date(Date.now() - 5_000);
    await tell(edge, 'orders/create', order(token, [[CUP, 1]], email, 1_002));
    await tell(edge, 'checkouts/create', checkout(token, [[CUP, 1]], at, email));
    await settled(edge);
    await sleep(6_000);
    assert.equal(smtp.of(email).length, 0);
  });

  test('the browser that put its token into the cart sees it, and its cart is the one', async () => {
    const [token, email] = [newToken(), 'claimed-by-attribute@shoppers.example'];
    const device = new Device(slow);
    await device.settle(device.add(CUP));
    assert.ok(device.token);
    const at = new Date();
    const told = {
      ...checkout(token, CUP_AND_POT, at, email),
      note_attributes: [{ name: '_homing', value: device.token }],
    };
    await tell(slow, 'checkouts/update', told);
    await until('it is known whose it is', async () => (await slow.lookup(email)).planned);
    // The snippet follows the cart: told by both, what is in it would count twice.
    assert.ok(device.token);
    assert.deepEqual(linesOf(await slow.restore(device.token)), [[CUP, 1]]);
    await tell(slow, 'orders/create', order(token, CUP_AND_POT, email, 1_003));
    await until('it is ordered there', async () => {
      const { cart } = await slow.state(device.secret);
      return cart.status === 'ordered';
    });
    // A worthless token claims nothing, and takes nothing else along.
    const other = newToken();
    await tell(slow, 'checkouts/update', {
      ...checkout(other, [[POT, 1]], new Date(), 'worthless@shoppers.example'),
      note_attributes: [{ name: '_homing', value: 'AAAA' }],
    });
    await until(
      'it is known',
      async () => (await slow.lookup('worthless@shoppers.example')).planned,
    );
  });

  test('an old payload after a newer one changes nothing, whatever the order of their arrival', async () => {
    const [token, email] = [newToken(), 'old-after-new@shoppers.example'];
    const now = Date.now();
    const at = (/** @type {number} */ s) => new Date(now - 60_000 + s * 1_000);
    await tell(edge, 'checkouts/update', checkout(token, [[POT, 3]], at(20), email), at(20));
    await settled(edge);
    await tell(edge, 'checkouts/update', checkout(token, [[CUP, 1]], at(10), email), at(10));
    // A retry carries what the payload was at first.
    await tell(edge, 'checkouts/update', checkout(token, [[POT, 3]], at(20), email), at(20));
    const { restored } = await mailed(email);
    assert.deepEqual(linesOf(restored), [[POT, 3]]);
  });

  test('200 webhooks, repeated and out of order, end in the last state of each cart', async () => {
    const random = randomFrom(20_261_129);
    const started = Date.now() - 600_000;
    const carts = Array.from({ length: 20 }, (_, n) => ({
      token: newToken(),
      email: `many-${n}@shoppers.example`,
      /** @type {[string, number][]} */
      last: [],
    }));
    /** @type {{ topic: string, payload: object, at: Date }[]} */
    const told = [];
    for (const one of carts) {
      for (let n = 0; n < 8; n += 1) {
        const at = new Date(started + n * 20_000 + random.below(900));
        one.last = [
          [CUP, 1 + random.below(5)],
          ...(random.happens(0.5) ? [/** @type {[string, number]} */ ([POT, 1 + n])] : []),
        ];
        told.push({
          topic: 'checkouts/update',
          payload: checkout(one.token, one.last, at, one.email),
          at,
        });
      }
    }
    const repeated = Array.from({ length: 40 }, () => random.pick(told));
    const all = [...told, ...repeated]
      .map((one) => /** @type {const} */ ([random.below(1e9), one]))
      .sort(([a], [b]) => a - b)
      .map(([, one]) => one);
    assert.equal(all.length, 200);
    const shop = await edge.anotherShop('shop_many0001', {
      ...PACE,
      thresholds: { cart_ms: 15_000, checkout_ms: 15_000 },
    });
    await connect(shop, 'shopify', { webhook_secret: SECRET });
    await putProducts(shop, [CUP, POT]);
    for (let n = 0; n < all.length; n += 10) {
      await Promise.all(
        all.slice(n, n + 10).map((one) => tell(shop, one.topic, one.payload, one.at)),
      );
    }
    await settled(shop);
    for (const { email, last } of carts) {
      const [mail] = await smtp.awaited(email, 1, 60_000);
      assert.ok(mail);
      const { text } = await parseMail(mail);
      const restored = await shop.restore(tokenIn(text ?? '', 'r'));
      assert.deepEqual(linesOf(restored), [...last].sort(), email);
    }
    assert.deepEqual(await desk(shop), []);
  });

  test('what the law lets a customer ask for is done, or stays visible as open', async () => {
    const customer = { id: 191_167, email: 'forget-me@shoppers.example', phone: '+4930123456' };
    const shop = { shop_id: 954_889, shop_domain: 'dovecote.myshopify.com' };
    const device = new Device(edge);
    await device.settle(device.add(CUP), device.identify(customer.email));
    await tell(edge, 'customers/redact', { ...shop, customer, orders_to_redact: [1] });
    await until('the customer is erased', async () => {
      const { erasure } = await edge.lookup(customer.email);
      return erasure?.state === 'erased';
    });
    // Of whom only the platform's number is said nobody may be known.
    const other = { id: 191_168 };
    await tell(edge, 'customers/redact', { ...shop, customer: other, orders_to_redact: [1] });
    await tell(edge, 'customers/redact', { ...shop, customer: other, orders_to_redact: [1] });
    await tell(edge, 'customers/data_request', {
      ...shop,
      customer,
      orders_requested: [1],
      data_request: { id: 9_999 },
    });
    await tell(edge, 'shop/redact', shop);
    const open = await until('all are there', async () => {
      const open = await desk(edge, 'open');
      return open.length >= 3 && open;
    });
    const seen = open.map(({ platform, topic, code }) => [platform, topic, code]).sort();
    assert.deepEqual(seen, [
      ['shopify', 'customers/data_request', 'customer_data'],
      ['shopify', 'customers/redact', 'customer_erasure'],
      ['shopify', 'shop/redact', 'shop_erasure'],
    ]);
    assert.ok(!JSON.stringify(open).includes('forget-me'));
  });
});

describe('what goes wrong', () => {
  test('a payload that cannot be understood is kept, shown without what it holds, and tried again', async () => {
    const shop = await edge.anotherShop('shop_kept0001', SLOW_PACE);
    await connect(shop, 'shopify', { webhook_secret: SECRET });
    const planted = 'kept-zqx@shoppers.example';
    const broken = { ...checkout(newToken(), [], new Date(), planted), line_items: 'none' };
    await tell(shop, 'checkouts/update', broken);
    await tell(shop, 'checkouts/update', broken);
    await tell(shop, 'carts/update', { nothing: true });
    const list = await until('both are kept', async () => {
      const kept = await desk(shop);
      return kept.length >= 2 && kept;
    });
    assert.equal(list.length, 2, 'the same again is kept once');
    for (const one of list) {
      assert.deepEqual(Object.keys(one).sort(), ['at', 'code', 'id', 'path', 'platform', 'topic']);
      assert.match(one.id, /^whk_[0-9a-f]{32}$/);
    }
    const paths = Object.fromEntries(list.map(({ topic, path, code }) => [topic, [code, path]]));
    assert.deepEqual(paths['checkouts/update'], ['field_kind', 'line_items']);
    assert.deepEqual(paths['carts/update']?.[0], 'field_missing');
    assert.ok(!JSON.stringify(list).includes(planted));

    const ids = list.map(({ id }) => id);
    const replay = (/** @type {object} */ body) => shop.asServer('/v1/webhooks/replay', body);
    const answer = await replay({ ids: [ids[0], 'whk_nothing'] });
    assert.deepEqual(await answer.json(), { replayed: 1, unknown: ['whk_nothing'] });
    assert.deepEqual(await (await replay({ all: true })).json(), { replayed: 2, unknown: [] });
    for (const body of [{}, { ids, all: true }]) {
      assert.equal((await replay(body)).status, 400);
    }
    // This version understands them no better.
    await settled(shop);
    assert.deepEqual((await desk(shop)).map(({ id }) => id).sort(), [...ids].sort());
    const log = readFileSync(join(edge.stack.stateDir, 'logs', 'worker.log'), 'utf8');
    assert.ok(!log.includes(planted));
  });

  test('a large payload is taken like any other', async () => {
    const [token, email] = [newToken(), 'large@shoppers.example'];
    const padded = {
      ...checkout(token, [[CUP, 2]], new Date(), email),
      note: 'x'.repeat(200_000),
    };
    await tell(slow, 'checkouts/update', padded);
    await until('it is known', async () => (await slow.lookup(email)).planned);
    // It has waited in a queue and in KV, and stands in the shopper: sealed everywhere.
    const folder = join(edge.stack.stateDir, 'worker');
    const files = readdirSync(folder, { recursive: true, withFileTypes: true });
    const found = files
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .filter((path) => readFileSync(path).includes('large@shoppers'));
    assert.deepEqual(found, []);
    assert.ok(files.length > 10);
  });

  test('an order that cannot count yet is told again until it does', async () => {
    const [token, email] = [newToken(), 'on-its-way@shoppers.example'];
    /** @type {(value?: unknown) => void} */
    let open = () => {};
    const gate = new Promise((resolve) => {
      open = resolve;
    });
    smtp.rule(email, { gate });
    await tell(
      edge,
      'checkouts/create',
      checkout(token, [[CUP, 1]], new Date(Date.now() - 2_000), email),
    );
    await until('the message is on its way', () => smtp.received.some(({ to }) => to === email), {
      within: 40_000,
    });
    // It is at the provider: nobody can say that the order stopped it. The platform is answered all the same.
    await tell(edge, 'orders/create', order(token, [[CUP, 1]], email, 1_010));
    const log = join(edge.stack.stateDir, 'logs', 'worker.log');
    await until('it is queued', () => readFileSync(log, 'utf8').includes('order_queued'));
    open();
    await until('the order counts', async () => !(await edge.lookup(email)).planned, {
      within: 60_000,
    });
    const { restored } = await mailed(email);
    assert.equal(restored.status, 'ordered');
  });
});

describe('BigCommerce', { concurrency: true }, () => {
  /** @param {string} id @param {Lines} lines @param {string} email */
  const stored = (id, lines, email) =>
    bigcommerceCart(id, lines, new Date(Date.now() - 5_000), email);

  /** @param {string} scope @param {object} data */
  const thin = (scope, data) => bigcommerceEvent(STORE, scope, data);

  /** @param {import('../fixtures/edge.mjs').Edge} shop @param {object} payload */
  const hear = (shop, payload) => taken(shop, 'bigcommerce', bigcommerce(payload, CLIENT));

  const uuid = () => crypto.randomUUID();

  /** A known shopper agrees on the storefront; BigCommerce's carts say nothing of marketing. @param {string} email */
  const agreed = async (email, shop = edge) => {
    const device = new Device(shop);
    await device.settle(device.identify(email));
  };

  test('a cart is fetched when it has changed, and the order that it became ends it', async () => {
    const [id, email] = [uuid(), 'bigcommerce@shoppers.example'];
    await agreed(email);
    api.carts.set(
      id,
      stored(
        id,
        [
          [BC_CUP, 1],
          [BC_POT, 2],
        ],
        email,
      ),
    );
    await hear(edge, thin('store/cart/created', { type: 'cart', id }));
    const { token, restored } = await mailed(email);
    assert.deepEqual(linesOf(restored), [
      [BC_CUP, 1],
      [BC_POT, 2],
    ]);
    const [call] = api.callsFor(id);
    assert.equal(call?.status, 200);

    api.carts.delete(id);
    await hear(edge, thin('store/cart/converted', { type: 'cart', id, orderId: 173_331 }));
    assert.equal((await edge.restore(token)).status, 'ordered');
  });

  test('one cart that cannot be had yet holds up no other, and comes when it can', async () => {
    const [bad, good] = [uuid(), uuid()];
    const [later, soon] = ['bc-later@shoppers.example', 'bc-soon@shoppers.example'];
    await Promise.all([agreed(later, slow), agreed(soon, slow)]);
    api.carts.set(bad, stored(bad, [[BC_CUP, 1]], later));
    api.carts.set(good, stored(good, [[BC_POT, 1]], soon));
    api.faults.set(bad, [500, 'reset', 429]);
    await Promise.all([
      hear(slow, thin('store/cart/updated', { type: 'cart', id: bad })),
      hear(slow, thin('store/cart/updated', { type: 'cart', id: good })),
    ]);
    await until('the other is known', async () => (await slow.lookup(soon)).planned);
    assert.ok(!(await slow.lookup(later)).planned);
    await until('it has been asked for again', () => api.callsFor(bad).length >= 3, {
      within: 60_000,
    });
    await until(
      'and then it is there',
      () => api.callsFor(bad).some(({ status }) => status === 200),
      {
        within: 60_000,
      },
    );
    const [limited, answered] = api
      .callsFor(bad)
      .filter(({ status }) => [429, 200].includes(status));
    assert.ok(limited && answered);
    assert.ok(answered.at - limited.at >= 2_500, 'the limit is waited out');
    await until('it is known', async () => (await slow.lookup(later)).planned);
    assert.deepEqual(await desk(slow), []);
  });

  test('what was kept is taken when it is tried again and can be, and is gone from the list', async () => {
    const shop = await edge.anotherShop('shop_rep1ay01', SLOW_PACE);
    await connect(shop, 'bigcommerce', {
      webhook_secret: CLIENT,
      store: STORE,
      api: { access_token: TOKEN },
    });
    const [id, email] = [uuid(), 'replayed@shoppers.example'];
    await agreed(email, shop);
    const { line_items, ...damaged } = stored(id, [[BC_CUP, 1]], email);
    api.carts.set(id, { ...damaged, line_items: { physical_items: [], digital_items: [] } });
    api.broken.add(id);
    await hear(shop, thin('store/cart/updated', { type: 'cart', id }));
    const [kept] = await until('it is kept', async () => {
      const list = await desk(shop);
      return list.length > 0 && list;
    });
    assert.deepEqual([kept.platform, kept.code], ['bigcommerce', 'json_invalid']);
    api.broken.delete(id);
    api.carts.set(id, { ...damaged, line_items });
    await shop.asServer('/v1/webhooks/replay', { ids: [kept.id] });
    await until('it is taken', async () => (await shop.lookup(email)).planned);
    await until('the list is empty', async () => (await desk(shop)).length === 0);
  });

  test('an order is fetched to know whose it was', async () => {
    const [id, email] = [uuid(), 'bc-order@shoppers.example'];
    await agreed(email);
    api.carts.set(id, stored(id, [[BC_CUP, 1]], email));
    await hear(edge, thin('store/cart/created', { type: 'cart', id }));
    const { token } = await mailed(email);
    api.orders.set('5005', {
      id: 5_005,
      cart_id: id,
      status_id: 11,
      status: 'Awaiting Fulfillment',
      currency_code: 'EUR',
      date_created: new Date().toUTCString(),
      date_modified: new Date().toUTCString(),
      billing_address: { email },
      total_inc_tax: '15.0000',
    });
    await hear(edge, thin('store/order/created', { type: 'order', id: 5_005 }));
    await until('it is ordered', async () => (await edge.restore(token)).status === 'ordered');
  });
});

describe('WooCommerce', { concurrency: true }, () => {
  /** A cart with two cups. @param {string} token @param {string} email @param {number} at */
  const cartOf = (token, email, at) => woocommerceCart(token, [[CUP, 2]], new Date(at), email);

  /** Its order. @param {string} token @param {string} email @param {number} at @param {string} status */
  const orderOf = (token, email, at, status) =>
    woocommerceOrder(token, new Date(at), email, 727, status);

  /** @param {import('../fixtures/edge.mjs').Edge} shop @param {string} topic @param {object} payload */
  const hear = (shop, topic, payload) =>
    taken(shop, 'woocommerce', woocommerce(topic, payload, WOO));

  /** @param {import('../fixtures/edge.mjs').Edge} shop @param {string} email */
  const agreed = async (shop, email) => {
    const device = new Device(shop);
    await device.settle(device.identify(email));
  };

  test('the plugin tells of a cart, and the order that it became ends it', async () => {
    const [token, email] = [newToken(), 'woo@shoppers.example'];
    await agreed(edge, email);
    await hear(edge, 'cart.updated', cartOf(token, email, Date.now() - 2_000));
    const { token: link, restored } = await mailed(email);
    assert.deepEqual(linesOf(restored), [[CUP, 2]]);
    await hear(edge, 'order.created', orderOf(token, email, Date.now(), 'pending'));
    await settled(edge);
    assert.equal((await edge.restore(link)).status, 'ok', 'it is not paid yet');
    await hear(edge, 'order.updated', orderOf(token, email, Date.now(), 'processing'));
    assert.equal((await edge.restore(link)).status, 'ordered');
  });

  test('an order of the second in which its cart was changed leaves nothing to be written about', async () => {
    const [token, email] = [newToken(), 'woo-same-second@shoppers.example'];
    await agreed(slow, email);
    // Orders have whole seconds, so this one says an earlier time than its cart.
    const second = Math.floor(Date.now() / 1_000 - 2) * 1_000;
    await hear(slow, 'cart.updated', cartOf(token, email, second + 700));
    await until('it is planned', async () => (await slow.lookup(email)).planned);
    await hear(slow, 'order.created', orderOf(token, email, second, 'processing'));
    assert.equal((await slow.lookup(email)).planned, false);
  });
});

describe('Adobe Commerce', () => {
  test('a quote that was left is written about, and its order ends it', async () => {
    const email = 'adobe@shoppers.example';
    /** @param {string} name @param {object} value */
    const hear = (name, value) => {
      const { topic, payload } = adobePayload(name, value, RECIPIENT);
      return taken(edge, 'adobe', adobeEvent(topic, payload, KEYS));
    };
    const device = new Device(edge);
    await device.settle(device.identify(email));
    const left = new Date(Date.now() - 3_000);
    await hear('sales_quote_save_after', adobeQuote(4_711, [[SKU, 2]], left, email));
    const { token, restored } = await mailed(email);
    assert.deepEqual(linesOf(restored), [[SKU, 2]]);
    await hear('sales_order_save_after', adobeOrder(4_711, new Date(), email, 42));
    assert.equal((await edge.restore(token)).status, 'ordered');
  });

  test('an order is in force when its answer comes, whatever its event is called and wherever that stands', async () => {
    const told = [
      // An event that has no word of an order in its name.
      (/** @type {object} */ value) => {
        const { topic, payload } = adobePayload('checkout_submit_all_after', value, RECIPIENT);
        return taken(slow, 'adobe', adobeEvent(topic, payload, KEYS));
      },
      // A webhook of Commerce: its name is in the body, and the address has none.
      async (/** @type {object} */ value) => {
        const payload = { eventName: 'observer.checkout_submit_all_after', data: { value } };
        const response = await deliver(slow, 'adobe', adobeCommerce(payload, KEYS[0]));
        assert.deepEqual([response.status, await response.json()], [200, { op: 'success' }]);
      },
    ];
    for (const [n, tells] of told.entries()) {
      const [quote, email] = [5_811 + n, `first-${n}@shoppers.example`];
      const device = new Device(slow);
      await device.settle(device.identify(email));
      const left = new Date(Date.now() - 3_000);
      const { topic, payload } = adobePayload(
        'sales_quote_save_after',
        adobeQuote(quote, [[SKU, 1]], left, email),
        RECIPIENT,
      );
      await taken(slow, 'adobe', adobeEvent(topic, payload, KEYS));
      await until('it is planned', async () => (await slow.lookup(email)).planned);
      await tells(adobeOrder(quote, new Date(), email, 60 + n));
      assert.equal((await slow.lookup(email)).planned, false, `${n}`);
    }
  });

  test('a quote that is only named is read at the shop, also where that does not answer at first', async () => {
    const api = new AdobePeer(KEYS[0].publicKey);
    await api.listen();
    try {
      const shop = await edge.anotherShop('shop_ad0be001', PACE);
      const keys = { public_keys: KEYS.map(({ publicKey }) => publicKey), client_id: RECIPIENT };
      await connect(shop, 'adobe', { ...api.connection, ...keys });
      await putProducts(shop, [SKU]);
      /** @param {string} name @param {object} value */
      const hear = (name, value) => {
        const { topic, payload } = adobePayload(name, value, RECIPIENT);
        return taken(shop, 'adobe', adobeEvent(topic, payload, KEYS));
      };
      const email = 'adobe-thin@shoppers.example';
      const device = new Device(shop);
      await device.settle(device.identify(email));
      const read = () => api.calls.filter(({ path }) => path.startsWith('/rest/V1/carts/'));

      // One that has gone meanwhile is nobody's concern.
      await hear('sales_quote_add_item', { quote_item: { quote_id: 4_713, sku: SKU, qty: 1 } });
      await until('it was asked for', () => read().some(({ status }) => status === 404));

      api.faults.set('other', [503, 'reset']);
      const left = new Date(Date.now() - 3_000);
      api.quotes.set('4712', adobeCart(4_712, [[SKU, 2]], left, email));
      await hear('sales_quote_add_item', { quote_item: { quote_id: 4_712, sku: SKU, qty: 2 } });
      const [mail] = await smtp.awaited(email, 1, 60_000);
      const text = (await parseMail(mail ?? assert.fail('no mail'))).text ?? '';
      const token = tokenIn(text, 'r');
      assert.deepEqual(linesOf(await shop.restore(token)), [[SKU, 2]]);
      const asked = read().filter(({ path }) => path === '/rest/V1/carts/4712');
      assert.deepEqual(
        asked.map(({ method, status }) => [method, status]),
        [503, 200, 200].map((status) => ['GET', status]),
      );

      // What a quote without its items is now is asked for again, and what is asked for counts.
      api.quotes.set('4712', adobeCart(4_712, [[SKU, 5]], new Date(), email));
      await hear('sales_quote_save_after', { entity_id: 4_712, is_active: true });
      await until(
        'the cart is as it is now',
        async () => linesOf(await shop.restore(token))[0]?.[1] === 5,
        { within: 30_000 },
      );
      await hear('sales_order_save_after', adobeOrder(4_712, new Date(), email, 43));
      assert.equal((await shop.restore(token)).status, 'ordered');
      assert.deepEqual(await desk(shop), []);
    } finally {
      await api.close();
    }
  });
});

/** Whatever waits in the queue has been looked at when what was put in behind it has been. @param {import('../fixtures/edge.mjs').Edge} shop */
async function settled(shop) {
  const email = `behind-${randomBytes(6).toString('hex')}@shoppers.example`;
  await sleep(1_500);
  await tell(shop, 'checkouts/update', checkout(newToken(), [[CUP, 1]], new Date(), email));
  await until('the queue has been looked at', async () => (await shop.lookup(email)).planned, {
    within: 30_000,
  });
}

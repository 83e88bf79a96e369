/**
 * Shops that are connected to a platform and push no catalogue: what a webhook says of products is what messages and `/v1/carts` show, until
 * the merchant says something else.
 */
import assert from 'node:assert/strict';
import { randomBytes, randomUUID } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { demoConfiguration, forEveryCart } from '../../scripts/demo-shop.mjs';
import { BigCommerceApi } from '../fixtures/bigcommerce-api.mjs';
import { Device } from '../fixtures/device.mjs';
import { Edge, runEdge, SLOW_PACE } from '../fixtures/edge.mjs';
import { rowsOf } from '../fixtures/shopper-rows.mjs';
import { parseMail, SmtpPeer, tokenIn } from '../fixtures/smtp-peer.mjs';
import { until } from '../fixtures/until.mjs';
import {
  adobePayload,
  adobeQuote,
  bigcommerceCart,
  bigcommerceEvent,
  shopifyCheckout,
  woocommerceCart,
} from '../fixtures/webhook-payloads.mjs';
import {
  adobeEvent,
  bigcommerce,
  connect,
  putProducts,
  rsaPair,
  shopify,
  taken,
  woocommerce,
} from '../fixtures/webhooks.mjs';

/** @typedef {{ title: string, price: string, minor: number, quantity?: number, at?: Date, currency?: [string, number] }} Said */

const SECRET = 'shpss_0123456789abcdef0123456789abcdef';
const WOO = 'woo-secret-0123456789';
const CLIENT = 'bc-client-secret-0123456789';
const TOKEN = 'bc-access-token-0123456789';
const STORE = 'abc123';
const RECIPIENT = 'io-client-0123456789';
/** @type {[import('../fixtures/webhooks.mjs').RsaPair, import('../fixtures/webhooks.mjs').RsaPair]} */
const KEYS = [rsaPair(), rsaPair()];

const PACE = {
  thresholds: { cart_ms: 1_000, checkout_ms: 1_000 },
  sequences: forEveryCart([{ after_ms: 2_000, template: 'reminder' }]),
};
const PICTURE = 'https://cdn.example/cup.png';
const PAGE = 'https://shop.example/cup/';

/** @type {SmtpPeer} */
let smtp;
/** @type {BigCommerceApi} */
let api;
/** @type {Edge} */
let edge;
before(async () => {
  [smtp, api] = await Promise.all([SmtpPeer.start(), BigCommerceApi.start(STORE, TOKEN)]);
  edge = await runEdge({ demo: PACE, env: { SMTP_URL: smtp.url, BIGCOMMERCE_URL: api.url } });
});
after(async () => {
  await edge?.end();
  await smtp?.close();
  await api?.close();
});

const newToken = () => randomBytes(12).toString('hex');

/**
 * Each platform: what it is connected by, a variant as it names one, what else its payload says, and how it tells of a cart.
 * @type {Record<string, { connection: object, variant: string, product?: string, image?: string, url?: string, tell: (shop: Edge, token: string, email: string, said: Said) => Promise<void> }>}
 */
const PLATFORMS = {
  shopify: {
    connection: { webhook_secret: SECRET },
    variant: '41000001',
    product: '8000',
    async tell(shop, token, email, { title, price, quantity = 2, at = new Date() }) {
      const told = shopifyCheckout(token, [['41000001', quantity]], at, email);
      const line_items = told.line_items.map((item) => ({ ...item, title, price }));
      const payload = { ...told, line_items, buyer_accepts_marketing: true };
      await taken(shop, 'shopify', shopify('checkouts/create', payload, SECRET));
    },
  },
  bigcommerce: {
    connection: { webhook_secret: CLIENT, store: STORE, api: { access_token: TOKEN } },
    variant: '77:201',
    product: '77',
    image: PICTURE,
    url: PAGE,
    async tell(shop, _token, email, { title, price, quantity = 2, at = new Date() }) {
      const id = randomUUID();
      const cart = bigcommerceCart(id, [['77:201', quantity]], at, email);
      for (const item of cart.line_items.physical_items) {
        Object.assign(item, { name: title, list_price: price, image_url: PICTURE, url: PAGE });
      }
      api.carts.set(id, cart);
      const thin = bigcommerceEvent(STORE, 'store/cart/created', { type: 'cart', id });
      await taken(shop, 'bigcommerce', bigcommerce(thin, CLIENT));
    },
  },
  adobe: {
    connection: { public_keys: KEYS.map(({ publicKey }) => publicKey), client_id: RECIPIENT },
    variant: 'CUP-1',
    async tell(shop, token, email, { title, price, quantity = 2, at = new Date() }) {
      const quote = adobeQuote(
        Number.parseInt(token.slice(0, 8), 16),
        [['CUP-1', quantity]],
        at,
        email,
      );
      const items = quote.items.map((item) => ({ ...item, name: title, price: `${price}00` }));
      const value = { ...quote, items };
      const { topic, payload } = adobePayload('sales_quote_save_after', value, RECIPIENT);
      await taken(shop, 'adobe', adobeEvent(topic, payload, KEYS));
    },
  },
  woocommerce: {
    connection: { webhook_secret: WOO },
    variant: '52',
    product: '52',
    image: PICTURE,
    url: PAGE,
    async tell(shop, token, email, { title, minor, quantity = 2, at = new Date(), currency }) {
      const [currency_code, currency_minor_unit] = currency ?? ['EUR', 2];
      const counted = { currency_code, currency_minor_unit };
      const { cart, ...around } = woocommerceCart(token, [['52', quantity]], at, email);
      const items = cart.items.map((item) => ({
        ...item,
        // WordPress tells names as a page would show them.
        name: title.replaceAll('&', '&amp;'),
        permalink: PAGE,
        images: [{ id: 1, src: PICTURE }],
        prices: { price: String(minor), ...counted },
        totals: { line_subtotal: '0', line_total: '0', ...counted },
      }));
      const totals = { total_items: '0', total_price: '0', ...counted };
      const payload = { ...around, cart: { ...cart, items, totals } };
      await taken(shop, 'woocommerce', woocommerce('cart.updated', payload, WOO));
    },
  },
};

/** A shop that is connected and has never been given a catalogue. @param {string} id @param {string} platform @param {object} changes */
async function connected(id, platform, changes) {
  const response = await fetch(`${edge.url}/v1/shops/${id}`, {
    method: 'PUT',
    headers: { authorization: `Bearer ${edge.stack.keys.admin}` },
    body: JSON.stringify({ ...demoConfiguration(edge.url), ...changes }),
  });
  assert.equal(response.status, 200, await response.text());
  const shop = new Edge(edge.stack, id);
  await connect(shop, platform, PLATFORMS[platform]?.connection ?? {});
  return shop;
}

/** Somebody who has agreed to be written to, and has nothing in the cart. @param {Edge} shop @param {string} email */
async function agreed(shop, email) {
  const device = new Device(shop);
  await device.settle(device.identify(email));
}

/** @param {Edge} shop @param {string} path @returns {Promise<any>} */
async function read(shop, path) {
  const response = await shop.asServer(path);
  const text = await response.text();
  assert.equal(response.status, 200, text);
  return JSON.parse(text);
}

/** The one cart of the shop that holds something, once `is` it. @param {Edge} shop @param {(cart: any) => boolean} [is] */
const cartOf = (shop, is = () => true) =>
  until('the cart is as it should be', async () => {
    const { carts } = await read(shop, '/v1/carts?limit=100');
    return carts.find((/** @type {any} */ cart) => cart.lines.length > 0 && is(cart));
  });

/** What a cart's only line says. @param {any} cart */
const lineOf = ({ lines: [line] }) => [line.title, line.unit_price_minor, line.currency];

describe('a shop that pushes nothing', { concurrency: true }, () => {
  for (const [n, [name, platform]] of Object.entries(PLATFORMS).entries()) {
    test(`${name}: one webhook, and the message says what is in the cart and what it costs`, async () => {
      const shop = await connected(`shop_n0cat${n}01`, name, PACE);
      const email = `cups@${name}.example`;
      await agreed(shop, email);
      const title = `Cup & saucer of ${name}`;
      const said = { title, price: '17.05', minor: 1_705, at: new Date(Date.now() - 2_000) };
      await platform.tell(shop, newToken(), email, said);

      const [mail] = await smtp.awaited(email, 1, 40_000);
      assert.ok(mail);
      const { text = '', html } = await parseMail(mail);
      assert.ok(text.includes(title) && text.includes('€34.10'), text);
      assert.equal(String(html).includes(PICTURE), platform.image !== undefined);
      assert.doesNotMatch(String(html), /src=""/);

      const cart = await cartOf(shop);
      const { variant, product, image, url } = platform;
      const shown = { variant, product, title, image, url };
      const expected = {
        ...JSON.parse(JSON.stringify(shown)),
        ...{
          qty: 2,
          unit_price_minor: 1_705,
          total_minor: 3_410,
          currency: 'EUR',
          available: true,
        },
      };
      const { options: _, ...line } = cart.lines[0];
      assert.deepEqual(line, expected);
      assert.deepEqual(cart.totals, [{ currency: 'EUR', total_minor: 3_410 }]);
      assert.equal(cart.unpriced_lines, 0);
      const one = await read(shop, `/v1/carts/${cart.id}`);
      assert.deepEqual([one.lines, one.totals], [cart.lines, cart.totals]);
      const { lines } = await shop.restore(tokenIn(text, 'r'));
      assert.deepEqual([lines[0].title, lines[0].price_minor], [title, 1_705]);
      // What the merchant has pushed is still nothing.
      assert.deepEqual(await read(shop, '/v1/catalogue'), { count: 0 });
    });

    test(`${name}: later words count, older ones do not, and the merchant's go before all`, async () => {
      const shop = await connected(`shop_1ater${n}01`, name, SLOW_PACE);
      const email = `later@${name}.example`;
      await agreed(shop, email);
      const token = newToken();
      const begun = Date.now() - 60_000;
      /** @param {number} s @param {string} title @param {string} price @param {number} quantity */
      const tell = (s, title, price, quantity) =>
        platform.tell(shop, token, email, {
          ...{ title, price, minor: Math.round(Number(price) * 100), quantity },
          at: new Date(begun + s * 1_000),
        });
      await tell(20, 'Cup', '10.00', 2);
      await cartOf(shop, (cart) => String(lineOf(cart)) === 'Cup,1000,EUR');
      // BigCommerce's carts are each told anew, so only what is said of their products is older.
      await tell(10, 'Old cup', '9.00', 1);
      await tell(30, 'New cup', '12.00', 3);
      await cartOf(shop, (cart) => String(lineOf(cart)) === 'New cup,1200,EUR');
      await tell(25, 'Old cup', '9.00', 4);
      await tell(30, 'New cup', '12.00', 3);
      // One behind them that says nothing of products.
      const behind = `behind@${name}.example`;
      await agreed(shop, behind);
      await platform.tell(shop, newToken(), behind, { title: '', price: '', minor: 0 });
      const other = await cartOf(shop, ({ customer }) => customer.email === behind);
      assert.equal(String(lineOf(other)), 'New cup,1200,EUR');
      const pushed = ['Product', platform.variant].join(' ');
      await putProducts(shop, [platform.variant]);
      await cartOf(shop, (cart) => String(lineOf(cart)) === `${pushed},1500,EUR`);
      await tell(40, 'Newest cup', '13.00', 5);
      const last = await cartOf(shop, (cart) => cart.lines[0].qty === 5);
      assert.equal(String(lineOf(last)), `${pushed},1500,EUR`);
      assert.deepEqual(await read(shop, '/v1/catalogue'), { count: 1 });
    });
  }

  test('the same again is not written, and changes nothing', async () => {
    const shop = await connected('shop_same0001', 'woocommerce', SLOW_PACE);
    const email = 'same@shoppers.example';
    await agreed(shop, email);
    const token = newToken();
    const title = 'Cup that is told again';
    const rows = () => {
      const all = rowsOf(edge.stack.stateDir, 'Shop').filter(({ table }) => table === 'heard');
      return all
        .flatMap(({ values }) => JSON.stringify(values))
        .filter((row) => row.includes(title));
    };
    const { tell } = PLATFORMS.woocommerce ?? assert.fail();
    const begun = Date.now() - 60_000;
    const said = { title, price: '8.00', minor: 800 };
    await tell(shop, token, email, { ...said, quantity: 1, at: new Date(begun) });
    await cartOf(shop, (cart) => cart.lines[0].qty === 1 && lineOf(cart)[1] === 800);
    const before = rows();
    assert.equal(before.length, 1);
    for (const quantity of [2, 3]) {
      const at = new Date(begun + quantity * 1_000);
      await tell(shop, token, email, { ...said, quantity, at });
      await cartOf(shop, (cart) => cart.lines[0].qty === quantity && lineOf(cart)[1] === 800);
    }
    // The rank of the later words would stand in the row, were it written.
    assert.deepEqual(rows(), before);
  });

  test('currencies of no and of three decimals are told as exactly', async () => {
    for (const [n, [currency, decimals, minor, total]] of [
      /** @type {const} */ (['JPY', 0, 1_705, '¥3,410']),
      /** @type {const} */ (['KWD', 3, 17_050, '34.100']),
    ].entries()) {
      const shop = await connected(`shop_m0ney00${n}`, 'woocommerce', { ...PACE, currency });
      const email = `cups@${currency.toLowerCase()}.example`;
      await agreed(shop, email);
      const at = new Date(Date.now() - 2_000);
      const said = { title: 'Cup', price: '', minor, at };
      const { tell } = PLATFORMS.woocommerce ?? assert.fail();
      await tell(shop, newToken(), email, { ...said, currency: [currency, decimals] });
      const [mail] = await smtp.awaited(email, 1, 40_000);
      assert.ok(mail);
      const { text = '' } = await parseMail(mail);
      assert.ok(text.includes(total), text);
      const cart = await cartOf(shop);
      assert.deepEqual(lineOf(cart), ['Cup', minor, currency]);
      assert.deepEqual(cart.totals, [{ currency, total_minor: 2 * minor }]);
    }
  });

  test('a line without a price is named and unpriced, and nothing is written about it alone', async () => {
    const shop = await connected('shop_n0pr1ce1', 'shopify', PACE);
    const email = 'unpriced@shoppers.example';
    const told = shopifyCheckout(newToken(), [['41000001', 2]], new Date(), email);
    // In which of the two its amounts are Shopify does not say.
    const payload = { ...told, presentment_currency: 'USD', buyer_accepts_marketing: true };
    await taken(shop, 'shopify', shopify('checkouts/create', payload, SECRET));
    const [delivery] = await until(
      'the step is over',
      async () => {
        const list = await shop.deliveries(email);
        return list[0]?.state === 'skipped' && list;
      },
      { within: 30_000 },
    );
    assert.equal(delivery.reason, 'not_in_catalogue');
    const cart = await cartOf(shop);
    const { options: _, ...line } = cart.lines[0];
    const product = '8000';
    assert.deepEqual(line, { variant: '41000001', qty: 2, product, title: 'Product 41000001' });
    assert.deepEqual([cart.unpriced_lines, cart.totals], [1, []]);
    assert.equal(smtp.of(email).length, 0);
  });
});

/** The WooCommerce adapter in a real browser. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WooShop } from '../fixtures/platforms/woocommerce.mjs';
import { platformJourney } from './platform-journey.mjs';
import { until } from './sdk-storefront.mjs';
import { sdkSuite } from './sdk-suite.mjs';

const [SHIRT, BELT] = [13, 22];
const shop = new WooShop(
  {
    [SHIRT]: {
      ...{ title: 'Shirt', minor: 1_800, stock: 500 },
      attributes: [
        // The slug is not what WordPress would make of the name.
        { label: 'Size', slug: 'xl', terms: { xl: 'Extra Large' } },
        { label: 'Color', slug: 'navy-blue', terms: { 'navy-blue': 'Navy Blue' } },
      ],
    },
    [BELT]: { title: 'Belt', minor: 5_500, stock: 1 },
  },
  ['COMEBACK10'],
);
const suite = sdkSuite({
  head: shop.head,
  snippet: 'data-platform="woocommerce"',
  answer: (asked) => shop.answer(asked),
});

/**
 * Calls the Store API as a block theme does, which has a nonce of its own.
 * @param {import('./sdk-storefront.mjs').Tab} tab
 * @param {string} path
 * @param {object} [body]
 * @returns {Promise<any>}
 */
const store = (tab, path, body) =>
  tab.page.evaluate(
    async (url, nonce, text) => {
      const headers = { 'Content-Type': 'application/json', Nonce: nonce };
      const answer = await fetch(url, text ? { method: 'POST', headers, body: text } : {});
      return answer.json();
    },
    `/wp-json/wc/store/v1/cart${path}`,
    shop.nonce,
    body && JSON.stringify(body),
  );

/** @type {import('./platform-journey.mjs').Theme} */
const theme = {
  lines: [
    { variant: `${SHIRT}`, options: { Color: 'Navy Blue', Size: 'Extra Large' }, quantity: 2 },
    { variant: `${BELT}`, options: {}, quantity: 1 },
  ],
  add: (tab, { variant, quantity }) => store(tab, '/add-item', { id: Number(variant), quantity }),
  async change(tab, line, quantity) {
    const { items } = await store(tab, '');
    const { key } = items.find((/** @type {any} */ item) => `${item.id}` === line.variant);
    return quantity
      ? store(tab, '/update-item', { key, quantity })
      : store(tab, '/remove-item', { key });
  },
  cart: async (tab) =>
    (await store(tab, '')).items.map((/** @type {any} */ { id, quantity, variation }) => ({
      variant: `${id}`,
      options: Object.fromEntries(
        variation
          .map((/** @type {any} */ one) => [one.attribute, one.value])
          .sort((/** @type {any} */ a, /** @type {any} */ b) => (a[0] < b[0] ? -1 : 1)),
      ),
      quantity,
    })),
  coupons: async (tab) => (await store(tab, '')).coupons.map((/** @type {any} */ one) => one.code),
  stock(line, stock) {
    /** @type {any} */ (shop.goods)[line.variant].stock = stock;
  },
  down(isDown) {
    shop.instead = isDown ? { status: 500, json: { code: 'internal_error' } } : undefined;
  },
};

platformJourney(suite, theme);

/** Somebody who left both lines. */
async function left() {
  const tab = await suite.open(await suite.newVisitor());
  await tab.ready();
  for (const line of theme.lines) await theme.add(tab, line);
  await tab.shows({ [SHIRT]: 2, [BELT]: 1 });
  const { token } = await tab.settled();
  return { tab, token };
}

test('a nonce that has run out between two answers is renewed, nothing is put in twice', async () => {
  const { token } = await left();
  shop.refusals = [];
  // Runs out with each answer that brings one, but for the one that refuses it.
  const answer = shop.answer.bind(shop);
  let isFresh = false;
  shop.answer = (asked) => {
    const answered = answer(asked);
    if (answered && !isFresh) shop.renew();
    isFresh = !!answered && asked.method === 'POST' && !isFresh;
    if (answered && isFresh) answered.headers = { ...answered.headers, nonce: shop.nonce };
    return answered;
  };
  try {
    const tab = await suite.open(await suite.newVisitor(), `/shop#homing=${token}`);
    const placed = await until('the placed event', () => tab.last('placed'));
    assert.deepEqual(placed.refused, []);
    assert.ok(shop.refusals.includes('woocommerce_rest_invalid_nonce'), `${shop.refusals}`);
  } finally {
    shop.answer = answer;
  }
});

test('the name of a term that has another slug does not keep the variation out', async () => {
  const { token } = await left();
  shop.refusals = [];
  const tab = await suite.open(await suite.newVisitor(), `/shop#homing=${token}`);
  const placed = await until('the placed event', () => tab.last('placed'));
  assert.equal(placed.lines.length, 2);
  assert.deepEqual(shop.refusals, ['woocommerce_rest_invalid_variation_data']);
});

test('a cart that has run out in the shop is there again by its own link', async () => {
  const { tab, token } = await left();
  await tab.page.goto('about:blank');
  shop.sessions.expire();
  await tab.page.goto(`${suite.shop.origin}/shop#homing=${token}`);
  const placed = await until('the placed event', () => tab.last('placed'));
  assert.equal(placed.lines.length, 2);
  assert.equal((await theme.cart(tab)).length, 2);
  await tab.page.click('button');
  await tab.shows({ [SHIRT]: 2, [BELT]: 1 });
  assert.deepEqual(suite.sent('remove'), []);
});

test('the page of an order tells it; the page of a failed payment does not', async () => {
  const { tab } = await left();
  const open = (/** @type {boolean} */ isFailed) =>
    suite.open(tab.page.browserContext(), '/shop/order-received/77/?key=wc_order_aB3', (page) =>
      page.evaluateOnNewDocument((failed) => {
        document.addEventListener('DOMContentLoaded', () => {
          if (failed) document.body.className = 'woocommerce-thankyou-order-failed';
        });
      }, isFailed),
    );
  const failed = await open(true);
  await failed.ready();
  await failed.shows({ [SHIRT]: 2, [BELT]: 1 });
  await new Promise((resolve) => setTimeout(resolve, 800));
  assert.deepEqual(suite.sent('order'), []);
  shop.sessions.expire();
  const thanks = await open(false);
  await until('the order', () => suite.sent('order').length > 0);
  assert.equal(suite.sent('order')[0].order, '77');
  const { cart } = await thanks.settled();
  assert.deepEqual((await suite.shop.edgeCart(cart)).lines, {});
  assert.deepEqual(suite.sent('remove'), []);
});

test('a visitor without a cart asks the shop once, not on each of its cached pages', async () => {
  const visitor = await suite.newVisitor();
  const tab = await suite.open(visitor);
  await until('the first look', () => suite.shop.control.asked > 0);
  // And what it saw is written down.
  await new Promise((resolve) => setTimeout(resolve, 600));
  const { asked } = suite.shop.control;
  for (let page = 0; page < 2; page += 1) {
    await tab.page.reload();
    await tab.ready();
    await new Promise((resolve) => setTimeout(resolve, 600));
  }
  assert.equal(suite.shop.control.asked, asked);
  // What is put in is found all the same, and found again by a browser that has forgotten the cookie.
  await theme.add(tab, theme.lines[1]);
  await tab.shows({ [BELT]: 1 });
  const cookies = await visitor.cookies();
  await visitor.deleteCookie(...cookies.filter(({ name }) => name.endsWith('items_in_cart')));
  await tab.page.reload();
  await tab.ready();
  await new Promise((resolve) => setTimeout(resolve, 600));
  await tab.shows({ [BELT]: 1 });
  assert.deepEqual(suite.sent('remove'), []);
});

test('nothing of the customer is read', async () => {
  await left();
  const told = JSON.stringify(suite.shop.control.collected);
  assert.equal(told.includes('ada@shop.example') || told.includes('123456778'), false);
});

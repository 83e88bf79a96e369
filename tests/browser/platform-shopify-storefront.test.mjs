/** The adapter for headless storefronts on Shopify in a real browser, on one that keeps its cart as Hydrogen does. */
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { HydrogenShop } from '../fixtures/platforms/shopify-storefront.mjs';
import { platformJourney } from './platform-journey.mjs';
import { linkTo } from './sdk-card.mjs';
import { until } from './sdk-storefront.mjs';
import { sdkSuite } from './sdk-suite.mjs';
import { ajax } from './shopify-theme.mjs';

/** @typedef {import('./sdk-storefront.mjs').Tab} Tab */

const [MUG, BAG] = [39897499729985, 36110175633573];
const TOKEN = '7f3c1d9a2b4e4a6f8c0d1e2f3a4b5c6d';
const shop = new HydrogenShop(
  {
    [MUG]: { title: 'Mug', minor: 1_450, stock: 500 },
    [BAG]: { title: 'Bag', minor: 3_900, stock: 1 },
  },
  ['COMEBACK10'],
  TOKEN,
);
const suite = sdkSuite({
  head: shop.head,
  snippet: `data-platform="shopify-storefront" data-storefront-token="${TOKEN}"`,
  answer: (asked) => shop.answer(asked),
});

const VARIANT = 'gid://shopify/ProductVariant/';
const PLAN = 'gid://shopify/SellingPlan/';
const ADD =
  'mutation($id:ID!,$lines:[CartLineInput!]!){cartLinesAdd(cartId:$id,lines:$lines){userErrors{message}}}';
const UPDATE =
  'mutation($id:ID!,$lines:[CartLineUpdateInput!]!){cartLinesUpdate(cartId:$id,lines:$lines){userErrors{message}}}';

/** The cart as the storefront's own server has it. @param {Tab} tab @returns {Promise<any>} */
const cartOf = async (tab) => (await ajax(tab, '/cart')).cart.cart;

/** @type {import('./platform-journey.mjs').Theme} */
const theme = {
  lines: [
    {
      variant: `${MUG}`,
      options: { Engraving: 'Ada "Ö" 🙂', _batch: '7', selling_plan: '183638' },
      quantity: 2,
    },
    { variant: `${BAG}`, options: {}, quantity: 1 },
  ],
  add: (tab, { variant, options: { selling_plan: plan, ...rest }, quantity }) =>
    ajax(tab, '/cart', {
      query: ADD,
      variables: {
        lines: [
          {
            ...{ merchandiseId: VARIANT + variant, quantity },
            attributes: Object.entries(rest).map(([key, value]) => ({ key, value })),
            ...(plan && { sellingPlanId: PLAN + plan }),
          },
        ],
      },
    }),
  async change(tab, line, quantity) {
    const { lines } = await cartOf(tab);
    const { id } = lines.nodes.find(
      (/** @type {any} */ one) => one.merchandise.id === VARIANT + line.variant,
    );
    return ajax(tab, '/cart', { query: UPDATE, variables: { lines: [{ id, quantity }] } });
  },
  cart: async (tab) =>
    (await cartOf(tab)).lines.nodes
      .filter((/** @type {any} */ node) => node.quantity > 0)
      .map((/** @type {any} */ node) => ({
        variant: node.merchandise.id.slice(VARIANT.length),
        options: {
          ...Object.fromEntries(
            node.attributes.map((/** @type {any} */ one) => [one.key, one.value]),
          ),
          ...(node.sellingPlanAllocation && {
            selling_plan: node.sellingPlanAllocation.sellingPlan.id.slice(PLAN.length),
          }),
        },
        quantity: node.quantity,
      })),
  coupons: async (tab) =>
    (await cartOf(tab)).discountCodes
      .filter((/** @type {any} */ one) => one.applicable)
      .map((/** @type {any} */ one) => one.code),
  stock(line, stock) {
    /** @type {any} */ (shop.goods)[line.variant].stock = stock;
  },
  down(isDown) {
    shop.instead = isDown ? { status: 503, json: {} } : undefined;
  },
};

platformJourney(suite, theme);

/** Somebody who leaves the mugs. @param {number} [quantity] */
async function leave(quantity = 2) {
  const tab = await suite.open(await suite.newVisitor());
  await tab.ready();
  await theme.add(tab, { ...theme.lines[0], quantity });
  await tab.shows({ [MUG]: quantity });
  const { cart } = await tab.settled();
  return linkTo(suite.stack, cart);
}

test('what there is less of is put in as far as it goes, and what is no more is told as such', async () => {
  const token = await leave(5);
  theme.stock(theme.lines[0], 3);
  try {
    const tab = await suite.open(await suite.newVisitor(), `/shop#homing=${token}`);
    const placed = await until('the placed event', () => tab.last('placed'));
    assert.deepEqual(placed.lines, [{ ...theme.lines[0], quantity: 3 }]);
    assert.deepEqual(placed.refused, [{ ...theme.lines[0], quantity: 2, reason: 'sold_out' }]);
  } finally {
    theme.stock(theme.lines[0], 500);
  }
  const { [MUG]: mug } = /** @type {any} */ (shop.goods);
  delete (/** @type {any} */ (shop.goods)[MUG]);
  try {
    const tab = await suite.open(await suite.newVisitor(), `/shop#homing=${token}`);
    const placed = await until('the placed event', () => tab.last('placed'));
    assert.deepEqual(placed.refused, [{ ...theme.lines[0], quantity: 5, reason: 'gone' }]);
  } finally {
    /** @type {any} */ (shop.goods)[MUG] = mug;
  }
});

test('a cart that has run out is empty, and a link begins another one in its place', async () => {
  const token = await leave();
  const visitor = await suite.newVisitor();
  const own = await suite.open(visitor);
  await own.ready();
  await theme.add(own, theme.lines[1]);
  await own.shows({ [BAG]: 1 });
  await own.settled();
  const before = await own.page.evaluate(() => document.cookie);
  shop.expire();
  await own.page.reload();
  await own.shows({});
  await own.settled();
  const tab = await suite.open(visitor, `/shop#homing=${token}`);
  const placed = await until('the placed event', () => tab.last('placed'));
  assert.deepEqual(placed.refused, []);
  assert.deepEqual(await theme.cart(tab), [theme.lines[0]]);
  assert.notEqual(await tab.page.evaluate(() => document.cookie), before);
});

test('a cart of many lines is read whole', async () => {
  shop.most = 2;
  try {
    const tab = await suite.open(await suite.newVisitor());
    await tab.ready();
    for (const Engraving of ['Ada', 'Bea', 'Cy', 'Dan', 'Eve']) {
      await theme.add(tab, { variant: `${MUG}`, options: { Engraving }, quantity: 1 });
    }
    await until('all lines', async () => (await tab.last('change'))?.lines.length === 5);
  } finally {
    shop.most = 250;
  }
});

test('without the right token nothing is put in, and nothing is taken for an empty cart', async () => {
  const token = await leave();
  const carts = shop.carts.size;
  shop.token = 'another';
  try {
    const tab = await suite.open(await suite.newVisitor(), `/shop#homing=${token}`);
    const placed = await until('the placed event', () => tab.last('placed'));
    assert.deepEqual(placed.refused, [{ ...theme.lines[0], reason: 'unavailable' }]);
    assert.equal(shop.carts.size, carts);
    await sleep(900);
    await tab.shows({ [MUG]: 2 });
  } finally {
    shop.token = TOKEN;
  }
});

test('a storefront says itself where it keeps the name, and is followed on another host, in its country', async () => {
  const token = await leave();
  // The shop's own host, which is not the storefront's.
  const server = createServer(async (incoming, answer) => {
    const chunks = [];
    for await (const chunk of incoming) chunks.push(chunk);
    const { method = 'GET', headers } = incoming;
    const url = new URL(incoming.url ?? '/', 'http://shop');
    const body = Buffer.concat(chunks);
    const { status, json } = shop.answer({ method, url, headers, body }) ?? {
      ...{ status: 204, json: undefined },
    };
    answer.writeHead(status, {
      'access-control-allow-origin': '*',
      'access-control-allow-headers': 'content-type,x-shopify-storefront-access-token',
      'content-type': 'application/json',
    });
    answer.end(json && JSON.stringify(json));
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  try {
    const tab = await suite.open(await suite.newVisitor(), `/shop#homing=${token}`, (page) =>
      page.evaluateOnNewDocument((origin) => {
        const scope = /** @type {any} */ (window);
        document.addEventListener('DOMContentLoaded', () => {
          scope.homing('init', {
            shop: origin,
            storefrontCountry: 'DE',
            storefrontCart: {
              get: () => scope.name,
              set: (/** @type {string} */ id) => {
                scope.name = id;
              },
            },
          });
        });
      }, `http://127.0.0.1:${port}`),
    );
    const placed = await until('the placed event', () => tab.last('placed'));
    assert.deepEqual(placed.lines, [theme.lines[0]]);
    const id = await tab.page.evaluate(() => window.name);
    assert.match(id, /^gid:\/\/shopify\/Cart\/.+\?key=/);
    assert.equal(shop.carts.get(id)?.countryCode, 'DE');
    assert.equal(await tab.page.evaluate(() => document.cookie), '');
  } finally {
    server.close();
  }
});

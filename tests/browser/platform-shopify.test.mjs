/** The Shopify adapter in a real browser. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { ShopifyShop } from '../fixtures/platforms/shopify.mjs';
import { platformJourney } from './platform-journey.mjs';
import { linkTo } from './sdk-card.mjs';
import { Slow } from './sdk-slow.mjs';
import { until } from './sdk-storefront.mjs';
import { sdkSuite } from './sdk-suite.mjs';
import { ajax } from './shopify-theme.mjs';

const [MUG, BAG] = [39897499729985, 36110175633573];
const shop = new ShopifyShop(
  {
    [MUG]: { title: 'Mug', minor: 1_450, stock: 500 },
    [BAG]: { title: 'Bag', minor: 3_900, stock: 1 },
  },
  ['COMEBACK10'],
);
const suite = sdkSuite({
  head: shop.head,
  snippet: 'data-platform="shopify"',
  answer: (asked) => shop.answer(asked),
});

/** @param {import('./platform-journey.mjs').Line} line */
const itemOf = ({ variant, options: { selling_plan, ...properties }, quantity }) => ({
  ...{ id: Number(variant), quantity, properties },
  ...(selling_plan && { selling_plan: Number(selling_plan) }),
});

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
  add: (tab, line) => ajax(tab, '/cart/add.js', { items: [itemOf(line)] }),
  async change(tab, line, quantity) {
    const { items } = await ajax(tab, '/cart.js');
    const at = items.findIndex((/** @type {any} */ item) => `${item.id}` === line.variant);
    return ajax(tab, '/cart/change.js', { line: at + 1, quantity });
  },
  cart: async (tab) =>
    (await ajax(tab, '/cart.js')).items.map((/** @type {any} */ item) => ({
      variant: `${item.variant_id}`,
      options: {
        ...item.properties,
        ...(item.selling_plan_allocation && {
          selling_plan: `${item.selling_plan_allocation.selling_plan.id}`,
        }),
      },
      quantity: item.quantity,
    })),
  coupons: async (tab) =>
    (await ajax(tab, '/cart.js')).discount_codes
      .filter((/** @type {any} */ one) => one.applicable)
      .map((/** @type {any} */ one) => one.code),
  stock(line, stock) {
    /** @type {any} */ (shop.goods)[line.variant].stock = stock;
  },
  down(isDown) {
    shop.instead = isDown ? { status: 503, json: {} } : undefined;
  },
};

platformJourney(suite, theme, { isWhole: true });

test('the shop’s own fetch and XMLHttpRequest are the browser’s, and both are noticed', async () => {
  const tab = await suite.open(await suite.newVisitor());
  await tab.ready();
  const natives = await tab.page.evaluate(() =>
    [window.fetch, XMLHttpRequest.prototype.open, XMLHttpRequest.prototype.send].map(String),
  );
  for (const text of natives) assert.match(text, /\[native code\]/);
  await tab.page.evaluate(
    (id) =>
      new Promise((resolve) => {
        const request = new XMLHttpRequest();
        request.open('POST', '/cart/add.js');
        request.setRequestHeader('Content-Type', 'application/x-www-form-urlencoded');
        request.onload = resolve;
        request.send(`id=${id}&quantity=3`);
      }),
    MUG,
  );
  await tab.shows({ [MUG]: 3 });
});

test('an order that the page confirms is told once, and what is put in afterwards is a new cart', async () => {
  const visitor = await suite.newVisitor();
  const tab = await suite.open(visitor);
  await tab.ready();
  await theme.add(tab, theme.lines[1]);
  await tab.settled();
  await ajax(tab, '/cart/clear.js', {});
  const confirm = () =>
    suite.open(visitor, '/shop/thanks', (page) =>
      page.evaluateOnNewDocument(() => {
        // Set by the platform after the theme's own line.
        document.addEventListener('readystatechange', () => {
          /** @type {any} */ (window).Shopify.checkout = { order_id: 5_512 };
        });
      }),
    );
  const thanks = await confirm();
  await until('the order', () => suite.sent('order').length > 0);
  const { cart } = await thanks.settled();
  assert.equal((await suite.shop.edgeCart(cart)).epoch, 1);
  assert.equal(suite.sent('order')[0].order, '5512');
  await theme.add(thanks, theme.lines[0]);
  await thanks.shows({ [MUG]: 2 });
  await confirm();
  await thanks.settled();
  assert.equal(new Set(suite.sent('order').map(({ id }) => id)).size, 1);
  assert.deepEqual((await suite.shop.edgeCart(cart)).lines, { [MUG]: 2 });
});

test('what a link brought is not put into the shop’s cart of somebody who has reset or said no meanwhile', async () => {
  const from = await suite.open(await suite.newVisitor());
  await from.ready();
  for (const line of theme.lines) await theme.add(from, line);
  await from.shows({ [MUG]: 2, [BAG]: 1 });
  const token = linkTo(suite.stack, (await from.settled()).cart);
  // While the shop is asked what it has, and while it is asked for the first line.
  /** @type {[RegExp, number, unknown[]][]} */
  const cases = [
    [/\/cart\.js/, 0, ['reset']],
    [/\/cart\.js/, 0, ['consent', false]],
    [/\/cart\/add\.js/, 1, ['reset']],
  ];
  for (const [addresses, lines, call] of cases) {
    const slow = new Slow(addresses);
    const visitor = await suite.newVisitor();
    const tab = await suite.open(visitor, `/shop#homing=${token}`, (page) => slow.hold(page));
    await slow.asked;
    await tab.call(...call);
    await sleep(500);
    slow.release();
    await sleep(1_500);
    assert.equal((await theme.cart(tab)).length, lines, `${addresses} ${call}`);
    assert.equal(await tab.last('placed'), undefined);
  }
});

/** Somebody who leaves lines, and the link to them. @param {import('./platform-journey.mjs').Line[]} lines */
async function leave(lines) {
  const tab = await suite.open(await suite.newVisitor());
  await tab.ready();
  for (const line of lines) await theme.add(tab, line);
  await tab.shows(Object.fromEntries(lines.map(({ variant, quantity }) => [variant, quantity])));
  const { cart } = await tab.settled();
  shop.asked = [];
  return linkTo(suite.stack, cart);
}

/** What a permalink can say: properties of one product, and no plan. @type {import('./platform-journey.mjs').Line[]} */
const SAYABLE = [
  { variant: `${BAG}`, options: {}, quantity: 1 },
  { variant: `${MUG}`, options: { Engraving: 'Ada "Ö" 🙂' }, quantity: 2 },
];

/** @param {import('./sdk-storefront.mjs').Tab} tab @param {string} path */
const isAt = (tab, path) =>
  until(path, async () => new URL(tab.page.url()).pathname === path && tab.last('status'));

test('where the Ajax API turns away what is put in, the cart is filled by its address, once', async () => {
  const token = await leave(SAYABLE);
  suite.shop.control.offer = { code: 'COMEBACK10', percent: 10 };
  shop.insteadOfAdding = { status: 429, json: {} };
  try {
    const visitor = await suite.newVisitor();
    const tab = await suite.open(visitor, `/shop#homing=${token}`);
    await isAt(tab, '/shop/cart');
    assert.deepEqual((await theme.cart(tab)).reverse(), [SAYABLE[1], SAYABLE[0]]);
    assert.deepEqual(await theme.coupons?.(tab), ['COMEBACK10']);
    await tab.shows({ [MUG]: 2, [BAG]: 1 });
    // Another page has nothing left to do; nor has the same link once more.
    await tab.page.goto(`${suite.shop.origin}/shop`);
    await tab.ready();
    const again = await suite.open(visitor, `/shop#homing=${token}`);
    await again.ready();
    await sleep(900);
    assert.equal(new URL(again.page.url()).pathname, '/shop');
    await again.page.click('button');
    await again.settled();
    assert.deepEqual(suite.sent('remove'), []);
    assert.equal(shop.asked.filter((path) => path.includes(':')).length, 1);
  } finally {
    shop.insteadOfAdding = undefined;
  }
});

test('a shop that fails is not asked by its address: the next page tries again', async () => {
  const token = await leave(SAYABLE);
  shop.insteadOfAdding = { status: 503, json: {} };
  try {
    const tab = await suite.open(await suite.newVisitor(), `/shop#homing=${token}`);
    const placed = await until('the placed event', () => tab.last('placed'));
    assert.deepEqual(
      placed.refused.map((/** @type {any} */ one) => one.reason),
      ['unavailable', 'unavailable'],
    );
    assert.equal(placed.url, undefined);
    assert.equal(new URL(tab.page.url()).pathname, '/shop');
  } finally {
    shop.insteadOfAdding = undefined;
  }
});

test('a page on another host leads on to the shop, and asks nothing of it before', async () => {
  const token = await leave(SAYABLE);
  const { port } = new URL(suite.shop.origin);
  suite.shop.control.snippet = `data-shop="http://localhost:${port}"`;
  const tab = await suite.open(await suite.newVisitor(), `/shop#homing=${token}`);
  await until('the shop', () => tab.page.url() === `http://localhost:${port}/shop/cart`);
  const address = shop.asked.find((path) => path.includes(':'));
  assert.equal(address, `/cart/${MUG}:2,${BAG}:1`);
  assert.deepEqual(shop.asked.slice(0, shop.asked.indexOf(address ?? '')), []);
});

test('what no address can say is told, and a shop may open the address itself', async () => {
  const token = await leave([...theme.lines, ...SAYABLE.slice(1)]);
  const { port } = new URL(suite.shop.origin);
  suite.shop.control.snippet = `data-shop="http://localhost:${port}" data-permalink="off"`;
  const tab = await suite.open(await suite.newVisitor(), '/shop');
  await tab.call('init', { cartAttributes: { from: 'a message' } });
  await tab.call('open', token);
  const placed = await until('the placed event', () => tab.last('placed'));
  assert.deepEqual(placed.lines, []);
  assert.deepEqual(placed.refused, [{ ...theme.lines[0], reason: 'refused' }]);
  const { pathname, searchParams } = new URL(placed.url);
  assert.equal(pathname, `/cart/${MUG}:2,${BAG}:1`);
  assert.deepEqual(
    JSON.parse(Buffer.from(searchParams.get('properties') ?? '', 'base64url').toString()),
    SAYABLE[1]?.options,
  );
  assert.equal(searchParams.get('attributes[from]'), 'a message');
  await sleep(500);
  assert.equal(new URL(tab.page.url()).pathname, '/shop');
});

/** `homing('reset')`: the browser forgets for good, in all tabs, and nothing that was under way brings anything back. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { OwnShop } from '../fixtures/platforms/own.mjs';
import { linkTo } from './sdk-card.mjs';
import { kept } from './sdk-kept.mjs';
import { holdBack, refuseStorage, until } from './sdk-storefront.mjs';
import { sdkSuite } from './sdk-suite.mjs';

/** @typedef {import('./sdk-storefront.mjs').Tab} Tab */

const shop = new OwnShop({ mug: 500, bag: 500 });
/** Pages under /shop/own follow a cart of the shop's own. */
const suite = sdkSuite({ head: '', snippet: '', answer: (asked) => shop.answer(asked) });

/** Longer than anything takes that would come back by itself. */
const LONG_MS = 1_500;

/** @param {Tab} tab @param {string} name */
const count = (tab, name) =>
  tab.page.evaluate((event) => /** @type {any} */ (window).seen[event].length, name);

/** What somebody hears who begins to listen now. @param {Tab} tab @param {string} name */
const heardLate = (tab, name) =>
  tab.page.evaluate((event) => {
    /** @type {any[]} */
    const heard = [];
    /** @type {any} */ (window).homing('on', event, (/** @type {any} */ one) => heard.push(one));
    return heard;
  }, name);

test('nothing of the cart is left in any storage, nor in another tab', async () => {
  const visitor = await suite.newVisitor();
  const one = await suite.open(visitor, '/shop?utm_source=letter');
  const two = await suite.open(visitor, '/shop?utm_source=letter');
  for (const tab of [one, two]) {
    await tab.ready();
    await tab.page.goto(`${suite.shop.origin}/shop`);
    await tab.ready();
    assert.match(await kept(tab.page), /letter/);
  }
  await one.call('cart', 'add', { variant: 'mug-blue', quantity: 2 });
  await two.shows({ 'mug-blue': 2 });
  const { cart, token } = await one.settled();
  await one.call('reset');
  await one.shows({});
  await two.shows({});
  const [after, too] = [await one.ready(), await two.last('status')];
  assert.equal((await one.last('status')).cart, too.cart);
  assert.notEqual(too.cart, cart);
  assert.equal(too.token, null);
  assert.deepEqual(too.journal, []);
  assert.ok(after);
  const everything = (await kept(one.page)) + (await kept(two.page));
  for (const trace of [cart, token, 'mug-blue', 'letter']) {
    assert.equal(everything.includes(trace), false, `${trace} in ${everything}`);
  }
  // Both go on together, in the new cart.
  await two.call('cart', 'add', { variant: 'bag-red' });
  await one.shows({ 'bag-red': 1 });
  await one.page.reload();
  await one.shows({ 'bag-red': 1 });
  assert.deepEqual((await suite.shop.edgeCart(cart)).lines, { 'mug-blue': 2 });
});

test('what is called right after it is said of the new cart, also when the page closes at once', async () => {
  const visitor = await suite.newVisitor();
  const tab = await suite.open(visitor);
  await tab.call('cart', 'add', { variant: 'mug-blue' });
  await tab.settled();
  await tab.page.evaluate(() => {
    const { homing } = /** @type {any} */ (window);
    homing('reset');
    homing('cart', 'add', { variant: 'bag-red' });
  });
  await tab.shows({ 'bag-red': 1 });
  await Promise.all([
    tab.page.waitForNavigation(),
    tab.page.evaluate(() => {
      const { homing } = /** @type {any} */ (window);
      homing('reset');
      homing('cart', 'add', { variant: 'lamp-coral' });
      location.assign('/shop/next');
    }),
  ]);
  await tab.ready();
  await tab.shows({ 'lamp-coral': 1 });
});

/** A first visit, on which the rules come late; somebody puts something into a cart, and then it is somebody else's. */
async function handedOver() {
  /** @type {Awaited<ReturnType<typeof holdBack>> | undefined} */
  let held;
  const tab = await suite.open(await suite.newVisitor(), '/shop', async (page) => {
    held = await holdBack(page, /homing\.wasm/);
  });
  assert.ok(held);
  await tab.ready();
  await tab.call('cart', 'add', { variant: 'mug-blue' });
  await tab.call('order', { order: 'A-1' });
  await tab.call('cart', 'add', { variant: 'throw-brick' });
  await tab.call('identify', { email: 'ada@shop.example', consent: { email: true } });
  await tab.call('reset');
  await tab.call('cart', 'add', { variant: 'bag-red' });
  return { tab, held };
}

/** That nothing of the one shopper has come to the other. @param {Tab} tab */
async function assertHandedOver(tab) {
  await tab.shows({ 'bag-red': 1 });
  const { cart } = await tab.settled();
  const events = suite.sent().filter((e) => e.cart === cart);
  assert.deepEqual(
    events.map(({ t, variant }) => [t, variant]),
    [['add', 'bag-red']],
  );
  assert.deepEqual((await suite.shop.edgeCart(cart)).lines, { 'bag-red': 1 });
}

test('it does not overtake what was called before it, for which the rules are still waited', async () => {
  const { tab, held } = await handedOver();
  held.end();
  await assertHandedOver(tab);
});

test('nor does what is called after it, where the page closes before the rules are there', async () => {
  const { tab, held } = await handedOver();
  await tab.page.goto(`${suite.shop.origin}/shop/next`);
  held.end();
  await assertHandedOver(tab);
  assert.equal(new Set(suite.sent('order').map(({ id }) => id)).size, 1);
});

test('how the visit is told of begins anew: no trace id of before, nor the campaign that a link named', async () => {
  const owner = await suite.open(await suite.newVisitor());
  await owner.call('cart', 'add', { variant: 'mug-blue' });
  const { cart } = await owner.settled();
  const tab = await suite.open(
    await suite.newVisitor(),
    `/shop#homing=${linkTo(suite.stack, cart)}`,
  );
  await until('what the link brought', () => tab.last('restored'));
  await tab.page.click('button');
  await tab.settled();
  const last = () => suite.shop.control.collected.filter(({ events }) => events.length).at(-1);
  const traces = [last().trace];
  assert.ok(last().page.utm);
  for (const calls of [
    [['reset']],
    [
      ['consent', false],
      ['consent', true],
    ],
  ]) {
    for (const call of calls) await tab.call(...call);
    await tab.shows({});
    suite.shop.control.collected.length = 0;
    await tab.call('cart', 'add', { variant: 'bag-red' });
    await until('a new cart', last);
    assert.equal(last().page.utm, undefined);
    traces.push(last().trace);
  }
  assert.equal(new Set(traces).size, 3, traces.join());
});

test('a link that is still being opened does not bring its cart back', async () => {
  const owner = await suite.open(await suite.newVisitor());
  await owner.call('cart', 'add', { variant: 'mug-blue' });
  const { token } = await owner.settled();
  suite.shop.control.failing.set('/v1/restore', 2);
  const visitor = await suite.newVisitor();
  const tab = await suite.open(visitor, `/shop#homing=${token}`);
  await tab.ready();
  await until('a first answer', () => (suite.shop.control.failing.get('/v1/restore') ?? 0) < 2);
  await tab.call('reset');
  await sleep(LONG_MS * 3);
  await tab.shows({});
  await tab.page.reload();
  await tab.ready();
  await sleep(LONG_MS);
  await tab.shows({});
});

test('nobody who listens later hears of what was before', async () => {
  const owner = await suite.open(await suite.newVisitor());
  await owner.call('cart', 'add', { variant: 'mug-blue' });
  const { token } = await owner.settled();
  const tab = await suite.open(await suite.newVisitor(), `/shop#homing=${token}`);
  await tab.shows({ 'mug-blue': 1 });
  await until('what the link brought', () => count(tab, 'restored'));
  await tab.call('reset');
  await tab.shows({});
  await tab.ready();
  assert.deepEqual(await heardLate(tab, 'restored'), []);
  const [change] = await heardLate(tab, 'change');
  assert.deepEqual(change.lines, []);
});

test('an order that is not told yet is told all the same, and does not bring its cart back', async () => {
  const visitor = await suite.newVisitor();
  const tab = await suite.open(visitor);
  await tab.call('cart', 'add', { variant: 'mug-blue' });
  const { cart } = await tab.settled();
  suite.shop.control.instead = () => ({ status: 503, answer: {} });
  await tab.call('order', { order: 'A-1' });
  await tab.call('cart', 'add', { variant: 'bag-red' });
  await tab.shows({ 'bag-red': 1 });
  await tab.call('reset');
  await tab.shows({});
  // A page that was closed before it heard of the reset has left something as well.
  await tab.page.evaluate((secret) => {
    const at = Date.now() - 60_000;
    const id = (/** @type {number} */ n) => `00000000000000aa-${n}`;
    const events = [
      { id: id(1), t: 'add', at, epoch: 0, clock: '65536', variant: 'throw-brick', qty: 1 },
      { id: id(2), t: 'order', at, dots: [id(1)], order: 'A-2' },
    ];
    const calls = [{ t: 'add', at, variant: 'lamp-coral', options: {}, qty: 1 }];
    localStorage.setItem('homing.q.1', JSON.stringify({ cart: secret, events, calls }));
  }, cart);
  await tab.page.reload();
  await tab.ready();
  suite.shop.control.instead = undefined;
  await tab.call('flush');
  await until('both orders', () => suite.sent('order').length >= 2);
  assert.deepEqual(new Set(suite.sent('order').map((e) => e.cart)), new Set([cart]));
  await tab.shows({});
  const after = await tab.last('status');
  assert.notEqual(after.cart, cart);
  assert.deepEqual(
    suite.sent('add').map(({ variant }) => variant),
    ['mug-blue'],
  );
  assert.deepEqual((await suite.shop.edgeCart(cart)).lines, {});
});

test('where a page has only localStorage, what others have in IndexedDB is forgotten with it', async () => {
  const visitor = await suite.newVisitor();
  const first = await suite.open(visitor);
  await first.call('cart', 'add', { variant: 'mug-blue' });
  await first.settled();
  await first.page.close();
  const lesser = await suite.open(visitor, '/shop', (page) =>
    page.evaluateOnNewDocument(() => {
      IDBFactory.prototype.open = () => {
        throw new DOMException('refused', 'UnknownError');
      };
    }),
  );
  await lesser.shows({ 'mug-blue': 1 });
  await lesser.call('reset');
  await lesser.shows({});
  await lesser.page.close();
  const again = await suite.open(visitor);
  await again.ready();
  await sleep(LONG_MS);
  await again.shows({});
});

test('a page that the browser has put aside comes back without the cart', async () => {
  const visitor = await suite.newVisitor();
  const tab = await suite.open(visitor);
  await tab.call('cart', 'add', { variant: 'mug-blue' });
  await tab.settled();
  await tab.page.evaluate(() => {
    /** @type {any} */ (window).isSame = true;
  });
  await tab.page.goto(`${suite.shop.origin}/shop/next`);
  const other = await suite.open(visitor);
  await other.shows({ 'mug-blue': 1 });
  await other.call('reset');
  await other.shows({});
  await tab.page.goBack();
  // Otherwise this says nothing of pages that were put aside.
  assert.ok(await tab.page.evaluate(() => /** @type {any} */ (window).isSame));
  await tab.shows({});
  await tab.call('cart', 'add', { variant: 'bag-red' });
  await other.shows({ 'bag-red': 1 });
});

test('tabs that may keep nothing forget together', async () => {
  const visitor = await suite.newVisitor();
  const [one, two] = [
    await suite.open(visitor, '/shop', refuseStorage),
    await suite.open(visitor, '/shop', refuseStorage),
  ];
  for (const tab of [one, two]) {
    await tab.call('cart', 'add', { variant: 'mug-blue' });
    await tab.settled();
  }
  await one.call('reset');
  await one.shows({});
  await two.shows({});
  await two.page.reload();
  await two.ready();
  await two.shows({});
});

test('the shop’s own cart is not told anew until it changes', async () => {
  const tab = await suite.open(await suite.newVisitor(), '/shop', (page) =>
    page.evaluateOnNewDocument(
      (head) => {
        // As the shop's own pages do, but before anything else.
        new Function(head)();
      },
      shop.head.replace(/<\/?script>/g, ''),
    ),
  );
  const basket = (/** @type {object} */ change) =>
    tab.page.evaluate((one) => /** @type {any} */ (window).basket(one), change);
  await tab.ready();
  await basket({ variant: 'mug', quantity: 2 });
  await tab.shows({ mug: 2 });
  const { cart } = await tab.settled();
  await tab.call('reset');
  await tab.shows({});
  await sleep(LONG_MS);
  await tab.shows({});
  await tab.page.reload();
  await tab.ready();
  await sleep(LONG_MS);
  await tab.shows({});
  await basket({ variant: 'bag', quantity: 1 });
  await tab.shows({ bag: 1 });
  await basket({ variant: 'mug', quantity: 3, isWhole: true });
  await tab.shows({ bag: 1, mug: 3 });
  assert.notEqual((await tab.settled()).cart, cart);
  assert.deepEqual((await suite.shop.edgeCart(cart)).lines, { mug: 2 });
});

test('a shop’s own functions are asked once more, and nothing is amiss', async () => {
  /** @type {string[]} */
  const mistakes = [];
  const tab = await suite.open(await suite.newVisitor(), '/shop', async (page) => {
    page.on('console', (message) => message.type() === 'warn' && mistakes.push(message.text()));
    await page.evaluateOnNewDocument(
      (head) => {
        new Function(head)();
      },
      shop.head.replace(/<\/?script>/g, ''),
    );
  });
  await tab.ready();
  await tab.call('reset');
  await sleep(LONG_MS);
  await tab.page.evaluate(() =>
    /** @type {any} */ (window).basket({ variant: 'bag', options: {}, quantity: 1 }),
  );
  await tab.shows({ bag: 1 });
  assert.deepEqual(mistakes, []);
});

/** Pages that close too early, and a runtime that comes too late or not at all. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Card } from './sdk-card.mjs';
import { until } from './sdk-storefront.mjs';
import { idsOf, sdkSuite } from './sdk-suite.mjs';

const suite = sdkSuite();

/**
 * Waits for the loader and the page's load event: Chromium closes a page that still loads without telling it.
 * @param {import('./sdk-storefront.mjs').Tab} tab
 */
const loaded = (tab) =>
  until('the loader', () =>
    tab.page.evaluate(
      () =>
        !!(/** @type {any} */ (window).homing.boot) &&
        performance
          .getEntriesByType('navigation')
          .every((entry) => /** @type {any} */ (entry).loadEventEnd > 0),
    ),
  );

/** A change right before the page closes reaches the edge. @param {import('./sdk-storefront.mjs').Tab} tab */
async function isHeardOnClosing(tab) {
  await tab.call('cart', 'add', { variant: 'mug-blue' });
  const { cart } = await tab.settled();
  await tab.page.evaluate(() =>
    /** @type {any} */ (window).homing('cart', 'add', { variant: 'bag-red' }),
  );
  await tab.page.close();
  await until(
    'the second add',
    async () => (await suite.shop.edgeCart(cart)).lines['bag-red'] === 1,
  );
}

test('calls right before the page closes are there on the next visit and at the edge, once', async () => {
  const visitor = await suite.newVisitor();
  const tab = await suite.open(visitor);
  await tab.call('cart', 'add', { variant: 'mug-blue' });
  const { cart } = await tab.settled();
  await tab.page.evaluate(() => {
    const { homing } = /** @type {any} */ (window);
    // A beacon that is accepted and lost, as on a device that has just lost its connection.
    navigator.sendBeacon = () => true;
    addEventListener('pagehide', () => homing('cart', 'add', { variant: 'late' }), {
      capture: true,
    });
    homing('cart', 'add', { variant: 'bag-red' });
    location.href = '/shop/next';
  });
  await tab.page.waitForNavigation().catch(() => {});
  await tab.shows({ 'mug-blue': 1, 'bag-red': 1, late: 1 });
  await tab.settled();
  assert.deepEqual((await suite.shop.edgeCart(cart)).lines, {
    'mug-blue': 1,
    'bag-red': 1,
    late: 1,
  });
});

for (const content of ['no-referrer', 'same-origin']) {
  test(`a page with the referrer policy ${content} is heard by an edge elsewhere when it closes`, async () => {
    const tab = await suite.open(await suite.newVisitor(), '/shop', (page) =>
      page.evaluateOnNewDocument(
        (endpoint, policy) => {
          const scope = /** @type {any} */ (window);
          scope.homing = (/** @type {unknown[]} */ ...call) => {
            scope.homing.q = [...(scope.homing.q || []), call];
          };
          scope.homing('init', { endpoint });
          addEventListener('DOMContentLoaded', () => {
            const meta = document.createElement('meta');
            document.head.append(Object.assign(meta, { name: 'referrer', content: policy }));
          });
        },
        suite.shop.edge,
        content,
      ),
    );
    await isHeardOnClosing(tab);
  });
}

test('a page that closes right after a call sends it by itself', async () => {
  const visitor = await suite.newVisitor();
  const tab = await suite.open(visitor);
  await isHeardOnClosing(tab);
});

test('a page that closes before the runtime is there sends its calls by itself, once in effect', async () => {
  const visitor = await suite.newVisitor();
  suite.shop.control.held.add('/sdk/v1/runtime.js');
  const tab = await suite.open(visitor);
  await loaded(tab);
  await tab.call('cart', 'add', { variant: 'mug-blue', quantity: 2 });
  await tab.call('cart', 'add', { variant: 'bag-red' });
  await tab.call('cart', 'remove', { variant: 'bag-red' });
  await tab.page.close();
  const beacon = await until('the beacon', () => suite.shop.control.collected[0]);
  assert.deepEqual((await suite.shop.edgeCart(beacon.cart)).lines, { 'mug-blue': 2, 'bag-red': 1 });

  suite.shop.control.held.clear();
  const next = await suite.open(visitor);
  // The call that the loader could not express takes effect now; what it sent is not counted twice.
  await next.shows({ 'mug-blue': 2 });
  const { cart } = await next.settled();
  assert.equal(cart, beacon.cart);
  assert.deepEqual((await suite.shop.edgeCart(cart)).lines, { 'mug-blue': 2 });
  assert.equal(idsOf(suite.sent('add')).size, 2);
});

test('a first call on a page without the runtime counts, even after visits without a cart', async () => {
  const visitor = await suite.newVisitor();
  const tab = await suite.open(visitor);
  await tab.ready();
  await tab.call('track', 'view', { variant: 'mug-blue' });
  suite.shop.control.held.add('/sdk/v1/runtime.js');
  await tab.page.goto(`${suite.shop.origin}/shop/product`, { waitUntil: 'domcontentloaded' });
  await loaded(tab);
  await tab.call('cart', 'add', { variant: 'mug-blue' });
  await tab.page.close();
  suite.shop.control.held.clear();
  const next = await suite.open(visitor);
  await next.shows({ 'mug-blue': 1 });
  const { cart } = await next.settled();
  assert.deepEqual((await suite.shop.edgeCart(cart)).lines, { 'mug-blue': 1 });
  assert.equal(new Set(suite.shop.control.collected.map((request) => request.cart)).size, 1);
});

test('an order on a page that closes at once, even while it loads, covers the cart of the pages before', async () => {
  const visitor = await suite.newVisitor();
  const tab = await suite.open(visitor);
  await tab.call('cart', 'add', { variant: 'mug-blue' });
  const { cart } = await tab.settled();
  suite.shop.control.held.add('/sdk/v1/runtime.js');
  await tab.page.goto(`${suite.shop.origin}/shop/thanks`, { waitUntil: 'domcontentloaded' });
  await until('the loader', () =>
    tab.page.evaluate(() => !!(/** @type {any} */ (window).homing.boot)),
  );
  await tab.call('order', { order: 'A-1' });
  await tab.page.close();
  await until('the order at the edge', async () => (await suite.shop.edgeCart(cart)).epoch === 1);
  assert.deepEqual((await suite.shop.edgeCart(cart)).lines, {});
  suite.shop.control.held.clear();
  const next = await suite.open(visitor);
  await next.settled();
  await next.shows({});
  assert.equal((await suite.shop.edgeCart(cart)).epoch, 1);
});

test('a runtime that cannot be loaded breaks nothing and is loaded on the next page', async () => {
  const visitor = await suite.newVisitor();
  const broken = await suite.open(visitor, '/shop', async (page) => {
    const session = await page.createCDPSession();
    await session.send('Fetch.enable', { patterns: [{ urlPattern: '*runtime.js' }] });
    session.on('Fetch.requestPaused', ({ requestId }) =>
      session.send('Fetch.failRequest', { requestId, errorReason: 'ConnectionRefused' }),
    );
  });
  /** @type {unknown[]} */
  const errors = [];
  broken.page.on('pageerror', (error) => errors.push(error));
  await broken.call('cart', 'add', { variant: 'mug-blue' });
  await sleep(300);
  assert.deepEqual(errors, []);
  await broken.page.close();
  const next = await suite.open(visitor);
  await next.shows({ 'mug-blue': 1 });
});

test('an order waits for the runtime that is writing down what came before it, or covers it later', async () => {
  const visitor = await suite.newVisitor();
  suite.shop.control.held.add('/sdk/v1/homing.wasm');
  const tab = await suite.open(visitor);
  await loaded(tab);
  await tab.call('cart', 'add', { variant: 'mug-blue' });
  await tab.call('cart', 'add', { variant: 'bag-red' });
  // Another tab's runtime has found both, and is not done.
  await tab.page.evaluate(() => {
    for (const key of Object.keys(localStorage).filter((name) => name.startsWith('homing.q.'))) {
      const parcel = JSON.parse(localStorage.getItem(key) ?? '{}');
      localStorage.setItem(key, JSON.stringify({ ...parcel, isTaken: true }));
    }
  });
  await tab.call('order', { order: 'A-1' });
  await sleep(500);
  assert.deepEqual(suite.sent('order'), []);
  // The page closes: the reminders must end, though nobody here knows what was bought.
  await tab.page.close({ runBeforeUnload: false });
  await until('the order', () => suite.sent('order').length > 0);
  suite.shop.control.held.clear();
  const next = await suite.open(visitor);
  await next.call('cart', 'add', { variant: 'lamp-coral' });
  const { cart } = await next.settled();
  assert.deepEqual((await suite.shop.edgeCart(cart)).lines, { 'lamp-coral': 1 });
  await next.shows({ 'lamp-coral': 1 });
});

test('what was sent by a page that was killed counts once, though localStorage has lost it', async () => {
  const visitor = await suite.newVisitor();
  suite.shop.control.held.add('/sdk/v1/homing.wasm');
  const tab = await suite.open(visitor);
  await tab.ready();
  await tab.call('cart', 'add', { variant: 'mug-blue' });
  await tab.page.evaluate(() => {
    Object.defineProperty(document, 'hidden', { get: () => true });
    document.dispatchEvent(new Event('visibilitychange', { bubbles: true }));
  });
  await until('the beacon', () => suite.sent('add').length > 0);
  await sleep(300);
  // What the browser had not written to its disk.
  await tab.page.evaluate(() => {
    for (const key of Object.keys(localStorage))
      if (key.startsWith('homing.q')) localStorage.removeItem(key);
  });
  await tab.page.close();
  suite.shop.control.held.clear();
  const next = await suite.open(visitor);
  await next.shows({ 'mug-blue': 1 });
  const { cart } = await next.settled();
  assert.deepEqual((await suite.shop.edgeCart(cart)).lines, { 'mug-blue': 1 });
  assert.equal(idsOf(suite.sent('add')).size, 1);
});

test('who said who they are on a page that closed early is not asked on the next one', async () => {
  suite.shop.control.snippet = 'data-prompt';
  const visitor = await suite.newVisitor();
  suite.shop.control.held.add('/sdk/v1/homing.wasm');
  const tab = await suite.open(visitor);
  await loaded(tab);
  await tab.call('cart', 'add', { variant: 'mug-blue' });
  await tab.call('identify', { email: 'ada@example.com', consent: { email: true } });
  await tab.call('checkout', 'shipping');
  await tab.page.close();
  await until('the word', () => suite.sent('checkout').length > 0);
  suite.shop.control.held.clear();
  const next = await suite.open(visitor);
  await next.shows({ 'mug-blue': 1 });
  await next.page.evaluate(() => {
    const scope = /** @type {any} */ (window);
    scope.homing('on', 'chat', (/** @type {any} */ told) => {
      scope.told = told;
    });
    scope.homing('chat');
  });
  await next.page.waitForFunction('window.told && performance.now() > 3_100');
  assert.equal(await next.page.evaluate('window.told.stage'), 'shipping');
  await next.leaveByTheTop();
  await until('the exit', () => next.last('exit'));
  await sleep(600);
  assert.equal(await new Card(next, 'prompt').isThere(), false);
});

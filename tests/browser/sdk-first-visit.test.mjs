/** What a first visit costs, and what becomes of calls that come before the rules of the cart are there. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import puppeteer from 'puppeteer-core';
import { chromiumFlags, chromiumPath } from '../../scripts/chromium.mjs';
import { AdobeShop } from '../fixtures/platforms/adobe.mjs';
import { BigShop } from '../fixtures/platforms/bigcommerce.mjs';
import { ShopifyShop } from '../fixtures/platforms/shopify.mjs';
import { StorefrontShop } from '../fixtures/platforms/shopify-storefront.mjs';
import { WooShop } from '../fixtures/platforms/woocommerce.mjs';
import { shopPage } from './sdk-page.mjs';
import { Tab, until } from './sdk-storefront.mjs';
import { idsOf, sdkSuite } from './sdk-suite.mjs';
import { addInTheme } from './shopify-theme.mjs';

/** The bars: gzipped, as the browser counts what it was sent. */
const MOST_LOADER = 2_600;
const MOST_ALL = 24_000;

/** Longer than anything waits that comes by itself. */
const IDLE_MS = 3_000;

/** @type {Record<string, any>} */
const shops = {
  shopify: new ShopifyShop({ 42: { title: 'Mug', minor: 1_450, stock: 9 } }, []),
  'shopify-storefront': new StorefrontShop({}, [], 'public'),
  woocommerce: new WooShop({}, []),
  bigcommerce: new BigShop({}, []),
  adobe: new AdobeShop({}, []),
};

const suite = sdkSuite({
  ...{ head: '', snippet: '' },
  page: (key, path) => {
    const name = path.split('/')[2] ?? '';
    const { head = '' } = shops[name] ?? {};
    const snippet = name in shops ? `data-platform="${name}"` : '';
    return shopPage(key, '', { head, snippet, answer: () => undefined });
  },
  answer: (asked) => {
    for (const shop of Object.values(shops)) {
      const answer = shop.answer(asked);
      if (answer) return answer;
    }
  },
});

/**
 * Bytes that a page is sent of the SDK, by file, headers left out and included.
 * @param {string} path
 */
async function visit(path) {
  /** @type {Map<string, string>} */
  const names = new Map();
  /** @type {Record<string, number>} */
  const sent = {};
  const tab = await suite.open(await suite.newVisitor(), path, async (page) => {
    const session = await page.createCDPSession();
    await session.send('Network.enable');
    session.on('Network.responseReceived', ({ requestId, response }) => {
      const { pathname } = new URL(response.url);
      if (pathname.startsWith('/sdk/')) names.set(requestId, pathname.split('/').at(-1) ?? '');
    });
    session.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
      const name = names.get(requestId);
      if (name) sent[name] = encodedDataLength;
    });
  });
  await tab.ready();
  await sleep(IDLE_MS);
  /** @type {Record<string, number>} */
  const bodies = await tab.page.evaluate(() =>
    Object.fromEntries(
      performance.getEntriesByType('resource').flatMap((entry) => {
        const { name, encodedBodySize } = /** @type {PerformanceResourceTiming} */ (entry);
        const { pathname } = new URL(name);
        return pathname.startsWith('/sdk/') ? [[pathname.split('/').at(-1), encodedBodySize]] : [];
      }),
    ),
  );
  return { tab, sent, bodies };
}

/** @param {Record<string, number>} counts */
const total = (counts) => Object.values(counts).reduce((sum, count) => sum + count, 0);

/** @type {Record<string, object>} */
const measured = {};

after(() => console.table(measured));

for (const name of ['none', ...Object.keys(shops)]) {
  test(`a first visit is sent little before anything is done: platform ${name}`, async () => {
    const { tab, sent, bodies } = await visit(name === 'none' ? '/shop' : `/shop/${name}`);
    const adapter = name === 'none' ? [] : [`${name}.js`];
    assert.deepEqual(Object.keys(sent).sort(), ['homing.js', 'runtime.js', ...adapter].sort());
    assert.deepEqual(Object.keys(bodies).sort(), Object.keys(sent).sort());
    measured[name] = {
      loader: bodies['homing.js'],
      all: total(bodies),
      headers: total(sent) - total(bodies),
    };
    assert.ok(Number(bodies['homing.js']) <= MOST_LOADER, `${bodies['homing.js']} bytes`);
    assert.ok(total(sent) <= MOST_ALL, `${total(sent)} bytes`);
    // The first movement brings what a cart needs, so that it is there when something is put in.
    await tab.stir();
  });
}

test('visits without a cart never fetch the rules, and what was looked at is told with the cart', async () => {
  const visitor = await suite.newVisitor();
  const tab = await suite.open(visitor);
  for (let n = 0; n < 3; n += 1) {
    await tab.ready();
    await tab.call('track', 'view', { variant: `thing-${n}` });
    await sleep(200);
    await tab.page.reload();
  }
  await tab.ready();
  await sleep(IDLE_MS);
  const fetched = await tab.page.evaluate(() =>
    performance.getEntriesByType('resource').map(({ name }) => name),
  );
  assert.deepEqual(
    fetched.filter((name) => name.endsWith('.wasm')),
    [],
  );
  await tab.call('cart', 'add', { variant: 'thing-1' });
  await tab.shows({ 'thing-1': 1 });
  await tab.settled();
  assert.deepEqual(
    suite.sent('view').map(({ variant }) => variant),
    ['thing-0', 'thing-1', 'thing-2'],
  );
});

/** A page on which the rules do not arrive, with something put in. */
async function waitingTab() {
  suite.shop.control.held.add('/sdk/v1/homing.wasm');
  const visitor = await suite.newVisitor();
  const tab = await suite.open(visitor);
  await tab.ready();
  await until('the load event', () => tab.page.evaluate(() => document.readyState === 'complete'));
  await tab.call('cart', 'add', { variant: 'mug-blue', quantity: 2 });
  await tab.call('cart', 'add', { variant: 'bag-red' });
  await tab.call('cart', 'remove', { variant: 'bag-red' });
  return { visitor, tab };
}

test('a page that closes before the rules are there sends what was put in, and the next one has it once', async () => {
  const { visitor, tab } = await waitingTab();
  // Whatever makes the journal look must not take from the page what it has not sent.
  await tab.call('flush');
  await sleep(300);
  await tab.page.close();
  const beacon = await until('the beacon', () => suite.shop.control.collected[0]);
  assert.deepEqual((await suite.shop.edgeCart(beacon.cart)).lines, { 'mug-blue': 2, 'bag-red': 1 });
  suite.shop.control.held.clear();
  const next = await suite.open(visitor);
  await next.shows({ 'mug-blue': 2 });
  const { cart } = await next.settled();
  assert.equal(cart, beacon.cart);
  assert.deepEqual((await suite.shop.edgeCart(cart)).lines, { 'mug-blue': 2 });
  assert.equal(idsOf(suite.sent('add')).size, 2);
});

test('a tab that dies before the rules are there has lost nothing', async () => {
  const { visitor, tab } = await waitingTab();
  const session = await tab.page.createCDPSession();
  session.send('Page.crash').catch(() => {});
  await sleep(500);
  assert.deepEqual(suite.shop.control.collected, []);
  suite.shop.control.held.clear();
  const next = await suite.open(visitor);
  await next.shows({ 'mug-blue': 2 });
  const { cart } = await next.settled();
  assert.deepEqual((await suite.shop.edgeCart(cart)).lines, { 'mug-blue': 2 });
});

test('a browser that is killed before the rules are there has lost nothing', async () => {
  const userDataDir = mkdtempSync(join(tmpdir(), 'homing-profile-'));
  const launch = () =>
    puppeteer.launch({ executablePath: chromiumPath(), args: chromiumFlags, userDataDir });
  try {
    suite.shop.control.held.add('/sdk/v1/homing.wasm');
    const browser = await launch();
    const tab = await Tab.open(browser, `${suite.shop.origin}/shop`);
    await tab.ready();
    await tab.call('cart', 'add', { variant: 'mug-blue', quantity: 2 });
    await sleep(250);
    browser.process()?.kill('SIGKILL');
    await once(
      /** @type {import('node:child_process').ChildProcess} */ (browser.process()),
      'exit',
    );
    suite.shop.control.held.clear();
    const again = await launch();
    try {
      const next = await Tab.open(again, `${suite.shop.origin}/shop`);
      await next.shows({ 'mug-blue': 2 });
      const { cart } = await next.settled();
      assert.deepEqual((await suite.shop.edgeCart(cart)).lines, { 'mug-blue': 2 });
    } finally {
      await again.close();
    }
  } finally {
    rmSync(userDataDir, { recursive: true, force: true, maxRetries: 5 });
  }
});

test('what was sent while the page was out of sight counts once when the rules come', async () => {
  suite.shop.control.failing.set('/sdk/v1/homing.wasm', 2);
  const tab = await suite.open(await suite.newVisitor());
  await tab.ready();
  await tab.call('cart', 'add', { variant: 'mug-blue', quantity: 2 });
  await tab.page.evaluate(() => {
    Object.defineProperty(document, 'visibilityState', { get: () => 'hidden', configurable: true });
    document.dispatchEvent(new Event('visibilitychange', { bubbles: true }));
    Reflect.deleteProperty(document, 'visibilityState');
    document.dispatchEvent(new Event('visibilitychange', { bubbles: true }));
  });
  await until('the beacon', () => suite.sent('add').length > 0);
  await tab.shows({ 'mug-blue': 2 });
  const { cart } = await tab.settled();
  assert.deepEqual((await suite.shop.edgeCart(cart)).lines, { 'mug-blue': 2 });
  assert.equal(idsOf(suite.sent('add')).size, 1);
});

for (const where of ['this tab', 'another tab as well']) {
  test(`more calls than are remembered at once count once, found by ${where}`, async () => {
    suite.shop.control.failing.set('/sdk/v1/homing.wasm', 2);
    const visitor = await suite.newVisitor();
    const tab = await suite.open(visitor);
    await tab.ready();
    await tab.page.evaluate(() => {
      const { homing } = /** @type {any} */ (window);
      for (let n = 0; n < 130; n += 1) homing('cart', 'add', { variant: `v${n % 7}` });
    });
    if (where !== 'this tab') {
      const other = await suite.open(visitor);
      await other.page.mouse.move(40, 40);
    }
    const quantities = async () =>
      Object.values(await tab.lines()).reduce((sum, qty) => sum + qty, 0);
    await until('the lines', async () => (await quantities()) >= 130);
    await until('the edge', async () => (await tab.last('status')).pending === 0);
    await sleep(500);
    assert.equal(await quantities(), 130);
    const { cart } = await tab.last('status');
    const { lines } = await suite.shop.edgeCart(cart);
    assert.equal(
      Object.values(lines).reduce((sum, qty) => sum + qty, 0),
      130,
    );
  });
}

test('where localStorage is full, what a closing page sends goes to the cart that IndexedDB has', async () => {
  const visitor = await suite.newVisitor();
  const fill = (/** @type {import('puppeteer-core').Page} */ page) =>
    page.evaluateOnNewDocument(() => {
      for (let size = 4_000_000; size >= 1; size = Math.floor(size / 2)) {
        try {
          for (;;) localStorage.setItem(`filler-${localStorage.length}-${size}`, 'x'.repeat(size));
        } catch {
          // That much does not fit any more.
        }
      }
    });
  const first = await suite.open(visitor, '/shop', fill);
  await first.ready();
  const { cart } = await first.last('status');
  await first.page.close();
  suite.shop.control.held.add('/sdk/v1/homing.wasm');
  const tab = await suite.open(visitor, '/shop', fill);
  await tab.ready();
  await until('the load event', () => tab.page.evaluate(() => document.readyState === 'complete'));
  assert.equal((await tab.last('status')).cart, cart);
  await tab.call('cart', 'add', { variant: 'mug-blue' });
  await tab.page.close();
  const beacon = await until('the beacon', () => suite.shop.control.collected[0]);
  assert.equal(beacon.cart, cart);
});

test('what another tab puts in is shown by one that had no rules', async () => {
  const visitor = await suite.newVisitor();
  const one = await suite.open(visitor);
  await one.ready();
  const two = await suite.open(visitor);
  await two.call('cart', 'add', { variant: 'mug-blue' });
  await one.shows({ 'mug-blue': 1 });
});

test('what changes in the shop’s own cart before the rules are there is known when they are', async () => {
  suite.shop.control.failing.set('/sdk/v1/homing.wasm', 2);
  const tab = await suite.open(await suite.newVisitor(), '/shop/shopify');
  await tab.ready();
  await addInTheme(tab, 42, 3);
  await tab.shows({ 42: 3 });
  const { cart } = await tab.settled();
  assert.deepEqual((await suite.shop.edgeCart(cart)).lines, { 42: 3 });
});

test('without IndexedDB, calls that two tabs find at once count once', async () => {
  for (let n = 0; n < 4; n += 1) {
    const visitor = await suite.newVisitor();
    const refuse = (/** @type {import('puppeteer-core').Page} */ page) =>
      page.evaluateOnNewDocument(() => {
        Object.defineProperty(window, 'indexedDB', { value: undefined });
      });
    const open = () => suite.open(visitor, '/shop', refuse);
    const [one, two] = [await open(), await open()];
    await Promise.all([one.ready(), two.ready()]);
    await Promise.all([
      one.call('cart', 'add', { variant: 'mug-blue' }),
      two.call('cart', 'add', { variant: 'bag-red' }),
    ]);
    await one.shows({ 'mug-blue': 1, 'bag-red': 1 });
    await two.shows({ 'mug-blue': 1, 'bag-red': 1 });
    const { cart } = await one.settled();
    await two.settled();
    assert.deepEqual((await suite.shop.edgeCart(cart)).lines, { 'mug-blue': 1, 'bag-red': 1 });
  }
});

/** Storage that is refused, full or unreadable: the shopper's cart goes on, and the storefront is told. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { refuseStorage, until } from './sdk-storefront.mjs';
import { sdkSuite } from './sdk-suite.mjs';

/** @typedef {import('puppeteer-core').Page} Page */

const suite = sdkSuite();

/** Keeps what the page leaves unhandled. @param {Page} page */
const watchErrors = (page) =>
  page.evaluateOnNewDocument(() => {
    const scope = /** @type {any} */ (window);
    scope.unhandled = [];
    addEventListener('error', ({ message }) => scope.unhandled.push(message));
    addEventListener('unhandledrejection', ({ reason }) => scope.unhandled.push(`${reason}`));
  });

/** @param {import('./sdk-storefront.mjs').Tab} tab @returns {Promise<string[]>} */
const unhandled = (tab) => tab.page.evaluate(() => /** @type {any} */ (window).unhandled);

/** @param {import('./sdk-storefront.mjs').Tab} tab @param {string} code */
const warned = (tab, code) =>
  until(`the warning ${code}`, async () => (await tab.last('warning'))?.code === code);

/** A browser that has localStorage alone. @param {Page} page */
const withoutIndexedDb = (page) =>
  page.evaluateOnNewDocument(() =>
    Object.defineProperty(window, 'indexedDB', { value: undefined, configurable: true }),
  );

test('what cannot be read in either store is left out, and the cart comes back from the edge', async () => {
  const visitor = await suite.newVisitor();
  const tab = await suite.open(visitor);
  await tab.call('cart', 'add', { variant: 'mug-blue', quantity: 2 });
  await tab.settled();
  await tab.page.evaluate(async () => {
    localStorage.setItem('homing.e.1.broken', '{"n":');
    localStorage.setItem('homing.base', 'neither');
    const request = indexedDB.open('homing', 1);
    const db = await new Promise((resolve) => {
      request.onsuccess = () => resolve(request.result);
    });
    const transaction = db.transaction(['base', 'events'], 'readwrite');
    transaction.objectStore('base').put({ cart: 'only' }, 0);
    transaction.objectStore('events').put({ nothing: 'of an event' });
    await new Promise((resolve) => {
      transaction.oncomplete = resolve;
    });
    db.close();
  });
  await tab.page.close();
  const again = await suite.open(visitor, '/shop', watchErrors);
  await again.shows({ 'mug-blue': 2 });
  await again.call('cart', 'add', { variant: 'bag-red' });
  await again.shows({ 'mug-blue': 2, 'bag-red': 1 });
  const { cart } = await again.settled();
  assert.deepEqual((await suite.shop.edgeCart(cart)).lines, { 'mug-blue': 2, 'bag-red': 1 });
  await warned(again, 'storage_corrupt');
  assert.deepEqual(await unhandled(again), []);
});

test('without IndexedDB an unreadable key in localStorage is passed over', async () => {
  const visitor = await suite.newVisitor();
  const tab = await suite.open(visitor, '/shop', withoutIndexedDb);
  await tab.call('cart', 'add', { variant: 'mug-blue' });
  await tab.settled();
  await warned(tab, 'storage_localstorage');
  await tab.page.evaluate(() => localStorage.setItem('homing.e.7.broken', '['));
  await tab.page.reload();
  await tab.shows({ 'mug-blue': 1 });
  await tab.call('cart', 'add', { variant: 'bag-red' });
  await tab.settled();
});

test('storage that takes no more is left for the memory, and no change is lost over it', async () => {
  const visitor = await suite.newVisitor();
  const tab = await suite.open(visitor, '/shop', async (page) => {
    await withoutIndexedDb(page);
    await watchErrors(page);
  });
  await tab.call('cart', 'add', { variant: 'mug-blue' });
  await tab.settled();
  await tab.page.evaluate(() => {
    for (let size = 1_000_000; size >= 1; size = Math.floor(size / 2)) {
      try {
        for (let n = 0; ; n += 1) localStorage.setItem(`f${size}.${n}`, 'x'.repeat(size));
      } catch {
        // Less, then.
      }
    }
  });
  suite.shop.control.instead = () => ({ status: 503, answer: {} });
  for (const variant of ['bag-red', 'lamp-coral', 'throw-brick']) {
    await tab.call('cart', 'add', { variant });
  }
  await tab.shows({ 'mug-blue': 1, 'bag-red': 1, 'lamp-coral': 1, 'throw-brick': 1 });
  await warned(tab, 'storage_memory');
  suite.shop.control.instead = undefined;
  await tab.call('flush');
  const { cart } = await tab.settled();
  assert.equal(Object.keys((await suite.shop.edgeCart(cart)).lines).length, 4);
  assert.deepEqual(await unhandled(tab), []);
});

test('where all is refused, locks included, the page itself remembers', async () => {
  const tab = await suite.open(await suite.newVisitor(), '/shop', async (page) => {
    await refuseStorage(page);
    await watchErrors(page);
  });
  await warned(tab, 'storage_memory');
  await tab.call('cart', 'add', { variant: 'mug-blue' });
  await tab.shows({ 'mug-blue': 1 });
  await tab.settled();
  assert.deepEqual(await unhandled(tab), []);
});

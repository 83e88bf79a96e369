/** How the SDK behaves in the field: whom it tells what of a visit and of itself, and what it does not do twice. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { until } from './sdk-storefront.mjs';
import { sdkSuite } from './sdk-suite.mjs';

const suite = sdkSuite();

/** What the SDK says of its own mistakes. @param {import('puppeteer-core').Page} page */
const watchReports = (page) =>
  page.evaluateOnNewDocument(() => {
    const scope = /** @type {any} */ (window);
    scope.reports = [];
    const send = navigator.sendBeacon.bind(navigator);
    navigator.sendBeacon = (url, body) => {
      if (String(url).endsWith('/v1/sdk-errors')) scope.reports.push(JSON.parse(String(body)));
      return send(url, body);
    };
  });

/** @param {import('./sdk-storefront.mjs').Tab} tab @returns {Promise<any[]>} */
const reportsOf = (tab) => tab.page.evaluate(() => /** @type {any} */ (window).reports);

/** A shop whose own cart cannot be read. @param {import('./sdk-storefront.mjs').Tab} tab @param {string} message */
const breakPlatform = (tab, message) =>
  tab.page.evaluate((text) => {
    const read = () => Promise.reject(new TypeError(text));
    /** @type {any} */ (window).homing('platform', { read, add: read });
  }, message);

test('all that a visit asks the edge carries one trace id, and the next visit another', async () => {
  const visitor = await suite.newVisitor();
  const tab = await suite.open(visitor);
  await tab.call('cart', 'add', { variant: 'mug-blue' });
  await tab.settled();
  await tab.page.reload();
  await tab.ready();
  await tab.call('cart', 'add', { variant: 'bag-red' });
  await tab.settled();
  const other = await suite.open(visitor);
  await other.call('cart', 'add', { variant: 'mug-red' });
  await other.settled();
  const traces = suite.shop.control.collected
    .filter(({ events }) => events.length > 0)
    .map((/** @type {any} */ { trace }) => trace);
  assert.match(traces[0], /^[0-9a-f]{32}$/);
  assert.equal(new Set(traces).size, 2, traces.join());
});

test('of its own mistakes the SDK tells the edge some, and nothing of the shopper', async () => {
  const tab = await suite.open(await suite.newVisitor(), '/shop', async (page) => {
    await watchReports(page);
    await page.evaluateOnNewDocument(() => {
      Math.random = () => 0.05;
    });
  });
  await tab.ready();
  const answered = tab.page.waitForResponse((answer) => answer.url().endsWith('/v1/sdk-errors'));
  await breakPlatform(tab, 'no cart of ada@shop.example at https://shop.example/cart/4711 in "x"');
  assert.equal((await answered).status(), 200);
  const [report] = await reportsOf(tab);
  const { key, trace, version, at, ...mistake } = report;
  assert.deepEqual(mistake, { name: 'TypeError', message: 'no cart of … at … in …' });
  assert.match(key, /^pk_/);
  assert.match(trace, /^[0-9a-f]{32}$/);
  assert.match(version, /^[0-9a-f]{12}$/);
  // The same once more is nothing new.
  await breakPlatform(tab, 'no cart of bob@shop.example at https://shop.example/cart/4712 in "y"');
  await breakPlatform(tab, 'another one');
  await until('the other mistake', async () => (await reportsOf(tab)).length > 1);
  const messages = (await reportsOf(tab)).map(({ message }) => message);
  assert.deepEqual(messages, ['no cart of … at … in …', 'another one']);
});

test('most of them stay in the browser, and the page sees none', async () => {
  /** @type {string[]} */
  const seen = [];
  const tab = await suite.open(await suite.newVisitor(), '/shop', async (page) => {
    await watchReports(page);
    page.on('pageerror', (error) => seen.push(String(error)));
    await page.evaluateOnNewDocument(() => {
      Math.random = () => 0.5;
    });
  });
  await tab.ready();
  const loaded = tab.page.waitForResponse((answer) => answer.url().endsWith('/report.js'));
  await breakPlatform(tab, 'one of many');
  await (await loaded).buffer();
  await tab.call('cart', 'add', { variant: 'mug-blue' });
  await tab.settled();
  assert.deepEqual(await reportsOf(tab), []);
  assert.deepEqual(seen, []);
});

test('what was set a thousand times while offline is neither kept nor sent a thousand times', async () => {
  const tab = await suite.open(await suite.newVisitor());
  await tab.call('cart', 'add', { variant: 'mug-blue' });
  await tab.call('cart', 'add', { variant: 'bag-red' });
  const { cart } = await tab.settled();
  await tab.page.setOfflineMode(true);
  await tab.page.evaluate(() => {
    const { homing } = /** @type {any} */ (window);
    for (let n = 1; n <= 1_000; n += 1) {
      homing('cart', 'set', { variant: n % 3 ? 'mug-blue' : 'bag-red', quantity: n });
    }
  });
  await tab.shows({ 'bag-red': 999, 'mug-blue': 1_000 });
  const { pending } = await tab.last('status');
  assert.ok(pending < 400, `${pending} are kept`);
  const stored = await tab.page.evaluate(
    () =>
      new Promise((resolve) => {
        indexedDB.open('homing').onsuccess = ({ target }) => {
          const db = /** @type {any} */ (target).result;
          db.transaction('events').objectStore('events').count().onsuccess = (
            /** @type {any} */ event,
          ) => {
            db.close();
            resolve(event.target.result);
          };
        };
      }),
  );
  assert.ok(stored < 400, `${stored} are stored`);
  suite.shop.control.collected.length = 0;
  await tab.page.setOfflineMode(false);
  await tab.settled();
  assert.deepEqual((await suite.shop.edgeCart(cart)).lines, { 'bag-red': 999, 'mug-blue': 1_000 });
  const sent = suite.shop.control.collected.flatMap(({ events }) => events);
  assert.ok(sent.length < 400, `${sent.length} were sent`);
});

test('of several tabs one tells the edge what they all know', async () => {
  const visitor = await suite.newVisitor();
  const tabs = await Promise.all([1, 2, 3].map(() => suite.open(visitor)));
  await Promise.all(tabs.map((tab) => tab.ready()));
  const [first] = tabs;
  assert.ok(first);
  await first.call('cart', 'add', { variant: 'mug-blue' });
  await first.settled();
  for (const { page } of tabs) await page.setOfflineMode(true);
  for (let n = 2; n < 6; n += 1)
    await first.call('cart', 'set', { variant: 'mug-blue', quantity: n });
  await Promise.all(tabs.map((tab) => tab.shows({ 'mug-blue': 5 })));
  suite.shop.control.collected.length = 0;
  // Its answer takes a while, in which the others would have told the same.
  await Promise.all(tabs.map(({ page }) => page.setOfflineMode(false)));
  await Promise.all(tabs.map((tab) => tab.settled()));
  const sent = suite.sent().map(({ id }) => id);
  assert.equal(sent.length, new Set(sent).size, sent.join());
});

test('an order goes out although the browser takes itself for offline', async () => {
  const tab = await suite.open(await suite.newVisitor());
  await tab.call('cart', 'add', { variant: 'mug-blue' });
  const { cart } = await tab.settled();
  await tab.page.evaluate(() => {
    Object.defineProperty(navigator, 'onLine', { get: () => false });
    dispatchEvent(new Event('offline'));
  });
  await tab.call('order', { order: '1001' });
  await until('the order', async () => (await suite.shop.edgeCart(cart)).epoch === 1);
});

test('who pays by the byte gets the rules when there is something to apply them to', async () => {
  const tab = await suite.open(await suite.newVisitor(), '/shop', (page) =>
    page.evaluateOnNewDocument(() => {
      Object.defineProperty(navigator, 'connection', { value: { saveData: true } });
    }),
  );
  await tab.ready();
  await tab.page.mouse.move(40, 40);
  await tab.page.mouse.move(60, 60);
  const fetched = () => suite.shop.control.fetched.filter((path) => path.endsWith('.wasm'));
  assert.deepEqual(fetched(), []);
  await tab.call('cart', 'add', { variant: 'mug-blue' });
  await tab.settled();
  assert.equal(fetched().length, 1);
});

test('what is called between the last answer and the end of a turn is told in the next one', async () => {
  const tab = await suite.open(await suite.newVisitor(), '/shop', (page) =>
    page.evaluateOnNewDocument(() => {
      const scope = /** @type {any} */ (window);
      const { request } = LockManager.prototype;
      /** @type {any} */ (LockManager.prototype).request = async function (
        /** @type {any[]} */ ...asked
      ) {
        const answer = await request.apply(this, /** @type {any} */ (asked));
        if (asked[0] === 'homing.flush' && scope.atEnd) {
          scope.atEnd = scope.atEnd();
          await new Promise((resolve) => setTimeout(resolve, 150));
        }
        return answer;
      };
    }),
  );
  await tab.call('cart', 'add', { variant: 'mug-blue' });
  await tab.settled();
  await tab.page.evaluate(() => {
    const scope = /** @type {any} */ (window);
    scope.atEnd = () => scope.homing('cart', 'add', { variant: 'bag-red' });
  });
  await tab.call('cart', 'add', { variant: 'mug-blue' });
  await tab.shows({ 'mug-blue': 2, 'bag-red': 1 });
  await tab.settled();
});

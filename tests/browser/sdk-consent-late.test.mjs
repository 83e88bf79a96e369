/** Consent at awkward moments: while something is on its way, while another tab is busy, where something cannot be had. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Card } from './sdk-card.mjs';
import { answered, kept } from './sdk-kept.mjs';
import { holdBack, refuseStorage, until } from './sdk-storefront.mjs';
import { sdkSuite } from './sdk-suite.mjs';

/** @typedef {import('./sdk-storefront.mjs').Tab} Tab */
/** @typedef {import('puppeteer-core').Page} Page */
/** @typedef {import('puppeteer-core').BrowserContext} Visitor */

const suite = sdkSuite();

/** What is left where the answer was no. */
const DENIED = answered('denied');

/** Longer than a runtime takes to load and to send what it has. */
const LONG_MS = 1_500;

/**
 * A page with a cart that the edge knows.
 * @param {Visitor} visitor
 * @param {(page: Page) => Promise<unknown>} [prepare]
 */
async function shopping(visitor, prepare) {
  const tab = await suite.open(visitor, '/shop', prepare);
  await tab.call('cart', 'add', { variant: 'mug-blue' });
  await tab.settled();
  return tab;
}

/**
 * A page whose requests for something are kept back.
 * @param {Visitor} visitor
 * @param {RegExp} pattern
 * @param {string} [path]
 */
async function waiting(visitor, pattern, path) {
  /** @type {Awaited<ReturnType<typeof holdBack>> | undefined} */
  let held;
  const tab = await suite.open(visitor, path, async (page) => {
    held = await holdBack(page, pattern);
  });
  assert.ok(held);
  await held.asked();
  return { tab, held };
}

/** @param {Tab} tab @param {string} [left] */
const forgotten = (tab, left = DENIED) =>
  until('an empty storage', async () => (await kept(tab.page)) === left);

/** That a page does nothing more, whatever it is told. @param {Tab} tab @param {string} [left] */
async function assertStill(tab, left = DENIED) {
  suite.shop.control.collected.length = 0;
  await tab.call('cart', 'add', { variant: 'throw-brick' });
  await sleep(LONG_MS);
  assert.equal(await kept(tab.page), left);
  assert.deepEqual(suite.shop.control.collected, []);
}

test('a no while the rules are on their way ends the runtime that waits for them', async () => {
  const visitor = await suite.newVisitor();
  await (await shopping(visitor)).page.close();
  const { tab, held } = await waiting(visitor, /homing\.wasm/);
  await tab.call('cart', 'add', { variant: 'bag-red' });
  // The runtime has opened the journal by then.
  await sleep(500);
  await tab.call('consent', false);
  await forgotten(tab);
  held.end();
  await assertStill(tab);
  assert.equal(await tab.last('status'), undefined);
  // A yes begins one runtime, not two.
  await tab.call('consent', true);
  await tab.ready();
  await tab.call('cart', 'add', { variant: 'lamp-coral' });
  await tab.shows({ 'lamp-coral': 1 });
  await tab.settled();
  assert.equal(new Set(suite.sent('add').map(({ cart }) => cart)).size, 1);
});

test('the same by a no in another tab', async () => {
  suite.shop.control.snippet = 'data-consent="implied"';
  const visitor = await suite.newVisitor();
  const one = await shopping(visitor);
  const { tab, held } = await waiting(visitor, /homing\.wasm/);
  await tab.call('cart', 'add', { variant: 'bag-red' });
  await sleep(500);
  await one.call('consent', false);
  await forgotten(tab);
  held.end();
  await assertStill(tab);
});

test('after a yes, an order is known although its page closes before the rule is', async () => {
  suite.shop.control.snippet = 'data-consent="required"';
  const visitor = await suite.newVisitor();
  const one = await suite.open(visitor);
  await one.call('consent', true);
  await one.call('cart', 'add', { variant: 'mug-blue' });
  await one.settled();
  const { tab } = await waiting(visitor, /consent\.js/, '/shop/thanks');
  await tab.call('order', { order: 'R-1' });
  await tab.page.close();
  await until('the order', () => suite.sent('order').length);
});

test('a yes needs no region where none is denied', async () => {
  suite.shop.control.snippet = 'data-consent="implied; EEA: required"';
  const tab = await suite.open(await suite.newVisitor(), '/shop', async (page) => {
    await holdBack(page, /v1\/region/);
    // Nor does it wait until nobody waits for that any more.
    await page.evaluateOnNewDocument(() => {
      /** @type {any} */ (AbortSignal).timeout = undefined;
    });
  });
  await tab.call('consent', true);
  await tab.ready();
});

test('where a region is denied and nobody knows the shopper’s, nothing begins and nothing is forgotten', async () => {
  suite.shop.control.snippet = 'data-consent="implied; CN: denied"';
  const visitor = await suite.newVisitor();
  await (await shopping(visitor)).page.close();
  suite.shop.control.failing.set('/v1/region', 99);
  const tab = await suite.open(visitor);
  const before = await kept(tab.page);
  assert.match(before, /homing\.cart/);
  await tab.call('cart', 'add', { variant: 'bag-red' });
  await until('all tries', () => (suite.shop.control.failing.get('/v1/region') ?? 0) <= 96);
  await sleep(LONG_MS);
  assert.equal(await kept(tab.page), before);
  assert.equal(await tab.last('status'), undefined);
  suite.shop.control.failing.clear();
  await tab.page.evaluate(() => dispatchEvent(new Event('online')));
  await tab.shows({ 'mug-blue': 1, 'bag-red': 1 });
});

test('a region that is not to be had once is asked for again', async () => {
  suite.shop.control.snippet = 'data-consent="implied; CN: denied"';
  suite.shop.control.failing.set('/v1/region', 1);
  await (await suite.open(await suite.newVisitor())).ready();
});

/** A consent manager that says where the GDPR applies, and has an answer. @param {boolean} isAsked @param {boolean} isGranted */
const withTcf = (isAsked, isGranted) => (/** @type {Page} */ page) =>
  page.evaluateOnNewDocument(
    (gdprApplies, agreed) => {
      const consents = { 1: agreed, 3: agreed, 4: agreed };
      const data = { gdprApplies, eventStatus: 'tcloaded', purpose: { consents } };
      /** @type {any} */ (window).__tcfapi = (
        /** @type {string} */ _command,
        /** @type {number} */ _version,
        /** @type {(data: any, isFine: boolean) => void} */ callback,
      ) => callback(data, true);
    },
    isAsked,
    isGranted,
  );

test('a no to this shop holds where the manager has nobody to ask; the manager’s own no does not', async () => {
  suite.shop.control.snippet = 'data-consent-manager="tcf"';
  const visitor = await suite.newVisitor();
  const tab = await shopping(visitor, withTcf(false, false));
  await tab.call('consent', false);
  await forgotten(tab);
  await tab.page.reload();
  await assertStill(tab);
  const traveller = await suite.newVisitor();
  const abroad = await suite.open(traveller, '/shop', withTcf(true, false));
  await forgotten(abroad, answered('denied-by-manager'));
  await assertStill(abroad, answered('denied-by-manager'));
  await abroad.page.close();
  await (await suite.open(traveller, '/shop', withTcf(false, false))).ready();
});

test('where all storage is refused, a no in one tab holds in the others', async () => {
  const visitor = await suite.newVisitor();
  const one = await suite.open(visitor, '/shop', refuseStorage);
  await one.ready();
  const two = await shopping(visitor, refuseStorage);
  await one.call('consent', false);
  await until('a history entry without a cart', () =>
    two.page.evaluate(() => !history.state?.homing),
  );
  suite.shop.control.collected.length = 0;
  for (const tab of [one, two]) await tab.call('cart', 'add', { variant: 'bag-red' });
  await sleep(LONG_MS * 2);
  assert.deepEqual(suite.shop.control.collected, []);
});

test('whatever an earlier page has left behind a no is forgotten by the next one', async () => {
  const visitor = await suite.newVisitor();
  const tab = await suite.open(visitor);
  await tab.call('consent', false);
  await forgotten(tab);
  await tab.page.evaluate(() => localStorage.setItem('homing.here', `${Date.now()}`));
  await tab.page.reload();
  await forgotten(tab);
});

test('a mistake that comes to light after a no is told to nobody', async () => {
  /** @type {string[]} */
  const asked = [];
  const tab = await shopping(await suite.newVisitor(), async (page) => {
    page.on('request', (request) => asked.push(new URL(request.url()).pathname));
    await page.evaluateOnNewDocument(() => {
      Math.random = () => 0.01;
    });
  });
  await tab.page.evaluate(() => {
    const scope = /** @type {any} */ (window);
    const read = () =>
      new Promise((_, reject) => {
        scope.fail = () => reject(new TypeError('late'));
      });
    scope.homing('platform', { read, add: read });
  });
  await until('the platform', () => tab.page.evaluate(() => !!(/** @type {any} */ (window).fail)));
  await tab.call('consent', false);
  await forgotten(tab);
  await tab.page.evaluate(() => /** @type {any} */ (window).fail());
  await assertStill(tab);
  assert.deepEqual(
    asked.filter((path) => /report|sdk-errors/.test(path)),
    [],
  );
});

test('what forgets is asked for again where it cannot be had', async () => {
  const tab = await shopping(await suite.newVisitor());
  suite.shop.control.failing.set('/sdk/v1/forget.js', 2);
  await tab.call('consent', false);
  await forgotten(tab);
  await tab.call('consent', true);
  await tab.ready();
});

test('a connection that is back brings the module for consent as well', async () => {
  suite.shop.control.snippet = 'data-consent="required"';
  suite.shop.control.failing.set('/sdk/v1/consent.js', 1);
  const tab = await suite.open(await suite.newVisitor(), '/shop', (page) =>
    page.evaluateOnNewDocument(() => {
      // Nobody waits so long.
      const later = window.setTimeout;
      /** @type {any} */ (window).setTimeout = (
        /** @type {any} */ run,
        /** @type {number} */ ms,
      ) => (ms < 1_000 ? later(run, ms) : 0);
    }),
  );
  await until('a try', () => suite.shop.control.failing.get('/sdk/v1/consent.js') === 0);
  await tab.call('cart', 'add', { variant: 'mug-blue' });
  await sleep(300);
  await tab.page.evaluate(() => {
    localStorage.setItem('homing-consent', 'granted');
    dispatchEvent(new Event('online'));
  });
  await tab.shows({ 'mug-blue': 1 });
});

test('a no and a yes in a row hold in a tab that hears of them late', async () => {
  suite.shop.control.snippet = 'data-consent="implied"';
  const visitor = await suite.newVisitor();
  const one = await shopping(visitor);
  const two = await suite.open(visitor);
  await two.shows({ 'mug-blue': 1 });
  const busy = two.page.evaluate(() => {
    const end = performance.now() + 1_200;
    while (performance.now() < end);
  });
  await sleep(100);
  await one.page.evaluate(() => {
    const { homing } = /** @type {any} */ (window);
    homing('consent', false);
    homing('consent', true);
    homing('cart', 'add', { variant: 'bag-red' });
  });
  await busy;
  await sleep(LONG_MS * 2);
  await one.shows({ 'bag-red': 1 });
  await two.shows({ 'bag-red': 1 });
  await two.call('cart', 'add', { variant: 'lamp-coral' });
  await one.shows({ 'bag-red': 1, 'lamp-coral': 1 });
  const word = await one.page.evaluate(() => localStorage.getItem('homing-consent'));
  assert.equal(word, 'granted');
});

test('what a page says of itself while the answer is no holds after a yes; what it wants shown at once does not', async () => {
  suite.shop.control.snippet = 'data-prompt';
  const visitor = await suite.newVisitor();
  const before = await suite.open(visitor);
  await before.call('consent', false);
  await forgotten(before);
  await before.page.close();
  const tab = await suite.open(visitor);
  await tab.page.evaluate(() => /** @type {any} */ (window).homing('chat', { open() {} }));
  await sleep(LONG_MS);
  await tab.call('prompt', 'show');
  await tab.call('consent', true);
  await tab.ready();
  await tab.call('cart', 'add', { variant: 'mug-blue' });
  await Card.of(tab, 'chat');
  assert.equal(await new Card(tab, 'prompt').isThere(), false);
});

test('what a page wants shown at once is not shown when a yes comes later', async () => {
  suite.shop.control.snippet = 'data-consent="required" data-prompt';
  const tab = await suite.open(await suite.newVisitor());
  await tab.call('cart', 'add', { variant: 'mug-blue' });
  await tab.call('prompt', 'show');
  await sleep(LONG_MS);
  await tab.call('consent', true);
  await tab.settled();
  await sleep(LONG_MS);
  assert.equal(await new Card(tab, 'prompt').isThere(), false);
});

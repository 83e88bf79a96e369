/** The snippet in a real browser, against a running stack. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { claimPorts } from '../../scripts/ports.mjs';
import { startStack } from '../../scripts/stack.mjs';
import { openBrowser, refuseStorage, startStorefront, Tab, until } from './sdk-storefront.mjs';

const stateDir = mkdtempSync(join(tmpdir(), 'homing-sdk-'));
/** @type {Awaited<ReturnType<typeof startStack>>} */
let stack;
/** @type {Awaited<ReturnType<typeof startStorefront>>} */
let shop;
/** @type {import('puppeteer-core').Browser} */
let browser;
/** @type {import('puppeteer-core').BrowserContext} */
let visitor;

before(async () => {
  const port = await claimPorts(0);
  const origins = [`http://127.0.0.1:${port}`];
  stack = await startStack({ stateDir, demo: { origins } });
  shop = await startStorefront({ url: stack.url, key: stack.keys.publishable }, port);
  browser = await openBrowser();
});

after(async () => {
  await browser?.close();
  await shop?.stop();
  await stack?.stop();
  rmSync(stateDir, { recursive: true, force: true });
});

/** A visitor who has never been here. */
async function newVisitor() {
  visitor = await browser.createBrowserContext();
  return visitor;
}

afterEach(async () => {
  Object.assign(shop.control, { held: new Set(), lostAnswers: 0, collected: [] });
  await visitor?.close();
});

/** @param {string} [path] @param {(page: import('puppeteer-core').Page) => Promise<unknown>} [prepare] */
const open = (path = '/shop', prepare) => Tab.open(visitor, shop.origin + path, prepare);

/**
 * The events that reached the edge, each as often as it did.
 * @param {string} [t]
 * @returns {any[]}
 */
const sent = (t) =>
  shop.control.collected.flatMap(({ events }) => events).filter((e) => !t || e.t === t);

const kinds = () => sent().map(({ t }) => t);

/** @param {any[]} events */
const idsOf = (events) => new Set(events.map(({ id }) => id));

test('a cart is there after a reload, and at the edge', async () => {
  await newVisitor();
  const tab = await open();
  await tab.call('cart', 'add', {
    variant: 'mug-blue',
    quantity: 2,
    options: { Engraving: 'Ada' },
  });
  await tab.call('cart', 'add', { variant: 'bag-red' });
  await tab.call('cart', 'add', { variant: 'lamp-coral' });
  await tab.call('cart', 'set', {
    variant: 'mug-blue',
    options: { Engraving: 'Ada' },
    quantity: 5,
  });
  await tab.call('cart', 'remove', { variant: 'lamp-coral' });
  await tab.shows({ 'mug-blue': 5, 'bag-red': 1 });
  const { cart, token } = await tab.settled();
  assert.equal(token.length, 64);
  await tab.page.reload();
  await tab.shows({ 'mug-blue': 5, 'bag-red': 1 });
  const change = await tab.last('change');
  assert.deepEqual(change.lines[1], {
    variant: 'mug-blue',
    options: { Engraving: 'Ada' },
    quantity: 5,
  });
  assert.deepEqual((await shop.edgeCart(cart)).lines, { 'mug-blue': 5, 'bag-red': 1 });
});

test('a visit without a cart sends nothing', async () => {
  await newVisitor();
  const tab = await open();
  await tab.ready();
  await tab.call('track', 'view', { variant: 'mug-blue' });
  await sleep(600);
  await tab.page.goto(`${shop.origin}/shop/other`);
  await tab.ready();
  await sleep(600);
  assert.deepEqual(shop.control.collected, []);
  // With a cart, the views before it are told as well.
  await tab.call('cart', 'add', { variant: 'mug-blue' });
  await tab.settled();
  assert.deepEqual(kinds().sort(), ['add', 'view']);
  const [view] = sent('view');
  assert.ok(view.ms >= 500 && view.ms < 5_000, `${view.ms} ms`);
});

test('tabs share one cart: each sees what the others do, nothing is lost or doubled', async () => {
  await newVisitor();
  const [one, two] = [await open(), await open()];
  await Promise.all([one.ready(), two.ready()]);
  await Promise.all(
    [1, 2, 3, 4, 5, 6].flatMap(() => [
      one.call('cart', 'add', { variant: 'mug-blue' }),
      two.call('cart', 'add', { variant: 'bag-red' }),
    ]),
  );
  await one.shows({ 'mug-blue': 6, 'bag-red': 6 });
  await two.shows({ 'mug-blue': 6, 'bag-red': 6 });
  await two.call('cart', 'remove', { variant: 'mug-blue' });
  await one.shows({ 'bag-red': 6 });
  const { cart } = await one.settled();
  await two.settled();
  assert.deepEqual((await shop.edgeCart(cart)).lines, { 'bag-red': 6 });
  assert.equal(idsOf(sent()).size, 13);
  assert.equal(idsOf(sent('add')).size, 12);
});

test('what is done offline is there at once, and at the edge when the line is back', async () => {
  await newVisitor();
  const tab = await open();
  await tab.call('cart', 'add', { variant: 'mug-blue' });
  await tab.settled();
  await tab.page.setOfflineMode(true);
  await tab.call('cart', 'add', { variant: 'bag-red' });
  await tab.call('cart', 'set', { variant: 'mug-blue', quantity: 3 });
  await tab.shows({ 'mug-blue': 3, 'bag-red': 1 });
  const offline = await until('the status', async () => {
    const status = await tab.last('status');
    return status.pending === 2 && status;
  });
  assert.equal(offline.online, false);
  await tab.page.setOfflineMode(false);
  const { cart } = await tab.settled();
  assert.deepEqual((await shop.edgeCart(cart)).lines, { 'mug-blue': 3, 'bag-red': 1 });
});

test('a lost acknowledgement repeats the events under the same ids, once in effect', async () => {
  await newVisitor();
  const tab = await open();
  await tab.ready();
  shop.control.lostAnswers = 2;
  await tab.call('cart', 'add', { variant: 'mug-blue' });
  await until('the lost answers', () => shop.control.lostAnswers === 0);
  const { cart } = await tab.settled();
  assert.ok(sent().length >= 3);
  assert.equal(idsOf(sent()).size, 1);
  assert.deepEqual((await shop.edgeCart(cart)).lines, { 'mug-blue': 1 });
});

test('calls right before the page closes are there on the next visit and at the edge, once', async () => {
  await newVisitor();
  const tab = await open();
  await tab.call('cart', 'add', { variant: 'mug-blue' });
  const { cart } = await tab.settled();
  await tab.page.evaluate(() => {
    const { homing } = /** @type {any} */ (window);
    addEventListener('pagehide', () => homing('cart', 'add', { variant: 'late' }), {
      capture: true,
    });
    homing('cart', 'add', { variant: 'bag-red' });
    location.href = '/shop/next';
  });
  await tab.page.waitForNavigation().catch(() => {});
  await tab.shows({ 'mug-blue': 1, 'bag-red': 1, late: 1 });
  await tab.settled();
  assert.deepEqual((await shop.edgeCart(cart)).lines, { 'mug-blue': 1, 'bag-red': 1, late: 1 });
});

test('a page that closes right after a call sends it by itself', async () => {
  await newVisitor();
  const tab = await open();
  await tab.call('cart', 'add', { variant: 'mug-blue' });
  const { cart } = await tab.settled();
  await tab.page.evaluate(() =>
    /** @type {any} */ (window).homing('cart', 'add', { variant: 'bag-red' }),
  );
  await tab.page.close();
  await until('the second add', async () => (await shop.edgeCart(cart)).lines['bag-red'] === 1);
});

test('a page that closes before the runtime is there sends its calls by itself, once in effect', async () => {
  await newVisitor();
  shop.control.held.add('/sdk/v1/runtime.js');
  const tab = await open();
  await until('the loader', () =>
    tab.page.evaluate(() => !!(/** @type {any} */ (window).homing.boot)),
  );
  await tab.call('cart', 'add', { variant: 'mug-blue', quantity: 2 });
  await tab.call('cart', 'add', { variant: 'bag-red' });
  await tab.call('cart', 'remove', { variant: 'bag-red' });
  await tab.page.close();
  const beacon = await until('the beacon', () => shop.control.collected[0]);
  assert.deepEqual((await shop.edgeCart(beacon.cart)).lines, { 'mug-blue': 2, 'bag-red': 1 });

  shop.control.held.clear();
  const next = await open();
  // The call that the loader could not express takes effect now; what it sent is not counted twice.
  await next.shows({ 'mug-blue': 2 });
  const { cart } = await next.settled();
  assert.equal(cart, beacon.cart);
  assert.deepEqual((await shop.edgeCart(cart)).lines, { 'mug-blue': 2 });
  assert.equal(idsOf(sent('add')).size, 2);
});

test('an order on a page that closes at once covers the cart of the pages before', async () => {
  await newVisitor();
  const tab = await open();
  await tab.call('cart', 'add', { variant: 'mug-blue' });
  const { cart } = await tab.settled();
  shop.control.held.add('/sdk/v1/runtime.js');
  await tab.page.goto(`${shop.origin}/shop/thanks`, { waitUntil: 'domcontentloaded' });
  await until('the loader', () =>
    tab.page.evaluate(() => !!(/** @type {any} */ (window).homing.boot)),
  );
  await tab.call('order', { order: 'A-1' });
  await tab.page.close();
  await until('the order at the edge', async () => (await shop.edgeCart(cart)).epoch === 1);
  assert.deepEqual((await shop.edgeCart(cart)).lines, {});
  shop.control.held.clear();
  const next = await open();
  await next.settled();
  await next.shows({});
  assert.equal((await shop.edgeCart(cart)).epoch, 1);
});

test('a runtime that cannot be loaded breaks nothing and is loaded on the next page', async () => {
  await newVisitor();
  const broken = await open('/shop', async (page) => {
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
  const next = await open();
  await next.shows({ 'mug-blue': 1 });
});

test('a cart that speaks for somebody else is left to them: the next contact gets a copy', async () => {
  await newVisitor();
  const tab = await open();
  await tab.call('cart', 'add', { variant: 'mug-blue', quantity: 2 });
  const consent = { email: true, wording: 'checkout-v1' };
  await tab.call('identify', { email: 'ada@shop.example', consent });
  const first = await tab.settled();
  await tab.call('identify', { email: 'grace@shop.example', consent });
  await until('another cart', async () => (await tab.last('status')).cart !== first.cart);
  const second = await tab.settled();
  await tab.shows({ 'mug-blue': 2 });
  assert.deepEqual((await shop.edgeCart(second.cart)).lines, { 'mug-blue': 2 });
  assert.deepEqual((await shop.edgeCart(first.cart)).lines, { 'mug-blue': 2 });
  const own = shop.control.collected.filter(({ cart }) => cart === second.cart);
  const events = own.flatMap((request) => request.events);
  assert.deepEqual(
    events.map(({ t }) => t),
    ['fork', 'add', 'identify'],
  );
  assert.equal(events[0].token, first.token);
  assert.equal(events[2].email, 'grace@shop.example');
  assert.equal(events[2].consent.page, '/shop');
});

test('more than one request can carry goes in several, oldest first', async () => {
  await newVisitor();
  const tab = await open();
  await tab.ready();
  await tab.page.setOfflineMode(true);
  await tab.page.evaluate(() => {
    const { homing } = /** @type {any} */ (window);
    const Engraving = 'x'.repeat(150);
    for (let n = 0; n < 450; n += 1) {
      homing('cart', 'add', { variant: `v${n % 9}`, options: { Engraving } });
    }
  });
  await until('the journal', async () => (await tab.last('status')).pending === 450);
  await tab.page.setOfflineMode(false);
  const { cart } = await tab.settled();
  assert.ok(shop.control.collected.length >= 3);
  assert.ok(shop.control.collected.every((body) => JSON.stringify(body).length < 61_440));
  assert.equal(idsOf(sent()).size, 450);
  const { lines } = await shop.edgeCart(cart);
  assert.equal(
    Object.values(lines).reduce((sum, qty) => sum + qty),
    450,
  );
});

test('with storage refused the cart lives as long as the page, and over its reload', async () => {
  await newVisitor();
  const tab = await open('/shop', refuseStorage);
  await tab.call('cart', 'add', { variant: 'mug-blue', quantity: 2 });
  await tab.shows({ 'mug-blue': 2 });
  const { cart } = await tab.settled();
  assert.deepEqual((await shop.edgeCart(cart)).lines, { 'mug-blue': 2 });
  await tab.page.reload();
  await tab.shows({ 'mug-blue': 2 });
  assert.equal((await tab.last('status')).cart, cart);
});

test('without IndexedDB the cart is kept in localStorage, shared by tabs', async () => {
  await newVisitor();
  const refuse = (/** @type {import('puppeteer-core').Page} */ page) =>
    page.evaluateOnNewDocument(() => {
      Object.defineProperty(window, 'indexedDB', { value: undefined });
    });
  const [one, two] = [await open('/shop', refuse), await open('/shop', refuse)];
  await Promise.all([one.ready(), two.ready()]);
  await one.call('cart', 'add', { variant: 'mug-blue' });
  await two.call('cart', 'add', { variant: 'bag-red' });
  await one.shows({ 'mug-blue': 1, 'bag-red': 1 });
  const { cart } = await one.settled();
  await two.settled();
  await one.page.reload();
  await one.shows({ 'mug-blue': 1, 'bag-red': 1 });
  assert.deepEqual((await shop.edgeCart(cart)).lines, { 'mug-blue': 1, 'bag-red': 1 });
});

test('reset forgets everything', async () => {
  await newVisitor();
  const tab = await open();
  await tab.call('cart', 'add', { variant: 'mug-blue' });
  const { cart } = await tab.settled();
  await tab.call('reset');
  await tab.shows({});
  await tab.page.reload();
  await tab.ready();
  await tab.shows({});
  assert.notEqual((await tab.last('status')).cart, cart);
  await tab.call('cart', 'add', { variant: 'bag-red' });
  await tab.shows({ 'bag-red': 1 });
  assert.deepEqual((await shop.edgeCart(cart)).lines, { 'mug-blue': 1 });
});

/** Moves the pointer up and out of the window. @param {Tab} tab */
async function leaveByTheTop(tab) {
  await tab.page.mouse.move(300, 200);
  await tab.page.mouse.move(300, 90);
  await tab.page.mouse.move(300, 10);
  await tab.page.mouse.move(300, -5);
}

test('exit intent fires once a visit, after a while, and never on the thank-you page', async () => {
  await newVisitor();
  const tab = await open();
  await tab.call('cart', 'add', { variant: 'mug-blue' });
  await tab.settled();
  await leaveByTheTop(tab);
  await sleep(200);
  assert.equal(await tab.last('exit'), undefined, 'too early');
  await sleep(3_000);
  const thanks = await open('/shop/thanks');
  await thanks.ready();
  await sleep(3_100);
  await leaveByTheTop(thanks);
  await sleep(200);
  assert.equal(await thanks.last('exit'), undefined, 'on the thank-you page');
  await thanks.page.close();

  await tab.page.bringToFront();
  // Sideways, and slowly, is no leaving by the top.
  await tab.page.mouse.move(300, 200);
  await tab.page.mouse.move(-5, 200);
  await sleep(100);
  assert.equal(await tab.last('exit'), undefined, 'sideways');
  await leaveByTheTop(tab);
  assert.deepEqual(await until('the exit', () => tab.last('exit')), { how: 'pointer' });
  await leaveByTheTop(tab);
  await until('the event', () => kinds().includes('exit'));
  await tab.page.reload();
  await tab.ready();
  await sleep(3_100);
  await leaveByTheTop(tab);
  await sleep(300);
  assert.equal(await tab.last('exit'), undefined, 'a second time in the same visit');
  assert.equal(kinds().filter((t) => t === 'exit').length, 1);
});

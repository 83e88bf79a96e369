/** Browsers over a long time: names that run out, stores that come and go, people who go. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { until } from './sdk-storefront.mjs';
import { sdkSuite } from './sdk-suite.mjs';

const suite = sdkSuite();

/** @typedef {import('puppeteer-core').Page} Page */

/** A page whose IndexedDB does not open, as in a browser bug or behind a tab that blocks it. @param {Page} page */
const withoutIndexedDb = (page) =>
  page.evaluateOnNewDocument(() => {
    Object.defineProperty(window, 'indexedDB', { value: undefined });
  });

test('a cart that has heard of as many names as it remembers goes on in a copy', async () => {
  const tab = await suite.open(await suite.newVisitor());
  await tab.call('cart', 'add', { variant: 'mug-blue', quantity: 2 });
  const { cart } = await tab.settled();
  const { origin, control } = suite.shop;
  const [{ key }] = control.collected;
  // Pages that had to send by themselves, one name each.
  for (let n = 0; n < 140; n += 1) {
    const id = `${n.toString(16).padStart(16, '0')}-1`;
    const events = [{ id, t: 'view', at: Date.now(), variant: 'mug-blue', ms: 900 }];
    const response = await fetch(`${origin}/v1/collect`, {
      method: 'POST',
      headers: { 'content-type': 'text/plain', origin },
      body: JSON.stringify({ v: 1, key, cart, seen: 0, events }),
    });
    assert.equal(response.status, 200);
  }
  // Where there is no database each page has a name of its own: this one's is one too many.
  const next = await suite.open(await suite.newVisitor(), '/shop', async (page) => {
    await withoutIndexedDb(page);
    await page.evaluateOnNewDocument((secret) => {
      if (!localStorage['homing.cart']) localStorage['homing.cart'] = secret;
      localStorage['homing.s'] ??= '{"e":0,"d":[]}';
    }, cart);
  });
  await next.shows({ 'mug-blue': 2 });
  await next.call('cart', 'add', { variant: 'bag-red' });
  await next.call('identify', { email: 'worn-out@shop.example', consent: { email: true } });
  await until('another cart', async () => (await next.last('status')).cart !== cart);
  const status = await next.settled();
  await next.shows({ 'bag-red': 1, 'mug-blue': 2 });
  assert.deepEqual((await suite.shop.edgeCart(status.cart)).lines, { 'bag-red': 1, 'mug-blue': 2 });
  const own = control.collected.filter((request) => request.cart === status.cart);
  const said = own.flatMap((request) => request.events).filter(({ t }) => t === 'identify');
  assert.deepEqual(
    said.map(({ email }) => email),
    ['worn-out@shop.example'],
  );
});

test('what was written while the database could not be had goes on in it when it is back', async () => {
  const visitor = await suite.newVisitor();
  const first = await suite.open(visitor, '/shop', async (page) => {
    await withoutIndexedDb(page);
    // Nothing gets out, on closing either.
    await page.evaluateOnNewDocument(() => {
      navigator.sendBeacon = () => false;
    });
  });
  await first.ready();
  suite.shop.control.held.add('/v1/collect');
  await first.call('cart', 'add', { variant: 'mug-blue' });
  await first.shows({ 'mug-blue': 1 });
  await first.page.close();
  suite.shop.control.held.clear();

  const second = await suite.open(visitor);
  await second.shows({ 'mug-blue': 1 });
  const { cart } = await second.settled();
  assert.deepEqual((await suite.shop.edgeCart(cart)).lines, { 'mug-blue': 1 });
  const left = await second.page.evaluate(() =>
    Object.keys(localStorage).filter((key) => /^homing\.(base|e\.)/.test(key)),
  );
  assert.deepEqual(left, []);
});

test('an order right before everything is forgotten still counts', async () => {
  const tab = await suite.open(await suite.newVisitor());
  await tab.call('cart', 'add', { variant: 'mug-blue' });
  const { cart } = await tab.settled();
  await tab.call('order', { order: 'then-logout' });
  await tab.call('reset');
  await until('the order', () => suite.sent('order').length > 0);
  assert.deepEqual((await suite.shop.edgeCart(cart)).lines, {});
  await tab.shows({});
  assert.notEqual((await tab.last('status')).cart, cart);
});

test('a field that nobody has filled in, or not so that it can be read, takes nothing from the other contact', async () => {
  const tab = await suite.open(await suite.newVisitor());
  await tab.call('cart', 'add', { variant: 'mug-blue' });
  await tab.settled();
  for (const [n, phone] of ['', ' ', '0612345678'].entries()) {
    await tab.call('identify', { email: 'form@shop.example', phone, consent: { email: true } });
    await until('the contact', () => suite.sent('identify').length > n);
    await tab.settled();
  }
  assert.equal((await tab.last('status')).last_error, null);
});

test('what was said of a contact in several calls goes along into the copy', async () => {
  const tab = await suite.open(await suite.newVisitor());
  await tab.call('cart', 'add', { variant: 'mug-blue' });
  await tab.call('identify', { email: 'first@shop.example', consent: { email: true } });
  const first = await tab.settled();
  const wording = 'checkout-v1';
  await tab.page.evaluate((wording) => {
    const { homing } = /** @type {any} */ (window);
    homing('identify', { email: 'second@shop.example', consent: { email: true, wording } });
    homing('identify', { email: 'second@shop.example', consent: { sms: false, wording } });
    homing('identify', { email: 'second@shop.example' });
  }, wording);
  await until('another cart', async () => (await tab.last('status')).cart !== first.cart);
  const second = await tab.settled();
  const said = suite.sent('identify').filter(({ cart }) => cart === second.cart);
  assert.equal(said.length, 1);
  assert.equal(said[0].email, 'second@shop.example');
  assert.deepEqual([said[0].consent.email, said[0].consent.sms], [true, false]);
});

test('a value that cannot be read stands in the way of nothing', async () => {
  const tab = await suite.open(await suite.newVisitor(), '/shop', (page) =>
    page.evaluateOnNewDocument(() => {
      const scope = /** @type {any} */ (window);
      scope.homing = function stub() {
        // biome-ignore lint/complexity/noArguments: as the page's own stub hands them over
        scope.homing.q.push(arguments);
      };
      scope.homing.q = [
        ['cart', 'add', { variant: 'mug-blue', quantity: Symbol('two') }],
        ['cart', 'add', { variant: Object.create(null) }],
        ['cart', 'add', { variant: 'bag-red' }],
      ];
    }),
  );
  await tab.ready();
  const { cart } = await until('an acknowledgement', async () => {
    const status = await tab.last('status');
    return status?.pending === 0 && status.acked > 0 && status;
  });
  assert.deepEqual((await suite.shop.edgeCart(cart)).lines, { 'bag-red': 1 });
});

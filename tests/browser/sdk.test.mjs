/** The snippet in a real browser, against a running stack. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { refuseStorage, until } from './sdk-storefront.mjs';
import { idsOf, sdkSuite } from './sdk-suite.mjs';

const suite = sdkSuite();

test('a cart is there after a reload, and at the edge', async () => {
  const visitor = await suite.newVisitor();
  const tab = await suite.open(visitor);
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
  assert.deepEqual((await suite.shop.edgeCart(cart)).lines, { 'mug-blue': 5, 'bag-red': 1 });
});

test('a visit without a cart sends nothing', async () => {
  const visitor = await suite.newVisitor();
  const tab = await suite.open(visitor);
  await tab.ready();
  await tab.call('track', 'view', { variant: 'mug-blue' });
  await sleep(600);
  await tab.page.goto(`${suite.shop.origin}/shop/other`);
  await tab.ready();
  await sleep(600);
  assert.deepEqual(suite.shop.control.collected, []);
  // With a cart, the views before it are told as well.
  await tab.call('cart', 'add', { variant: 'mug-blue' });
  await tab.settled();
  assert.deepEqual(
    suite
      .sent()
      .map(({ t }) => t)
      .sort(),
    ['add', 'view'],
  );
  const [view] = suite.sent('view');
  assert.ok(view.ms >= 500 && view.ms < 5_000, `${view.ms} ms`);
});

test('tabs share one cart: each sees what the others do, nothing is lost or doubled', async () => {
  const visitor = await suite.newVisitor();
  const [one, two] = [await suite.open(visitor), await suite.open(visitor)];
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
  assert.deepEqual((await suite.shop.edgeCart(cart)).lines, { 'bag-red': 6 });
  assert.equal(idsOf(suite.sent()).size, 13);
  assert.equal(idsOf(suite.sent('add')).size, 12);
});

test('what is done offline is there at once, and at the edge when the line is back', async () => {
  const visitor = await suite.newVisitor();
  const tab = await suite.open(visitor);
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
  assert.deepEqual((await suite.shop.edgeCart(cart)).lines, { 'mug-blue': 3, 'bag-red': 1 });
});

test('a lost acknowledgement repeats the events under the same ids, once in effect', async () => {
  const visitor = await suite.newVisitor();
  const tab = await suite.open(visitor);
  await tab.ready();
  suite.shop.control.lostAnswers = 2;
  await tab.call('cart', 'add', { variant: 'mug-blue' });
  await until('the lost answers', () => suite.shop.control.lostAnswers === 0);
  const { cart } = await tab.settled();
  assert.ok(suite.sent().length >= 3);
  assert.equal(idsOf(suite.sent()).size, 1);
  assert.deepEqual((await suite.shop.edgeCart(cart)).lines, { 'mug-blue': 1 });
});

test('a cart that speaks for somebody else is left to them: the next contact gets a copy', async () => {
  const visitor = await suite.newVisitor();
  const tab = await suite.open(visitor);
  await tab.call('cart', 'add', { variant: 'mug-blue', quantity: 2 });
  const consent = { email: true, wording: 'checkout-v1' };
  await tab.call('identify', { email: 'ada@shop.example', consent });
  const first = await tab.settled();
  await tab.call('identify', { email: 'grace@shop.example', consent });
  await until('another cart', async () => (await tab.last('status')).cart !== first.cart);
  const second = await tab.settled();
  await tab.shows({ 'mug-blue': 2 });
  assert.deepEqual((await suite.shop.edgeCart(second.cart)).lines, { 'mug-blue': 2 });
  assert.deepEqual((await suite.shop.edgeCart(first.cart)).lines, { 'mug-blue': 2 });
  const own = suite.shop.control.collected.filter(({ cart }) => cart === second.cart);
  const events = own.flatMap((request) => request.events);
  assert.deepEqual(
    events.map(({ t }) => t),
    ['fork', 'add', 'identify'],
  );
  // The token is renewed with each answer; what it speaks for stays.
  const speaksFor = (/** @type {string} */ token) =>
    Buffer.from(token, 'base64url').subarray(6, 27).toString('hex');
  assert.equal(speaksFor(events[0].token), speaksFor(first.token));
  assert.equal(events[2].email, 'grace@shop.example');
  assert.equal(events[2].consent.page, '/shop');
});

test('more than one request can carry goes in several, oldest first', async () => {
  const visitor = await suite.newVisitor();
  const tab = await suite.open(visitor);
  await tab.ready();
  await tab.stir();
  await tab.page.setOfflineMode(true);
  await tab.page.evaluate(() => {
    const { homing } = /** @type {any} */ (window);
    const words = 'ö'.repeat(80);
    for (let n = 0; n < 450; n += 1) {
      homing('cart', 'add', { variant: `v${n % 9}`, options: { Front: words, Back: words } });
    }
  });
  await until('the journal', async () => (await tab.last('status')).pending === 450);
  await tab.page.setOfflineMode(false);
  const { cart } = await tab.settled();
  assert.ok(suite.shop.control.collected.length >= 4);
  assert.ok(
    suite.shop.control.collected.every((body) => Buffer.byteLength(JSON.stringify(body)) <= 61_440),
  );
  assert.equal(idsOf(suite.sent()).size, 450);
  const { lines } = await suite.shop.edgeCart(cart);
  assert.equal(
    Object.values(lines).reduce((sum, qty) => sum + qty),
    450,
  );
});

test('with storage refused the cart lives as long as the page, and over its reload', async () => {
  const visitor = await suite.newVisitor();
  const tab = await suite.open(visitor, '/shop', refuseStorage);
  await tab.call('cart', 'add', { variant: 'mug-blue', quantity: 2 });
  await tab.shows({ 'mug-blue': 2 });
  const { cart } = await tab.settled();
  assert.deepEqual((await suite.shop.edgeCart(cart)).lines, { 'mug-blue': 2 });
  await tab.page.reload();
  await tab.shows({ 'mug-blue': 2 });
  assert.equal((await tab.last('status')).cart, cart);
});

test('without IndexedDB the cart is kept in localStorage, shared by tabs', async () => {
  const visitor = await suite.newVisitor();
  const refuse = (/** @type {import('puppeteer-core').Page} */ page) =>
    page.evaluateOnNewDocument(() => {
      Object.defineProperty(window, 'indexedDB', { value: undefined });
    });
  const [one, two] = [
    await suite.open(visitor, '/shop', refuse),
    await suite.open(visitor, '/shop', refuse),
  ];
  await Promise.all([one.ready(), two.ready()]);
  await one.call('cart', 'add', { variant: 'mug-blue' });
  await two.call('cart', 'add', { variant: 'bag-red' });
  await one.shows({ 'mug-blue': 1, 'bag-red': 1 });
  const { cart } = await one.settled();
  await two.settled();
  await one.page.reload();
  await one.shows({ 'mug-blue': 1, 'bag-red': 1 });
  assert.deepEqual((await suite.shop.edgeCart(cart)).lines, { 'mug-blue': 1, 'bag-red': 1 });
});

test('reset forgets everything', async () => {
  const visitor = await suite.newVisitor();
  const tab = await suite.open(visitor);
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
  assert.deepEqual((await suite.shop.edgeCart(cart)).lines, { 'mug-blue': 1 });
});

test('an event that the edge finds impossible does not hold the others back', async () => {
  const visitor = await suite.newVisitor();
  const tab = await suite.open(visitor);
  await tab.call('cart', 'add', { variant: 'mug-blue' });
  // A form's own check lets this pass; the edge does not.
  await tab.call('identify', { email: 'ada@nowhere', consent: { email: true } });
  await tab.call('cart', 'add', { variant: 'bag-red' });
  await tab.call('order', { order: 'A-1' });
  const { cart, epoch } = await tab.settled();
  assert.equal(epoch, 1);
  assert.deepEqual((await suite.shop.edgeCart(cart)).lines, {});
  const kinds = suite.sent().map(({ t }) => t);
  assert.equal(kinds.includes('identify'), false);
  assert.equal(kinds.filter((t) => t === 'order').length, 1);
});

test('a request that is refused whole, and names nothing, does not hold up what follows', async () => {
  const visitor = await suite.newVisitor();
  const tab = await suite.open(visitor);
  await tab.ready();
  // An edge that trips over one call, and says nothing but that.
  suite.shop.control.instead = ({ events }) =>
    events.some((/** @type {any} */ { variant }) => variant === 'bad')
      ? { status: 400, answer: { code: 'body_invalid' } }
      : undefined;
  for (const variant of ['mug-blue', 'bad', 'bag-red', 'lamp-coral']) {
    await tab.call('cart', 'add', { variant });
  }
  await tab.call('order', { order: 'A-1' });
  const { cart } = await tab.settled();
  assert.deepEqual((await suite.shop.edgeCart(cart)).lines, {});
  assert.equal((await suite.shop.edgeCart(cart)).epoch, 1);
  const added = suite.sent('add').map(({ variant }) => variant);
  assert.deepEqual(added.sort(), ['bag-red', 'lamp-coral', 'mug-blue']);
});

test('an edge that refuses everything is no reason to forget anything', async () => {
  const visitor = await suite.newVisitor();
  const tab = await suite.open(visitor);
  await tab.ready();
  let asked = 0;
  suite.shop.control.instead = () => {
    asked += 1;
    return { status: 400, answer: { code: 'body_invalid' } };
  };
  await tab.call('cart', 'add', { variant: 'mug-blue' });
  await until('it has tried', () => asked >= 3);
  await sleep(500);
  assert.equal((await tab.last('status')).pending, 1);
  suite.shop.control.instead = undefined;
  await tab.page.reload();
  const { cart } = await tab.settled();
  assert.deepEqual((await suite.shop.edgeCart(cart)).lines, { 'mug-blue': 1 });
});

test('a clock that is set back while a product is looked at holds nothing up', async () => {
  const visitor = await suite.newVisitor();
  const tab = await suite.open(visitor);
  await tab.call('cart', 'add', { variant: 'mug-blue' });
  await tab.settled();
  await tab.call('track', 'view', { variant: 'bag-red' });
  await tab.page.evaluate(() => {
    const now = Date.now;
    Date.now = () => now() - 3_600_000;
  });
  // The next look ends the one before.
  await tab.call('track', 'view', { variant: 'lamp-coral' });
  await tab.call('order', { order: 'A-1' });
  await until('the order', () => suite.sent('order').length > 0);
  const [look] = suite.sent('view');
  assert.equal(look.ms, 0);
});

test('campaign names of any length and number, cut inside a character too, are no reason to refuse a page', async () => {
  const visitor = await suite.newVisitor();
  const value = encodeURIComponent(`x${'🙂'.repeat(80)}`);
  const names = Array.from({ length: 12 }, (_, n) => `utm_p${n}=${value}`).join('&');
  const tab = await suite.open(visitor, `/shop?${names}`);
  await tab.call('cart', 'add', { variant: 'mug-blue' });
  const { cart } = await tab.settled();
  const { page } = suite.shop.control.collected.find((body) => body.cart === cart);
  assert.equal(Object.keys(page.utm).length, 8);
  assert.ok(Object.values(page.utm).every((text) => /** @type {any} */ (text).isWellFormed()));
});

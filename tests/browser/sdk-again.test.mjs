/** What comes a second time, late, or from elsewhere: links, thank-you pages, other devices, carts that this browser has lost. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { refuseStorage, until } from './sdk-storefront.mjs';
import { sdkSuite } from './sdk-suite.mjs';

const suite = sdkSuite();

/** @param {import('./sdk-storefront.mjs').Tab} tab */
const edgeLines = async (tab) => (await suite.shop.edgeCart((await tab.last('status')).cart)).lines;

test('another link of the same cart brings only what is new in it', async () => {
  const owner = await suite.open(await suite.newVisitor());
  await owner.call('cart', 'add', { variant: 'mug-blue', quantity: 2 });
  await owner.call('cart', 'add', { variant: 'bag-red' });
  const first = (await owner.settled()).token;

  const visitor = await suite.newVisitor();
  const tab = await suite.open(visitor, `/shop#homing=${first}`);
  await tab.shows({ 'mug-blue': 2, 'bag-red': 1 });
  await tab.page.click('button');
  await tab.call('cart', 'remove', { variant: 'bag-red' });
  await tab.call('cart', 'set', { variant: 'mug-blue', quantity: 1 });
  await tab.settled();

  await owner.call('cart', 'add', { variant: 'lamp-coral' });
  const second = await until('another token', async () => {
    const { pending, token } = await owner.last('status');
    return pending === 0 && token !== first && token;
  });
  const again = await suite.open(visitor, `/shop#homing=${second}`);
  await until('the restored event', () => again.last('restored'));
  await again.shows({ 'mug-blue': 1, 'lamp-coral': 1 });
  await again.page.click('button');
  await again.settled();
  assert.deepEqual(await edgeLines(again), { 'mug-blue': 1, 'lamp-coral': 1 });
});

test('a thank-you page that is loaded again takes nothing of the next cart, on no device', async () => {
  const visitor = await suite.newVisitor();
  const shop = await suite.open(visitor);
  await shop.call('cart', 'add', { variant: 'mug-blue' });
  await shop.settled();
  const thanks = await suite.open(visitor, '/shop/thanks');
  await thanks.ready();
  await thanks.call('order', { order: 'A-1' });
  await thanks.shows({});
  await thanks.settled();
  await shop.call('cart', 'add', { variant: 'bag-red' });
  await shop.shows({ 'bag-red': 1 });
  await shop.settled();
  await thanks.page.reload();
  // Before the runtime is there, and after.
  await thanks.call('order', { order: 'A-1' });
  await thanks.ready();
  await thanks.call('order', { order: 'A-1' });
  await thanks.shows({ 'bag-red': 1 });
  await thanks.settled();
  assert.deepEqual(await edgeLines(shop), { 'bag-red': 1 });
  await thanks.call('order', { order: 'A-2' });
  await thanks.shows({});
});

test('an order that is told again after a reset, on a page that closes before the runtime is there, is not the next cart’s', async () => {
  const visitor = await suite.newVisitor();
  const shop = await suite.open(visitor);
  await shop.call('cart', 'add', { variant: 'mug-blue' });
  await shop.settled();
  await shop.call('order', { order: 'R-1' });
  await shop.shows({});
  const { cart: before } = await shop.settled();
  await shop.call('reset');
  await until('another cart', async () => (await shop.last('status')).cart !== before);
  await shop.call('cart', 'add', { variant: 'bag-red' });
  await shop.shows({ 'bag-red': 1 });
  const { cart } = await shop.settled();
  assert.notEqual(cart, before);
  await shop.page.close();
  suite.shop.control.collected = [];
  suite.shop.control.held.add('/sdk/v1/runtime.js');
  const uncached = (/** @type {import('./sdk-suite.mjs').Page} */ page) =>
    page.setCacheEnabled(false);
  const thanks = await suite.open(visitor, '/shop/thanks', uncached);
  await until('the loader', () => thanks.page.evaluate(() => 'boot' in window.homing));
  await thanks.call('order', { order: 'R-1' });
  await thanks.page.close();
  suite.shop.control.held.clear();
  const next = await suite.open(visitor);
  await next.shows({ 'bag-red': 1 });
  await next.settled();
  assert.deepEqual(suite.sent('order'), []);
  assert.deepEqual(await suite.shop.edgeCart(cart).then(({ lines }) => lines), { 'bag-red': 1 });
  // Another order still counts.
  suite.shop.control.held.add('/sdk/v1/runtime.js');
  const other = await suite.open(visitor, '/shop/thanks', uncached);
  await until('the loader', () => other.page.evaluate(() => 'boot' in window.homing));
  await other.call('order', { order: 'R-2' });
  await other.page.close();
  await until('the order', () => suite.sent('order').length > 0);
  assert.deepEqual(await suite.shop.edgeCart(cart).then(({ lines }) => lines), {});
});

test('what was bought on another device is heard of without a change here', async () => {
  const visitor = await suite.newVisitor();
  const tab = await suite.open(visitor);
  await tab.call('cart', 'add', { variant: 'mug-blue' });
  const { token } = await tab.settled();
  await tab.page.close();

  const phone = await suite.open(await suite.newVisitor(), `/shop#homing=${token}`);
  await phone.shows({ 'mug-blue': 1 });
  await phone.page.click('button');
  await phone.call('order', { order: 'B-1' });
  await phone.settled();

  // An hour later, by the browser's clock.
  const back = await suite.open(visitor, '/shop', (page) =>
    page.evaluateOnNewDocument(() => {
      const now = Date.now;
      Date.now = () => now() + 3_600_000;
    }),
  );
  await back.shows({});
  const orders = suite.sent('order').filter(({ order }) => order === 'B-1');
  assert.equal(new Set(orders.map(({ id }) => id)).size, 1);
});

test('of a cart that this browser cannot see yet, what is set and removed waits, and an order covers it', async () => {
  const tab = await suite.open(await suite.newVisitor(), '/shop', refuseStorage);
  await tab.call('cart', 'add', { variant: 'mug-blue', quantity: 2 });
  await tab.call('cart', 'add', { variant: 'bag-red' });
  await tab.settled();
  // The page is loaded again, and the edge does not answer.
  const changeUnseen = async () => {
    suite.shop.control.instead = () => ({ status: 503, answer: {} });
    await tab.page.reload();
    await tab.ready();
    await tab.call('cart', 'set', { variant: 'mug-blue', quantity: 5 });
    await tab.call('cart', 'remove', { variant: 'bag-red' });
    suite.shop.control.instead = undefined;
  };
  await changeUnseen();
  await tab.page.reload();
  await tab.shows({ 'mug-blue': 2, 'bag-red': 1 });
  await changeUnseen();
  await tab.call('flush');
  await tab.shows({ 'mug-blue': 5 });
  await tab.settled();
  assert.deepEqual(await edgeLines(tab), { 'mug-blue': 5 });
});

test('an order that is told again after a reset takes nothing of the next cart', async () => {
  const tab = await suite.open(await suite.newVisitor());
  await tab.call('cart', 'add', { variant: 'mug-blue' });
  await tab.call('order', { order: 'A-1' });
  const { cart } = await tab.settled();
  await tab.call('reset');
  await until('another cart', async () => (await tab.last('status')).cart !== cart);
  await tab.call('cart', 'add', { variant: 'bag-red' });
  await tab.call('order', { order: 'A-1' });
  await tab.call('cart', 'add', { variant: 'lamp-coral' });
  await tab.shows({ 'bag-red': 1, 'lamp-coral': 1 });
  await tab.settled();
  assert.deepEqual(await edgeLines(tab), { 'bag-red': 1, 'lamp-coral': 1 });
});

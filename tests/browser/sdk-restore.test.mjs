/** Arrival by a link, in a real browser, against a running stack. */
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { refuseStorage, until } from './sdk-storefront.mjs';
import { sdkSuite } from './sdk-suite.mjs';

const suite = sdkSuite();

/** What the first shopper left, and the link to it. */
const left = { cart: '', token: '', trace: '' };

const LEFT = { 'mug-blue': 2, 'bag-red': 1 };

beforeEach(async () => {
  const shopper = await suite.newVisitor();
  const tab = await suite.open(shopper);
  await tab.call('cart', 'add', {
    variant: 'mug-blue',
    quantity: 2,
    options: { Engraving: 'Ada' },
  });
  await tab.call('cart', 'add', { variant: 'bag-red' });
  Object.assign(left, await tab.settled());
  left.trace = suite.shop.control.collected.find(({ events }) => events.length > 0)?.trace;
  suite.shop.control.collected = [];
});

/**
 * @param {import('./sdk-suite.mjs').Visitor} visitor
 * @param {string} [token]
 * @param {(page: import('./sdk-suite.mjs').Page) => Promise<unknown>} [prepare]
 */
const arrive = (visitor, token = left.token, prepare) =>
  suite.open(visitor, `/shop?size=m#homing=${token}`, prepare);

/** Every fork that reached the edge, once each. */
const forks = () => new Map(suite.sent('fork').map((event) => [event.id, event]));

test('a browser that was never here has exactly the cart behind the link', async () => {
  const visitor = await suite.newVisitor();
  const tab = await arrive(visitor);
  await tab.shows(LEFT);
  const { lines } = await tab.last('change');
  assert.deepEqual(lines[1], { variant: 'mug-blue', options: { Engraving: 'Ada' }, quantity: 2 });
  const restored = await until('the restored event', () => tab.last('restored'));
  assert.equal(restored.status, 'ok');
  assert.equal(restored.lines.length, 2);
  assert.equal(tab.page.url(), `${suite.shop.origin}/shop?size=m`);

  // A scanner that runs scripts comes this far; the edge has heard nothing of a fork.
  await sleep(800);
  assert.equal(forks().size, 0);
  await tab.page.reload();
  await tab.shows(LEFT);
  await sleep(500);
  assert.equal(forks().size, 0);

  // A person touches the page.
  await tab.page.click('button');
  const { cart } = await tab.settled();
  assert.notEqual(cart, left.cart);
  assert.deepEqual((await suite.shop.edgeCart(cart)).lines, LEFT);
  const [fork] = [...forks().values()];
  assert.equal(fork.token, left.token);
  assert.equal(fork.merged, false);
  assert.equal(fork.dots.length, 2);
  // What happens from here on is the story of the cart that was left.
  const told = suite.shop.control.collected.filter(({ events }) =>
    events.some((/** @type {any} */ { id }) => id === fork.id),
  );
  assert.deepEqual([...new Set(told.map(({ trace }) => trace))], [left.trace]);
  assert.deepEqual((await suite.shop.edgeCart(left.cart)).lines, LEFT, 'the parent is as it was');

  // The same link once more, in the same browser: the cart as it is now.
  await tab.call('cart', 'remove', { variant: 'bag-red' });
  await tab.settled();
  const again = await arrive(visitor);
  await until('the restored event', () => again.last('restored'));
  await again.shows({ 'mug-blue': 2 });
  await again.page.click('button');
  await again.settled();
  assert.equal(forks().size, 1);
});

test('what the browser already has stays; what is missing comes along, the larger quantity wins', async () => {
  const visitor = await suite.newVisitor();
  const own = await suite.open(visitor);
  await own.call('cart', 'add', { variant: 'bag-red', quantity: 4 });
  await own.call('cart', 'add', { variant: 'lamp-coral' });
  await own.settled();
  await own.page.close();
  const tab = await arrive(visitor);
  await tab.shows({ 'mug-blue': 2, 'bag-red': 4, 'lamp-coral': 1 });
  await tab.page.click('button');
  const { cart } = await tab.settled();
  assert.deepEqual((await suite.shop.edgeCart(cart)).lines, {
    'mug-blue': 2,
    'bag-red': 4,
    'lamp-coral': 1,
  });
  assert.equal([...forks().values()][0].merged, true);
});

test('the own link changes nothing', async () => {
  const visitor = await suite.newVisitor();
  const own = await suite.open(visitor);
  await own.call('cart', 'add', { variant: 'lamp-coral' });
  const { cart, token } = await own.settled();
  const tab = await arrive(visitor, token);
  await until('the restored event', () => tab.last('restored'));
  await tab.page.click('button');
  await tab.shows({ 'lamp-coral': 1 });
  assert.equal((await tab.last('status')).cart, cart);
  assert.equal(forks().size, 0);
});

test('with storage refused a link works, and over a reload it forks once', async () => {
  const visitor = await suite.newVisitor();
  const tab = await arrive(visitor, left.token, refuseStorage);
  await tab.shows(LEFT);
  await tab.page.reload();
  await tab.shows(LEFT);
  await tab.page.click('button');
  const { cart } = await tab.settled();
  await tab.page.reload();
  await tab.shows(LEFT);
  assert.equal((await tab.last('status')).cart, cart);
  assert.equal(forks().size, 1);
});

test('a link that opens nothing says so and leaves the cart alone', async () => {
  const visitor = await suite.newVisitor();
  const own = await suite.open(visitor);
  await own.call('cart', 'add', { variant: 'lamp-coral' });
  await own.settled();
  const tab = await arrive(
    visitor,
    `${left.token.slice(0, -1)}${left.token.endsWith('A') ? 'B' : 'A'}`,
  );
  const restored = await until('the restored event', () => tab.last('restored'));
  assert.deepEqual(restored, { status: 'invalid', lines: [], changes: [] });
  await tab.shows({ 'lamp-coral': 1 });
  assert.equal((await tab.last('status')).last_error.code, 'token_invalid');
});

/** How the snippet behaves when the edge has more to do than it can. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { until } from './sdk-storefront.mjs';
import { idsOf, sdkSuite } from './sdk-suite.mjs';

const suite = sdkSuite();

/** A page with a cart that the edge knows. */
async function withCart() {
  const tab = await suite.open(await suite.newVisitor());
  await tab.call('cart', 'add', { variant: 'mug-blue' });
  const { cart } = await tab.settled();
  return { tab, cart };
}

/** @param {any} body @param {number} slow_down_ms what the edge answers where it puts everything aside */
const putAside = ({ events }, slow_down_ms) => ({
  status: 200,
  answer: {
    acked: events.map((/** @type {any} */ { id }) => id),
    refused: [],
    slow_down_ms,
    now: Date.now(),
  },
});

test('what was put aside is not sent again, and the cart goes on as if nothing had been', async () => {
  const { tab, cart } = await withCart();
  /** @type {any[]} */
  const aside = [];
  suite.shop.control.instead = (body) => {
    aside.push(...body.events);
    return putAside(body, 0);
  };
  await tab.call('track', 'view', { variant: 'bag-red' });
  await tab.call('track', 'view', { variant: 'lamp-coral' });
  await until('the view is put aside', () => aside.length > 0);
  await until('it is not pending', async () => (await tab.last('status')).pending === 0);
  suite.shop.control.instead = undefined;
  await tab.call('cart', 'add', { variant: 'bag-red' });
  await tab.shows({ 'mug-blue': 1, 'bag-red': 1 });
  await tab.settled();
  assert.deepEqual((await suite.shop.edgeCart(cart)).lines, { 'mug-blue': 1, 'bag-red': 1 });
  const sent = idsOf(suite.sent());
  assert.ok(aside.every(({ id, t }) => t === 'view' && !sent.has(id)));
  // Numbers that the edge never saw would be gaps in a name's numbers: what comes afterwards has another name.
  const replicaOf = (/** @type {any} */ { id }) => id.split('-')[0];
  const [first, second] = suite.sent('add').map(replicaOf);
  assert.notEqual(first, second);
});

test('asked to slow down, it gathers what it has to say; an order does not wait', async () => {
  const { tab } = await withCart();
  let asked = 0;
  suite.shop.control.instead = (body) => {
    asked += 1;
    return putAside(body, 60_000);
  };
  await tab.call('track', 'view', { variant: 'bag-red' });
  await tab.call('track', 'view', { variant: 'lamp-coral' });
  await until('the view is put aside', () => asked > 0);
  await until('it is not pending', async () => (await tab.last('status')).pending === 0);
  suite.shop.control.instead = undefined;
  await tab.call('cart', 'add', { variant: 'bag-red' });
  await tab.call('checkout', 'shipping');
  await sleep(1_500);
  assert.equal(suite.sent('checkout').length, 0, 'gathered');
  await tab.shows({ 'mug-blue': 1, 'bag-red': 1 });
  await tab.call('order', { order: '1001' });
  await until('the order', () => suite.sent('order').length > 0);
  assert.deepEqual([suite.sent('checkout').length, suite.sent('order').length], [1, 1]);
});

for (const [status, code] of /** @type {const} */ ([
  [503, 'overloaded'],
  [429, 'rate_limited'],
])) {
  test(`an edge that answers ${code} is left alone for as long as it says, and nothing is lost`, () =>
    leftAlone(status, code));
}

/** @param {number} status @param {string} code */
async function leftAlone(status, code) {
  const { tab } = await withCart();
  let asked = 0;
  suite.shop.control.instead = () => {
    asked += 1;
    return { status, answer: { code, slow_down_ms: 2_500 } };
  };
  await tab.call('cart', 'add', { variant: 'bag-red' });
  await until('the edge is asked', () => asked === 1);
  const since = Date.now();
  // Saying more does not make it ask sooner.
  await tab.call('cart', 'add', { variant: 'lamp-coral' });
  await until('the edge is asked again', () => asked === 2);
  assert.ok(Date.now() - since >= 2_500, `after ${Date.now() - since} ms`);
  assert.equal((await tab.last('status')).last_error.code, code);
  suite.shop.control.instead = undefined;
  await tab.settled();
  await tab.shows({ 'mug-blue': 1, 'bag-red': 1, 'lamp-coral': 1 });
}

test('an answer that nobody can read is not asked for again at once', async () => {
  const { tab } = await withCart();
  let asked = 0;
  suite.shop.control.instead = () => {
    asked += 1;
    const dots = [{ dot: 'no dot', seq: 1 }];
    return {
      status: 200,
      answer: { acked: [], refused: [], seq: 9, epoch: 0, clock: '1', full: true, dots },
    };
  };
  await tab.call('cart', 'add', { variant: 'bag-red' });
  await until('the edge is asked', () => asked > 0);
  await sleep(1_500);
  assert.ok(asked <= 3, `asked ${asked} times`);
  assert.equal((await tab.last('status')).last_error.code, 'not_acknowledged');
  suite.shop.control.instead = undefined;
  await tab.call('flush');
  await tab.settled();
  await tab.shows({ 'mug-blue': 1, 'bag-red': 1 });
});

/** Two carts meet, in a real browser, against a running stack: what becomes of them, and how it is taken back. */
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Card, countShifts } from './sdk-card.mjs';
import { until } from './sdk-storefront.mjs';
import { sdkSuite } from './sdk-suite.mjs';

const suite = sdkSuite();

/** @typedef {import('./sdk-suite.mjs').Visitor} Visitor */
/** @typedef {import('./sdk-storefront.mjs').Tab} Tab */

/** What the first shopper left, and the link to it. */
const left = { cart: '', token: '' };
const LEFT = { 'mug-blue': 2, 'bag-red': 1 };
const OWN = { 'bag-red': 4, 'lamp-coral': 1 };
const BOTH = { 'bag-red': 4, 'lamp-coral': 1, 'mug-blue': 2 };

beforeEach(async () => {
  const tab = await suite.open(await suite.newVisitor());
  await tab.call('cart', 'add', { variant: 'mug-blue', quantity: 2 });
  await tab.call('cart', 'add', { variant: 'bag-red' });
  Object.assign(left, await tab.settled());
  await tab.page.close();
  suite.shop.control.collected = [];
});

/** A browser with a cart of its own, which the edge knows. @param {Visitor} visitor */
async function withOwnCart(visitor) {
  const tab = await suite.open(visitor);
  await tab.call('cart', 'add', { variant: 'bag-red', quantity: 4 });
  await tab.call('cart', 'add', { variant: 'lamp-coral' });
  const status = await tab.settled();
  await tab.page.close();
  return status;
}

/** @param {Visitor} visitor @param {(page: import('./sdk-suite.mjs').Page) => Promise<unknown>} [prepare] */
const arrive = (visitor, prepare = countShifts) =>
  suite.open(visitor, `/shop#homing=${left.token}`, prepare);

/** @param {string} cart */
const atTheEdge = async (cart) => (await suite.shop.edgeCart(cart)).lines;

/** Everything that the edge has heard of forks. */
const forked = () => suite.sent('fork');

test('two carts become one, and the one before comes back exactly, with what was put in since', async () => {
  const visitor = await suite.newVisitor();
  const own = await withOwnCart(visitor);
  const tab = await arrive(visitor);
  await tab.shows(BOTH);
  assert.equal((await until('the link', () => tab.last('restored'))).met, 'merge');
  const card = await Card.of(tab, 'notice');
  assert.match(await card.text(), /two carts together.*2 × Enamel mug, blue/);
  await card.isFlawless();
  await tab.page.click('button');
  const merged = await tab.settled();
  assert.notEqual(merged.cart, own.cart);
  assert.deepEqual(await atTheEdge(merged.cart), BOTH);

  await tab.call('cart', 'add', { variant: 'teapot-rust' });
  await tab.call('cart', 'add', { variant: 'mug-blue' });
  await tab.shows({ ...BOTH, 'mug-blue': 3, 'teapot-rust': 1 });
  await card.click('.plain');
  await until('the word', async () => (await card.text()).includes('as it was before'));
  await card.isFlawless();
  await tab.shows({ ...OWN, 'mug-blue': 1, 'teapot-rust': 1 });
  const back = await tab.settled();
  assert.equal(back.cart, own.cart);
  await until('the edge to know', async () => !('mug-blue' in (await atTheEdge(merged.cart))));
  assert.deepEqual(await atTheEdge(merged.cart), {}, 'nobody is reminded of what was taken back');
  assert.deepEqual(await atTheEdge(own.cart), { ...OWN, 'mug-blue': 1, 'teapot-rust': 1 });
  assert.deepEqual(await atTheEdge(left.cart), LEFT);

  // Whoever opens the link once more wants it.
  const again = await arrive(visitor);
  await again.shows({ ...BOTH, 'teapot-rust': 1 });
  await again.page.reload();
  await again.shows({ ...BOTH, 'teapot-rust': 1 });
});

test('the notice names what has come along: of a line that both had, what is more than was here', async () => {
  const visitor = await suite.newVisitor();
  const own = await suite.open(visitor);
  await own.call('cart', 'add', { variant: 'mug-blue' });
  await own.call('cart', 'add', { variant: 'bag-red', quantity: 3 });
  await own.settled();
  await own.page.close();
  const tab = await arrive(visitor);
  await tab.shows({ 'mug-blue': 2, 'bag-red': 3 });
  const text = await (await Card.of(tab, 'notice')).text();
  assert.match(text, /1 × Enamel mug, blue/);
  assert.doesNotMatch(text, /2 ×|bag/i);
  const share = async (/** @type {Tab} */ at) =>
    (await until('the link', () => at.last('restored'))).added.map(
      (/** @type {any} */ { variant, qty }) => [variant, qty],
    );
  assert.deepEqual(await share(tab), [['mug-blue', 1]]);
  // Opened once more it says the same.
  const again = await arrive(visitor);
  assert.match(await (await Card.of(again, 'notice')).text(), /1 × Enamel mug, blue/);
  assert.deepEqual(await share(again), [['mug-blue', 1]]);
});

test('taken back before anybody has touched the page, nothing of it is ever sent', async () => {
  const visitor = await suite.newVisitor();
  const own = await withOwnCart(visitor);
  const tab = await arrive(visitor);
  await tab.shows(BOTH);
  await tab.call('undo');
  await tab.shows(OWN);
  await tab.page.click('button');
  assert.equal((await tab.settled()).cart, own.cart);
  await sleep(500);
  assert.equal(forked().length, 0);
  await tab.call('undo');
  await sleep(200);
  await tab.shows(OWN);
});

test('what the edge had not heard of when the carts met is there when they part', async () => {
  const visitor = await suite.newVisitor();
  const tab = await suite.open(visitor);
  await tab.ready();
  suite.shop.control.failing.set('/v1/collect', 1_000);
  await tab.call('cart', 'add', { variant: 'bag-red', quantity: 4 });
  await tab.call('cart', 'add', { variant: 'lamp-coral' });
  await tab.shows(OWN);
  const { cart } = await tab.last('status');
  await tab.page.close();
  const next = await arrive(visitor);
  await next.shows(BOTH);
  // As much of the first cart as there is goes out meanwhile.
  suite.shop.control.failing.clear();
  await next.page.click('button');
  await next.call('flush');
  await next.settled();
  await next.call('undo');
  await next.shows(OWN);
  const back = await next.settled();
  assert.equal(back.cart, cart);
  await until('the first cart at the edge', async () => 'bag-red' in (await atTheEdge(cart)));
  assert.deepEqual(await atTheEdge(cart), OWN);
  await next.page.reload();
  await next.shows(OWN);
});

test('a shop may want the cart of the link instead, and that is taken back as well', async () => {
  suite.shop.control.snippet = 'data-meet="replace"';
  const visitor = await suite.newVisitor();
  const own = await withOwnCart(visitor);
  const tab = await arrive(visitor);
  await tab.shows(LEFT);
  assert.equal((await until('the link', () => tab.last('restored'))).met, 'replace');
  const card = await Card.of(tab, 'notice');
  assert.match(await card.text(), /now the one from the link/);
  await tab.page.click('button');
  const { cart } = await tab.settled();
  assert.deepEqual(await atTheEdge(cart), LEFT);
  assert.deepEqual(await atTheEdge(own.cart), OWN, 'nothing is lost');
  assert.equal(forked().at(-1).merged, false);
  await card.click('.plain');
  await tab.shows(OWN);
  assert.equal((await tab.settled()).cart, own.cart);
});

test('a shopper who is asked decides, and until then both carts are as they were', async () => {
  suite.shop.control.snippet = 'data-meet="ask"';
  /** @type {[number, string | undefined, Record<string, number>][]} */
  const choices = [
    [0, 'merge', BOTH],
    [1, 'replace', LEFT],
    [2, 'keep', OWN],
  ];
  for (const [button, met, lines] of choices) {
    suite.shop.control.collected = [];
    const visitor = await suite.newVisitor();
    const own = await withOwnCart(visitor);
    const tab = await arrive(visitor);
    await Card.of(tab, 'notice');
    await tab.page.click('button');
    await tab.page.reload();
    const card = await Card.of(tab, 'notice');
    assert.match(await card.text(), /Which cart would you like/);
    await card.isFlawless();
    await tab.shows(OWN);
    assert.equal(await tab.last('restored'), undefined);
    assert.equal(forked().length, 0);
    const choice = (await tab.page.$$('homing-card >>> .column button'))[button];
    await choice?.click();
    await tab.shows(lines);
    assert.equal((await until('the link', () => tab.last('restored'))).met, met);
    await tab.page.click('button');
    const { cart } = await tab.settled();
    assert.deepEqual(await atTheEdge(cart), lines);
    assert.equal(cart === own.cart, met === 'keep');
  }
});

test('to close the question is to keep what is here; a shop that asks by itself is not helped', async () => {
  suite.shop.control.snippet = 'data-meet="ask"';
  const visitor = await suite.newVisitor();
  await withOwnCart(visitor);
  const tab = await arrive(visitor);
  const card = await Card.of(tab, 'notice');
  await tab.page.keyboard.press('Escape');
  await card.isGone();
  assert.equal((await until('the link', () => tab.last('restored'))).met, 'keep');
  await tab.shows(OWN);

  const shops = await arrive(visitor, (page) =>
    page.evaluateOnNewDocument(() => {
      const scope = /** @type {any} */ (window);
      scope.homing = (/** @type {any[]} */ ...call) => scope.homing.q.push(call);
      scope.homing.q = [
        [
          'on',
          'meet',
          (/** @type {any} */ meeting) => {
            scope.meeting = meeting;
          },
        ],
      ];
    }),
  );
  await shops.page.waitForFunction('window.meeting');
  assert.deepEqual(
    await shops.page.evaluate(() => {
      const { here, link } = /** @type {any} */ (window).meeting;
      return [here.length, link.length];
    }),
    [2, 2],
  );
  assert.equal(await new Card(shops, 'notice').isThere(), false);
  await shops.page.evaluate(() => {
    const { choose } = /** @type {any} */ (window).meeting;
    choose('replace');
    choose('merge');
  });
  await shops.shows(LEFT);
});

test('where the link brings nothing new nobody is asked, and there is nothing to take back', async () => {
  suite.shop.control.snippet = 'data-meet="ask"';
  const visitor = await suite.newVisitor();
  const own = await suite.open(visitor);
  await own.call('cart', 'add', { variant: 'mug-blue', quantity: 2 });
  await own.call('cart', 'add', { variant: 'bag-red', quantity: 4 });
  await own.settled();
  const tab = await arrive(visitor);
  assert.equal((await until('the link', () => tab.last('restored'))).met, undefined);
  await tab.shows({ 'mug-blue': 2, 'bag-red': 4 });
  await sleep(500);
  assert.equal(await new Card(tab, 'notice').isThere(), false);

  // The own link, with less in the cart than the edge knows.
  await tab.page.click('button');
  const { token, cart } = await tab.settled();
  suite.shop.control.failing.set('/v1/collect', 1_000);
  await tab.call('cart', 'remove', { variant: 'mug-blue' });
  await tab.shows({ 'bag-red': 4 });
  const again = await suite.open(visitor, `/shop#homing=${token}`);
  assert.equal((await until('the link', () => again.last('restored'))).met, undefined);
  await again.shows({ 'bag-red': 4 });
  assert.equal((await again.last('status')).cart, cart);
});

test('what was bought does not come back, nor does a cart after the hour', async () => {
  const other = await suite.newVisitor();
  await withOwnCart(other);
  const late = await arrive(other);
  await late.shows(BOTH);
  await late.page.evaluate(() => {
    const now = Date.now;
    Date.now = () => now() + 3_700_000;
  });
  await late.call('undo');
  await sleep(300);
  await late.shows(BOTH);

  const visitor = await suite.newVisitor();
  await withOwnCart(visitor);
  const tab = await arrive(visitor);
  await tab.shows(BOTH);
  await tab.page.click('button');
  await tab.settled();
  await tab.call('order', { order: 'A-7' });
  await tab.shows({});
  await tab.call('undo');
  await sleep(300);
  await tab.shows({});
});

test('a customer who logs in has the cart whose token the shop has kept', async () => {
  const visitor = await suite.newVisitor();
  await withOwnCart(visitor);
  const tab = await suite.open(visitor);
  await tab.ready();
  await tab.call('open', left.token);
  await tab.shows(BOTH);
  assert.equal((await until('the link', () => tab.last('restored'))).met, 'merge');
  await tab.page.click('button');
  const { cart } = await tab.settled();
  assert.deepEqual(await atTheEdge(cart), BOTH);
});

test('another place on the page asks no second time, and opens nothing', async () => {
  suite.shop.control.snippet = 'data-meet="ask"';
  const visitor = await suite.newVisitor();
  await withOwnCart(visitor);
  const tab = await arrive(visitor);
  const card = await Card.of(tab, 'notice');
  await tab.page.evaluate(() => {
    location.hash = '#reviews';
  });
  await sleep(1_000);
  assert.equal(await tab.last('restored'), undefined);
  await card.click('.main');
  await tab.shows(BOTH);
  const met = () =>
    tab.page.evaluate(() =>
      /** @type {any} */ (window).seen.restored.map((/** @type {any} */ one) => one.met),
    );
  await until('the link', async () => (await met()).length > 0);
  await sleep(500);
  assert.deepEqual(await met(), ['merge']);
});

test('with the cart before comes what was known of its shopper and its checkout', async () => {
  suite.shop.control.snippet = 'data-prompt data-notice="off"';
  const visitor = await suite.newVisitor();
  const own = await suite.open(visitor);
  await own.call('cart', 'add', { variant: 'lamp-coral' });
  await own.call('checkout', 'shipping');
  await own.settled();
  await own.page.close();
  const tab = await arrive(visitor);
  await until('the link', () => tab.last('restored'));
  await tab.page.click('button');
  await tab.call('identify', { email: 'ada@example.com', consent: { email: true } });
  await tab.settled();
  await tab.call('undo');
  await tab.shows({ 'lamp-coral': 1 });
  await tab.page.evaluate(() => {
    const scope = /** @type {any} */ (window);
    scope.homing('on', 'chat', (/** @type {any} */ told) => {
      scope.told = told;
    });
    scope.homing('chat');
  });
  await tab.page.waitForFunction('window.told');
  assert.equal(await tab.page.evaluate('window.told.stage'), 'shipping');
  // The address went to the cart that was taken back.
  await tab.page.waitForFunction(() => performance.now() > 3_100);
  await tab.leaveByTheTop();
  await Card.of(tab, 'prompt');
});

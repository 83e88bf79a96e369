/** What a link brought and what is not as it was; who comes back; who wants to talk. In a real browser, against a running stack. */
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { demoCatalogue } from '../../scripts/demo-shop.mjs';
import { Card, countShifts, linkTo } from './sdk-card.mjs';
import { until } from './sdk-storefront.mjs';
import { sdkSuite } from './sdk-suite.mjs';

const suite = sdkSuite();

/** What the first shopper left. */
const left = { cart: '', token: '' };

/** Puts the demo's catalogue with changes, by variant. @param {Record<string, object>} [changes] */
async function stock(changes = {}) {
  const { url, keys } = suite.stack;
  const { products } = demoCatalogue(url);
  const body = {
    products: products.map((/** @type {any} */ one) => ({ ...one, ...changes[one.variant] })),
  };
  const response = await fetch(`${url}/v1/catalogue`, {
    method: 'PUT',
    headers: { authorization: `Bearer ${keys.secret}` },
    body: JSON.stringify(body),
  });
  assert.equal(response.status, 200, await response.text());
}

beforeEach(async () => {
  await stock();
  const tab = await suite.open(await suite.newVisitor());
  await tab.call('cart', 'add', { variant: 'mug-blue', quantity: 2 });
  await tab.call('cart', 'add', { variant: 'bag-red' });
  await tab.call('cart', 'add', { variant: 'never-heard-of' });
  Object.assign(left, await tab.settled());
  await tab.page.close();
  suite.shop.control.fetched = [];
  suite.shop.control.collected = [];
});

/** Somebody who opens a link for the first time. @param {string} [path] */
const arrive = async (path = '/shop', token = linkTo(suite.stack, left.cart)) =>
  suite.open(await suite.newVisitor(), `${path}#homing=${token}`, countShifts);

/** @param {import('./sdk-storefront.mjs').Tab} tab */
const restored = (tab) => until('the link', () => tab.last('restored'));

test('who comes back is told what costs more or less, is sold out or gone, and what there is instead', async () => {
  await stock({ 'mug-blue': { price_minor: 1_500 }, 'bag-red': { available: false } });
  const tab = await arrive();
  const { lines, changes, currency } = await restored(tab);
  assert.deepEqual(changes, [
    { variant: 'bag-red', kind: 'sold_out' },
    { variant: 'mug-blue', kind: 'price', from: 1_900, to: 1_500 },
    { variant: 'never-heard-of', kind: 'gone' },
  ]);
  const [bag, mug, gone] = lines;
  assert.deepEqual(
    [mug.price_minor, mug.was_minor, mug.currency, mug.alternatives],
    [1_500, 1_900, 'EUR', undefined],
  );
  assert.equal(gone.title, undefined);
  assert.equal(bag.was_minor, undefined);
  assert.deepEqual(
    bag.alternatives.map((/** @type {any} */ one) => [one.variant, one.price_minor, one.currency]),
    [
      ['bag-natural', 2_400, 'EUR'],
      ['bag-navy', 2_400, 'EUR'],
    ],
  );
  assert.equal(currency, 'EUR');
  const card = await Card.of(tab, 'notice');
  const text = await card.text();
  assert.match(text, /Market bag, red is sold out\./);
  assert.match(text, /You could have instead: Market bag, natural \(€24\.00\), Market bag, navy/);
  assert.match(text, /Enamel mug, blue is now €15\.00 instead of €19\.00\./);
  assert.match(text, /An item is no longer available\./);
  assert.equal(await card.focus(), undefined);
  await until('it to be read out', async () => (await card.said())?.includes('sold out'));
  await card.isFlawless();
  const link = await card.$('li a');
  assert.match(
    `${await link?.evaluate((one) => /** @type {any} */ (one).href)}`,
    /\/store\/product/,
  );
  // There is no hurry, and one way to close it is a key.
  await sleep(6_000);
  assert.equal(await card.isThere(), true);
  await (await card.$('.close'))?.focus();
  await tab.page.keyboard.press('Enter');
  await card.isGone();
});

test('what a message offered is said with its code, whatever it gives', async () => {
  for (const [offer, said] of /** @type {const} */ ([
    [{ code: 'BACK-1', percent: 10 }, /With the code BACK-1 you get 10% off\.\s*$/m],
    [
      { code: 'BACK-2', amount_minor: 500, min_order_minor: 5_000, currency: 'EUR' },
      /With the code BACK-2 you get €5\.00 off\. For orders from €50\.00\./,
    ],
    [{ code: 'BACK-3', amount_minor: 500, currency: 'JPY' }, /you get ¥500 off\./],
    [{ code: 'BACK-4', free_shipping: true }, /With the code BACK-4 your order ships free\.\s*$/m],
  ])) {
    suite.shop.control.offer = offer;
    const tab = await arrive();
    await restored(tab);
    assert.match(await (await Card.of(tab, 'notice')).text(), said);
    await tab.page.close();
  }
});

test('where all is as it was nothing is shown, nor where the shop says it by itself', async () => {
  const tab = await suite.open(await suite.newVisitor());
  await tab.call('cart', 'add', { variant: 'mug-blue' });
  const { cart } = await tab.settled();
  const quiet = await arrive('/shop', linkTo(suite.stack, cart));
  await restored(quiet);
  await quiet.shows({ 'mug-blue': 1 });
  await sleep(500);
  suite.shop.control.snippet = 'data-notice="off"';
  const own = await arrive();
  assert.equal((await restored(own)).changes.length, 1);
  await sleep(500);
  assert.deepEqual(
    suite.shop.control.fetched.filter((path) => path.includes('/ui/')),
    [],
  );
});

test('a payment that failed is tried again where it failed, and the shopper knows', async () => {
  const tab = await suite.open(await suite.newVisitor());
  await tab.call('cart', 'add', { variant: 'mug-blue' });
  await tab.call('checkout', { stage: 'payment_failed', code: 'card_declined' });
  const { cart } = await tab.settled();
  suite.shop.control.snippet = 'data-checkout="/shop/checkout"';
  const link = linkTo(suite.stack, cart);
  const next = await arrive('/shop', link);
  await until('the checkout', () => next.page.url() === `${suite.shop.origin}/shop/checkout`);
  const { stage, payment_error } = await restored(next);
  assert.deepEqual([stage, payment_error], ['payment_failed', 'card_declined']);
  await next.shows({ 'mug-blue': 1 });
  const card = await Card.of(next, 'notice');
  assert.match(await card.text(), /payment didn’t go through.*Another way to pay/);
  await card.isFlawless();
  // Led on once; who goes elsewhere is let go, and the edge has one fork of it.
  await next.page.goto(`${suite.shop.origin}/shop`);
  await next.ready();
  await sleep(600);
  assert.equal(next.page.url(), `${suite.shop.origin}/shop`);
  await next.page.goto(`${suite.shop.origin}/shop?again#homing=${link}`);
  const here = await Card.of(next, 'notice');
  await here.click('.main');
  await until('the checkout', () => next.page.url() === `${suite.shop.origin}/shop/checkout`);
  await next.page.click('button');
  await next.settled();
  assert.equal(new Set(suite.sent('fork').map(({ id }) => id)).size, 1);
});

test('a link that brings no cart says why, by a name that is documented', async () => {
  const { keys } = suite.stack;
  const token = linkTo(suite.stack, left.cart);
  const forged = `${token.slice(0, -1)}${token.endsWith('A') ? 'B' : 'A'}`;
  const dead = await arrive('/shop', forged);
  assert.deepEqual(await restored(dead), { status: 'invalid', lines: [], changes: [] });
  const card = await Card.of(dead, 'notice');
  assert.match(await card.text(), /This link doesn’t work.*unchanged/);
  await card.isFlawless();

  const revoked = await fetch(`${suite.stack.url}/v1/links/revoke`, {
    method: 'POST',
    headers: { authorization: `Bearer ${keys.secret}` },
    body: JSON.stringify({ token }),
  });
  assert.equal(revoked.status, 200);
  const second = await arrive('/shop', token);
  assert.equal((await restored(second)).status, 'revoked');
  assert.match(await (await Card.of(second, 'notice')).text(), /no longer works/);

  // A code of the edge that is none of a link's.
  const visitor = await suite.newVisitor();
  const third = await suite.open(visitor, `/shop#homing=${token}`, (page) =>
    page.evaluateOnNewDocument(() => {
      const scope = /** @type {any} */ (window);
      scope.homing = (/** @type {any[]} */ ...call) => scope.homing.q.push(call);
      scope.homing.q = [['init', { key: 'pk_of_nobody' }]];
    }),
  );
  assert.equal((await restored(third)).status, 'invalid');
  assert.match((await third.last('status')).last_error.code, /^(?!token)/);
});

test('the currency is the one that the cart was seen in, and the visit counts as the message’s', async () => {
  suite.shop.control.snippet = 'data-currency="SEK"';
  const tab = await suite.open(await suite.newVisitor());
  await tab.call('cart', 'add', { variant: 'mug-blue' });
  const { cart } = await tab.settled();
  suite.shop.control.snippet = '';
  const next = await arrive('/shop', linkTo(suite.stack, cart));
  const { currency, lines, utm } = await restored(next);
  assert.equal(currency, 'SEK');
  assert.equal(lines[0].currency, 'EUR', 'what the catalogue says is in its own');
  assert.deepEqual(utm, { source: 'homing', medium: 'email', campaign: 'cart', content: 'step-1' });
  suite.shop.control.collected = [];
  await next.page.click('button');
  await next.settled();
  const pages = () =>
    suite.shop.control.collected.filter(({ events }) => events.length).map(({ page }) => page.utm);
  assert.deepEqual(pages(), [utm]);
  await next.page.goto(`${suite.shop.origin}/shop`);
  await next.call('cart', 'add', { variant: 'bag-red' });
  await until('the next page', () => pages().length > 1);
  assert.deepEqual(pages().at(-1), utm);
  // A campaign in the address says more than the link.
  const tagged = await arrive('/shop?utm_source=paper', linkTo(suite.stack, cart));
  await restored(tagged);
  suite.shop.control.collected = [];
  await tagged.page.click('button');
  await until('the event', () => pages().length > 0);
  assert.deepEqual(pages()[0], { source: 'paper' });
});

test('who comes back after a while is greeted with the cart that waited', async () => {
  suite.shop.control.snippet = 'data-banner="20" data-cart-page="/shop/cart"';
  const visitor = await suite.newVisitor();
  const first = await suite.open(visitor);
  await first.call('cart', 'add', { variant: 'mug-blue', quantity: 3 });
  await first.settled();
  const soon = await suite.open(visitor);
  await soon.shows({ 'mug-blue': 3 });
  await sleep(800);
  assert.deepEqual(
    suite.shop.control.fetched.filter((path) => path.includes('/ui/')),
    [],
  );
  await first.page.close();
  const later = await suite.open(visitor, '/shop', async (page) => {
    await countShifts(page);
    await page.evaluateOnNewDocument(() => {
      if (sessionStorage.here) return;
      sessionStorage.here = 1;
      localStorage['homing.here'] = Date.now() - 21 * 60_000;
    });
  });
  const card = await Card.of(later, 'banner');
  assert.match(await card.text(), /Welcome back.*Items in it: 3/);
  assert.equal(
    await (await card.$('.pictures img'))?.evaluate((one) => /** @type {any} */ (one).alt),
    '3 × Enamel mug, blue',
  );
  assert.equal(await card.focus(), undefined);
  await card.isFlawless();
  await card.click('.main');
  await until('the cart page', () => later.page.url().endsWith('/shop/cart'));
  await later.shows({ 'mug-blue': 3 });
  await sleep(600);
  assert.equal(await new Card(later, 'banner').isThere(), false, 'once a visit');
});

test('a chat is handed the cart, how far the checkout has come, and what shipping costs now', async () => {
  const tab = await suite.open(await suite.newVisitor(), '/shop', countShifts);
  await tab.page.evaluate(() => {
    const scope = /** @type {any} */ (window);
    scope.homing('chat', {
      label: 'Talk to us',
      shipping: async (/** @type {any} */ { lines }) => [
        { carrier: 'post', price_minor: 490 * lines.length },
      ],
      open: (/** @type {any} */ handoff) => {
        scope.told = handoff;
      },
    });
    scope.homing('on', 'chat', (/** @type {any} */ handoff) => {
      scope.heard = handoff;
    });
  });
  await sleep(400);
  assert.equal(await new Card(tab, 'chat').isThere(), false, 'nothing to talk about');
  await tab.call('cart', 'add', { variant: 'mug-blue' });
  await tab.call('checkout', 'shipping');
  const button = await Card.of(tab, 'chat');
  assert.equal(await button.text(), 'Talk to us');
  await button.isFlawless();
  await button.click('.pill');
  await tab.page.waitForFunction('window.told && window.heard');
  const { cart, stage, shipping } = /** @type {any} */ (await tab.page.evaluate('window.told'));
  assert.deepEqual(cart.lines, [{ variant: 'mug-blue', options: {}, quantity: 1 }]);
  assert.equal(stage, 'shipping');
  assert.deepEqual(shipping, [{ carrier: 'post', price_minor: 490 }]);
  // A carrier that does not answer keeps nobody from talking.
  await tab.page.evaluate(() => {
    const scope = /** @type {any} */ (window);
    scope.told = undefined;
    scope.homing('chat', {
      open: (/** @type {any} */ handoff) => {
        scope.told = handoff;
      },
      shipping: () => Promise.reject(new Error('closed')),
    });
    scope.homing('chat');
  });
  await tab.page.waitForFunction('window.told');
  assert.equal(/** @type {any} */ (await tab.page.evaluate('window.told')).shipping, undefined);
  assert.equal((await tab.page.$$('homing-card')).length, 1);
});

test('the chat’s button goes with the cart, and when the shop takes it away', async () => {
  const tab = await suite.open(await suite.newVisitor());
  await tab.page.evaluate(() => /** @type {any} */ (window).homing('chat', { open() {} }));
  await tab.call('cart', 'add', { variant: 'mug-blue' });
  const button = await Card.of(tab, 'chat');
  await tab.call('cart', 'clear');
  await button.isGone();
  await tab.call('cart', 'add', { variant: 'bag-red' });
  await Card.of(tab, 'chat');
  await tab.call('chat', null);
  await button.isGone();
  await tab.call('cart', 'add', { variant: 'mug-blue' });
  await tab.shows({ 'bag-red': 1, 'mug-blue': 1 });
  await sleep(500);
  assert.equal(await button.isThere(), false);
});

/** Says when a browser was last here. @param {number} minutes ago @param {object} [settings] what the page says before anything else */
const awayFor = (minutes, settings) => (/** @type {import('./sdk-suite.mjs').Page} */ page) =>
  page.evaluateOnNewDocument(
    (ms, said) => {
      localStorage['homing.here'] = Date.now() - ms;
      const scope = /** @type {any} */ (window);
      scope.homing = (/** @type {any[]} */ ...call) => scope.homing.q.push(call);
      scope.homing.q = [['init', said]];
    },
    minutes * 60_000,
    settings,
  );

test('nobody is greeted with what they have just put in', async () => {
  suite.shop.control.snippet = 'data-banner';
  const visitor = await suite.newVisitor();
  const tab = await suite.open(visitor);
  await tab.call('cart', 'add', { variant: 'mug-blue' });
  await tab.call('order', { order: 'Z-1' });
  await tab.settled();
  await tab.page.close();
  const later = await suite.open(visitor, '/shop', awayFor(10_000));
  await later.ready();
  await later.call('cart', 'add', { variant: 'bag-red' });
  await later.settled();
  await sleep(1_000);
  assert.equal(await new Card(later, 'banner').isThere(), false);
});

test('a banner that is only switched on has its usual time, and no seconds without a touch are none', async () => {
  const visitor = await suite.newVisitor();
  const tab = await suite.open(visitor);
  await tab.call('cart', 'add', { variant: 'mug-blue' });
  await tab.settled();
  await tab.page.close();
  const settings = { banner: true, exitIdle: 0 };
  /** @param {number} minutes */
  const back = async (minutes) => {
    const next = await suite.open(visitor, '/shop', async (page) => {
      await awayFor(minutes, settings)(page);
      await page.evaluateOnNewDocument(() => {
        const { setTimeout: wait } = window;
        const scope = /** @type {any} */ (window);
        scope.waits = [];
        scope.setTimeout = (/** @type {any} */ work, /** @type {number} */ ms) => {
          scope.waits.push(ms);
          return wait(work, ms);
        };
      });
    });
    await next.shows({ 'mug-blue': 1 });
    await sleep(1_000);
    return next;
  };
  const soon = await back(20);
  assert.equal(await new Card(soon, 'banner').isThere(), false);
  const waits = /** @type {number[]} */ (await soon.page.evaluate('window.waits'));
  assert.equal(waits.includes(45_000), false, `${waits}`);
  await Card.of(await back(31), 'banner');
});

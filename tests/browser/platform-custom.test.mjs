/** A shop on no known platform, which says itself how its cart is read and filled. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { OwnShop } from '../fixtures/platforms/own.mjs';
import { platformJourney } from './platform-journey.mjs';
import { Card } from './sdk-card.mjs';
import { refuseStorage, until } from './sdk-storefront.mjs';
import { idsOf, sdkSuite } from './sdk-suite.mjs';

const shop = new OwnShop({ mug: 500, bag: 1 });
const suite = sdkSuite({ head: shop.head, snippet: '', answer: (asked) => shop.answer(asked) });

/**
 * @param {import('./sdk-storefront.mjs').Tab} tab
 * @param {object} [change]
 * @returns {Promise<any>}
 */
const basket = (tab, change) =>
  tab.page.evaluate((one) => /** @type {any} */ (window).basket(one), change);

/** @type {import('./platform-journey.mjs').Theme} */
const theme = {
  lines: [
    { variant: 'mug', options: { Engraving: 'Ada' }, quantity: 2 },
    { variant: 'bag', options: {}, quantity: 1 },
  ],
  add: (tab, line) => basket(tab, line),
  change: (tab, line, quantity) => basket(tab, { ...line, quantity, isWhole: true }),
  cart: async (tab) => (await basket(tab)).lines,
  stock(line, stock) {
    shop.stock[line.variant] = stock;
  },
  down(isDown) {
    shop.isDown = isDown;
  },
};

platformJourney(suite, theme);

test('with storage refused nothing is counted twice either: what the edge knows is waited for', async () => {
  const tab = await suite.open(await suite.newVisitor(), '/shop', refuseStorage);
  await tab.ready();
  await theme.add(tab, theme.lines[0]);
  await tab.shows({ mug: 2 });
  const { cart } = await tab.settled();
  await tab.page.reload();
  await tab.shows({ mug: 2 });
  await sleep(900);
  await tab.shows({ mug: 2 });
  assert.deepEqual((await suite.shop.edgeCart(cart)).lines, { mug: 2 });
  assert.equal(idsOf(suite.sent('add')).size, 1);
  await theme.change(tab, theme.lines[0], 3);
  await tab.shows({ mug: 3 });
});

test('offline, what is in the shop’s cart is known here and told later', async () => {
  const visitor = await suite.newVisitor();
  const tab = await suite.open(visitor);
  await tab.ready();
  suite.shop.control.instead = () => ({ status: 503, answer: {} });
  await theme.add(tab, theme.lines[0]);
  await tab.shows({ mug: 2 });
  await tab.page.reload();
  await theme.add(tab, theme.lines[1]);
  await tab.shows({ mug: 2, bag: 1 });
  suite.shop.control.instead = undefined;
  await tab.call('flush');
  const { cart } = await tab.settled();
  assert.deepEqual((await suite.shop.edgeCart(cart)).lines, { mug: 2, bag: 1 });
});

test('three tabs put things in at once: nothing is taken out, nothing counts twice', async () => {
  const visitor = await suite.newVisitor();
  const first = await suite.open(visitor);
  await first.ready();
  await theme.add(first, { variant: 'mug', options: {}, quantity: 1 });
  await first.shows({ mug: 1 });
  const tabs = [first, await suite.open(visitor), await suite.open(visitor)];
  await Promise.all(tabs.map((tab) => tab.ready()));
  Object.assign(shop.stock, { v0: 99, v1: 99, v2: 99 });
  for (let round = 0; round < 8; round += 1) {
    await Promise.all(
      tabs.map((tab, n) => theme.add(tab, { variant: `v${n}`, options: {}, quantity: 1 })),
    );
  }
  const all = { mug: 1, v0: 8, v1: 8, v2: 8 };
  for (const tab of tabs) await tab.shows(all);
  const { cart } = await first.settled();
  await sleep(900);
  assert.deepEqual((await suite.shop.edgeCart(cart)).lines, all);
  assert.deepEqual(suite.sent('remove'), []);
  assert.equal(idsOf(suite.sent('add')).size, 4);
});

test('what the shop did not answer about is told as such, and put in on the next page', async () => {
  const from = await suite.open(await suite.newVisitor());
  await from.ready();
  await theme.add(from, theme.lines[0]);
  await from.shows({ mug: 2 });
  const { token } = await from.settled();
  const visitor = await suite.newVisitor();
  shop.isReadOnly = true;
  try {
    const tab = await suite.open(visitor, `/shop#homing=${token}`);
    const placed = await until('the placed event', () => tab.last('placed'));
    assert.deepEqual(placed.refused, [{ ...theme.lines[0], reason: 'unavailable' }]);
  } finally {
    shop.isReadOnly = false;
  }
  const again = await suite.open(visitor);
  const placed = await until('the placed event', () => again.last('placed'));
  assert.deepEqual(placed, { lines: [theme.lines[0]], refused: [] });
  // Once it is in, taking it out is taking it out.
  await theme.change(again, theme.lines[0], 0);
  await again.shows({});
  const third = await suite.open(visitor);
  await third.ready();
  await sleep(900);
  assert.deepEqual(await theme.cart(third), []);
});

test('a line that Homing cannot name does not keep the others out', async () => {
  const tab = await suite.open(await suite.newVisitor());
  await tab.ready();
  const many = Object.fromEntries(Array.from({ length: 9 }, (_, n) => [`Option ${n}`, 'x']));
  await theme.add(tab, { variant: 'bag', options: many, quantity: 1 });
  await theme.add(tab, theme.lines[0]);
  await tab.shows({ mug: 2 });
  await theme.change(tab, theme.lines[0], 1);
  await tab.shows({ mug: 1 });
  assert.equal((await tab.last('status')).last_error.code, 'options_invalid');
});

test('a platform that there is no adapter for breaks nothing', async () => {
  const tab = await suite.open(await suite.newVisitor(), '/shop', (page) =>
    page.evaluateOnNewDocument(() => {
      new MutationObserver(() => {
        document.querySelector('script[data-key]')?.setAttribute('data-platform', 'opencart');
      }).observe(document, { childList: true, subtree: true });
    }),
  );
  await tab.ready();
  await until('the adapter to be asked for', () =>
    tab.page.evaluate(() =>
      performance.getEntriesByType('resource').some(({ name }) => name.endsWith('/opencart.js')),
    ),
  );
  await tab.call('cart', 'add', { variant: 'lamp' });
  await tab.shows({ lamp: 1 });
});

test('an adapter that throws breaks nothing of the page', async () => {
  const tab = await suite.open(await suite.newVisitor());
  await tab.ready();
  /** @type {unknown[]} */
  const errors = [];
  tab.page.on('pageerror', (error) => errors.push(error));
  await tab.call('platform', {});
  await tab.call('cart', 'add', { variant: 'lamp' });
  await tab.shows({ lamp: 1 });
  await sleep(300);
  assert.deepEqual(errors, []);
});

test('a page made on the server shows the cart after one reload, and is told then', async () => {
  const from = await suite.open(await suite.newVisitor());
  await from.ready();
  for (const line of theme.lines) await theme.add(from, line);
  await from.shows({ mug: 2, bag: 1 });
  const { token } = await from.settled();
  theme.stock(theme.lines[1], 0);
  let loads = 0;
  try {
    const tab = await suite.open(
      await suite.newVisitor(),
      `/shop#homing=${token}`,
      async (page) => {
        page.on('domcontentloaded', () => {
          loads += 1;
        });
        await page.evaluateOnNewDocument(() => {
          document.addEventListener('DOMContentLoaded', () => {
            document.querySelector('script[data-key]')?.setAttribute('data-reload', '');
          });
        });
      },
    );
    await until('the reload', () => loads === 2);
    const placed = await until('the placed event', () => tab.last('placed'));
    assert.deepEqual(placed.lines, [theme.lines[0]]);
    assert.deepEqual(placed.refused, [{ ...theme.lines[1], reason: 'sold_out' }]);
    await sleep(900);
    assert.equal(loads, 2);
  } finally {
    theme.stock(theme.lines[1], 1);
  }
});

test('the shop’s functions are followed once after a reset, as before it', async () => {
  /** @type {string[]} */
  const wrong = [];
  const tab = await suite.open(await suite.newVisitor(), '/shop', async (page) => {
    page.on('console', (one) => one.text().includes('homing:') && wrong.push(one.text()));
  });
  await tab.ready();
  await theme.add(tab, theme.lines[0]);
  await tab.settled();
  const { asked } = suite.shop.control;
  await tab.call('reset');
  await tab.shows({});
  // What the shop's cart holds when it is seen first is not told anew.
  await until('a look at it', () => suite.shop.control.asked > asked);
  await theme.add(tab, theme.lines[1]);
  await tab.shows({ bag: 1 });
  await tab.settled();
  assert.deepEqual(wrong, []);
});

test('a shop that does not say how something is taken out has its carts put together, and not parted', async () => {
  const from = await suite.open(await suite.newVisitor());
  await from.ready();
  await theme.add(from, theme.lines[0]);
  await from.shows({ mug: 2 });
  const { token } = await from.settled();
  suite.shop.control.snippet = 'data-meet="replace"';
  const cannotTake = (/** @type {import('./sdk-suite.mjs').Page} */ page) =>
    page.evaluateOnNewDocument(() => {
      /** @type {any} */ (window).cannotTake = true;
    });
  const visitor = await suite.newVisitor();
  const own = await suite.open(visitor, '/shop', cannotTake);
  await own.ready();
  await theme.add(own, theme.lines[1]);
  await own.shows({ bag: 1 });
  await own.settled();
  const tab = await suite.open(visitor, `/shop#homing=${token}`, cannotTake);
  await until('the placed event', () => tab.last('placed'));
  assert.equal((await tab.last('restored')).met, 'merge');
  await tab.shows({ mug: 2, bag: 1 });
  await tab.call('undo');
  await sleep(500);
  await tab.shows({ mug: 2, bag: 1 });
  assert.equal((await theme.cart(tab)).length, 2);
});

test('what the shop does not let go is in the cart, here as well', async () => {
  const from = await suite.open(await suite.newVisitor());
  await from.ready();
  await theme.add(from, theme.lines[0]);
  await from.shows({ mug: 2 });
  const { token } = await from.settled();
  suite.shop.control.snippet = 'data-meet="replace"';
  const visitor = await suite.newVisitor();
  const own = await suite.open(visitor);
  await own.ready();
  await theme.add(own, theme.lines[1]);
  await own.shows({ bag: 1 });
  await own.settled();
  shop.isSticky = true;
  try {
    const tab = await suite.open(visitor, `/shop#homing=${token}`);
    const placed = await until('the placed event', () => tab.last('placed'));
    assert.equal(placed.removed, undefined);
    await tab.shows({ mug: 2, bag: 1 });
    assert.equal((await theme.cart(tab)).length, 2);
  } finally {
    shop.isSticky = false;
  }
});

test('after the reload of a page made on the server the shopper is told once more, and the carts part', async () => {
  const from = await suite.open(await suite.newVisitor());
  await from.ready();
  await theme.add(from, theme.lines[0]);
  await from.shows({ mug: 2 });
  const { token } = await from.settled();
  suite.shop.control.snippet = 'data-reload';
  const visitor = await suite.newVisitor();
  const own = await suite.open(visitor);
  await own.ready();
  await theme.add(own, theme.lines[1]);
  await own.shows({ bag: 1 });
  await own.settled();
  await own.page.close();
  let loads = 0;
  const tab = await suite.open(visitor, `/shop#homing=${token}`, async (page) => {
    page.on('domcontentloaded', () => {
      loads += 1;
    });
  });
  await until('the reload', () => loads === 2);
  const placed = await until('the placed event', () => tab.last('placed'));
  assert.deepEqual(placed.lines, [theme.lines[0]]);
  const card = await Card.of(tab, 'notice');
  await card.click('.plain');
  await until('the second reload', () => loads === 3);
  await tab.shows({ bag: 1 });
  assert.deepEqual((await until('the word', () => tab.last('placed'))).removed, [theme.lines[0]]);
  await sleep(900);
  assert.equal(loads, 3);
  assert.deepEqual(await theme.cart(tab), [theme.lines[1]]);
});

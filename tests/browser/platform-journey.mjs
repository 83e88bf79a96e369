/** What every platform's adapter has to do, in a real browser, on a server that answers as the platform does. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { wide } from '../fixtures/wide.mjs';
import { Card } from './sdk-card.mjs';
import { until } from './sdk-storefront.mjs';
import { idsOf } from './sdk-suite.mjs';

/** @typedef {import('./sdk-storefront.mjs').Tab} Tab */
/** @typedef {{ variant: string, options: Record<string, string>, quantity: number }} Line */

/**
 * A shop on a platform, as its own theme works with it.
 * @typedef {object} Theme
 * @property {[Line, Line]} lines that it sells: the first with options, of which there are plenty; of the second exactly as many
 * @property {(tab: Tab, line: Line) => Promise<unknown>} add
 * @property {(tab: Tab, line: Line, quantity: number) => Promise<unknown>} change 0 removes it
 * @property {(tab: Tab) => Promise<Line[]>} cart what the theme would show
 * @property {(line: Line, stock: number) => void} stock
 * @property {(tab: Tab) => Promise<string[]>} [coupons] that are in the cart; COMEBACK10 is good in each of these shops, OVER is not
 * @property {(isDown: boolean) => void} down whether the platform answers everything with a failure
 */

/** Time for everything that should not happen. */
const QUIET_MS = 900;

/** @param {Line[]} lines */
const sorted = (lines) => lines.map((line) => JSON.stringify(line)).sort();

/**
 * @param {Line[]} lines
 * @returns {Record<string, number>}
 */
const byVariant = (lines) => Object.fromEntries(lines.map((one) => [one.variant, one.quantity]));

/**
 * @param {ReturnType<typeof import('./sdk-suite.mjs').sdkSuite>} suite
 * @param {Theme} theme
 * @param {{ isWhole?: boolean }} [options] whether all of it runs however little time there is; of the other platforms the way there
 *   and back does
 */
export function platformJourney(suite, theme, { isWhole = false } = {}) {
  const more = isWhole ? test : wide;
  const [plenty, few] = theme.lines;

  /** Somebody who leaves both lines, and the link to them. */
  async function leave() {
    const tab = await suite.open(await suite.newVisitor());
    await tab.ready();
    await theme.add(tab, plenty);
    await theme.add(tab, few);
    await tab.shows(byVariant(theme.lines));
    const status = await tab.settled();
    suite.shop.control.collected = [];
    return status;
  }

  /** @param {string} token @param {import('./sdk-suite.mjs').Visitor} [visitor] */
  const arrive = async (token, visitor) =>
    suite.open(visitor ?? (await suite.newVisitor()), `/shop#homing=${token}`);

  test('what a shopper does in the shop’s cart, the SDK and the edge know, once', async () => {
    const tab = await suite.open(await suite.newVisitor());
    await tab.ready();
    await theme.add(tab, plenty);
    await tab.shows({ [plenty.variant]: plenty.quantity });
    await theme.add(tab, few);
    await tab.shows(byVariant(theme.lines));
    const { lines } = await tab.last('change');
    assert.deepEqual(sorted(lines), sorted(theme.lines));
    await theme.change(tab, plenty, plenty.quantity + 3);
    await tab.shows({ ...byVariant(theme.lines), [plenty.variant]: plenty.quantity + 3 });
    await theme.change(tab, few, 0);
    await tab.shows({ [plenty.variant]: plenty.quantity + 3 });
    const { cart } = await tab.settled();
    const edge = await suite.shop.edgeCart(cart);
    assert.deepEqual(edge.lines, { [plenty.variant]: plenty.quantity + 3 });
    const kinds = [...new Map(suite.sent().map((e) => [e.id, e.t])).values()];
    assert.deepEqual(kinds, ['add', 'add', 'set', 'remove']);
    // Its own looks are no reason to look.
    const { asked } = suite.shop.control;
    await sleep(QUIET_MS);
    assert.equal(suite.shop.control.asked, asked);
  });

  more('a reload, a second tab and a page that is seen again tell nothing twice', async () => {
    const visitor = await suite.newVisitor();
    const one = await suite.open(visitor);
    await one.ready();
    await theme.add(one, plenty);
    await one.shows({ [plenty.variant]: plenty.quantity });
    await one.settled();
    const two = await suite.open(visitor);
    await two.shows({ [plenty.variant]: plenty.quantity });
    await two.page.bringToFront();
    await one.page.bringToFront();
    await one.page.reload();
    await Promise.all([theme.add(one, plenty), theme.add(two, few)]);
    const both = { [plenty.variant]: 2 * plenty.quantity, [few.variant]: few.quantity };
    await one.shows(both);
    await two.shows(both);
    await sleep(QUIET_MS);
    const { cart } = await one.settled();
    assert.deepEqual((await suite.shop.edgeCart(cart)).lines, both);
    assert.equal(idsOf(suite.sent('add')).size, 2);
    assert.equal(suite.sent('remove').length, 0);
  });

  more('a shop that does not answer has not lost its cart', async () => {
    const tab = await suite.open(await suite.newVisitor());
    await tab.ready();
    await theme.add(tab, plenty);
    await tab.shows({ [plenty.variant]: plenty.quantity });
    await tab.settled();
    theme.down(true);
    try {
      await tab.page.reload();
      await tab.ready();
      await sleep(QUIET_MS);
      await tab.shows({ [plenty.variant]: plenty.quantity });
    } finally {
      theme.down(false);
    }
    assert.equal(suite.sent('remove').length, 0);
    await theme.change(tab, plenty, plenty.quantity + 1);
    await tab.shows({ [plenty.variant]: plenty.quantity + 1 });
  });

  more('what was put in before the SDK was there is found', async () => {
    const visitor = await suite.newVisitor();
    suite.shop.control.held.add('/sdk/v1/homing.js');
    const before = await suite.open(visitor);
    await theme.add(before, plenty);
    suite.shop.control.held.clear();
    await before.page.close();
    const tab = await suite.open(visitor);
    await tab.shows({ [plenty.variant]: plenty.quantity });
  });

  test('a link fills the shop’s cart on an empty device with exactly what was left, and that is no news', async () => {
    const left = await leave();
    const tab = await arrive(left.token);
    const placed = await until('the placed event', () => tab.last('placed'));
    assert.deepEqual(sorted(placed.lines), sorted(theme.lines));
    assert.deepEqual(placed.refused, []);
    assert.deepEqual(sorted(await theme.cart(tab)), sorted(theme.lines));
    await tab.page.click('button');
    const { cart } = await tab.settled();
    await sleep(QUIET_MS);
    const kinds = [...new Map(suite.sent().map((e) => [e.id, e.t])).values()];
    assert.deepEqual(kinds, ['fork', 'add', 'add']);
    assert.deepEqual((await suite.shop.edgeCart(cart)).lines, byVariant(theme.lines));
    // The same cart goes on: what the shopper does now is told as ever.
    await theme.change(tab, few, 0);
    await tab.shows({ [plenty.variant]: plenty.quantity });
    await tab.settled();
    assert.equal(suite.sent('remove').length, 1);
  });

  test('a link’s lines come to what is there already, the larger quantity wins', async () => {
    const left = await leave();
    const visitor = await suite.newVisitor();
    const own = await suite.open(visitor);
    await own.ready();
    await theme.add(own, { ...plenty, quantity: 1 });
    await own.shows({ [plenty.variant]: 1 });
    await own.settled();
    await own.page.close();
    const tab = await arrive(left.token, visitor);
    await until('the placed event', () => tab.last('placed'));
    assert.deepEqual(sorted(await theme.cart(tab)), sorted(theme.lines));
    await tab.shows(byVariant(theme.lines));
  });

  more('a shop that does not answer when a link is opened is filled on the next page', async () => {
    const left = await leave();
    const visitor = await suite.newVisitor();
    theme.down(true);
    try {
      const tab = await arrive(left.token, visitor);
      await tab.shows(byVariant(theme.lines));
      await sleep(QUIET_MS);
    } finally {
      theme.down(false);
    }
    const again = await suite.open(visitor);
    const placed = await until('the placed event', () => again.last('placed'));
    assert.deepEqual(sorted(placed.lines), sorted(theme.lines));
    assert.deepEqual(sorted(await theme.cart(again)), sorted(theme.lines));
    await again.shows(byVariant(theme.lines));
  });

  /**
   * Somebody who has something in the shop's cart, and opens a link to something else.
   * @param {Line[]} own
   * @param {string} token
   */
  async function meet(own, token) {
    const visitor = await suite.newVisitor();
    const before = await suite.open(visitor);
    await before.ready();
    for (const line of own) await theme.add(before, line);
    await before.shows(byVariant(own));
    const { cart } = await before.settled();
    await before.page.close();
    suite.shop.control.collected = [];
    return { visitor, cart, tab: await arrive(token, visitor) };
  }

  /** Somebody who leaves one line. @param {Line} line */
  async function leaveOnly(line) {
    const tab = await suite.open(await suite.newVisitor());
    await tab.ready();
    await theme.add(tab, line);
    await tab.shows(byVariant([line]));
    const { token } = await tab.settled();
    return token;
  }

  /** @param {Tab} tab @param {Line[]} lines */
  const holds = (tab, lines) =>
    until(`the shop’s cart to be ${JSON.stringify(lines)}`, async () => {
      const found = sorted(await theme.cart(tab));
      return JSON.stringify(found) === JSON.stringify(sorted(lines));
    });

  more('two carts of which one is the shop’s are put together, and part again', async () => {
    const left = await leave();
    const own = [{ ...plenty, quantity: 1 }];
    const { visitor, cart, tab } = await meet(own, left.token);
    await until('the placed event', () => tab.last('placed'));
    await holds(tab, theme.lines);
    assert.equal((await tab.last('restored')).met, 'merge');
    const card = await Card.of(tab, 'notice');
    await tab.page.click('button');
    const merged = await tab.settled();
    await card.click('.plain');
    await tab.shows(byVariant(own));
    await holds(tab, own);
    const removed = [{ ...plenty, quantity: plenty.quantity - 1 }, few];
    await until('the word of it', async () => (await tab.last('placed')).removed);
    assert.deepEqual(sorted((await tab.last('placed')).removed), sorted(removed));
    await sleep(QUIET_MS);
    assert.equal((await tab.settled()).cart, cart);
    assert.deepEqual((await suite.shop.edgeCart(cart)).lines, byVariant(own));
    assert.deepEqual((await suite.shop.edgeCart(merged.cart)).lines, {});
    // What the shopper does now is told as ever.
    const next = await suite.open(visitor);
    await next.ready();
    await theme.change(next, plenty, plenty.quantity + 2);
    await next.shows({ [plenty.variant]: plenty.quantity + 2 });
    await next.settled();
    assert.deepEqual((await suite.shop.edgeCart(cart)).lines, {
      [plenty.variant]: plenty.quantity + 2,
    });
  });

  more('a shop may want the link’s cart alone, and the one before comes back', async () => {
    const token = await leaveOnly(plenty);
    suite.shop.control.snippet = 'data-meet="replace"';
    const { cart, tab } = await meet([few], token);
    const placed = await until('the placed event', () => tab.last('placed'));
    assert.deepEqual(placed, { lines: [plenty], refused: [], removed: [few] });
    await holds(tab, [plenty]);
    await tab.shows(byVariant([plenty]));
    assert.equal((await tab.last('restored')).met, 'replace');
    await tab.page.click('button');
    const replaced = await tab.settled();
    assert.deepEqual((await suite.shop.edgeCart(replaced.cart)).lines, byVariant([plenty]));
    assert.deepEqual((await suite.shop.edgeCart(cart)).lines, byVariant([few]));
    await tab.call('undo');
    await holds(tab, [few]);
    await tab.shows(byVariant([few]));
    await sleep(QUIET_MS);
    assert.equal((await tab.settled()).cart, cart);
    assert.deepEqual((await suite.shop.edgeCart(cart)).lines, byVariant([few]));
  });

  more(
    'a shopper who is asked decides about the shop’s cart, which is as it was until then',
    async () => {
      const token = await leaveOnly(plenty);
      suite.shop.control.snippet = 'data-meet="ask"';
      /** @type {[number, string, Line[]][]} */
      const choices = [
        [0, 'merge', [plenty, few]],
        [1, 'replace', [plenty]],
        [2, 'keep', [few]],
      ];
      for (const [button, met, lines] of choices) {
        const { tab } = await meet([few], token);
        await Card.of(tab, 'notice');
        await sleep(300);
        await holds(tab, [few]);
        assert.equal(await tab.last('restored'), undefined);
        await (await tab.page.$$('homing-card >>> .column button'))[button]?.click();
        assert.equal((await until('the link', () => tab.last('restored'))).met, met);
        await holds(tab, lines);
        await tab.shows(byVariant(lines));
      }
    },
  );

  more('a cart that the SDK has never seen is one that a link’s cart meets', async () => {
    const token = await leaveOnly(plenty);
    const visitor = await suite.newVisitor();
    suite.shop.control.held.add('/sdk/v1/homing.js');
    const before = await suite.open(visitor);
    await theme.add(before, few);
    suite.shop.control.held.clear();
    await before.page.close();
    const tab = await arrive(token, visitor);
    await until('the placed event', () => tab.last('placed'));
    assert.equal((await tab.last('restored')).met, 'merge');
    await holds(tab, [plenty, few]);
    await tab.call('undo');
    await holds(tab, [few]);
    await tab.shows(byVariant([few]));
  });

  more(
    'a shop that does not answer when its cart is to be replaced has it replaced on the next page',
    async () => {
      const token = await leaveOnly(plenty);
      suite.shop.control.snippet = 'data-meet="replace"';
      const visitor = await suite.newVisitor();
      const before = await suite.open(visitor);
      await before.ready();
      await theme.add(before, few);
      await before.shows(byVariant([few]));
      await before.settled();
      await before.page.close();
      theme.down(true);
      try {
        const tab = await arrive(token, visitor);
        await tab.shows(byVariant([plenty]));
        await sleep(QUIET_MS);
        await tab.page.close();
      } finally {
        theme.down(false);
      }
      const next = await suite.open(visitor);
      await until('the placed event', () => next.last('placed'));
      await holds(next, [plenty]);
      await next.shows(byVariant([plenty]));
    },
  );

  const { coupons } = theme;
  if (coupons) {
    test('the link’s offer is in the cart; one that the shop does not take is told', async () => {
      const left = await leave();
      suite.shop.control.offer = { code: 'COMEBACK10', percent: 10 };
      const tab = await arrive(left.token);
      const placed = await until('the placed event', () => tab.last('placed'));
      assert.equal(placed.coupon, true);
      assert.deepEqual(await coupons(tab), ['COMEBACK10']);
      suite.shop.control.offer = { code: 'OVER', percent: 10 };
      const late = await arrive(left.token);
      const without = await until('the placed event', () => late.last('placed'));
      assert.deepEqual(sorted(without.lines), sorted(theme.lines));
      assert.equal(without.coupon, false);
      assert.deepEqual(await coupons(late), []);
    });
  }

  test('a line that the shop refuses is told, and stays wanted', async () => {
    const left = await leave();
    theme.stock(few, 0);
    try {
      const tab = await arrive(left.token);
      const placed = await until('the placed event', () => tab.last('placed'));
      assert.deepEqual(placed.lines, [plenty]);
      const [refused, ...more] = placed.refused;
      assert.deepEqual(more, []);
      const { reason, ...line } = refused;
      assert.deepEqual(line, few);
      assert.ok(['sold_out', 'refused'].includes(reason), reason);
      assert.deepEqual(await theme.cart(tab), [plenty]);
      await tab.page.click('button');
      await tab.shows(byVariant(theme.lines));
      // Nor does looking once more take the refused line for one that was taken out.
      await tab.page.reload();
      await tab.ready();
      await sleep(QUIET_MS);
      await tab.shows(byVariant(theme.lines));
      assert.equal(suite.sent('remove').length, 0);
    } finally {
      theme.stock(few, few.quantity);
    }
  });
}

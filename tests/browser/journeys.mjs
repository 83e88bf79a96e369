/** What shoppers do, in whichever browser: the same journeys for every engine. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { shopPage } from './sdk-page.mjs';
import { Tab, until, withoutStorage } from './sdk-storefront.mjs';
import { idsOf, sdkSuite } from './sdk-suite.mjs';

/** @typedef {import('./engines/engine.mjs').Engine} Engine */

/** @param {Tab} tab */
const warnings = (tab) =>
  tab.page.evaluate(() =>
    /** @type {any} */ (window).seen.warning.map((/** @type {any} */ { code }) => code),
  );

/**
 * Calls the snippet where nothing waits for it any more: in the same task as what follows.
 * @param {Tab} tab
 * @param {...unknown} call
 */
const callAndClose = async (tab, ...call) => {
  await tab.call(...call);
  await tab.page.close();
};

/** How often a tab is closed until the edge must have heard of one, and how soon it does, ms. */
const MOST_CLOSES = 6;
const SOON_MS = 2_000;

/** Referrer policies that tell an edge elsewhere nothing. */
const HIDING = ['no-referrer', 'same-origin'];

/** @param {Engine} engine */
export function journeys(engine) {
  /** Pages that differ from the others in what stands before the snippet. */
  const heads = /** @type {Record<string, () => object>} */ ({
    '/shop/refused': () => ({ head: `<script>(${withoutStorage})()</script>` }),
    ...Object.fromEntries(
      HIDING.map((policy) => [
        `/shop/${policy}`,
        () => ({
          head: `<meta name="referrer" content="${policy}">`,
          snippet: `data-endpoint="${suite.shop.edge}"`,
        }),
      ]),
    ),
    '/shop/elsewhere': () => ({ snippet: `data-endpoint="${suite.shop.edge}"` }),
  });
  const suite = sdkSuite(
    /** @type {any} */ ({
      answer: () => undefined,
      page(/** @type {string} */ key, /** @type {string} */ path) {
        const different = heads[path];
        return different && shopPage(key, '', /** @type {any} */ (different()));
      },
    }),
    engine,
  );
  /** @param {string} cart */
  const edgeLines = async (cart) => (await suite.shop.edgeCart(cart)).lines;
  /** @param {string} what @param {string} cart @param {Record<string, number>} lines */
  const edgeComesTo = (what, cart, lines) =>
    until(`${what} at the edge`, async () => {
      const wanted = JSON.stringify(Object.entries(lines).sort());
      return JSON.stringify(Object.entries(await edgeLines(cart)).sort()) === wanted;
    });
  /** @param {string} name @param {() => Promise<void>} run */
  const journey = (name, run) => test(`${engine.name}: ${name}`, run);

  journey('a cart is there after a reload, and at the edge', async () => {
    const tab = await suite.open(await suite.newVisitor());
    const options = { Engraving: 'Ada' };
    await tab.call('cart', 'add', { variant: 'mug-blue', quantity: 2, options });
    await tab.call('cart', 'add', { variant: 'bag-red' });
    await tab.call('cart', 'set', { variant: 'mug-blue', options, quantity: 5 });
    const { cart } = await tab.settled();
    await tab.page.reload();
    await tab.shows({ 'mug-blue': 5, 'bag-red': 1 });
    assert.deepEqual(await edgeLines(cart), { 'mug-blue': 5, 'bag-red': 1 });
    assert.deepEqual(await warnings(tab), []);
  });

  journey(
    'what is done offline is there at once, and at the edge when the line is back',
    async () => {
      const tab = await suite.open(await suite.newVisitor());
      await tab.call('cart', 'add', { variant: 'mug-blue' });
      const { cart } = await tab.settled();
      await tab.page.setOfflineMode(true);
      await tab.call('cart', 'add', { variant: 'bag-red' });
      await tab.call('cart', 'set', { variant: 'mug-blue', quantity: 3 });
      await tab.shows({ 'mug-blue': 3, 'bag-red': 1 });
      const offline = await until('the status', async () => {
        const status = await tab.last('status');
        return status.pending === 2 && status;
      });
      assert.equal(offline.online, false);
      assert.deepEqual(await edgeLines(cart), { 'mug-blue': 1 });
      await tab.page.setOfflineMode(false);
      await tab.settled();
      assert.deepEqual(await edgeLines(cart), { 'mug-blue': 3, 'bag-red': 1 });
    },
  );

  journey(
    'what is done offline before the tab closes goes out with the next visit, once',
    async () => {
      const visitor = await suite.newVisitor();
      const tab = await suite.open(visitor);
      await tab.call('cart', 'add', { variant: 'mug-blue' });
      const { cart } = await tab.settled();
      // A browser that does not know yet that it is offline: sendBeacon says yes, and it is lost.
      suite.shop.control.isCut = true;
      await callAndClose(tab, 'cart', 'add', { variant: 'bag-red' });
      suite.shop.control.isCut = false;
      const next = await suite.open(visitor);
      await next.shows({ 'mug-blue': 1, 'bag-red': 1 });
      await next.settled();
      assert.deepEqual(await edgeLines(cart), { 'mug-blue': 1, 'bag-red': 1 });
      assert.equal(idsOf(suite.sent('add')).size, 2);
    },
  );

  journey('tabs share one cart, and each sees what the others do', async () => {
    const visitor = await suite.newVisitor();
    const [one, two] = [await suite.open(visitor), await suite.open(visitor)];
    await Promise.all([one.ready(), two.ready()]);
    await Promise.all(
      [1, 2, 3].flatMap(() => [
        one.call('cart', 'add', { variant: 'mug-blue' }),
        two.call('cart', 'add', { variant: 'bag-red' }),
      ]),
    );
    await one.shows({ 'mug-blue': 3, 'bag-red': 3 });
    await two.shows({ 'mug-blue': 3, 'bag-red': 3 });
    await two.call('cart', 'remove', { variant: 'mug-blue' });
    await one.shows({ 'bag-red': 3 });
    const { cart } = await one.settled();
    await two.settled();
    assert.deepEqual(await edgeLines(cart), { 'bag-red': 3 });
    assert.equal(idsOf(suite.sent('add')).size, 6);
  });

  /**
   * Whether the edge hears of it when a tab is closed; where a browser loses a beacon now and then, one of several has to arrive.
   * @param {string} what
   * @param {(attempt: number) => Promise<() => Promise<boolean>>} close returns what says whether it was heard
   */
  async function isHeard(what, close) {
    for (let attempt = 1; attempt < (engine.losesBeacons ? MOST_CLOSES : 1); attempt += 1) {
      const heard = await close(attempt);
      const deadline = Date.now() + SOON_MS;
      while (Date.now() < deadline) if (await heard()) return;
    }
    await until(what, await close(MOST_CLOSES));
  }

  journey(
    'a tab that is closed right after a call tells the edge, while nobody comes back',
    async () => {
      const visitor = await suite.newVisitor();
      const tab = await suite.open(visitor);
      await tab.call('cart', 'add', { variant: 'mug-blue' });
      const { cart } = await tab.settled();
      await tab.page.close();
      let closes = 0;
      await isHeard('the last add at the edge', async (attempt) => {
        const last = await suite.open(visitor);
        await last.ready();
        closes += 1;
        await callAndClose(last, 'cart', 'add', { variant: `late-${attempt}` });
        return async () => (await edgeLines(cart))[`late-${attempt}`] === 1;
      });
      const next = await suite.open(visitor);
      await next.settled();
      assert.equal(Object.keys(await edgeLines(cart)).length, closes + 1);
      assert.equal(idsOf(suite.sent('add')).size, closes + 1);
    },
  );

  journey(
    'an order on a tab that is closed at once ends the cart at an edge elsewhere',
    async () => {
      const visitor = await suite.newVisitor();
      await isHeard('the order at the edge', async (attempt) => {
        const tab = await suite.open(visitor, '/shop/elsewhere');
        await tab.call('cart', 'add', { variant: 'mug-blue' });
        const { cart } = await tab.settled();
        await callAndClose(tab, 'order', { order: `A-${attempt}` });
        return async () => Object.keys(await edgeLines(cart)).length === 0;
      });
    },
  );

  journey(
    'a page that is left for another one tells the edge, and the next page goes on',
    async () => {
      const tab = await suite.open(await suite.newVisitor());
      await tab.call('cart', 'add', { variant: 'mug-blue' });
      const { cart } = await tab.settled();
      await tab.call('cart', 'add', { variant: 'bag-red' });
      await tab.page.goto(`${suite.shop.origin}/shop/next`);
      await tab.shows({ 'mug-blue': 1, 'bag-red': 1 });
      await tab.settled();
      assert.deepEqual(await edgeLines(cart), { 'mug-blue': 1, 'bag-red': 1 });
      assert.equal(idsOf(suite.sent('add')).size, 2);
    },
  );

  journey('an order ends the cart, and a reload does not bring it back', async () => {
    const tab = await suite.open(await suite.newVisitor());
    await tab.call('cart', 'add', { variant: 'mug-blue' });
    const { cart } = await tab.settled();
    await tab.call('order', { order: 'A-1' });
    await tab.shows({});
    await until('the order', async () => (await suite.shop.edgeCart(cart)).epoch === 1);
    await tab.page.reload();
    await tab.ready();
    await tab.shows({});
    await tab.call('cart', 'add', { variant: 'bag-red' });
    await tab.shows({ 'bag-red': 1 });
    await tab.settled();
    assert.deepEqual(await edgeLines(cart), { 'bag-red': 1 });
  });

  journey('a link brings the cart to a browser that has never been here', async () => {
    const owner = await suite.open(await suite.newVisitor());
    await owner.call('cart', 'add', { variant: 'mug-blue', quantity: 2, options: { Size: 'L' } });
    await owner.call('cart', 'add', { variant: 'bag-red' });
    const { token, cart } = await owner.settled();
    const guest = await suite.open(await suite.newVisitor(), `/shop#homing=${token}`);
    await guest.shows({ 'mug-blue': 2, 'bag-red': 1 });
    const { status } = await until('what was restored', () => guest.last('restored'));
    assert.equal(status, 'ok');
    const change = await guest.last('change');
    assert.deepEqual(change.lines[1].options, { Size: 'L' });
    assert.equal(await guest.page.evaluate(() => location.hash), '');
    const before = suite.shop.control.collected.length;
    await guest.page.click('button');
    await guest.call('cart', 'add', { variant: 'lamp-coral' });
    const own = await guest.settled();
    assert.notEqual(own.cart, cart);
    assert.ok(suite.shop.control.collected.length > before);
    assert.deepEqual(await edgeLines(own.cart), { 'mug-blue': 2, 'bag-red': 1, 'lamp-coral': 1 });
    assert.deepEqual(await edgeLines(cart), { 'mug-blue': 2, 'bag-red': 1 });
  });

  journey('a line that was removed does not come back, whatever gets lost on the way', async () => {
    const visitor = await suite.newVisitor();
    const tab = await suite.open(visitor);
    await tab.call('cart', 'add', { variant: 'mug-blue' });
    await tab.call('cart', 'add', { variant: 'bag-red' });
    await tab.shows({ 'mug-blue': 1, 'bag-red': 1 });
    suite.shop.control.lostAnswers = 2;
    await tab.call('cart', 'remove', { variant: 'mug-blue' });
    await until('the lost answers', () => suite.shop.control.lostAnswers === 0);
    await tab.page.reload();
    await tab.shows({ 'bag-red': 1 });
    const { cart } = await tab.settled();
    const other = await suite.open(visitor);
    await other.shows({ 'bag-red': 1 });
    assert.deepEqual(await edgeLines(cart), { 'bag-red': 1 });
  });

  journey(
    'a page that comes out of the back/forward cache shows what was done since, and goes on',
    async () => {
      const tab = await suite.open(await suite.newVisitor());
      await tab.call('cart', 'add', { variant: 'mug-blue' });
      const { cart } = await tab.settled();
      await tab.page.evaluate(() => {
        const scope = /** @type {any} */ (window);
        addEventListener('pageshow', ({ persisted }) => {
          scope.isFromCache = persisted;
        });
      });
      await tab.page.goto(`${suite.shop.origin}/shop/next`);
      await tab.ready();
      await tab.call('cart', 'add', { variant: 'bag-red' });
      await tab.settled();
      await tab.page.goBack({ waitUntil: [] });
      await until('the page before', () =>
        tab.page
          .evaluate(() => location.pathname === '/shop' && !!(/** @type {any} */ (window).seen))
          .catch(() => false),
      );
      assert.equal(
        await tab.page.evaluate(() => /** @type {any} */ (window).isFromCache),
        true,
        'out of the cache',
      );
      await tab.shows({ 'mug-blue': 1, 'bag-red': 1 });
      await tab.call('cart', 'add', { variant: 'lamp-coral' });
      await tab.shows({ 'mug-blue': 1, 'bag-red': 1, 'lamp-coral': 1 });
      await edgeComesTo('the third add', cart, { 'mug-blue': 1, 'bag-red': 1, 'lamp-coral': 1 });
    },
  );

  journey('storage that ends with the browser keeps the cart as long as that', async () => {
    const browser = await suite.launch({ isPrivate: true });
    try {
      const visitor = await browser.createBrowserContext();
      const url = `${suite.shop.origin}/shop`;
      const tab = await Tab.open(visitor, url);
      // Firefox turns on Global Privacy Control in private windows: the shopper has to say yes.
      await tab.call('consent', true);
      await tab.call('cart', 'add', { variant: 'mug-blue' });
      const { cart } = await tab.settled();
      assert.deepEqual(await warnings(tab), []);
      await tab.page.reload();
      const other = await Tab.open(visitor, url);
      await other.shows({ 'mug-blue': 1 });
      await other.call('cart', 'add', { variant: 'bag-red' });
      await tab.shows({ 'mug-blue': 1, 'bag-red': 1 });
      await other.settled();
      assert.deepEqual(await edgeLines(cart), { 'mug-blue': 1, 'bag-red': 1 });
    } finally {
      await browser.close();
    }
  });

  journey('where all storage is refused the cart lives over a reload', async () => {
    const tab = await suite.open(await suite.newVisitor(), '/shop/refused');
    await tab.call('cart', 'add', { variant: 'mug-blue', quantity: 2 });
    await tab.shows({ 'mug-blue': 2 });
    const { cart } = await tab.settled();
    assert.deepEqual(await warnings(tab), ['storage_memory']);
    await tab.page.reload();
    await tab.shows({ 'mug-blue': 2 });
    assert.deepEqual(await edgeLines(cart), { 'mug-blue': 2 });
  });

  const whenHeard = engine.namesItsOrigin ? 'when its tab closes' : 'at the next visit';
  for (const policy of HIDING) {
    journey(
      `a page with the policy ${policy} is heard by an edge elsewhere ${whenHeard}`,
      async () => {
        const visitor = await suite.newVisitor();
        const tab = await suite.open(visitor, `/shop/${policy}`);
        await tab.call('cart', 'add', { variant: 'mug-blue' });
        const { cart } = await tab.settled();
        await callAndClose(tab, 'cart', 'add', { variant: 'bag-red' });
        if (!engine.namesItsOrigin) {
          const next = await suite.open(visitor, `/shop/${policy}`);
          await next.shows({ 'mug-blue': 1, 'bag-red': 1 });
          await next.settled();
        }
        await edgeComesTo('the second add', cart, { 'mug-blue': 1, 'bag-red': 1 });
      },
    );
  }
}

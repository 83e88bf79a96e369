/** Consent: nothing is kept, sent or loaded before the shop's rule allows it, whoever says so. docs/consent.md promises it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { readRules, ruleFor } from '../../client-sdk/js/consent.js';
import { linkTo } from './sdk-card.mjs';
import { answered, kept, NOTHING } from './sdk-kept.mjs';
import { shopPage } from './sdk-page.mjs';
import { refuseStorage, until } from './sdk-storefront.mjs';
import { idsOf, sdkSuite } from './sdk-suite.mjs';

/** @typedef {import('./sdk-storefront.mjs').Tab} Tab */
/** @typedef {import('puppeteer-core').Page} Page */

/** The snippet's further attributes, by the page that has them. */
/** @type {Record<string, string>} */
const SNIPPETS = {
  '/shop': '',
  '/shop/required': 'data-consent="required"',
  '/shop/denied': 'data-consent="denied"',
  '/shop/germany': 'data-consent="implied; EEA: required" data-region="DE"',
  '/shop/brazil': 'data-consent="implied; EEA: required" data-region="BR"',
  '/shop/asked': 'data-consent="required; US: implied"',
  '/shop/unknown': 'data-consent="implied; US: implied; EEA: required"',
  '/shop/tcf': 'data-consent-manager="tcf"',
  '/shop/tcf-strict': 'data-consent="required" data-consent-manager="tcf"',
  '/shop/tcf-storage': 'data-consent-manager="tcf" data-consent-purposes="1"',
  '/shop/shopify': 'data-consent-manager="shopify"',
  '/shop/google': 'data-consent-manager="google"',
};

const suite = sdkSuite({
  head: '',
  snippet: '',
  page: (key, path) => shopPage(key, '', { head: '', snippet: SNIPPETS[path] ?? '', answer: no }),
  answer: no,
});
function no() {
  return undefined;
}

/** Longer than a runtime takes to load and to send what it has. */
const LONG_MS = 1_500;

/**
 * Opens a page and keeps what it asks for.
 * @param {import('puppeteer-core').BrowserContext} visitor
 * @param {string} path
 * @param {(page: Page) => Promise<unknown>} [prepare]
 */
async function visit(visitor, path, prepare = async () => {}) {
  /** @type {string[]} */
  const asked = [];
  const tab = await suite.open(visitor, path, async (page) => {
    page.on('request', (request) => asked.push(new URL(request.url()).pathname));
    await prepare(page);
  });
  return { tab, asked };
}

/**
 * That a page which may not do anything has not.
 * @param {Tab} tab
 * @param {string[]} asked
 * @param {string} [left]
 */
async function assertStill(tab, asked, left = NOTHING) {
  await sleep(LONG_MS);
  const own = asked.filter((path) => !/^\/shop|favicon|homing\.js$|\/consent/.test(path));
  assert.deepEqual(own, []);
  assert.equal(await kept(tab.page), left);
  assert.equal(await tab.last('status'), undefined);
}

/** What is left where the answer was no. */
const DENIED = answered('denied');

/** The same by a consent manager's word, which is not the shopper's to this shop. */
const DENIED_BY_MANAGER = answered('denied-by-manager');

/** @param {Page} page */
const withGpc = (page) =>
  page.evaluateOnNewDocument(() =>
    Object.defineProperty(Navigator.prototype, 'globalPrivacyControl', { get: () => true }),
  );

test('a rule is read by region, and the strictest counts where nobody knows the region', () => {
  const rules = readRules('implied; DE, fr EU: required; US-CA: denied; US: implied;UK:required');
  const found = (/** @type {string} */ region) => ruleFor(rules, region);
  assert.deepEqual(['DE', 'fr', 'SE', 'IS', 'GB'].map(found), Array(5).fill('required'));
  assert.deepEqual(['US-CA', 'US-TX', 'US', 'BR', 'CH'].map(found), [
    ...['denied', 'implied', 'implied', 'implied', 'implied'],
  ]);
  assert.equal(found(''), 'denied');
  assert.equal(ruleFor(readRules(''), ''), 'implied');
  assert.equal(ruleFor(readRules('required; BR: implied'), 'BR'), 'implied');
  // A word that nobody knows is no permission.
  assert.equal(ruleFor(readRules('impled'), 'DE'), 'required');
  assert.equal(ruleFor(readRules('implied; DE: opt-in'), 'DE'), 'required');
});

test('required: nothing before the answer; what was called before counts after it, a purchase too', async () => {
  const visitor = await suite.newVisitor();
  const { tab, asked } = await visit(visitor, '/shop/required');
  await tab.call('cart', 'add', { variant: 'mug-blue', quantity: 2 });
  await tab.call('order', { order: 'A-1' });
  await tab.call('cart', 'add', { variant: 'bag-red' });
  await assertStill(tab, asked);
  const before = Date.now();
  await tab.call('consent', true);
  await tab.shows({ 'bag-red': 1 });
  const { cart, epoch } = await tab.settled();
  assert.equal(epoch, 1);
  assert.equal(idsOf(suite.sent('order')).size, 1);
  assert.ok(suite.sent('order')[0].at < before);
  assert.deepEqual((await suite.shop.edgeCart(cart)).lines, { 'bag-red': 1 });
  // The answer holds on the next page.
  await tab.page.reload();
  await tab.shows({ 'bag-red': 1 });
});

test('required: a no is remembered as that word alone, and what was called before is dropped', async () => {
  const visitor = await suite.newVisitor();
  const { tab, asked } = await visit(visitor, '/shop/required');
  await tab.call('cart', 'add', { variant: 'mug-blue' });
  await tab.call('consent', false);
  await tab.call('cart', 'add', { variant: 'mug-blue' });
  await assertStill(tab, asked, DENIED);
  const next = await visit(visitor, '/shop/required');
  await next.tab.call('cart', 'add', { variant: 'mug-blue' });
  await assertStill(next.tab, next.asked, DENIED);
  // Somebody changes their mind: from then on, in both tabs.
  await next.tab.call('consent', true);
  await next.tab.ready();
  await tab.ready();
  await next.tab.call('cart', 'add', { variant: 'bag-red' });
  await tab.shows({ 'bag-red': 1 });
  await next.tab.shows({ 'bag-red': 1 });
});

test('required: a page that is closed without an answer leaves nothing', async () => {
  const visitor = await suite.newVisitor();
  const { tab } = await visit(visitor, '/shop/required');
  await tab.call('cart', 'add', { variant: 'vase-grey' });
  await tab.call('order', { order: 'A-9' });
  await sleep(LONG_MS);
  await tab.page.goto(`${suite.shop.origin}/shop/required`);
  assert.equal(await kept(tab.page), NOTHING);
  const told = suite.sent().filter((e) => e.variant === 'vase-grey' || e.order === 'A-9');
  assert.deepEqual(told, []);
});

test('a module for consent that cannot be had is asked for again, and allows nothing meanwhile', async () => {
  suite.shop.control.failing.set('/sdk/v1/consent.js', 2);
  const { tab, asked } = await visit(await suite.newVisitor(), '/shop/required');
  await tab.call('consent', true);
  await tab.call('cart', 'add', { variant: 'mug-blue' });
  assert.equal(
    asked.some((path) => /runtime|collect/.test(path)),
    false,
  );
  await tab.shows({ 'mug-blue': 1 });
  await tab.settled();
});

test('consent that is withdrawn stops all tabs at once, and everything is forgotten', async () => {
  const visitor = await suite.newVisitor();
  const one = await visit(visitor, '/shop?utm_source=letter');
  const two = await visit(visitor, '/shop');
  await Promise.all([one.tab.ready(), two.tab.ready()]);
  await one.tab.call('cart', 'add', { variant: 'mug-blue' });
  await two.tab.shows({ 'mug-blue': 1 });
  const { cart } = await one.tab.settled();
  await one.tab.call('consent', false);
  await until('an empty storage', async () => (await kept(one.tab.page)) === DENIED);
  await until('an empty storage', async () => (await kept(two.tab.page)) === DENIED);
  const [before, sent] = [one.asked.length + two.asked.length, suite.sent().length];
  for (const { tab } of [one, two]) await tab.call('cart', 'add', { variant: 'bag-red' });
  await two.tab.call('flush');
  await one.tab.page.evaluate(() => dispatchEvent(new Event('online')));
  await sleep(LONG_MS);
  assert.equal(one.asked.length + two.asked.length, before);
  for (const { tab } of [one, two]) {
    assert.equal(await kept(tab.page), DENIED);
    await tab.page.close();
  }
  assert.equal(suite.sent().length, sent);
  const next = await visit(visitor, '/shop');
  await assertStill(next.tab, next.asked, DENIED);
  await next.tab.call('consent', true);
  await next.tab.call('cart', 'add', { variant: 'lamp-coral' });
  await next.tab.shows({ 'lamp-coral': 1 });
  assert.notEqual((await next.tab.settled()).cart, cart);
});

/** How many lines listeners were told of, each time. @param {import('./sdk-storefront.mjs').Tab} tab @returns {Promise<number[]>} */
const toldOf = (tab) =>
  tab.page.evaluate(() =>
    /** @type {any} */ (window).seen.change.map((/** @type {any} */ { lines }) => lines.length),
  );

for (const call of [['consent', false], ['reset']]) {
  test(`listeners in every tab are told an empty cart once: ${call.join(' ')}`, async () => {
    const visitor = await suite.newVisitor();
    const tabs = [await suite.open(visitor), await suite.open(visitor)];
    for (const tab of tabs) await tab.ready();
    await tabs[0]?.call('cart', 'add', { variant: 'mug-blue' });
    for (const tab of tabs) await tab.shows({ 'mug-blue': 1 });
    await tabs[0]?.settled();
    const before = await Promise.all(tabs.map(toldOf));
    await tabs[0]?.call(...call);
    for (const tab of tabs) await tab.shows({});
    await sleep(LONG_MS);
    for (const [n, tab] of tabs.entries()) {
      assert.deepEqual((await toldOf(tab)).slice(before[n]?.length), [0]);
    }
  });
}

test('an order that was told before consent was withdrawn reaches the edge, and no cart does', async () => {
  const visitor = await suite.newVisitor();
  const { tab } = await visit(visitor, '/shop');
  await tab.call('cart', 'add', { variant: 'mug-blue' });
  const { cart } = await tab.settled();
  suite.shop.control.instead = () => ({ status: 503, answer: {} });
  await tab.call('order', { order: 'A-1' });
  await tab.call('cart', 'add', { variant: 'bag-red' });
  await tab.shows({ 'bag-red': 1 });
  await tab.call('consent', false);
  await until('an empty storage', async () => (await kept(tab.page)) === DENIED);
  suite.shop.control.instead = undefined;
  await until('the order', () => suite.sent('order').length);
  assert.deepEqual(
    suite.sent().map(({ t }) => t),
    ['add', 'order'],
  );
  assert.deepEqual((await suite.shop.edgeCart(cart)).lines, {});
});

test('consent that is withdrawn while the runtime loads leaves nothing either', async () => {
  const visitor = await suite.newVisitor();
  suite.shop.control.held.add('/sdk/v1/homing.wasm');
  const { tab } = await visit(visitor, '/shop');
  await tab.call('cart', 'add', { variant: 'mug-blue' });
  await tab.call('consent', false);
  suite.shop.control.held.clear();
  await until('an empty storage', async () => (await kept(tab.page)) === DENIED);
  await sleep(LONG_MS);
  assert.equal(await kept(tab.page), DENIED);
  assert.equal(await tab.last('status'), undefined);
});

test('consent that is withdrawn and given again in one page begins anew', async () => {
  const { tab } = await visit(await suite.newVisitor(), '/shop');
  await tab.call('cart', 'add', { variant: 'mug-blue' });
  const { cart } = await tab.settled();
  await tab.page.evaluate(() => {
    const { homing } = /** @type {any} */ (window);
    homing('consent', false);
    homing('cart', 'add', { variant: 'throw-brick' });
    homing('consent', true);
    homing('cart', 'add', { variant: 'bag-red' });
  });
  await tab.shows({ 'bag-red': 1 });
  assert.notEqual((await tab.settled()).cart, cart);
});

test('where all storage is refused, consent holds for the page', async () => {
  const { tab, asked } = await visit(await suite.newVisitor(), '/shop/required', refuseStorage);
  await tab.call('cart', 'add', { variant: 'mug-blue' });
  await sleep(LONG_MS);
  assert.equal(
    asked.some((path) => /runtime|collect|wasm/.test(path)),
    false,
  );
  await tab.call('consent', true);
  await tab.shows({ 'mug-blue': 1 });
  const { cart } = await tab.settled();
  await tab.call('order', { order: 'A-1' });
  await tab.call('consent', false);
  await until('the order', async () => (await suite.shop.edgeCart(cart)).epoch === 1);
  const before = asked.length;
  await tab.call('cart', 'add', { variant: 'bag-red' });
  await sleep(LONG_MS);
  assert.equal(asked.length, before);
  assert.equal(await tab.page.evaluate(() => history.state?.homing || null), null);
});

test('denied: nothing, whatever the shopper answers, and what was kept before is forgotten', async () => {
  const visitor = await suite.newVisitor();
  const before = await visit(visitor, '/shop');
  await before.tab.call('cart', 'add', { variant: 'mug-blue' });
  await before.tab.settled();
  await before.tab.page.close();
  const { tab, asked } = await visit(visitor, '/shop/denied');
  await until('an empty storage', async () => (await kept(tab.page)) === NOTHING);
  await tab.call('consent', true);
  await tab.call('cart', 'add', { variant: 'mug-blue' });
  await sleep(LONG_MS);
  assert.equal(
    asked.some((path) => /runtime|collect|wasm/.test(path)),
    false,
  );
  assert.equal(await kept(tab.page), NOTHING);
});

test('Global Privacy Control: saying nothing is no consent, an explicit yes is', async () => {
  const visitor = await suite.newVisitor();
  const { tab, asked } = await visit(visitor, '/shop', withGpc);
  await tab.call('cart', 'add', { variant: 'mug-blue' });
  await assertStill(tab, asked);
  await tab.call('consent', true);
  await tab.shows({ 'mug-blue': 1 });
  await tab.settled();
});

test('GPC: who opens a link has asked for the cart, for this visit; where an answer is required it is waited for', async () => {
  const from = await suite.open(await suite.newVisitor());
  await from.call('cart', 'add', { variant: 'mug-blue', quantity: 2 });
  const link = `#homing=${linkTo(suite.stack, (await from.settled()).cart)}`;
  const visitor = await suite.newVisitor();
  const { tab } = await visit(visitor, `/shop${link}`, withGpc);
  await tab.shows({ 'mug-blue': 2 });
  await tab.page.goto(`${suite.shop.origin}/shop`);
  await tab.shows({ 'mug-blue': 2 });
  const strict = await visit(await suite.newVisitor(), `/shop/required${link}`, withGpc);
  await assertStill(strict.tab, strict.asked);
  await strict.tab.call('consent', true);
  await strict.tab.shows({ 'mug-blue': 2 });
});

test('by region: as the page says, or as the edge sees it; unknown is the strictest', async () => {
  const germany = await visit(await suite.newVisitor(), '/shop/germany');
  await assertStill(germany.tab, germany.asked);
  const brazil = await visit(await suite.newVisitor(), '/shop/brazil');
  await brazil.tab.ready();
  assert.equal(
    [...germany.asked, ...brazil.asked].some((path) => path === '/v1/region'),
    false,
  );
  // The platform's stand-in on one machine is in Texas.
  const texas = await visit(await suite.newVisitor(), '/shop/asked');
  await texas.tab.ready();
  suite.shop.control.failing.set('/v1/region', 99);
  const unknown = await visit(await suite.newVisitor(), '/shop/unknown');
  await sleep(LONG_MS);
  assert.ok(unknown.asked.includes('/v1/region'));
  assert.equal(
    unknown.asked.some((path) => /runtime|wasm/.test(path)),
    false,
  );
  assert.equal(await kept(unknown.tab.page), NOTHING);
});

test('the edge tells a region to any page, keeps nothing of it, and is told nothing', async () => {
  const answer = await fetch(`${suite.shop.edge}/v1/region`);
  assert.equal(answer.status, 200);
  assert.equal(answer.headers.get('cache-control'), 'no-store');
  assert.equal(answer.headers.get('access-control-allow-origin'), '*');
  assert.equal(answer.headers.get('set-cookie'), null);
  assert.deepEqual(await answer.json(), { region: 'US-TX' });
});

/**
 * A consent manager as "CMP API v2" describes it: its stub keeps calls, the whole one tells each listener at once and after
 * each change. `window.cmp(data)` is the manager's own script.
 * @param {Page} page
 */
const withTcf = (page) =>
  page.evaluateOnNewDocument(() => {
    const scope = /** @type {any} */ (window);
    /** @type {((data: any, isFine: boolean) => void)[]} */
    const listeners = [];
    /** @type {any} */
    let last;
    scope.__tcfapi = (
      /** @type {string} */ command,
      /** @type {number} */ version,
      /** @type {(data: any, isFine: boolean) => void} */ callback,
    ) => {
      if (command !== 'addEventListener' || version !== 2) return callback(null, false);
      listeners.push(callback);
      if (last) callback({ ...last, listenerId: listeners.length }, true);
    };
    scope.cmp = (/** @type {any} */ data) => {
      last = { tcfPolicyVersion: 4, cmpStatus: 'loaded', isServiceSpecific: true, ...data };
      for (const [n, listener] of listeners.entries())
        listener({ ...last, listenerId: n + 1 }, true);
    };
  });

/** @param {Tab} tab @param {object} data */
const cmp = (tab, data) => tab.page.evaluate((one) => /** @type {any} */ (window).cmp(one), data);

/** @param {number[]} agreed */
const purposes = (...agreed) => ({
  gdprApplies: true,
  purpose: { consents: Object.fromEntries([1, 2, 3, 4, 5].map((n) => [n, agreed.includes(n)])) },
});

test('TCF: the manager’s answer counts, and its withdrawal; a question on the screen is no answer', async () => {
  const visitor = await suite.newVisitor();
  const { tab, asked } = await visit(visitor, '/shop/tcf', withTcf);
  await tab.call('cart', 'add', { variant: 'mug-blue' });
  await cmp(tab, { eventStatus: 'cmpuishown', ...purposes() });
  await assertStill(tab, asked);
  await cmp(tab, { eventStatus: 'useractioncomplete', ...purposes(1, 2, 3, 4) });
  await tab.shows({ 'mug-blue': 1 });
  await tab.settled();
  await cmp(tab, { eventStatus: 'useractioncomplete', ...purposes(1, 2) });
  await until('an empty storage', async () => (await kept(tab.page)) === DENIED_BY_MANAGER);
  // The next page is asked about again, and the manager has an answer at once.
  const next = await visit(visitor, '/shop/tcf', withTcf);
  await cmp(next.tab, { eventStatus: 'tcloaded', ...purposes(1, 3, 4) });
  await next.tab.ready();
});

test('TCF: where the GDPR does not apply the shop’s own rule counts; purposes are the shop’s to name', async () => {
  const free = { eventStatus: 'tcloaded', gdprApplies: false };
  const outside = await visit(await suite.newVisitor(), '/shop/tcf', withTcf);
  await cmp(outside.tab, free);
  await outside.tab.ready();
  const strict = await visit(await suite.newVisitor(), '/shop/tcf-strict', withTcf);
  await cmp(strict.tab, free);
  await assertStill(strict.tab, strict.asked);
  const gpc = await visit(await suite.newVisitor(), '/shop/tcf', async (page) => {
    await withGpc(page);
    await withTcf(page);
  });
  await cmp(gpc.tab, free);
  await assertStill(gpc.tab, gpc.asked);
  const storage = await visit(await suite.newVisitor(), '/shop/tcf-storage', withTcf);
  await cmp(storage.tab, { eventStatus: 'tcloaded', ...purposes(1) });
  await storage.tab.ready();
});

test('where the module for a manager cannot be had, nothing begins but by the page’s own word', async () => {
  suite.shop.control.failing.set('/sdk/v1/consent-tcf.js', 99);
  const { tab, asked } = await visit(await suite.newVisitor(), '/shop/tcf', withTcf);
  await cmp(tab, { eventStatus: 'tcloaded', ...purposes(1, 3, 4) });
  await assertStill(tab, asked);
  await tab.call('consent', true);
  await tab.ready();
});

test('TCF: a manager that comes late is waited for', async () => {
  const { tab, asked } = await visit(await suite.newVisitor(), '/shop/tcf');
  await assertStill(tab, asked);
  await tab.page.evaluate(
    (data) => {
      const scope = /** @type {any} */ (window);
      scope.__tcfapi = (
        /** @type {string} */ _command,
        /** @type {number} */ _version,
        /** @type {(data: any, isFine: boolean) => void} */ callback,
      ) => callback(data, true);
    },
    { eventStatus: 'tcloaded', ...purposes(1, 3, 4) },
  );
  await tab.ready();
});

/**
 * Shopify's storefront as "Customer Privacy API" describes it: the API comes by `loadFeatures`, and tells of an answer by an event.
 * @param {boolean} isAsked whether a visitor from here has to be asked
 * @returns {(page: Page) => Promise<unknown>}
 */
const withShopify = (isAsked) => (page) =>
  page.evaluateOnNewDocument((hasToAnswer) => {
    const scope = /** @type {any} */ (window);
    /** @type {Record<string, string>} */
    let said = { marketing: '', analytics: '', preferences: '', sale_of_data: '' };
    const allowed = (/** @type {string} */ name) => () =>
      said[name] ? said[name] === 'yes' : !hasToAnswer;
    const customerPrivacy = {
      currentVisitorConsent: () => ({ ...said }),
      analyticsProcessingAllowed: allowed('analytics'),
      marketingAllowed: allowed('marketing'),
      preferencesProcessingAllowed: allowed('preferences'),
      saleOfDataAllowed: allowed('sale_of_data'),
    };
    scope.Shopify = {
      loadFeatures(
        /** @type {{ name: string, version: string }[]} */ [feature],
        /** @type {(error?: Error) => void} */ callback,
      ) {
        if (feature?.name !== 'consent-tracking-api') return callback(new Error('unknown'));
        setTimeout(() => {
          scope.Shopify.customerPrivacy = customerPrivacy;
          callback();
        }, 50);
      },
    };
    scope.banner = (/** @type {Record<string, string>} */ answers) => {
      said = { ...said, ...answers };
      const detail = {
        marketingAllowed: customerPrivacy.marketingAllowed(),
        analyticsAllowed: customerPrivacy.analyticsProcessingAllowed(),
      };
      document.dispatchEvent(new CustomEvent('visitorConsentCollected', { detail }));
    };
  }, isAsked);

/** @param {Tab} tab @param {Record<string, string>} answers */
const banner = (tab, answers) =>
  tab.page.evaluate((one) => /** @type {any} */ (window).banner(one), answers);

test('Shopify: the visitor’s answer counts; where nobody has to be asked, the shop’s own rule', async () => {
  const visitor = await suite.newVisitor();
  const { tab, asked } = await visit(visitor, '/shop/shopify', withShopify(true));
  await tab.call('cart', 'add', { variant: 'mug-blue' });
  await assertStill(tab, asked);
  await banner(tab, { analytics: 'yes', marketing: 'yes' });
  await tab.shows({ 'mug-blue': 1 });
  await tab.settled();
  await banner(tab, { analytics: 'yes', marketing: 'no' });
  await until('an empty storage', async () => (await kept(tab.page)) === DENIED_BY_MANAGER);
  const free = await visit(await suite.newVisitor(), '/shop/shopify', withShopify(false));
  await free.tab.ready();
  const gpc = await visit(await suite.newVisitor(), '/shop/shopify', async (page) => {
    await withGpc(page);
    await withShopify(false)(page);
  });
  await assertStill(gpc.tab, gpc.asked);
  await banner(gpc.tab, { analytics: 'yes', marketing: 'yes' });
  await gpc.tab.ready();
});

/**
 * `gtag` as Google has it in its snippet.
 * @param {Tab} tab
 * @param {...unknown} args
 */
const gtag = (tab, ...args) =>
  tab.page.evaluate((list) => {
    const scope = /** @type {any} */ (window);
    scope.dataLayer = scope.dataLayer || [];
    const push = function gtag() {
      // biome-ignore lint/complexity/noArguments: what the snippet pushes is this very object
      scope.dataLayer.push(arguments);
    };
    push.apply(null, /** @type {any} */ (list));
  }, args);

test('Google Consent Mode: an update is an answer, a default is none', async () => {
  const denied = { ad_storage: 'denied', analytics_storage: 'denied', wait_for_update: 500 };
  const granted = { ad_storage: 'granted', analytics_storage: 'granted' };
  const visitor = await suite.newVisitor();
  const { tab, asked } = await visit(visitor, '/shop/google');
  await gtag(tab, 'consent', 'default', granted);
  await gtag(tab, 'consent', 'default', { ...denied, region: ['ES', 'US-AK'] });
  await gtag(tab, 'event', 'page_view');
  await tab.call('cart', 'add', { variant: 'mug-blue' });
  const quiet = await visit(await suite.newVisitor(), '/shop/google', (page) =>
    page.evaluateOnNewDocument((values) => {
      /** @type {any} */ (window).dataLayer = [{ 0: 'consent', 1: 'default', 2: values }];
    }, denied),
  );
  await assertStill(quiet.tab, quiet.asked);
  await gtag(quiet.tab, 'consent', 'update', { analytics_storage: 'granted' });
  await assertStill(quiet.tab, quiet.asked);
  await gtag(quiet.tab, 'consent', 'update', { ad_storage: 'granted' });
  await quiet.tab.ready();
  await gtag(quiet.tab, 'consent', 'update', { ad_storage: 'denied' });
  await until('an empty storage', async () => (await kept(quiet.tab.page)) === DENIED_BY_MANAGER);
  // Google's own scripts get all of it as before.
  const entries = await quiet.tab.page.evaluate(() => /** @type {any} */ (window).dataLayer.length);
  assert.equal(entries, 4);
  assert.equal(asked.includes('/v1/collect'), false);
});

test('Google Consent Mode: a default that allows, and says to wait for an update, begins nothing before', async () => {
  const values = { ad_storage: 'granted', analytics_storage: 'granted', wait_for_update: 3_000 };
  const prepare = (/** @type {Page} */ page) =>
    page.evaluateOnNewDocument((entry) => {
      /** @type {any} */ (window).dataLayer = [['consent', 'default', entry]];
    }, values);
  const visitor = await suite.newVisitor();
  const { tab, asked } = await visit(visitor, '/shop/google', prepare);
  await tab.call('cart', 'add', { variant: 'mug-blue' });
  await assertStill(tab, asked);
  await gtag(tab, 'consent', 'update', { ad_storage: 'denied' });
  await until('the no', async () => (await kept(tab.page)) === DENIED_BY_MANAGER);
  await assertStill(tab, asked, DENIED_BY_MANAGER);
  // Nobody has said anything in that time.
  const late = await visit(await suite.newVisitor(), '/shop/google', prepare);
  await late.tab.call('cart', 'add', { variant: 'mug-blue' });
  await late.tab.shows({ 'mug-blue': 1 });
});

test('Google Consent Mode: a default that allows leaves it to the shop’s own rule', async () => {
  const prepare = (/** @type {Page} */ page) =>
    page.evaluateOnNewDocument(() => {
      const values = { ad_storage: 'granted', analytics_storage: 'granted' };
      /** @type {any} */ (window).dataLayer = [['consent', 'default', values]];
    });
  const free = await visit(await suite.newVisitor(), '/shop/google', prepare);
  await free.tab.ready();
  const gpc = await visit(await suite.newVisitor(), '/shop/google', async (page) => {
    await withGpc(page);
    await prepare(page);
  });
  await assertStill(gpc.tab, gpc.asked);
});

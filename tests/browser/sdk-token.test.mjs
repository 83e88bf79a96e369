/** The intent token: a new one with each answer, also of a page that nobody leaves; none once it has ended. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { until } from './sdk-storefront.mjs';
import { sdkSuite } from './sdk-suite.mjs';

const suite = sdkSuite();
const DAY_MS = 86_400_000;

/** Days pass when the test says so, and what waits for a day waits for a moment. @param {import('puppeteer-core').Page} page */
const withCalendar = (page) =>
  page.evaluateOnNewDocument((day) => {
    const scope = /** @type {any} */ (window);
    scope.days = 0;
    const { now } = Date;
    Date.now = () => now() + scope.days * day;
    const wait = window.setTimeout.bind(window);
    scope.setTimeout = (
      /** @type {() => void} */ work,
      /** @type {number} */ ms,
      /** @type {unknown[]} */ ...rest
    ) => wait(work, ms >= day ? 1_000 : ms, ...rest);
  }, DAY_MS);

/** @param {import('./sdk-storefront.mjs').Tab} tab @param {number} days */
const wait = (tab, days) =>
  tab.page.evaluate((n) => {
    /** @type {any} */ (window).days = n;
  }, days);

/** When a token ends, epoch s: its bytes 2 to 5. @param {string} token */
const endOf = (token) => Buffer.from(token, 'base64url').readUInt32BE(2);

test('a page that stays open gets a new one before the old one ends', async () => {
  const tab = await suite.open(await suite.newVisitor(), '/shop', withCalendar);
  await tab.call('cart', 'add', { variant: 'mug-blue' });
  const { token } = await tab.settled();
  assert.ok(endOf(token) * 1_000 > Date.now() + 6 * DAY_MS);
  await wait(tab, 1);
  const next = await until('another token', async () => {
    const status = await tab.last('status');
    return status.token !== token && status.token;
  });
  assert.ok(endOf(next) > endOf(token));
  const answer = await fetch(`${suite.shop.origin}/v1/restore`, {
    method: 'POST',
    headers: { origin: suite.shop.origin },
    body: JSON.stringify({
      key: await tab.page.$eval('script[data-key]', (tag) => tag.getAttribute('data-key')),
      token: next,
    }),
  });
  assert.equal((await answer.json()).status, 'ok');
});

test('one that has ended is not told any more', async () => {
  const visitor = await suite.newVisitor();
  const tab = await suite.open(visitor, '/shop', withCalendar);
  await tab.call('cart', 'add', { variant: 'mug-blue' });
  await tab.settled();
  suite.shop.control.instead = () => ({ status: 503, answer: {} });
  await wait(tab, 6);
  await tab.call('flush');
  await until('a failure', async () => (await tab.last('status')).last_error);
  assert.ok((await tab.last('status')).token);
  await wait(tab, 8);
  await tab.call('cart', 'add', { variant: 'bag-red' });
  await until('none', async () => (await tab.last('status')).token === null);
  suite.shop.control.instead = undefined;
  await tab.call('flush');
  await until('a new one', async () => (await tab.last('status')).token);
});

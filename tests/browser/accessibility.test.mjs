/** The demo shop's pages, as axe-core sees them: at a desk, on a phone, and in the dark. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { startTestStack } from '../fixtures/test-stack.mjs';
import { violationsIn } from './sdk-card.mjs';
import { openBrowser, until } from './sdk-storefront.mjs';

const stateDir = mkdtempSync(join(tmpdir(), 'homing-axe-'));

/** @type {Awaited<ReturnType<typeof startTestStack>>} */
let stack;
/** @type {import('./engines/engine.mjs').Browser} */
let browser;

before(async () => {
  stack = await startTestStack({ stateDir });
  browser = await openBrowser();
});

after(async () => {
  await browser?.close();
  await stack?.stop();
  rmSync(stateDir, { recursive: true, force: true });
});

/** @typedef {import('puppeteer-core').Page} Page */

const VIEWS = [
  { name: 'at a desk', width: 1280, height: 900, colours: 'light' },
  { name: 'on a phone', width: 390, height: 844, colours: 'light' },
  { name: 'in the dark', width: 390, height: 844, colours: 'dark' },
];

/** @param {Page} page @param {string} path */
const visit = (page, path) =>
  page.goto(`${stack.url}/store/${path}`, { waitUntil: 'networkidle0' });

/** @param {Page} page @param {string} text */
const countBecomes = (page, text) =>
  until(`${text} in the cart`, async () =>
    (await page.$eval('#cart-count', (count) => count.textContent))?.includes(text),
  );

/**
 * The pages in the order of a shopper's way, each with what is done on it before it is looked at.
 * @type {{ name: string, path?: string, act?: (page: Page) => Promise<unknown> }[]}
 */
const STATIONS = [
  { name: 'the shelf', path: '' },
  { name: 'an empty cart', path: 'cart.html' },
  { name: 'an empty checkout', path: 'checkout.html' },
  { name: 'a product', path: 'product.html?p=mug&v=blue' },
  {
    name: 'a product in the cart',
    async act(page) {
      await page.type('#engraving', 'Ada');
      await page.click('#add-to-cart');
      await countBecomes(page, '1');
    },
  },
  { name: 'the cart', path: 'cart.html' },
  {
    name: 'the prompt',
    async act(page) {
      await page.evaluate(() => /** @type {any} */ (window).homing('prompt', 'show'));
      await page.waitForSelector('homing-card');
    },
  },
  { name: 'the checkout', path: 'checkout.html' },
  {
    name: 'the delivery',
    async act(page) {
      await page.waitForSelector('#email', { visible: true });
      await page.type('#email', 'ada@example.com');
      await page.click('#to-shipping');
      await page.waitForSelector('#name', { visible: true });
    },
  },
  {
    name: 'the payment',
    async act(page) {
      for (const [field, text] of Object.entries({
        name: 'Ada',
        street: '1 Lane',
        postcode: '1000',
        city: 'Bath',
      })) {
        await page.type(`#${field}`, text);
      }
      await page.click('#to-payment');
      await page.waitForSelector('#pay', { visible: true });
    },
  },
  {
    name: 'the thanks',
    async act(page) {
      await page.click('#pay');
      await page.waitForSelector('#order', { visible: true });
    },
  },
  { name: 'the panel', path: '', act: (page) => page.click('#how') },
];

for (const { name, width, height, colours } of VIEWS) {
  test(`the demo shop has no violation ${name}`, async () => {
    const visitor = await browser.createBrowserContext();
    const page = await visitor.newPage();
    await page.setViewport({ width, height });
    await page.emulateMediaFeatures([
      { name: 'prefers-reduced-motion', value: 'reduce' },
      { name: 'prefers-color-scheme', value: colours },
    ]);
    /** @type {Record<string, string[]>} */
    const found = {};
    for (const station of STATIONS) {
      if (station.path !== undefined) await visit(page, station.path);
      await station.act?.(page);
      const wrong = await violationsIn(page);
      if (wrong.length > 0) found[station.name] = wrong;
    }
    await visitor.close();
    assert.deepEqual(found, {});
  });
}

/** The files of platforms/ that are pages' parts, as they stand, in a page; and what a strict policy has to allow. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { inRoot } from '../../scripts/paths.mjs';
import { BigShop } from '../fixtures/platforms/bigcommerce.mjs';
import { ShopifyShop } from '../fixtures/platforms/shopify.mjs';
import { until } from './sdk-storefront.mjs';
import { sdkSuite } from './sdk-suite.mjs';
import { addInTheme } from './shopify-theme.mjs';

const LISTEN = `window.seen = { change: [], status: [], restored: [], placed: [], exit: [] };
for (const name in seen) homing('on', name, (value) => seen[name].push(value));`;

/** @param {string} script */
const allow = (script) => `'sha256-${createHash('sha256').update(script).digest('base64')}'`;

/**
 * A file of platforms/ with a shop's own values in it.
 * @param {string[]} path
 * @param {string} key
 */
const installed = (path, key) =>
  readFileSync(inRoot('platforms', ...path), 'utf8')
    .replaceAll('https://YOUR-WORKER', '')
    .replaceAll('pk_YOUR-KEY', key)
    .replaceAll('{{checkout.order.id}}', '118');

describe('BigCommerce', () => {
  const goods = { 77: { title: 'Bag', minor: 3_900, stock: 9, productId: 115, names: {} } };
  const shop = new BigShop(goods, []);
  const suite = sdkSuite({
    ...{ head: '', snippet: '' },
    page: (key, path) =>
      `<!doctype html><title>Shop</title>${installed(['bigcommerce', 'all-pages.html'], key)}
      <script>${LISTEN}</script>
      ${path === '/shop/confirmation' ? installed(['bigcommerce', 'order-confirmation.html'], key) : ''}`,
    answer: (asked) => shop.answer(asked),
  });

  test('the scripts of Script Manager follow the cart and tell the order', async () => {
    const visitor = await suite.newVisitor();
    const tab = await suite.open(visitor);
    await tab.ready();
    await tab.page.evaluate(() =>
      fetch('/api/storefront/carts', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: '{"lineItems":[{"productId":115,"variantId":77,"quantity":2}]}',
      }).then(() => {}),
    );
    await tab.shows({ '115:77': 2 });
    await tab.settled();
    await tab.page.goto(`${suite.shop.origin}/shop/confirmation`);
    await until('the order', () => suite.sent('order').length > 0);
    assert.equal(suite.sent('order')[0].order, '118');
  });
});

describe('A tag manager', () => {
  const shop = new ShopifyShop({ 42: { title: 'Mug', minor: 1_450, stock: 9 } }, []);
  const suite = sdkSuite({
    ...{ head: '', snippet: '' },
    // The tag comes when the page is long there.
    page: (key) => `<!doctype html><title>Shop</title>${shop.head}<body><script>
      addEventListener('load', () => setTimeout(() => {
        const tag = document.createRange().createContextualFragment(${JSON.stringify(
          installed(['tag-manager', 'tag.html'], key),
        ).replaceAll('</', '<\\/')});
        document.body.append(tag);
        ${LISTEN}
      }, 100));
    </script>`,
    answer: (asked) => shop.answer(asked),
  });

  test('its tag loads snippet and adapter', async () => {
    const tab = await suite.open(await suite.newVisitor());
    await until('the tag', () =>
      tab.page.evaluate(() => !!(/** @type {any} */ (window).seen?.status.length)),
    );
    await addInTheme(tab, 42, 1);
    await tab.shows({ 42: 1 });
  });
});

const QUEUE = 'window.homing=window.homing||function(){(homing.q=homing.q||[]).push(arguments)}';

for (const isAllowed of [true, false]) {
  describe(`A policy ${isAllowed ? 'with' : 'without'} 'wasm-unsafe-eval'`, () => {
    const shop = new ShopifyShop({ 42: { title: 'Mug', minor: 1_450, stock: 9 } }, []);
    const scripts = [QUEUE, LISTEN].map(allow).join(' ');
    const wasm = isAllowed ? " 'wasm-unsafe-eval'" : '';
    const suite = sdkSuite({
      ...{ head: '', snippet: '' },
      headers: {
        'content-security-policy': `default-src 'none'; script-src 'self'${wasm} ${scripts}; connect-src 'self'`,
      },
      page: (key) => `<!doctype html><title>Shop</title><script>${QUEUE}</script>
        <script>${LISTEN}</script>
        <script async src="/sdk/v1/homing.js" data-key="${key}" data-platform="shopify"></script>`,
      answer: (asked) => shop.answer(asked),
    });

    test('is enough', async () => {
      const tab = await suite.open(await suite.newVisitor());
      await tab.ready();
      await tab.call('cart', 'add', { variant: 'lamp' });
      await tab.shows({ lamp: 1 });
      await tab.settled();
      const files = await tab.page.evaluate(() =>
        performance.getEntriesByType('resource').map(({ name }) => name),
      );
      assert.equal(
        files.some((name) => name.endsWith('/plain.js')),
        !isAllowed,
      );
    });
  });
}

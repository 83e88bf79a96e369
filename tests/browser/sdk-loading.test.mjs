/** Modules that cannot be had at once, and snippets that stand where nobody expected them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { until } from './sdk-storefront.mjs';
import { sdkSuite } from './sdk-suite.mjs';

const suite = sdkSuite();

test('a runtime that fails to load is asked for again, and so is what a link needs', async () => {
  const owner = await suite.open(await suite.newVisitor());
  await owner.call('cart', 'add', { variant: 'mug-blue' });
  const { token } = await owner.settled();
  suite.shop.control.failing.set('/sdk/v1/runtime.js', 1);
  suite.shop.control.failing.set('/sdk/v1/homing.wasm', 2);
  suite.shop.control.failing.set('/sdk/v1/restore.js', 2);
  const tab = await suite.open(await suite.newVisitor(), `/shop#homing=${token}`);
  await tab.call('cart', 'add', { variant: 'bag-red' });
  await tab.shows({ 'mug-blue': 1, 'bag-red': 1 });
  await tab.page.click('button');
  const { cart } = await tab.settled();
  assert.deepEqual((await suite.shop.edgeCart(cart)).lines, { 'mug-blue': 1, 'bag-red': 1 });
});

test('a snippet that is put in by a script of the shop, as a module, works by its tag', async () => {
  const visitor = await suite.newVisitor();
  const tab = await suite.open(visitor, '/shop', (page) =>
    page.evaluateOnNewDocument(() => {
      // As where the file is imported: no script is the current one.
      Object.defineProperty(document, 'currentScript', { get: () => null });
    }),
  );
  await tab.call('cart', 'add', { variant: 'mug-blue' });
  await tab.settled();
  await until('the line', async () => (await tab.lines())['mug-blue'] === 1);
});

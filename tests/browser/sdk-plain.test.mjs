/** Where WebAssembly is refused, by the page's policy or by the browser: the same rules, as JavaScript. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { answerOf, eventsText, linesText } from '../../client-sdk/js/records.js';
import { loadWasm } from '../../client-sdk/js/wasm.js';
import { sdkFile } from '../../scripts/build-sdk.mjs';
import { ShopifyShop } from '../fixtures/platforms/shopify.mjs';
import { shopPage } from './sdk-page.mjs';
import { until } from './sdk-storefront.mjs';
import { sdkSuite } from './sdk-suite.mjs';
import { addInTheme } from './shopify-theme.mjs';

const shop = new ShopifyShop({ 42: { title: 'Mug', minor: 1_450, stock: 9 } }, []);

/** @param {import('puppeteer-core').Page} page */
const lockDown = (page) =>
  page.evaluateOnNewDocument(() => {
    Reflect.deleteProperty(window, 'WebAssembly');
  });

/** @param {import('./sdk-storefront.mjs').Tab} tab */
const files = (tab) =>
  tab.page.evaluate(() =>
    performance
      .getEntriesByType('resource')
      .map(({ name }) => new URL(name).pathname.split('/').at(-1)),
  );

for (const [how, headers, prepare] of /** @type {const} */ ([
  [
    'a policy without WebAssembly',
    { 'content-security-policy': "script-src 'self' 'unsafe-inline'" },
    async () => {},
  ],
  ['a browser without WebAssembly', {}, lockDown],
])) {
  describe(how, () => {
    const suite = sdkSuite({
      ...{ head: '', snippet: '', headers },
      page: (key, path) => {
        const isShops = path.startsWith('/shop/own');
        const head = isShops ? shop.head : '';
        const snippet = isShops ? 'data-platform="shopify"' : '';
        return shopPage(key, '', { head, snippet, answer: () => undefined });
      },
      answer: (asked) => shop.answer(asked),
    });

    test('a cart is shown, kept over a reload, and at the edge', async () => {
      const tab = await suite.open(await suite.newVisitor(), '/shop', prepare);
      /** @type {unknown[]} */
      const errors = [];
      tab.page.on('pageerror', (error) => errors.push(error));
      await tab.ready();
      assert.equal((await files(tab)).includes('plain.js'), false, 'before there is a cart');
      await tab.call('cart', 'add', { variant: 'mug-blue', quantity: 2, options: { Size: 'M' } });
      await tab.call('cart', 'add', { variant: 'bag-red' });
      await tab.call('cart', 'set', { variant: 'mug-blue', options: { Size: 'M' }, quantity: 5 });
      await tab.call('cart', 'remove', { variant: 'bag-red' });
      await tab.shows({ 'mug-blue': 5 });
      await tab.settled();
      await tab.page.reload();
      await tab.shows({ 'mug-blue': 5 });
      assert.ok((await files(tab)).includes('plain.js'));
      const { cart } = await tab.last('status');
      assert.deepEqual((await suite.shop.edgeCart(cart)).lines, { 'mug-blue': 5 });
      assert.deepEqual(errors, []);
    });

    test('what is done offline is there at once, and at the edge when the line is back', async () => {
      const tab = await suite.open(await suite.newVisitor(), '/shop', prepare);
      await tab.call('cart', 'add', { variant: 'mug-blue' });
      const { cart } = await tab.settled();
      await tab.page.setOfflineMode(true);
      await tab.call('cart', 'add', { variant: 'bag-red', quantity: 3 });
      await tab.shows({ 'mug-blue': 1, 'bag-red': 3 });
      await tab.page.setOfflineMode(false);
      await until('the edge', async () => (await suite.shop.edgeCart(cart)).lines['bag-red'] === 3);
    });

    test('a link brings its cart, and an order ends it', async () => {
      const owner = await suite.open(await suite.newVisitor(), '/shop', prepare);
      await owner.call('cart', 'add', { variant: 'mug-blue', quantity: 2 });
      const { token } = await owner.settled();
      const tab = await suite.open(await suite.newVisitor(), `/shop#homing=${token}`, prepare);
      await tab.shows({ 'mug-blue': 2 });
      await tab.page.click('button');
      await tab.call('order', { order: 'A-1' });
      await tab.shows({});
      const { cart } = await tab.settled();
      assert.equal((await suite.shop.edgeCart(cart)).epoch, 1);
    });

    test('the shop’s own cart is followed', async () => {
      const tab = await suite.open(await suite.newVisitor(), '/shop/own', prepare);
      await tab.ready();
      await addInTheme(tab, 42, 3);
      await tab.shows({ 42: 3 });
      await tab.settled();
    });

    test('a page that closes right after a call sends it by itself', async () => {
      const tab = await suite.open(await suite.newVisitor(), '/shop', prepare);
      await until('the load event', () =>
        tab.page.evaluate(() => document.readyState === 'complete'),
      );
      await tab.ready();
      await tab.call('cart', 'add', { variant: 'mug-blue' });
      await tab.page.close();
      const beacon = await until('the beacon', () => suite.shop.control.collected[0]);
      assert.deepEqual((await suite.shop.edgeCart(beacon.cart)).lines, { 'mug-blue': 1 });
    });
  });
}

test('whatever the module says of random histories, the JavaScript says as well', async () => {
  const wasm = await loadWasm(new Response(readFileSync(sdkFile('homing.wasm'))));
  const { rules } = await import(`${pathToFileURL(sdkFile('plain.js'))}`);
  /** @type {import('../../client-sdk/js/wasm.js').Call} */
  const plain = rules();
  let seed = 7;
  let taken = 0;
  /** @param {number} most */
  const pick = (most) => {
    seed = (seed * 48_271) % 2_147_483_647;
    return seed % most;
  };
  for (let life = 0; life < 300; life += 1) {
    /** @type {import('../../client-sdk/js/records.js').Event[]} */
    let pending = [];
    let base = '';
    let counter = 1;
    for (let step = 0; step < 12; step += 1) {
      const line = `v${pick(4)}\t${pick(10_002)}\tSize\t${'ÖM 🙂'.slice(pick(3))}`;
      const command = ['add', 'set', 'remove', 'clear', 'order', 'none'][pick(6)] ?? '';
      const text = ['clear', 'order'].includes(command) ? command : `${command}\t${line}`;
      const id = `${(0xfedc_ba98_7654_0000n + BigInt(life)).toString(16)}-${counter}`;
      // Later than 32 bits of milliseconds, and sometimes than 48.
      const now = [1_795_971_383_001, 4_102_444_800_000, 2 ** 50][pick(3)] ?? 0;
      const texts = [base, eventsText(pending), text, id];
      const [answer, other] = [wasm, plain].map((call) => call('apply', texts, now));
      assert.equal(other, answer);
      if (answer?.startsWith('x\t')) continue;
      const { events, view } = answerOf(answer ?? '');
      counter += events.length;
      pending.push(...events);
      if (pick(4)) continue;
      // The edge has taken all of it.
      const seq = pick(2 ** 31) * 2 ** 12 + step;
      const dots = view.dots.map((dot, n) => `${dot}\t${seq}\t${n}7\t${id}\tv${n}\t${n + 1}`);
      const reply = [`${seq}\t${view.epoch}\t${(BigInt(now) << 16n) % 2n ** 64n}\t1`, ...dots].join(
        '\n',
      );
      const [settled, same] = [wasm, plain].map((call) => call('settle', [base, reply], seq));
      assert.equal(same, settled);
      if (settled) {
        base = settled;
        pending = [];
        taken += 1;
      }
    }
    const lines = linesText([
      { variant: 'v1', qty: 3 },
      { variant: 'w', qty: 1 },
    ]);
    const fork = [base, eventsText(pending), lines, '00000000000000ef-2'];
    assert.equal(plain('fork', fork, 5), wasm('fork', fork, 5));
  }
  assert.ok(taken > 300, `${taken} answers of the edge taken`);
});

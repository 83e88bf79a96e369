/** A shop that nobody here wrote: carts that are left in Vendure, come back into Vendure, and are bought there. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { forEveryCart } from '../../scripts/demo-shop.mjs';
import { runEdge } from '../fixtures/edge.mjs';
import { parseMail, SmtpPeer, tokenIn } from '../fixtures/smtp-peer.mjs';
import { until } from '../fixtures/until.mjs';
import { Gate } from './gate.mjs';
import { linesOf, VendureShop } from './shop.mjs';
import { Storefront } from './storefront.mjs';

/** When the second message would come, after the cart was left, ms. */
const SECOND_MS = 16_000;

/** @param {string} storefront */
const paceOf = (storefront) => ({
  origins: [storefront],
  restore_url: `${storefront}/cart`,
  thresholds: { cart_ms: 2_000, checkout_ms: 2_000 },
  sequences: forEveryCart([
    { after_ms: 2_000, template: 'reminder' },
    { after_ms: SECOND_MS, template: 'last_chance' },
  ]),
});

const AGREED = { email: true, wording: 'checkout-v1', page: '/checkout' };

/** @type {string} */
let dir;
/** @type {Storefront} */
let storefront;
/** @type {SmtpPeer} */
let smtp;
/** @type {import('../fixtures/edge.mjs').Edge} */
let edge;
/** @type {Gate} */
let gate;
/** @type {VendureShop} */
let shop;
/** Ids of variants by SKU. @type {Record<string, string>} */
const ids = {};

before(async () => {
  dir = mkdtempSync(join(tmpdir(), 'homing-vendure-'));
  [smtp, storefront] = await Promise.all([SmtpPeer.start(), Storefront.start()]);
  edge = await runEdge({ demo: paceOf(storefront.url), env: { SMTP_URL: smtp.url } });
  gate = await Gate.start(edge.url);
  shop = await VendureShop.start(dir, { storefront: storefront.url, homing: gate.url, edge });
  storefront.shopApi = shop.shopApi;
  const { products } = await shop.visitor().ask('{ products { items { variants { id sku } } } }');
  for (const { variants } of products.items) {
    for (const { id, sku } of variants) ids[sku] = id;
  }
  await until('the catalogue is told', async () => (await productAt(ids.TEAPOT)) !== undefined, {
    within: 30_000,
  });
});
after(async () => {
  await shop?.stop();
  await gate?.close();
  await edge?.end();
  await Promise.all([smtp?.close(), storefront?.close()]);
  rmSync(dir, { recursive: true, force: true, maxRetries: 3 });
});

/** What Homing knows of a variant. @param {string | undefined} variant @returns {Promise<any>} */
async function productAt(variant) {
  const response = await edge.asServer('/v1/catalogue/products');
  const { products } = /** @type {any} */ (await response.json());
  return products.find((/** @type {any} */ product) => product.variant === variant);
}

/** What Homing knows of a person's carts. @param {string} email @returns {Promise<any[]>} */
async function cartsAt(email) {
  const states = ['open', 'idle', 'abandoned', 'returned', 'recovered', 'ordered', 'empty'];
  const response = await edge.asServer('/v1/carts/search', { email, state: states });
  const text = await response.text();
  assert.equal(response.status, 200, text);
  return JSON.parse(text).carts;
}

/** @param {any} cart */
const shown = ({ lines }) =>
  lines
    .map((/** @type {any} */ { variant, qty, options }) => [variant, qty, options?.engraving ?? ''])
    .sort();

/** The id of a variant. @param {string} sku */
const id = (sku) => ids[sku] ?? '';

/** The link of the first message, and the token with which a click on it leads to the storefront. @param {string} email */
async function clicked(email) {
  const [mail] = await smtp.awaited(email, 1, 60_000);
  assert.ok(mail);
  const { text } = await parseMail(mail);
  const link = `${edge.url}/r/${tokenIn(text ?? '', 'r')}`;
  const response = await fetch(link, { redirect: 'manual' });
  assert.equal(response.status, 302);
  const [page = '', token = ''] = (response.headers.get('location') ?? '').split('#homing=');
  assert.equal(page.split('?')[0], `${storefront.url}/cart`);
  return { link, token, text: text ?? '' };
}

test('a cart that was left in Vendure comes back on another device, and its order ends what was to follow', async () => {
  const email = 'ada@shoppers.example';
  const laptop = shop.visitor();
  await laptop.add(id('MUG-BLUE'), 2, 'Ada');
  await laptop.add(id('MUG-BLUE'), 1, 'Charles');
  await laptop.add(id('MUG-GREEN'), 4);
  const before = await laptop.add(id('TEAPOT'), 1);
  const green = before.lines.find(
    (/** @type {any} */ one) => one.productVariant.sku === 'MUG-GREEN',
  );
  const left = await laptop.adjust(green.id, 3);
  assert.equal(await laptop.remember(AGREED), true);
  // Vendure tells nobody of this one.
  await laptop.identify(email);

  const { link, text } = await clicked(email);
  assert.match(text, /Mug/);
  const tab = await storefront.open(link);
  const shown = await tab.shows();
  assert.deepEqual(shown.lines, [
    '1 × Mug Blue “Charles”',
    '1 × Teapot',
    '2 × Mug Blue “Ada”',
    '3 × Mug Green',
  ]);
  assert.equal(shown.note, 'Welcome back.');
  assert.doesNotMatch(shown.address, /homing=/);
  // A link that is opened twice puts nothing in twice.
  await tab.again();
  assert.deepEqual((await tab.shows()).lines, shown.lines);
  const phone = shop.visitor(shown.session);
  const back = await phone.order();
  assert.deepEqual(linesOf(back), linesOf(left));
  assert.notEqual(back.code, left.code);

  // Bought under another address, on another device: what was left is bought all the same.
  const bought = await phone.buy('ada@work.example');
  assert.equal(bought.state, 'PaymentSettled');
  await until('the order counts where the cart was left', async () => {
    const late = await storefront.open(link);
    const { note } = await late.shows();
    await late.close();
    return note === 'You have bought this already.';
  });
  assert.equal((await edge.lookup(email)).planned, false);
  const states = (await cartsAt(email)).map((/** @type {any} */ cart) => cart.state);
  assert.deepEqual(states, ['recovered']);
  await sleep(SECOND_MS + 6_000);
  assert.equal(smtp.of(email).length, 1);
  assert.equal(smtp.of('ada@work.example').length, 0);
});

test('prices and stock of Vendure are what links and messages say', async () => {
  const email = 'price@shoppers.example';
  const visitor = shop.visitor();
  await visitor.add(id('LAMP'), 2);
  await visitor.add(id('MUG-GREEN'), 1);
  await visitor.identify(email);
  await visitor.remember(AGREED);
  const { token } = await clicked(email);
  // With tax, as the shop shows it: 39.00 and 19 %.
  const first = await productAt(id('LAMP'));
  assert.deepEqual(
    [first.price_minor, first.currency, first.available, first.url],
    [4_641, 'USD', true, `${storefront.url}/products/lamp`],
  );

  const admin = await shop.admin();
  const change = (/** @type {object} */ input) =>
    admin.ask(
      'mutation ($input: [UpdateProductVariantInput!]!) { updateProductVariants(input: $input) { id } }',
      { input: [input] },
    );
  await change({ id: id('LAMP'), price: 3_500 });
  await until(
    'the price is known',
    async () => (await productAt(id('LAMP'))).price_minor === 4_165,
  );
  const cheaper = await shop.visitor().restore(token);
  assert.deepEqual(cheaper.changes, [
    { variantId: id('LAMP'), kind: 'price', from: 4_641, to: 4_165 },
  ]);

  await change({ id: id('LAMP'), stockOnHand: 1 });
  await change({ id: id('MUG-GREEN'), enabled: false });
  await until(
    'it is known to be sold out',
    async () => !(await productAt(id('MUG-GREEN'))).available,
  );
  const late = shop.visitor();
  const partly = await late.restore(token);
  assert.deepEqual(
    partly.refused.sort((/** @type {any} */ a, /** @type {any} */ b) =>
      a.reason.localeCompare(b.reason),
    ),
    [
      { variantId: id('MUG-GREEN'), quantity: 1, reason: 'gone' },
      { variantId: id('LAMP'), quantity: 1, reason: 'sold_out' },
    ],
  );
  assert.deepEqual(linesOf(await late.order()), [{ sku: 'LAMP', quantity: 1, engraving: null }]);
  await change({ id: id('LAMP'), stockOnHand: 100 });
  await change({ id: id('MUG-GREEN'), enabled: true });
  await until('it is known to be back', async () => (await productAt(id('MUG-GREEN'))).available);
});

test('whoever bought nothing gets the second message, with the price as it is now', async () => {
  const mails = await smtp.awaited('price@shoppers.example', 2, 60_000);
  const texts = await Promise.all(mails.map(async (mail) => (await parseMail(mail)).text ?? ''));
  assert.match(texts[0] ?? '', /2 x Lamp: \$92\.82/);
  assert.match(texts[1] ?? '', /2 x Lamp: \$83\.30/);
});

test('what changes while Homing is away, and Vendure is killed before it could tell, is told when both are back', async () => {
  const [open, buyer] = ['outage@shoppers.example', 'outage-buyer@shoppers.example'];
  const [one, other] = [shop.visitor(), shop.visitor()];
  await other.add(id('MUG-BLUE'), 1);
  await other.identify(buyer);
  await until('it is known', async () => (await cartsAt(buyer)).length === 1);

  await edge.stack.kill9();
  await one.add(id('TEAPOT'), 2);
  await one.add(id('MUG-BLUE'), 5, 'Grace');
  await one.identify(open);
  await other.buy(buyer);
  // It has tried in vain, and goes on.
  await until('it has tried again', () => /basket not told yet \(2\)/.test(shop.log()), {
    within: 60_000,
  });
  await shop.kill9();
  await edge.stack.restart();
  await shop.start();

  await until('the cart is told', async () => (await cartsAt(open)).length === 1, {
    within: 60_000,
  });
  const [cart] = await cartsAt(open);
  assert.deepEqual(
    shown(cart),
    [
      [id('MUG-BLUE'), 5, 'Grace'],
      [id('TEAPOT'), 2, ''],
    ].sort(),
  );
  await until('the order is told', async () => (await cartsAt(buyer))[0]?.state === 'ordered', {
    within: 60_000,
  });
});

test('Vendure is killed again and again in the midst of telling: what Vendure has, Homing has', async () => {
  const email = 'kills@shoppers.example';
  const visitor = shop.visitor();
  await visitor.add(id('MUG-BLUE'), 1);
  await visitor.identify(email);
  await until('it is known', async () => (await cartsAt(email)).length === 1);
  for (const [round, what] of /** @type {const} */ (['request', 'answer', 'request']).entries()) {
    const held = gate.hold(what);
    await visitor.add(id(round === 1 ? 'TEAPOT' : 'MUG-GREEN'), 1);
    await held;
    await shop.kill9();
    gate.open();
    await shop.start();
  }
  const order = await visitor.order();
  assert.deepEqual(
    linesOf(order).map(({ sku, quantity }) => [sku, quantity]),
    [
      ['MUG-BLUE', 1],
      ['MUG-GREEN', 2],
      ['TEAPOT', 1],
    ],
  );
  const all = order.lines
    .map((/** @type {any} */ one) => [one.productVariant.id, one.quantity, ''])
    .sort();
  await until('Homing has it all', async () => {
    const [cart] = await cartsAt(email);
    return cart && JSON.stringify(shown(cart)) === JSON.stringify(all);
  });
});

test('a guest’s cart that becomes part of a customer’s is one cart', async () => {
  const emailAddress = 'customer@shoppers.example';
  const account = shop.visitor();
  await account.ask(
    'mutation ($input: RegisterCustomerInput!) { registerCustomerAccount(input: $input) { __typename } }',
    { input: { emailAddress, password: 'correct-horse' } },
  );
  const login =
    'mutation ($u: String!) { login(username: $u, password: "correct-horse") { __typename } }';
  await account.ask(login, { u: emailAddress });
  await account.add(id('TEAPOT'), 1);
  const guest = shop.visitor();
  await guest.add(id('MUG-BLUE'), 1);
  const { login: answer } = await guest.ask(login, { u: emailAddress });
  assert.equal(answer.__typename, 'CurrentUser');
  const merged = await guest.order();
  assert.equal(merged.lines.length, 2);
  await until('Homing has one cart with both', async () => {
    const carts = (await cartsAt(emailAddress)).filter(({ lines }) => lines.length > 0);
    return carts.length === 1 && carts[0].lines.length === 2;
  });
  // Emptied in one go, of which Vendure tells nobody either.
  await guest.change('removeAllOrderLines', '', {});
  await until('Homing has none', async () => {
    const carts = await cartsAt(emailAddress);
    return carts.every(({ lines }) => lines.length === 0);
  });
});

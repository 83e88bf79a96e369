/** The Adobe Commerce adapter in a real browser, in a storefront that keeps the guest's cart as the drop-ins do. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AdobeShop } from '../fixtures/platforms/adobe.mjs';
import { platformJourney } from './platform-journey.mjs';
import { until } from './sdk-storefront.mjs';
import { sdkSuite } from './sdk-suite.mjs';

/** As Adobe Commerce makes them: base64 of `custom-option/{option}` and `custom-option/{option}/{value}`. */
const [ENGRAVING, WRAP, PAPER] = ['custom-option/1', 'custom-option/2', 'custom-option/2/5'].map(
  (text) => Buffer.from(text).toString('base64'),
);
const [SHORT, WATCH] = ['WSH12-28-Green', '24 WG03 ä'];
const shop = new AdobeShop(
  {
    [SHORT]: { title: 'Short', minor: 4_500, stock: 500, parent: 'WSH12', options: {} },
    [WATCH]: { title: 'Watch', minor: 5_400, stock: 1 },
  },
  ['COMEBACK10'],
);
Object.assign(/** @type {any} */ (shop.goods[SHORT]).options, {
  [`${ENGRAVING}`]: [],
  [`${WRAP}`]: [PAPER],
});
const suite = sdkSuite({
  head: shop.head,
  snippet: 'data-platform="adobe"',
  answer: (asked) => shop.answer(asked),
});

/**
 * Asks as the storefront does.
 * @param {import('./sdk-storefront.mjs').Tab} tab
 * @param {string} query
 * @param {object} [variables]
 * @returns {Promise<any>}
 */
const ask = (tab, query, variables) =>
  tab.page.evaluate(async (body) => {
    const headers = { 'Content-Type': 'application/json' };
    const answer = await fetch('/graphql', { method: 'POST', headers, body });
    return (await answer.json()).data;
  }, JSON.stringify({ query, variables }));

/**
 * The guest's cart; the storefront begins one with the first thing that is put in.
 * @param {import('./sdk-storefront.mjs').Tab} tab
 */
async function cartId(tab) {
  const known = await tab.page.evaluate(
    () => /DROPIN__CART__CART-ID=([^;]+)/.exec(document.cookie)?.[1],
  );
  if (known) return known;
  const { createGuestCart } = await ask(tab, 'mutation{createGuestCart{cart{id}}}');
  const { id } = createGuestCart.cart;
  await tab.page.evaluate((cart) => {
    // biome-ignore lint/suspicious/noDocumentCookie: as the storefront does
    document.cookie = `DROPIN__CART__CART-ID=${cart}; path=/`;
  }, id);
  return id;
}

const ITEMS =
  'query($id:String!){cart(cart_id:$id){items{uid quantity product{sku}...on ConfigurableCartItem{configured_variant{sku}customizable_options{customizable_option_uid values{customizable_option_value_uid value}}}}}}';

/** @type {import('./platform-journey.mjs').Theme} */
const theme = {
  lines: [
    {
      variant: SHORT,
      options: { [`+${PAPER}`]: '1', [`${ENGRAVING}`]: 'Ada & "Ö" 🙂', parent_sku: 'WSH12' },
      quantity: 2,
    },
    { variant: '24%20WG03%20%C3%A4', options: {}, quantity: 1 },
  ],
  async add(tab, { variant, quantity }) {
    const item =
      variant === SHORT
        ? {
            ...{ sku: SHORT, parent_sku: 'WSH12', selected_options: [PAPER] },
            entered_options: [{ uid: ENGRAVING, value: 'Ada & "Ö" 🙂' }],
          }
        : { sku: WATCH };
    return ask(
      tab,
      'mutation($id:String!,$items:[CartItemInput!]!){addProductsToCart(cartId:$id,cartItems:$items){user_errors{code}}}',
      { id: await cartId(tab), items: [{ ...item, quantity }] },
    );
  },
  async change(tab, { variant }, quantity) {
    const id = await cartId(tab);
    const { cart } = await ask(tab, ITEMS, { id });
    const { uid } = cart.items.find(
      (/** @type {any} */ item) =>
        encodeURIComponent((item.configured_variant ?? item.product).sku) === variant,
    );
    const items = [{ cart_item_uid: uid, quantity }];
    return ask(
      tab,
      'mutation($id:String!,$items:[CartItemUpdateInput!]!){updateCartItems(input:{cart_id:$id,cart_items:$items}){cart{id}}}',
      { id, items },
    );
  },
  async cart(tab) {
    const { cart } = await ask(tab, ITEMS, { id: await cartId(tab) });
    return cart.items.map((/** @type {any} */ item) => ({
      variant: encodeURIComponent((item.configured_variant ?? item.product).sku),
      options: item.configured_variant
        ? {
            ...Object.fromEntries(
              item.customizable_options
                .map((/** @type {any} */ { customizable_option_uid: uid, values }) => {
                  const [{ customizable_option_value_uid: value, value: text }] = values;
                  return value === uid ? [uid, text] : [`+${value}`, '1'];
                })
                .sort((/** @type {any} */ a, /** @type {any} */ b) => (a[0] < b[0] ? -1 : 1)),
            ),
            parent_sku: item.product.sku,
          }
        : {},
      quantity: item.quantity,
    }));
  },
  async coupons(tab) {
    const query = 'query($id:String!){cart(cart_id:$id){applied_coupons{code}}}';
    const { cart } = await ask(tab, query, { id: await cartId(tab) });
    return (cart.applied_coupons ?? []).map((/** @type {any} */ one) => one.code);
  },
  stock(line, stock) {
    /** @type {any} */ (shop.goods)[decodeURIComponent(line.variant)].stock = stock;
  },
  down(isDown) {
    shop.instead = isDown ? { status: 503, json: {} } : undefined;
  },
};

platformJourney(suite, theme);

test('a storefront whose cart lives in the session is not filled with one that it does not show', async () => {
  const from = await suite.open(await suite.newVisitor());
  await from.ready();
  await theme.add(from, theme.lines[0]);
  await from.shows({ [SHORT]: 2 });
  const { token } = await from.settled();
  const before = shop.carts.size;
  const tab = await suite.open(await suite.newVisitor(), `/shop#homing=${token}`, (page) =>
    page.evaluateOnNewDocument(() => localStorage.setItem('mage-cache-storage', '{"cart":{}}')),
  );
  const placed = await until('the placed event', () => tab.last('placed'));
  assert.deepEqual(placed.refused, [{ ...theme.lines[0], reason: 'refused' }]);
  assert.equal(shop.carts.size, before);
});

test('the cart of PWA Studio is found and begun where PWA Studio looks for it', async () => {
  const visitor = await suite.newVisitor();
  const from = await suite.open(visitor);
  await from.ready();
  await theme.add(from, theme.lines[0]);
  await from.shows({ [SHORT]: 2 });
  const { token } = await from.settled();
  const tab = await suite.open(await suite.newVisitor(), `/shop#homing=${token}`, (page) =>
    page.evaluateOnNewDocument(() => localStorage.setItem('M2_VENIA_BROWSER_PERSISTENCE__x', '{}')),
  );
  await until('the placed event', () => tab.last('placed'));
  const id = await tab.page.evaluate(() =>
    JSON.parse(JSON.parse(localStorage.M2_VENIA_BROWSER_PERSISTENCE__cartId).value),
  );
  assert.equal(shop.carts.get(id)?.items[0]?.quantity, 2);
  await tab.page.click('button');
  await tab.shows({ [SHORT]: 2 });
});

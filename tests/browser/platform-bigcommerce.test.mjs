/** The BigCommerce adapter in a real browser. */
import { BigShop } from '../fixtures/platforms/bigcommerce.mjs';
import { platformJourney } from './platform-journey.mjs';
import { sdkSuite } from './sdk-suite.mjs';

const [MUG, BAG] = [193, 77];
const shop = new BigShop(
  {
    [MUG]: {
      ...{ title: 'Mug', minor: 1_450, stock: 500, productId: 230 },
      names: { 125: 'Size', 127: 'Large', 10: 'Engraving*' },
    },
    [BAG]: { title: 'Bag', minor: 3_900, stock: 1, productId: 115, names: {} },
  },
  ['COMEBACK10'],
);
const suite = sdkSuite({
  head: shop.head,
  snippet: 'data-platform="bigcommerce"',
  answer: (asked) => shop.answer(asked),
});

/**
 * Calls the Storefront API as a Stencil theme does.
 * @param {import('./sdk-storefront.mjs').Tab} tab
 * @param {string} method
 * @param {string} path
 * @param {object} [body]
 * @returns {Promise<any>}
 */
const api = (tab, method, path, body) =>
  tab.page.evaluate(
    async (verb, url, text) => {
      const headers = { 'Content-Type': 'application/json' };
      const answer = await fetch(url, { method: verb, headers, body: text });
      return answer.status === 204 ? undefined : answer.json();
    },
    method,
    `/api/storefront/carts${path}`,
    body && JSON.stringify(body),
  );

const OPTIONS = '?include=lineItems.physicalItems.options';

/** @type {import('./platform-journey.mjs').Theme} */
const theme = {
  lines: [
    { variant: `230:${MUG}`, options: { 125: '127', '10t': 'Ada & "Ö" 🙂' }, quantity: 2 },
    { variant: `115:${BAG}`, options: {}, quantity: 1 },
  ],
  async add(tab, { variant, options, quantity }) {
    const [productId, variantId] = variant.split(':').map(Number);
    const optionSelections = Object.entries(options).map(([name, value]) => ({
      optionId: Number.parseInt(name, 10),
      optionValue: name === '125' ? Number(value) : value,
    }));
    const [cart] = await api(tab, 'GET', '');
    const line = { productId, variantId, quantity, optionSelections };
    return api(tab, 'POST', cart ? `/${cart.id}/items` : '', { lineItems: [line] });
  },
  async change(tab, { variant }, quantity) {
    const [cart] = await api(tab, 'GET', '');
    const { id, productId, variantId } = cart.lineItems.physicalItems.find(
      (/** @type {any} */ one) => `${one.productId}:${one.variantId}` === variant,
    );
    return quantity
      ? api(tab, 'PUT', `/${cart.id}/items/${id}`, {
          lineItem: { productId, variantId, quantity },
        })
      : api(tab, 'DELETE', `/${cart.id}/items/${id}`);
  },
  async cart(tab) {
    const [cart] = await api(tab, 'GET', OPTIONS);
    return (cart?.lineItems.physicalItems ?? []).map((/** @type {any} */ item) => ({
      variant: `${item.productId}:${item.variantId}`,
      options: Object.fromEntries(
        item.options.map((/** @type {any} */ { nameId, valueId, value }) =>
          valueId ? [nameId, `${valueId}`] : [`${nameId}t`, value],
        ),
      ),
      quantity: item.quantity,
    }));
  },
  coupons: async (tab) =>
    (await api(tab, 'GET', ''))[0].coupons.map((/** @type {any} */ one) => one.code),
  stock(line, stock) {
    /** @type {any} */ (shop.goods)[Number(line.variant.split(':')[1])].stock = stock;
  },
  down(isDown) {
    shop.instead = isDown ? { status: 503, json: {} } : undefined;
  },
};

platformJourney(suite, theme);

// BigCommerce: the visitor's cart, by the Storefront REST API (reference/carts.sf.yml and checkouts.sf.yml of bigcommerce/docs).
import { answerOf, ask } from './ask.js';

/** @typedef {import('../index.d.ts').Platform} Platform */

const api = '/api/storefront/';

/** Without this a cart comes without what was chosen. */
const INCLUDE = 'include=lineItems.physicalItems.options,lineItems.digitalItems.options';

const cart = async () => (await answerOf(ask(`${api}carts?${INCLUDE}`)))[0];

export const requests = /\/(api\/storefront\/(carts|checkouts)|remote\/v1\/cart|cart\.php)/;

/** @type {Platform['read']} */
export async function read() {
  const { physicalItems = [], digitalItems = [] } = (await cart())?.lineItems || {};
  /** @type {any[]} */
  const items = [...physicalItems, ...digitalItems];
  const isPart = (/** @type {any} */ { parentId }) =>
    parentId && items.some(({ id, productId }) => parentId === id || parentId === productId);
  // A bundle's parts come and go with it.
  return items
    .filter((item) => !isPart(item))
    .map(({ productId, variantId, quantity, options = [] }) => ({
      variant: `${productId}:${variantId}`,
      // By number where there is a list to choose from; what was typed has none.
      options: Object.fromEntries(
        options.map((/** @type {any} */ { nameId, valueId, value }) =>
          valueId ? [`${nameId}`, valueId] : [`${nameId}t`, value],
        ),
      ),
      quantity,
    }));
}

/** @type {Platform['add']} */
export async function add({ variant, options, quantity }) {
  const [productId, variantId] = variant.split(':').map(Number);
  const optionSelections = Object.entries(options).map(([name, value]) => ({
    optionId: Number.parseInt(name, 10),
    optionValue: name.endsWith('t') ? value : Number(value),
  }));
  const id = (await cart())?.id;
  const { ok, status } = await ask(`${api}carts${id ? `/${id}/items` : ''}`, {
    lineItems: [{ productId, variantId, quantity, optionSelections }],
  });
  if (ok) return undefined;
  return status < 500 ? 'refused' : 'unavailable';
}

/** A checkout has its cart's id. @type {NonNullable<Platform['coupon']>} */
export async function coupon(couponCode) {
  const id = (await cart())?.id;
  return !!id && (await ask(`${api}checkouts/${id}/coupons`, { couponCode })).ok;
}

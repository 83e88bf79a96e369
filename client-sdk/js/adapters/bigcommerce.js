// BigCommerce: the visitor's cart, by the Storefront REST API (reference/carts.sf.yml and checkouts.sf.yml of bigcommerce/docs).
import { answerOf, ask } from './ask.js';
import { reduce } from './take.js';

/** @typedef {import('../index.d.ts').Platform} Platform */

const api = '/api/storefront/';

/** Without this a cart comes without what was chosen. */
const INCLUDE = 'include=lineItems.physicalItems.options,lineItems.digitalItems.options';

const cart = async () => (await answerOf(ask(`${api}carts?${INCLUDE}`)))[0];

export const requests = /\/(api\/storefront\/(carts|checkouts)|remote\/v1\/cart|cart\.php)/;

/** @param {any} cart */
function itemsOf({ lineItems: { physicalItems = [], digitalItems = [] } = {} } = {}) {
  /** @type {any[]} */
  const items = [...physicalItems, ...digitalItems];
  const isPart = (/** @type {any} */ { parentId }) =>
    parentId && items.some(({ id, productId }) => parentId === id || parentId === productId);
  // A bundle's parts come and go with it.
  return items.filter((item) => !isPart(item));
}

/** @param {any} item */
const lineOf = ({ productId, variantId, quantity, options = [] }) => ({
  variant: `${productId}:${variantId}`,
  // By number where there is a list to choose from; what was typed has none.
  options: Object.fromEntries(
    options.map((/** @type {any} */ { nameId, valueId, value }) =>
      valueId ? [`${nameId}`, `${valueId}`] : [`${nameId}t`, value],
    ),
  ),
  quantity,
});

/** @type {Platform['read']} */
export const read = async () => itemsOf(await cart()).map(lineOf);

/** A line as the shop wants to be told of it. @param {import('../index.d.ts').Line} line */
function itemFor({ variant, options, quantity }) {
  const [productId, variantId] = variant.split(':').map(Number);
  const optionSelections = Object.entries(options).map(([name, value]) => ({
    optionId: Number.parseInt(name, 10),
    optionValue: name.endsWith('t') ? value : Number(value),
  }));
  return { productId, variantId, quantity, optionSelections };
}

/** @param {Response} answer @returns {import('../index.d.ts').RefusalReason | undefined} */
const refusalOf = ({ ok, status }) => (ok ? undefined : status < 500 ? 'refused' : 'unavailable');

/** @type {Platform['add']} */
export async function add(line) {
  const id = (await cart())?.id;
  return refusalOf(
    await ask(`${api}carts${id ? `/${id}/items` : ''}`, { lineItems: [itemFor(line)] }),
  );
}

/** @type {NonNullable<Platform['set']>} */
export async function set(line) {
  const found = await cart();
  const change = async (/** @type {any} */ item, /** @type {number} */ quantity) => {
    const url = `${api}carts/${found.id}/items/${item.id}`;
    const lineItem = itemFor({ ...lineOf(item), quantity });
    return refusalOf(
      await (quantity ? ask(url, { lineItem }, {}, 'PUT') : ask(url, undefined, {}, 'DELETE')),
    );
  };
  return reduce(itemsOf(found), lineOf, change, line);
}

/** A checkout has its cart's id. @type {NonNullable<Platform['coupon']>} */
export async function coupon(couponCode) {
  const id = (await cart())?.id;
  return !!id && (await ask(`${api}checkouts/${id}/coupons`, { couponCode })).ok;
}

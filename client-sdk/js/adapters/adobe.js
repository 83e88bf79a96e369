// Adobe Commerce: a guest's cart, by GraphQL (src/pages/graphql/schema/cart of AdobeDocs/commerce-webapi).
import { answerOf, ask } from './ask.js';
import { reduce } from './take.js';

/** @typedef {import('../index.d.ts').Platform} Platform */

/** What Luma and Hyvä keep of the session, whose cart GraphQL cannot begin. */
const SESSION = 'mage-cache-storage';
/** Where PWA Studio keeps the cart's name, and where the storefront on Edge Delivery Services does. */
const STUDIO = 'M2_VENIA_BROWSER_PERSISTENCE__cartId';
const DROPIN = 'DROPIN__CART__CART-ID';

const CHOSEN =
  'customizable_options{customizable_option_uid values{customizable_option_value_uid value}}';
const CART = `query($id:String!){cart(cart_id:$id){items{uid quantity product{sku}...on SimpleCartItem{${CHOSEN}}...on VirtualCartItem{${CHOSEN}}...on ConfigurableCartItem{configured_variant{sku}${CHOSEN}}...on BundleCartItem{${CHOSEN}bundle_options{values{uid}}}}}}`;
const CREATE = 'mutation{createGuestCart{cart{id}}}';
const ADD =
  'mutation($id:String!,$items:[CartItemInput!]!){addProductsToCart(cartId:$id,cartItems:$items){user_errors{code message}}}';
const UPDATE =
  'mutation($id:String!,$items:[CartItemUpdateInput!]!){updateCartItems(input:{cart_id:$id,cart_items:$items}){cart{id}}}';
const COUPON =
  'mutation($id:String!,$code:String!){applyCouponToCart(input:{cart_id:$id,coupon_code:$code}){cart{applied_coupons{code}}}}';

/**
 * @param {string} query
 * @param {object} [variables]
 */
async function call(query, variables) {
  const { data, errors } = await answerOf(ask('/graphql', { query, variables }));
  if (errors) throw new Error(errors[0].message);
  return data;
}

const stored = (/** @type {string} */ key) => JSON.parse(localStorage.getItem(key) || '{}');

/** @returns {string | undefined} a guest's masked id */
const cartId = () =>
  new RegExp(`\\b${DROPIN}=([^;]+)`).exec(document.cookie)?.[1] ||
  JSON.parse(stored(STUDIO).value || '""') ||
  stored(SESSION).cart?.cartId;

/** A catalogue names variants in visible ASCII; other characters of a SKU are percent-encoded. @param {string} sku */
const variantOf = (sku) => sku.replace(/[^!-$&-~]/gu, encodeURIComponent);

/**
 * What was typed goes by the option, what was chosen by the value.
 * @param {any} item
 */
function optionsOf({ product, configured_variant, customizable_options, bundle_options }) {
  /** @type {Record<string, string>} */
  const found = configured_variant ? { parent_sku: product.sku } : {};
  for (const { customizable_option_uid: option, values } of customizable_options || []) {
    for (const { customizable_option_value_uid: uid, value } of values) {
      if (uid === option) found[uid] = value;
      else found[`+${uid}`] = '1';
    }
  }
  for (const { values } of bundle_options || []) {
    for (const { uid } of values) found[`+${uid}`] = '1';
  }
  return found;
}

export const requests =
  /\/graphql\b|\/checkout\/cart\/|\/customer\/section\/load|\/rest\/.*\bcarts\b/;

/** @returns {Promise<any[]>} */
async function items() {
  const id = cartId();
  return id ? (await call(CART, { id })).cart.items : [];
}

/** @param {any} item */
const lineOf = (item) => ({
  variant: variantOf((item.configured_variant || item.product).sku),
  options: optionsOf(item),
  quantity: item.quantity,
});

/** @type {Platform['read']} */
export const read = async () => (await items()).map(lineOf);

/** A guest's new cart, where the storefront looks for it. */
async function create() {
  if (localStorage.getItem(SESSION)) return undefined;
  const { id } = (await call(CREATE)).createGuestCart.cart;
  const isStudio = Object.keys(localStorage).some((key) => key.startsWith('M2_VENIA'));
  if (isStudio) {
    const value = JSON.stringify(id);
    localStorage.setItem(STUDIO, JSON.stringify({ value, timeStored: Date.now() }));
  } else {
    // biome-ignore lint/suspicious/noDocumentCookie: it is read by the storefront, and not every browser has the Cookie Store
    document.cookie = `${DROPIN}=${id};path=/;max-age=2592000`;
  }
  return id;
}

/** @type {Record<string, import('../index.d.ts').RefusalReason>} */
const REASONS = {
  PRODUCT_NOT_FOUND: 'gone',
  NOT_SALABLE: 'gone',
  INSUFFICIENT_STOCK: 'sold_out',
};

/** @type {Platform['add']} */
export async function add({ variant, options: { parent_sku, ...chosen }, quantity }) {
  const id = cartId() || (await create());
  if (!id) return 'refused';
  const names = Object.keys(chosen);
  const item = {
    sku: decodeURIComponent(variant),
    ...(parent_sku && { parent_sku }),
    quantity,
    selected_options: names.filter((name) => name.startsWith('+')).map((name) => name.slice(1)),
    entered_options: names
      .filter((name) => !name.startsWith('+'))
      .map((uid) => ({ uid, value: chosen[uid] })),
  };
  const [error] = (await call(ADD, { id, items: [item] })).addProductsToCart.user_errors;
  return error && (REASONS[error.code] || 'refused');
}

/** @type {NonNullable<Platform['set']>} */
export const set = async (line) => reduce(await items(), lineOf, change, line);

/** @param {any} item @param {number} quantity */
async function change({ uid }, quantity) {
  await call(UPDATE, { id: cartId(), items: [{ cart_item_uid: uid, quantity }] });
  return undefined;
}

/** @type {NonNullable<Platform['coupon']>} */
export async function coupon(code) {
  return !!(await call(COUPON, { id: cartId(), code })).applyCouponToCart;
}

// Shopify without a theme: the cart of a headless storefront, by the Storefront API (its schema of 2026-04; "Cart warnings" and "Manage
// a cart" of shopify.dev).
import { answerOf, ask } from './ask.js';
import { reduce } from './take.js';

/** @typedef {import('../index.d.ts').Platform} Platform */

/** Supported for a year; then Shopify answers as the oldest that still is. */
const VERSION = '2026-04';

const GID = 'gid://shopify/';
const CART = `${GID}Cart/`;
const VARIANT = `${GID}ProductVariant/`;
const PLAN = `${GID}SellingPlan/`;

/** Where Hydrogen keeps the cart's name, without what all names begin with (`cartSetIdDefault`), and where its React components do. */
const COOKIE = /(?:^|; )cart=([^;]+)/;
const STORED = 'shopifyCartId';

const CODES = 'discountCodes{code applicable}';
// Whoever comes without a token may ask for so many lines at once.
const LINES =
  'query($id:ID!,$after:String){cart(id:$id){lines(first:100,after:$after){pageInfo{hasNextPage endCursor}nodes{id quantity attributes{key value}sellingPlanAllocation{sellingPlan{id}}merchandise{...on ProductVariant{id}}}}}}';
const CREATE = 'mutation($input:CartInput){cartCreate(input:$input){cart{id}}}';
const ADD =
  'mutation($id:ID!,$lines:[CartLineInput!]!){cartLinesAdd(cartId:$id,lines:$lines){userErrors{code field}warnings{code}}}';
const UPDATE =
  'mutation($id:ID!,$lines:[CartLineUpdateInput!]!){cartLinesUpdate(cartId:$id,lines:$lines){userErrors{code}}}';
const COUPONS = `query($id:ID!){cart(id:$id){${CODES}}}`;
const REDEEM = `mutation($id:ID!,$codes:[String!]!){cartDiscountCodesUpdate(cartId:$id,discountCodes:$codes){cart{${CODES}}}}`;

/** What the script tag and `init` say. @returns {import('../index.d.ts').InitOptions} */
const settings = () => /** @type {any} */ (window).homing.boot.config;

/**
 * @param {string} query
 * @param {object} variables
 */
async function call(query, variables) {
  const { storefrontToken: token, shop = '' } = settings();
  /** @type {Record<string, string>} */
  const headers = token ? { 'x-shopify-storefront-access-token': token } : {};
  const url = `${shop}/api/${VERSION}/graphql.json`;
  const { data, errors } = await answerOf(ask(url, { query, variables }, headers));
  if (errors) throw new Error(errors[0].message);
  return data;
}

/** The cart's name, with its key: who has it can change the cart. */
function cartId() {
  const { storefrontCart } = settings();
  if (storefrontCart) return storefrontCart.get();
  const kept = COOKIE.exec(document.cookie)?.[1];
  return kept ? CART + decodeURIComponent(kept) : localStorage.getItem(STORED);
}

/** @param {string} id */
function keep(id) {
  const { storefrontCart } = settings();
  if (storefrontCart) storefrontCart.set(id);
  else {
    // biome-ignore lint/suspicious/noDocumentCookie: the storefront reads it, and not every browser has the Cookie Store
    document.cookie = `cart=${encodeURIComponent(id.slice(CART.length))};path=/`;
  }
}

/** A name under which there is no cart any more: it has run out, or was bought. @type {unknown} */
let gone;

/**
 * The cart's lines as Shopify has them; none where there is no cart.
 * @param {string} [after]
 * @returns {Promise<any[]>}
 */
async function nodes(after) {
  const id = cartId();
  if (!id) return [];
  const { cart } = await call(LINES, { id, after });
  if (!cart) {
    gone = id;
    return [];
  }
  const { pageInfo, nodes: found } = cart.lines;
  return pageInfo.hasNextPage ? [...found, ...(await nodes(pageInfo.endCursor))] : found;
}

/** A line of Shopify's as all adapters have it: numbers, as in a theme's cart. @param {any} node */
const lineOf = ({ quantity, attributes, sellingPlanAllocation, merchandise }) => ({
  variant: merchandise.id.slice(VARIANT.length),
  options: {
    ...Object.fromEntries(attributes.map((/** @type {any} */ one) => [one.key, one.value])),
    selling_plan: sellingPlanAllocation?.sellingPlan.id.slice(PLAN.length),
  },
  quantity,
});

/** What a storefront asks from its own routes, and what it asks Shopify itself. */
export const requests = /\/api\/[\w-]+\/graphql|\/cart(\.data)?(\?|$)/;

/** @type {Platform['read']} */
export const read = async () => (await nodes()).map(lineOf);

/** A new cart, where the storefront looks for it. */
async function create() {
  const { storefrontCountry: countryCode } = settings();
  const input = countryCode ? { buyerIdentity: { countryCode } } : {};
  const { cart } = (await call(CREATE, { input })).cartCreate;
  if (cart) keep(cart.id);
  // A cookie that scripts may not touch stays what it was; nobody would see what is put into another cart.
  return cart && cartId() === cart.id ? cart.id : undefined;
}

/** @type {Platform['add']} */
export async function add({ variant, options: { selling_plan: plan, ...rest }, quantity }) {
  const known = cartId();
  const id = known && known !== gone ? known : await create();
  if (!id) return 'refused';
  const line = {
    ...{ merchandiseId: VARIANT + variant, quantity },
    attributes: Object.entries(rest).map(([key, value]) => ({ key, value })),
    sellingPlanId: plan && PLAN + plan,
  };
  const { userErrors, warnings } = (await call(ADD, { id, lines: [line] })).cartLinesAdd;
  const [error] = userErrors;
  if (error?.code === 'SERVICE_UNAVAILABLE') return 'unavailable';
  if (error) return error.field?.includes('merchandiseId') ? 'gone' : 'refused';
  // Of another line, it may be; whether this one is short the cart itself says.
  return warnings.some((/** @type {any} */ one) => /_STOCK$/.test(one.code))
    ? 'sold_out'
    : undefined;
}

/** @type {NonNullable<Platform['set']>} */
export const set = async (line) => reduce(await nodes(), lineOf, change, line);

/** @param {any} node @param {number} quantity @returns {Promise<import('../index.d.ts').RefusalReason | undefined>} */
async function change({ id: line }, quantity) {
  const asked = { id: cartId(), lines: [{ id: line, quantity }] };
  const { userErrors } = (await call(UPDATE, asked)).cartLinesUpdate;
  return userErrors.length ? 'refused' : undefined;
}

/** @type {NonNullable<Platform['coupon']>} */
export async function coupon(code) {
  const id = cartId();
  // What is sent replaces the codes that were there.
  const before = (await call(COUPONS, { id })).cart.discountCodes;
  const codes = [...before.map((/** @type {any} */ one) => one.code), code];
  const { cart } = (await call(REDEEM, { id, codes })).cartDiscountCodesUpdate;
  const isSame = (/** @type {string} */ one) => one.toLowerCase() === code.toLowerCase();
  return cart.discountCodes.some((/** @type {any} */ one) => one.applicable && isSame(one.code));
}

// WooCommerce: the session's cart, by the Store API (docs/apis/store-api of woocommerce/woocommerce: "Cart API", "Nonce Tokens").
import { answerOf, ask } from './ask.js';
import { reduce } from './take.js';

/** @typedef {import('../index.d.ts').Platform} Platform */

/** WordPress names the address in each page; it may be in a subfolder or, with plain permalinks, a query. */
const LINK = 'link[rel="https://api.w.org/"]';

/** A cached page has an old one, so it is never read from there: each answer brings the next. */
let nonce = '';

/**
 * @param {string} path
 * @param {object} [body]
 */
async function call(path, body) {
  const root = /** @type {HTMLLinkElement | null} */ (document.querySelector(LINK));
  const url = `${root?.href || '/wp-json/'}wc/store/v1/cart${path}`;
  const answer = await ask(url, body, { nonce });
  nonce = answer.headers.get('nonce') || nonce;
  return answer;
}

/**
 * @param {string} path
 * @param {object} body
 * @returns {Promise<{ status: number, code?: string }>} the error's code
 */
async function post(path, body) {
  if (!nonce) await call('');
  let answer = await call(path, body);
  // Missing or expired; the refusal came with a new one.
  if (answer.status === 401 || answer.status === 403) answer = await call(path, body);
  return { status: answer.status, code: answer.ok ? undefined : (await answer.json()).code };
}

export const requests = /\bwc\/store\/v1\/(cart|batch)|[?&](wc-ajax|add-to-cart)=/;

/** @param {any} item */
const lineOf = ({ id, variation, quantity }) => ({
  variant: `${id}`,
  options: Object.fromEntries(
    variation.map((/** @type {any} */ one) => [one.attribute, one.value]),
  ),
  quantity,
});

/** @type {Platform['read']} */
export async function read(before) {
  // Each question costs the shop a page that no cache spares it. The cookie ends with the browser, the cart does not: where there was
  // something, its absence says nothing.
  const isBare = before && !Object.keys(before).length;
  if (isBare && !document.cookie.includes('woocommerce_items_in_cart')) return [];
  return (await answerOf(call(''))).items.map(lineOf);
}

/** @type {Platform['add']} */
export async function add({ variant, options, quantity }) {
  const line = { id: Number(variant), quantity };
  const variation = Object.entries(options).map(([attribute, value]) => ({ attribute, value }));
  let { status, code } = await post('/add-item', { ...line, variation });
  // A term's name and its slug may differ; what the variation's id says by itself need not be told.
  if (/variation_data/.test(code || '')) ({ status, code } = await post('/add-item', line));
  if (!code) return undefined;
  if (/out_of_stock/.test(code)) return 'sold_out';
  if (/invalid(_parent)?_product|purchasable/.test(code)) return 'gone';
  return status < 500 ? 'refused' : 'unavailable';
}

/** @type {NonNullable<Platform['set']>} */
export const set = async (line) => reduce((await answerOf(call(''))).items, lineOf, change, line);

/** @param {any} item @param {number} quantity @returns {Promise<import('../index.d.ts').RefusalReason | undefined>} */
async function change({ key }, quantity) {
  const path = quantity ? '/update-item' : '/remove-item';
  const { status, code } = await post(path, quantity ? { key, quantity } : { key });
  if (!code) return undefined;
  return status < 500 ? 'refused' : 'unavailable';
}

/** @type {NonNullable<Platform['coupon']>} */
export const coupon = async (code) => !(await post('/apply-coupon', { code })).code;

/** The page that confirms an order also says that its payment has failed. */
const FAILED = '.woocommerce-thankyou-order-failed,.wc-block-order-confirmation-status__actions';

/** By the address, which has the order's key beside its number. */
export const order = () =>
  document.querySelector(FAILED)
    ? undefined
    : /order-received[/=](\d+).*[?&]key=/.exec(location.href)?.[1];

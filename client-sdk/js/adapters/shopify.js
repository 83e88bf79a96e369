// Shopify: the cart of a theme, by the Ajax API ("Cart API reference").
import { answerOf, ask } from './ask.js';
import { reduce } from './take.js';

/** @typedef {import('../index.d.ts').Platform} Platform */

const shop = () => /** @type {any} */ (window).Shopify;

/** What the script tag and `init` say. @returns {import('../index.d.ts').InitOptions} */
export const settings = () => /** @type {any} */ (window).homing.boot.config;

/** Whether this is a page of another host, which has no Ajax API. */
export const isElsewhere = () => !!settings().shop;

/** In the shopper's language and market: each has a cart address of its own. */
export const root = () => `${settings().shop || ''}${shop()?.routes?.root || '/'}`;

/** @param {string} path */
const url = (path) => `${root()}cart${path}.js`;

const cart = () => answerOf(ask(url('')));

export const requests = /\/cart\/(add|change|update|clear)\b/;

/** @param {any} item */
const lineOf = (item) => ({
  variant: `${item.variant_id}`,
  // The same variant bought once and by subscription are two lines.
  options: { ...item.properties, selling_plan: item.selling_plan_allocation?.selling_plan.id },
  quantity: item.quantity,
});

/** @type {Platform['read']} */
export async function read(before) {
  // Nothing is known of that cart here, so nothing has changed.
  if (isElsewhere()) return Object.values(before || {});
  return (await cart()).items.map(lineOf);
}

/** @type {Platform['add']} */
export async function add({ variant, options: { selling_plan: plan, ...properties }, quantity }) {
  const line = { id: Number(variant), quantity, properties };
  const items = [plan ? { ...line, selling_plan: Number(plan) } : line];
  const { ok, status } = await ask(url('/add'), { items });
  if (ok) return undefined;
  if (status === 404) return 'gone';
  if (status === 422) return 'sold_out';
  throw new Error(`http_${status}`);
}

/** @type {NonNullable<Platform['set']>} */
export const set = async (line) => reduce((await cart()).items, lineOf, change, line);

/** @param {any} item @param {number} quantity @returns {Promise<import('../index.d.ts').RefusalReason | undefined>} */
async function change({ key: id }, quantity) {
  const { ok, status } = await ask(url('/change'), { id, quantity });
  if (ok) return undefined;
  return status < 500 ? 'refused' : 'unavailable';
}

/** @param {any} cart @returns {{ code: string, applicable: boolean }[]} */
const codesOf = ({ discount_codes = [] }) => discount_codes;

/** @type {NonNullable<Platform['coupon']>} */
export async function coupon(code) {
  // What is sent replaces the codes that were there.
  const codes = codesOf(await cart()).map((one) => one.code);
  const discount = [...codes, code].join();
  const after = codesOf(await answerOf(ask(url('/update'), { discount })));
  return after.find((one) => one.code === code)?.applicable !== false;
}

/** Only a thank-you page of the old kind runs scripts of the shop; on others a server has to tell of the order. */
export function order() {
  const id = shop()?.checkout?.order_id;
  return id && `${id}`;
}

// Shopify's cart permalinks ("Create cart permalinks" of shopify.dev): an address that fills a cart, for pages on which the Ajax API
// cannot. Only loaded on those.
import { byKey } from './lines.js';

/** @typedef {import('./lines.js').Lines} Lines */
/** @typedef {import('../index.d.ts').Line} Line */

/** The link that was followed to such an address already. */
const MOVED = 'homing.moved';

/** Most that the address takes of one product. */
const MOST_PROPERTIES = 25;

/** As the address wants what a line has of properties. @param {Line['options']} options */
const encoded = (options) =>
  btoa(String.fromCharCode(...new TextEncoder().encode(JSON.stringify(options))))
    .replace(/\+/g, '-')
    .replace(/\//g, '_')
    .replace(/=/g, '');

/** Whether an address was not followed for this link before. Who keeps nothing would be led on for ever. @param {string} token */
function isFirst(token) {
  try {
    if (sessionStorage.getItem(MOVED) === token) return false;
    sessionStorage.setItem(MOVED, token);
    return true;
  } catch {
    return false;
  }
}

/**
 * The address for as many lines as it can say exactly: only its first product has properties, and none is bought by a plan.
 * @param {Line[]} lines
 * @param {{ coupon?: string, root: string, permalink?: string, cartAttributes?: Record<string, string> }} more
 * @returns {{ url?: string, left: Line[] }} and those that it cannot say
 */
export function permalinkOf(lines, { coupon, root, permalink, cartAttributes = {} }) {
  const countOf = (/** @type {Line} */ { options }) => Object.keys(options).length;
  const isSayable = (/** @type {Line} */ line) =>
    /^\d+$/.test(line.variant) && !line.options.selling_plan && countOf(line) <= MOST_PROPERTIES;
  const first = lines.find((line) => countOf(line) && isSayable(line));
  const said = lines.filter((line) => line === first || (!countOf(line) && isSayable(line)));
  const left = lines.filter((line) => !said.includes(line));
  if (!said.length) return { left };
  said.sort((a, b) => countOf(b) - countOf(a));
  const query = new URLSearchParams();
  if (first) query.set('properties', encoded(first.options));
  // A comma would be taken for the end of a code.
  if (coupon && !coupon.includes(',')) query.set('discount', coupon);
  for (const [name, value] of Object.entries(cartAttributes)) {
    query.set(`attributes[${name}]`, value);
  }
  // The shop's cart page; the checkout otherwise.
  if (permalink !== 'checkout') query.set('storefront', 'true');
  const path = said.map(({ variant, quantity }) => `${variant}:${quantity}`).join();
  return { url: `${root}cart/${path}?${query}`, left };
}

/**
 * What came of a link, where the shop itself has to put it in.
 * @param {import('../storage.js').Todo} todo
 * @param {Lines} known the SDK's lines
 * @param {import('../journal.js').Journal} journal
 * @param {string} root the shop's address
 * @param {Lines} [now] what is in its cart, where that is known
 */
export function place(todo, known, { book, boot }, root, now) {
  const { permalink, cartAttributes } = /** @type {any} */ (boot.config);
  const { token, coupon } = todo;
  // Whatever is in the cart already may have to give way to what the address says.
  const lines = Object.values(known);
  const wanted = byKey(todo.lines.map((line) => ({ ...line, quantity: 1 })));
  const isWanted = lines.length > 0 && Object.keys(wanted).some((key) => known[key]);
  const { url, left } = permalinkOf(lines, { coupon, root, permalink, cartAttributes });
  /** @type {import('../index.d.ts').Placed} */
  const placed = { lines: [], refused: left.map((line) => ({ ...line, reason: 'refused' })) };
  if (url && isWanted && isFirst(token)) placed.url = url;
  return { placed, now: now || book.platform || {}, kept: [], isDone: true };
}

import { loadCatalogue } from './catalogue.js';
import { currentOffer } from './offer.js';

/**
 * A line of Homing's cart, with what the shop's catalogue says about it.
 * @typedef {object} Line
 * @property {HomingLine} held
 * @property {import("./catalogue.js").Variant | undefined} variant
 * @property {number} total_minor   0 when it cannot be bought
 */

/**
 * @typedef {object} Totals
 * @property {number} goods
 * @property {number} discount
 * @property {HomingOffer | null} offer
 * @property {number} delivery
 * @property {number} due
 */

/** @type {Record<string, { label: string, price: number, free_from: number }>} */
export const deliveries = {
  post: { label: 'Post, 2 to 4 days', price: 490, free_from: 6000 },
  courier: { label: 'Courier, tomorrow', price: 990, free_from: Number.POSITIVE_INFINITY },
};

/**
 * Follows the cart. The cart itself is Homing's; the shop only reads it.
 * @param {(lines: Line[], count: number) => void} listener
 */
export function onCart(listener) {
  /** @type {Line[]} */
  let last = [];
  let known = false;
  const tell = () =>
    listener(
      last,
      last.reduce((count, line) => count + line.held.quantity, 0),
    );
  window.addEventListener('offer', () => known && tell());
  homing('on', 'change', async (cart) => {
    const catalogue = await loadCatalogue();
    last = cart.lines.map((held) => {
      const variant = catalogue.variant(held.variant);
      const total_minor = variant?.available ? variant.price_minor * held.quantity : 0;
      return { held, variant, total_minor };
    });
    known = true;
    tell();
  });
}

/**
 * What an order of these lines costs.
 * @param {Line[]} lines
 * @param {string} [delivery]
 * @returns {Totals}
 */
export function totals(lines, delivery = 'post') {
  const goods = lines.reduce((sum, line) => sum + line.total_minor, 0);
  const offer = currentOffer();
  const discount = offer ? Math.round((goods * offer.percent) / 100) : 0;
  const way = deliveries[delivery];
  const shipping = !way || goods === 0 || goods - discount >= way.free_from ? 0 : way.price;
  return { goods, discount, offer, delivery: shipping, due: goods - discount + shipping };
}

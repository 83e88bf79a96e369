const MEMORY = 'dovecote.receipt';

/**
 * What the thank-you page shows of an order.
 * @typedef {object} Receipt
 * @property {string} order
 * @property {{ name: string, options: string, quantity: number, image: string }[]} lines
 * @property {import("./cart.js").Totals} sums
 */

/** @param {Receipt} receipt */
export function keepReceipt(receipt) {
  try {
    sessionStorage.setItem(MEMORY, JSON.stringify(receipt));
  } catch {
    // The order stands; only its list is missing on the next page.
  }
}

/** @returns {Receipt | null} */
export function recentReceipt() {
  try {
    return JSON.parse(sessionStorage.getItem(MEMORY) ?? 'null');
  } catch {
    return null;
  }
}

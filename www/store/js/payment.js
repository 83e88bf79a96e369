/**
 * The demo's bank: it takes no card and no money, and answers as the visitor chose.
 * @param {number} _amount_minor
 * @param {string} card   "accepted" or "declined"
 * @returns {Promise<{ paid: true, ms: number } | { paid: false, code: string, ms: number }>}
 */
export async function charge(_amount_minor, card) {
  const before = performance.now();
  await new Promise((answered) => setTimeout(answered, 700));
  const ms = Math.round(performance.now() - before);
  return card === 'declined' ? { paid: false, code: 'card_declined', ms } : { paid: true, ms };
}

// Takes out of the shop's own cart what another cart has replaced there, or what is undone. Only loaded where there is something to take out.
import { byKey, keyOf, quantityOf } from './lines.js';

/** @typedef {import('../index.d.ts').Line} Line */
/** @typedef {import('../index.d.ts').RefusalReason} RefusalReason */
/** @typedef {import('./lines.js').Lines} Lines */

/**
 * Takes out of a line whatever is beyond a quantity: of as many of the platform's items as it is split over.
 * @template Item
 * @param {Item[]} items
 * @param {(item: Item) => import('./lines.js').Item} lineOf
 * @param {(item: Item, quantity: number) => Promise<RefusalReason | undefined>} change
 * @param {Line} line with the quantity that is to be left
 */
export async function reduce(items, lineOf, change, line) {
  let left = line.quantity;
  for (const item of items) {
    const one = lineOf(item);
    if (keyOf(one) !== keyOf(line)) continue;
    const kept = Math.min(left, one.quantity);
    left -= kept;
    const reason = kept < one.quantity && (await change(item, kept));
    if (reason) return reason;
  }
  return undefined;
}

/**
 * @param {Required<Pick<import('../index.d.ts').Platform, 'set'>>} platform
 * @param {Line[]} out how much of each line goes
 * @param {Lines} before what is in the shop's cart
 * @param {Lines} known the SDK's lines: never less is left than these say, whatever has been taken out already
 * @param {{ isOver: boolean }} journal once that is over nothing more is taken out
 */
export async function takeOut(platform, out, before, known, journal) {
  /** Why lines are still there, by what makes them one line. @type {Record<string, RefusalReason>} */
  const kept = {};
  for (const [key, line] of Object.entries(byKey(out))) {
    const has = quantityOf(before, key);
    const quantity = Math.max(has - line.quantity, quantityOf(known, key));
    if (journal.isOver || quantity >= has) continue;
    const reason = await platform.set({ ...line, quantity }).catch(() => 'unavailable');
    if (reason) kept[key] = /** @type {RefusalReason} */ (reason);
  }
  return kept;
}

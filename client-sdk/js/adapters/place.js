// Puts what a link brought into the shop's own cart. Only loaded where there is something to put in.
import { byKey, quantityOf } from './lines.js';

/** @typedef {import('../index.d.ts').Placed} Placed */

/** Kept by a page that reloads, for the next one to tell. */
const REPORT = 'homing.placed';

/**
 * One line after the other, so that one which is refused takes none along.
 * @param {Pick<import('../index.d.ts').Platform, 'read' | 'add' | 'coupon'>} platform
 * @param {import('../storage.js').Todo} todo
 * @param {import('./lines.js').Lines} known the SDK's lines: what was taken out since the link was opened stays out
 * @param {{ isOver: boolean }} journal once that is over nothing more is put in
 */
export async function place(platform, { lines, coupon }, known, journal) {
  const before = byKey(await platform.read());
  const tried = [];
  for (const key in byKey(lines.map((line) => ({ ...line, quantity: 1 })))) {
    const line = known[key];
    const quantity = quantityOf(known, key) - quantityOf(before, key);
    if (journal.isOver || !line || quantity <= 0) continue;
    const reason = await platform
      .add({ ...line, quantity })
      .catch(() => /** @type {const} */ ('unavailable'));
    tried.push({ key, line, quantity, reason });
  }
  /** @type {Placed} */
  const placed = { lines: [], refused: [] };
  if (!journal.isOver && coupon && platform.coupon)
    placed.coupon = await platform.coupon(coupon).catch(() => false);
  // What the cart holds afterwards counts, not what the shop said.
  const now = byKey(await platform.read());
  for (const { key, line, quantity, reason = 'refused' } of tried) {
    const short = Math.max(line.quantity - quantityOf(now, key), 0);
    if (short < quantity) placed.lines.push({ ...line, quantity: quantity - short });
    if (short) placed.refused.push({ ...line, quantity: short, reason });
  }
  return { placed, now, isDone: tried.every(({ reason }) => reason !== 'unavailable') };
}

/**
 * Shops whose pages are made on the server show the new cart after a reload, which is theirs to ask for.
 * @param {import('../api.js').Listeners} listeners
 * @param {Placed} [placed] what the page before this one has left, by default
 */
export function tell(listeners, placed) {
  try {
    if (placed?.lines.length && document.querySelector('script[data-reload]')) {
      sessionStorage.setItem(REPORT, JSON.stringify(placed));
      return location.reload();
    }
    const report = placed || JSON.parse(sessionStorage.getItem(REPORT) || '');
    sessionStorage.removeItem(REPORT);
    listeners.emit('placed', report);
  } catch {
    // A page that may keep nothing cannot tell the next one, so it does not reload.
    if (placed) listeners.emit('placed', placed);
  }
}

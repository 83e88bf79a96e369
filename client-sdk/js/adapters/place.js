// Puts what a link brought into the shop's own cart. Only loaded where there is something to put in.
import { byKey, quantityOf } from './lines.js';

/** @typedef {import('../index.d.ts').Placed} Placed */

/** Kept by a page that reloads, for the next one to tell. */
const REPORT = 'homing.placed';

/**
 * One line after the other, so that one which is refused takes none along.
 * @param {Pick<import('../index.d.ts').Platform, 'read' | 'add' | 'coupon' | 'set'>} platform
 * @param {import('../storage.js').Todo} todo
 * @param {import('./lines.js').Lines} known the SDK's lines: what was taken out since the link was opened stays out
 * @param {import('../journal.js').Journal} journal once that is over nothing more is put in
 * @param {string} [name] of the module that can take out of a cart, where the platform itself does not say how
 */
export async function place(
  platform,
  { lines, coupon, out = [] },
  known,
  journal,
  name = 'custom-set',
) {
  let before = byKey(await platform.read());
  /** @type {Record<string, string>} */
  let kept = {};
  const was = before;
  if (out.length) {
    /** @type {typeof import('./take.js') & { set?: import('../index.d.ts').Platform['set'] }} */
    const { takeOut, set = platform.set } = await journal.boot.module(name, 0);
    if (set) kept = await takeOut({ set }, out, before, known, journal);
    before = byKey(await platform.read());
  }
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
  const removed = Object.entries(was)
    .map(([key, line]) => ({ ...line, quantity: line.quantity - quantityOf(before, key) }))
    .filter(({ quantity }) => quantity > 0);
  if (removed.length) placed.removed = removed;
  const reasons = [...tried.map(({ reason }) => reason), ...Object.values(kept)];
  const isDone = !reasons.includes('unavailable');
  return {
    placed,
    now,
    kept: Object.keys(kept).filter((key) => kept[key] !== 'unavailable'),
    isDone,
  };
}

/**
 * Shops whose pages are made on the server show the new cart after a reload, which is theirs to ask for. What the shopper is told of a
 * link is told again then.
 * @param {import('./mirror.js').Sdk} sdk
 * @param {Placed} [placed] what the page before this one has left, by default
 */
export function tell(sdk, placed) {
  const { boot, listeners, part } = sdk;
  try {
    const isNew = placed && placed.lines.length + (placed.removed?.length || 0) > 0;
    if (isNew && document.querySelector('script[data-reload]')) {
      sessionStorage.setItem(REPORT, JSON.stringify({ placed, news: boot.news }));
      return location.reload();
    }
    const report = placed ? { placed } : JSON.parse(sessionStorage.getItem(REPORT) || '');
    sessionStorage.removeItem(REPORT);
    listeners.emit('placed', report.placed);
    if (report.news) {
      part('ui-notice')
        .then(({ show }) => show(sdk, report.news))
        .catch(() => {});
    }
  } catch {
    // A page that may keep nothing cannot tell the next one, so it does not reload.
    if (placed) listeners.emit('placed', placed);
  }
}

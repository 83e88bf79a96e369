/** What a shopper's events add up to, told apart from the rules of the core. */

/** As in core/src/cart/clock.rs: further ahead than this, a device's clock is not believed, ms. */
const MOST_AHEAD_MS = 60_000;

/** @typedef {import('./edge.mjs').Event} Event */
/** @typedef {{ clock: bigint, id: string, qty: number }} Quantity */

/** The event that a dot is of, however often it was carried over. @param {string} dot */
const eventOf = (dot) => dot.replace(/\+\d+$/, '');

/** Sorts as the core does: by replica, then by number. @param {string} id @returns {[string, number]} */
const parts = (id) => {
  const [replica = '', number] = id.split('-');
  return [replica, Number(number)];
};

/** @param {Quantity} one @param {Quantity} other */
function isLater(one, other) {
  if (one.clock !== other.clock) return one.clock > other.clock;
  const [[replica, number], [otherReplica, otherNumber]] = [parts(one.id), parts(other.id)];
  return replica === otherReplica ? number > otherNumber : replica > otherReplica;
}

/**
 * An add lives unless an event names it, with the quantity of the latest clock.
 * @param {Iterable<{ event: Event, at: number }>} taken
 */
export function expected(taken) {
  /** @type {Map<string, Event>} */
  const adds = new Map();
  /** @type {Map<string, Quantity>} */
  const quantities = new Map();
  const gone = new Set();
  let epoch = 0;
  for (const { event, at } of taken) {
    const { id, t } = event;
    if (t === 'add') adds.set(id, event);
    if (t === 'add' || t === 'set') {
      const believed = BigInt(at + MOST_AHEAD_MS) << 16n;
      const told = BigInt(event.clock);
      const clock = told < believed ? told : believed;
      const dot = t === 'add' ? id : eventOf(event.dot);
      const quantity = { clock, id, qty: event.qty };
      const before = quantities.get(dot);
      if (!before || isLater(quantity, before)) quantities.set(dot, quantity);
    }
    if (t === 'clear' || t === 'order') epoch += 1;
    if (t === 'clear' || t === 'order' || t === 'remove') {
      for (const dot of event.dots) gone.add(eventOf(dot));
    }
  }
  /** @type {Record<string, number>} */
  const lines = {};
  for (const [id, { variant, options = {} }] of adds) {
    if (gone.has(id)) continue;
    const line = lineName({ variant, options });
    lines[line] = (lines[line] ?? 0) + (quantities.get(id)?.qty ?? 0);
  }
  return { epoch, lines: sorted(lines) };
}

/** @param {{ variant: string, options: Record<string, string> }} line */
const lineName = ({ variant, options }) => `${variant} ${JSON.stringify(options)}`;

/** @param {Record<string, number>} lines */
const sorted = (lines) => Object.fromEntries(Object.entries(lines).sort());

/**
 * The same of what somebody sees.
 * @param {{ epoch: number, lines: { variant: string, options: Record<string, string>, quantity: number }[] }} view
 */
export const seen = ({ epoch, lines }) => ({
  epoch,
  lines: sorted(Object.fromEntries(lines.map((line) => [lineName(line), line.quantity]))),
});

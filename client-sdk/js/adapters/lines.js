// Lines of the shop's own cart beside those of the SDK's: what makes two of them the same, and what changed.

/**
 * @typedef {import('../index.d.ts').Line} Line
 * @typedef {Record<string, Line>} Lines by what makes them one line
 */

/** What a shop has in its cart. @typedef {{ variant: string, options?: Record<string, unknown> | null, quantity: number }} Item */

/**
 * As the merge names lines: options trimmed, blank ones dropped, in any order.
 * @param {Item} item
 */
const namesOf = ({ variant, options }) => {
  const pairs = Object.entries(options || {})
    .map(([name, value]) => [name.trim(), `${value ?? ''}`.trim()])
    .filter(([, value]) => value)
    .sort();
  return { key: JSON.stringify([variant, pairs]), pairs };
};

/** @param {Item} item */
export const keyOf = (item) => namesOf(item).key;

/**
 * A platform may split what is one line here, over two prices for example.
 * @param {Item[]} lines
 */
export function byKey(lines) {
  /** @type {Lines} */
  const found = {};
  for (const line of lines) {
    const { variant, quantity } = line;
    const { key, pairs } = namesOf(line);
    // Homing counts pieces; what is sold by length is known as the next whole number.
    const whole = Math.ceil(quantity + quantityOf(found, key));
    if (whole > 0) found[key] = { variant, options: Object.fromEntries(pairs), quantity: whole };
  }
  return found;
}

/**
 * @param {Lines} lines
 * @param {string} key
 */
export const quantityOf = (lines, key) => lines[key]?.quantity || 0;

/**
 * What the shopper did in the shop's cart since it was last looked at. A line that did not change there says nothing, so that
 * what a link brought and the shop refused is not taken for a removal.
 * @param {Lines} before
 * @param {Lines} now
 * @param {Lines} known the SDK's
 */
export function operations(before, now, known) {
  const found = [];
  for (const [key, { variant, options }] of Object.entries({ ...before, ...now })) {
    const was = quantityOf(before, key);
    const qty = quantityOf(now, key);
    const has = quantityOf(known, key);
    if (qty === was || qty === has) continue;
    // What was never seen here but is known came by a link, and the shop may have had less of it.
    if (has > qty && !was) continue;
    const t = qty ? (has ? 'set' : 'add') : 'remove';
    found.push({ t, at: Date.now(), variant, options, qty });
  }
  return found;
}

import { announce, element } from './element.js';
import { money } from './money.js';
import { quantityField } from './quantity.js';
import { productById } from './range.js';

/**
 * What a line's options say, shop's own and shopper's: "Blue", "Engraving: Ada".
 * @param {import("./cart.js").Line} line
 */
export function lineOptions({ held, variant }) {
  const own = Object.values(variant?.options ?? {});
  const written = Object.entries(held.options).map(
    ([name, text]) => `${name.charAt(0).toUpperCase()}${name.slice(1)}: ${text}`,
  );
  return [...own, ...written];
}

/** @param {import("./cart.js").Line} line */
export function lineName({ held, variant }) {
  return productById(variant?.product ?? null)?.name ?? variant?.title ?? held.variant;
}

/** @param {HomingLine} held */
const lineKey = (held) => JSON.stringify([held.variant, Object.entries(held.options).sort()]);

/** The cart's lines. Rows stay in place while a cart changes, so that focus stays where the shopper is. */
export class CartView {
  /** @param {HTMLUListElement} list */
  constructor(list) {
    this.list = list;
    /** @type {Map<string, { row: HTMLLIElement, update: (line: import("./cart.js").Line) => void }>} */
    this.rows = new Map();
  }

  /** @param {import("./cart.js").Line[]} lines */
  show(lines) {
    const kept = new Set(lines.map((line) => lineKey(line.held)));
    for (const [key, { row }] of this.rows) {
      if (kept.has(key)) continue;
      row.remove();
      this.rows.delete(key);
    }
    lines.forEach((line, place) => {
      const key = lineKey(line.held);
      let shown = this.rows.get(key);
      if (!shown) {
        shown = this.#row(line);
        this.rows.set(key, shown);
      }
      shown.update(line);
      const there = this.list.children[place];
      if (there !== shown.row) this.list.insertBefore(shown.row, there ?? null);
    });
  }

  /** @param {import("./cart.js").Line} line */
  #row(line) {
    const { held, variant } = line;
    const name = lineName(line);
    const item = { variant: held.variant, options: held.options };
    const quantity = quantityField({
      label: `Quantity of ${name}`,
      value: held.quantity,
      least: 1,
      onChange: (value) => homing('cart', 'set', { ...item, quantity: value }),
    });
    const price = element('p', { class: 'line-price price' });
    const row = element(
      'li',
      { class: 'line' },
      variant
        ? element('img', { src: variant.image, alt: '', width: 800, height: 800 })
        : element('span', { class: 'line-blank' }),
      element(
        'div',
        { class: 'line-words' },
        element('h2', {}, variant ? element('a', { href: variant.url }, name) : name),
        element('p', { class: 'quiet' }, lineOptions(line).join(' · ')),
        variant?.available === false &&
          element('p', { class: 'warning' }, 'Sold out: it stays here, uncharged.'),
        !variant && element('p', { class: 'warning' }, 'We no longer have this.'),
      ),
      quantity.field,
      price,
      element(
        'button',
        {
          type: 'button',
          class: 'link-button line-remove',
          'aria-label': `Remove ${name}`,
          onclick: () => {
            homing('cart', 'remove', item);
            announce(`${name} is no longer in your cart.`);
            this.list.focus();
          },
        },
        'Remove',
      ),
    );
    return {
      row,
      /** @param {import("./cart.js").Line} now */
      update(now) {
        quantity.show(now.held.quantity);
        price.textContent = now.total_minor ? money(now.total_minor, now.variant?.currency) : '–';
      },
    };
  }
}

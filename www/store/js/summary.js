import { element } from './element.js';
import { money } from './money.js';

/**
 * @param {string} name
 * @param {string} amount
 * @param {string} [style]
 */
const row = (name, amount, style) =>
  element(
    'div',
    { class: style },
    element('dt', {}, name),
    element('dd', { class: 'price' }, amount),
  );

/**
 * The sums under a cart.
 * @param {import("./cart.js").Totals} sums
 */
export function summary(sums) {
  return element(
    'dl',
    { class: 'sums' },
    row('Goods', money(sums.goods)),
    sums.offer &&
      row(
        `${sums.offer.code}, ${sums.offer.percent} % off`,
        `−${money(sums.discount)}`,
        'sums-offer',
      ),
    row('Delivery', sums.delivery ? money(sums.delivery) : 'free'),
    row('Total', money(sums.due), 'sums-due'),
  );
}

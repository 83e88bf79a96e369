import { addButton } from './add-button.js';
import { element } from './element.js';
import { money } from './money.js';
import { swatches } from './swatch.js';

/**
 * One product on the shelf: picture, name, colours, price and a button.
 * @param {import("./range.js").Product} product
 * @param {import("./catalogue.js").Variant[]} variants
 * @param {number} at   position on the shelf; the first pictures are loaded at once
 */
export function tile(product, variants, at) {
  const first = variants[at % variants.length] ?? variants[0];
  if (!first) return null;
  let shown = first.available ? first : (variants[0] ?? first);
  const picture = element('img', {
    src: shown.image,
    alt: '',
    width: 800,
    height: 800,
    loading: at < 4 ? 'eager' : 'lazy',
  });
  const link = element('a', { href: shown.url }, product.name);
  const price = element('span', { class: 'price' }, money(shown.price_minor, shown.currency));
  const add = addButton(() => ({ variant: shown, item: { variant: shown.variant, quantity: 1 } }), {
    label: 'Add',
    class: 'button button-small',
  });
  add.offer(shown);

  return element(
    'li',
    { class: 'tile' },
    element('div', { class: 'tile-picture' }, picture),
    element('div', { class: 'tile-head' }, element('h3', {}, link), price),
    element('p', { class: 'quiet' }, product.line),
    element(
      'div',
      { class: 'tile-foot' },
      swatches({
        product,
        variants,
        chosen: shown.variant,
        named: false,
        onChoose: (variant) => {
          shown = variant;
          picture.src = variant.image;
          link.href = variant.url;
          price.textContent = money(variant.price_minor, variant.currency);
          add.offer(variant);
        },
      }),
      add.button,
    ),
  );
}

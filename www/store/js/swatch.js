import { element } from './element.js';

/**
 * A radio group of a product's colours.
 * @param {object} choice
 * @param {import("./range.js").Product} choice.product
 * @param {import("./catalogue.js").Variant[]} choice.variants
 * @param {string} choice.chosen      variant id
 * @param {boolean} choice.named      writes the colour's name beside each dot
 * @param {(variant: import("./catalogue.js").Variant) => void} choice.onChoose
 */
export function swatches({ product, variants, chosen, named, onChoose }) {
  return element(
    'fieldset',
    { class: named ? 'swatches swatches-named' : 'swatches' },
    element(
      'legend',
      { class: named ? 'field-label' : 'unseen' },
      named ? 'Colour' : `Colour of ${product.name}`,
    ),
    ...variants.map((variant) => {
      const colour = variant.options.Colour ?? variant.title;
      const soldOut = variant.available ? '' : ', sold out';
      return element(
        'label',
        {
          class: variant.available ? 'swatch' : 'swatch swatch-gone',
          title: `${colour}${soldOut}`,
        },
        element('input', {
          type: 'radio',
          name: `colour-${product.id}`,
          value: variant.variant,
          checked: variant.variant === chosen,
          class: 'unseen',
          onchange: () => onChoose(variant),
        }),
        element('span', {
          class: 'dot',
          style: `background:${product.swatches[variant.variant] ?? 'gray'}`,
        }),
        element('span', { class: named ? '' : 'unseen' }, named ? colour : `${colour}${soldOut}`),
        named && soldOut && element('span', { class: 'quiet' }, 'sold out'),
      );
    }),
  );
}

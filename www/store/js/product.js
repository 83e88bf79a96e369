import { addButton } from './add-button.js';
import { loadCatalogue } from './catalogue.js';
import { element, find } from './element.js';
import { money } from './money.js';
import { startPage } from './page.js';
import { quantityField } from './quantity.js';
import { productById, range } from './range.js';
import { swatches } from './swatch.js';
import { tile } from './tile.js';

startPage();

const wanted = new URLSearchParams(location.search);
const product = productById(wanted.get('p'));
const catalogue = await loadCatalogue();
const variants = product ? catalogue.of(product.id) : [];
const main = find('main', HTMLElement);

/**
 * The free text a product may carry, such as an engraving.
 * @param {NonNullable<import("./range.js").Product["inscription"]>} inscription
 */
function inscriptionField(inscription) {
  const input = element('input', {
    id: inscription.name,
    type: 'text',
    maxlength: inscription.longest,
    autocomplete: 'off',
    'aria-describedby': `${inscription.name}-hint`,
  });
  const field = element(
    'div',
    { class: 'field' },
    element('label', { for: inscription.name }, inscription.label),
    input,
    element('p', { class: 'quiet', id: `${inscription.name}-hint` }, inscription.hint),
  );
  return { field, input };
}

/**
 * @param {import("./range.js").Product} shownProduct
 * @param {import("./catalogue.js").Variant} first
 */
function show(shownProduct, first) {
  let shown = first;
  document.title = `${shownProduct.name} · Dovecote`;
  const picture = element('img', { src: shown.image, alt: shown.title, width: 800, height: 800 });
  const price = element(
    'p',
    { class: 'product-price price' },
    money(shown.price_minor, shown.currency),
  );
  const inscription = shownProduct.inscription && inscriptionField(shownProduct.inscription);
  const quantity = quantityField({ label: 'Quantity', value: 1, least: 1 });
  const add = addButton(
    () => {
      const text = inscription?.input.value.trim() ?? '';
      /** @type {HomingItem & { quantity: number }} */
      const item = { variant: shown.variant, quantity: quantity.value() };
      if (shownProduct.inscription && text)
        item.options = { [shownProduct.inscription.name]: text };
      return { variant: shown, item };
    },
    { label: 'Add to cart', class: 'button button-wide' },
  );
  add.button.id = 'add-to-cart';
  add.offer(shown);

  const colours = swatches({
    product: shownProduct,
    variants,
    chosen: shown.variant,
    named: true,
    onChoose: (variant) => {
      shown = variant;
      picture.src = variant.image;
      picture.alt = variant.title;
      price.textContent = money(variant.price_minor, variant.currency);
      history.replaceState(null, '', variant.url);
      add.offer(variant);
      homing('track', 'view', { variant: variant.variant });
    },
  });

  find('#product', HTMLElement).replaceChildren(
    element('div', { class: 'product-picture' }, picture),
    element(
      'div',
      { class: 'product-words' },
      element('h1', {}, shownProduct.name),
      element('p', { class: 'product-line' }, shownProduct.line),
      price,
      colours,
      inscription?.field,
      element('div', { class: 'product-buy' }, quantity.field, add.button),
      element('p', { class: 'product-about' }, shownProduct.about),
      element(
        'ul',
        { class: 'facts' },
        ...shownProduct.facts.map((fact) => element('li', {}, fact)),
      ),
    ),
  );
  homing('track', 'view', { variant: shown.variant });

  const at = range.indexOf(shownProduct);
  const others = [1, 2, 3, 4].flatMap((step) => range[(at + step) % range.length] ?? []);
  find('#others', HTMLUListElement).replaceChildren(
    ...others.flatMap((other, place) => tile(other, catalogue.of(other.id), place) ?? []),
  );
}

const first =
  variants.find((variant) => variant.variant === `${product?.id}-${wanted.get('v')}`) ??
  variants.find((variant) => variant.available);
if (product && first) {
  show(product, first);
} else {
  main.replaceChildren(
    element(
      'div',
      { class: 'empty' },
      element('h1', {}, 'We don’t have that'),
      element('p', {}, 'It may have been sold out for good, or the address has a typing mistake.'),
      element('a', { class: 'button', href: './' }, 'See everything we have'),
    ),
  );
}

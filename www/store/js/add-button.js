import { announce, element } from './element.js';
import { icon } from './icon.js';

/**
 * The button that puts one variant into the cart and says so.
 * @param {() => { variant: import("./catalogue.js").Variant, item: HomingItem & { quantity?: number } } | null} choice
 *   what to add now; null when the form around it is not filled in properly
 * @param {{ label: string, class: string }} look
 */
export function addButton(choice, look) {
  const words = element('span', {}, look.label);
  /** @type {number | undefined} */
  let resting;
  let title = '';
  /** What is read out begins with what is seen. @param {string} text @param {...Node} before */
  const say = (text, ...before) => {
    words.replaceChildren(...before, text);
    button.setAttribute('aria-label', `${text.trim()}: ${title}`);
  };
  const button = element(
    'button',
    {
      type: 'button',
      class: look.class,
      onclick: () => {
        const chosen = choice();
        if (!chosen) return;
        homing('cart', 'add', chosen.item);
        announce(`${chosen.variant.title} is in your cart.`);
        say(' Added', icon('tick'));
        button.classList.add('is-done');
        clearTimeout(resting);
        resting = window.setTimeout(() => {
          button.classList.remove('is-done');
          say(look.label);
        }, 1600);
      },
    },
    words,
  );
  return {
    button,
    /** @param {import("./catalogue.js").Variant} variant */
    offer(variant) {
      clearTimeout(resting);
      button.classList.remove('is-done');
      button.disabled = !variant.available;
      title = variant.title;
      say(variant.available ? look.label : 'Sold out');
    },
  };
}

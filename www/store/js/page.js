import { onCart } from './cart.js';
import { find } from './element.js';
import { takeOffers } from './offer.js';
import { startPanel } from './panel.js';

/** What every page of the shop has: the count in the header, the code that a link brings, and the panel. */
export function startPage() {
  const badge = find('#cart-count', HTMLElement);
  const words = find('#cart-words', HTMLElement);
  let before = -1;
  onCart((_lines, count) => {
    badge.textContent = String(count);
    badge.hidden = count === 0;
    words.textContent = count === 1 ? '1 thing' : `${count} things`;
    if (before >= 0 && count > before) {
      badge.classList.remove('bump');
      void badge.offsetWidth; // restarts the animation
      badge.classList.add('bump');
    }
    before = count;
  });
  takeOffers();
  const panel = startPanel();
  document.querySelector('#how')?.addEventListener('click', () => panel.open(true));
}

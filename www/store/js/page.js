import { onCart } from './cart.js';
import { find } from './element.js';
import { startPanel } from './panel.js';
import { startSaveBar } from './save-bar.js';
import { startWelcome } from './welcome.js';

/** What every page of the shop has: the count in the header, the welcome, the save bar and the panel. */
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
  startWelcome(find('#welcome', HTMLElement));
  if (document.documentElement.dataset.homingPage !== 'thanks') startSaveBar();
  const panel = startPanel();
  document.querySelector('#how')?.addEventListener('click', () => panel.open(true));
}

import { onCart, totals } from './cart.js';
import { CartView } from './cart-view.js';
import { find } from './element.js';
import { startPage } from './page.js';
import { summary } from './summary.js';

const view = new CartView(find('#lines', HTMLUListElement));
const waiting = find('#waiting', HTMLElement);
const empty = find('#empty', HTMLElement);
const full = find('#full', HTMLElement);
const sums = find('#sums', HTMLElement);

// The cart comes from the snippet. Should it not load, say so rather than wait for ever.
const patience = setTimeout(() => {
  waiting.textContent = 'Your cart is taking longer than usual. Please reload the page.';
}, 6000);

onCart((lines, count) => {
  clearTimeout(patience);
  waiting.hidden = true;
  empty.hidden = count > 0;
  full.hidden = count === 0;
  view.show(lines);
  sums.replaceChildren(summary(totals(lines)));
});

startPage();

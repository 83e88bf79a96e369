import { element, find } from './element.js';
import { startPage } from './page.js';
import { recentReceipt } from './receipt.js';
import { summary } from './summary.js';

startPage();

const receipt = recentReceipt();
if (receipt) {
  find('#order', HTMLElement).textContent = `Order ${receipt.order}`;
  find('#receipt', HTMLElement).replaceChildren(
    element(
      'ul',
      { class: 'brief' },
      ...receipt.lines.map((line) =>
        element(
          'li',
          {},
          element('img', { src: line.image, alt: '', width: 800, height: 800 }),
          element(
            'span',
            {},
            `${line.quantity} × ${line.name}`,
            element('span', { class: 'quiet' }, ` ${line.options}`),
          ),
        ),
      ),
    ),
    summary(receipt.sums),
  );
}

import { loadCatalogue } from './catalogue.js';
import { find } from './element.js';
import { startPage } from './page.js';
import { range } from './range.js';
import { tile } from './tile.js';

startPage();

const shelf = find('#shelf', HTMLUListElement);
try {
  const catalogue = await loadCatalogue();
  shelf.replaceChildren(
    ...range.flatMap((product, at) => tile(product, catalogue.of(product.id), at) ?? []),
  );
} catch {
  find('#shelf-note', HTMLElement).textContent =
    'The shelf could not be loaded. Please reload the page.';
}

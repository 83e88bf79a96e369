/** Products. */
import { list, object, open, ref, text, whole } from '../shapes.mjs';

/** @type {import('../operations.mjs').Call[]} */
export const catalogue = [
  {
    ...{ method: 'get', path: '/v1/catalogue', id: 'countProducts', tag: 'Catalogue' },
    summary: 'How many products there are',
    scope: 'catalogue:read',
    answer: object({ count: whole() }),
  },
  {
    ...{ method: 'put', path: '/v1/catalogue', id: 'putProducts', tag: 'Catalogue', once: true },
    summary: 'Adds or replaces products: all of them, or none when one is wrong',
    scope: 'catalogue:write',
    body: open({ products: list(ref('Product'), { maxItems: 500 }) }),
    answer: object({ count: whole() }),
  },
  {
    ...{ method: 'get', path: '/v1/catalogue/products', id: 'listProducts', tag: 'Catalogue' },
    summary: 'The products, 500 a page',
    scope: 'catalogue:read',
    query: { cursor: text('What the page before named `next`') },
    answer: object({ products: list(ref('Product')), 'next?': text() }),
  },
];

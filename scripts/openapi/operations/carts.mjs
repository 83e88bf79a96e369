/** Carts, their logs and their links. */
import { PLATFORMS, STATES } from '../schemas.mjs';
import { list, moment, object, oneOf, open, page50, ref, since, text, whole } from '../shapes.mjs';

const range = {
  created_from: moment('Not created before'),
  created_to: moment('Nor after'),
  modified_from: moment('Not modified before'),
  modified_to: moment('Nor after'),
  abandoned_from: moment('Not left before'),
  abandoned_to: moment('Nor after'),
};

/** @type {import('../operations.mjs').Call[]} */
export const carts = [
  {
    ...{ method: 'get', path: '/v1/carts', id: 'listCarts', tag: 'Carts', scope: 'carts:read' },
    summary: 'The carts of all known shoppers',
    query: {
      state: list(oneOf(STATES)),
      source: oneOf(['snippet', 'server']),
      platform: list(oneOf([...PLATFORMS, 'unknown'])),
      currency: text('In which the amounts are', { pattern: '^[A-Z]{3}$' }),
      value_from: whole('The least total, in minor units; needs `currency`'),
      value_to: whole('The largest total'),
      ...range,
      limit: whole('Carts on a page', { minimum: 1, maximum: 100, default: 50 }),
      cursor: text('What the page before named `next`'),
    },
    answer: ref('Carts'),
  },
  {
    ...{ method: 'post', path: '/v1/carts/search', id: 'searchCarts', tag: 'Carts' },
    summary:
      'The same, also by an exact contact, for which the key needs the scope contacts:read as well',
    scope: 'carts:read',
    body: ref('CartSearch'),
    answer: ref('Carts'),
  },
  {
    ...{
      method: 'get',
      path: '/v1/carts/{cart_id}',
      id: 'getCart',
      tag: 'Carts',
      scope: 'carts:read',
    },
    summary: 'One cart, whosever it is',
    answer: ref('Cart'),
  },
  {
    ...{ method: 'get', path: '/v1/carts/{cart_id}/events', id: 'cartEvents', tag: 'Carts' },
    summary: 'What happened to it, the oldest first',
    scope: 'carts:read',
    query: {
      limit: whole(undefined, { minimum: 1, maximum: 500, default: 100 }),
      cursor: text('What the page before named `next`'),
    },
    answer: ref('CartEvents'),
  },
  {
    ...{ method: 'get', path: '/v1/carts/{cart_id}/log', id: 'cartLog', tag: 'Carts' },
    summary: 'Its whole log, to be verified: docs/log-export.md',
    scope: 'carts:read',
    kind: 'application/x-ndjson',
  },
  {
    ...{ method: 'get', path: '/v1/events', id: 'events', tag: 'Carts', scope: 'carts:read' },
    summary: "The logs of all known shoppers' carts",
    query: { ...page50, ...since },
    kind: 'application/x-ndjson',
  },
  {
    ...{ method: 'put', path: '/v1/baskets', id: 'putBasket', tag: 'Carts', scope: 'carts:write' },
    summary: 'A basket that the shop keeps by itself',
    once: true,
    body: ref('Basket'),
    answer: ref('BasketTaken'),
  },
  {
    ...{ method: 'post', path: '/v1/links/revoke', id: 'revokeLinks', tag: 'Carts' },
    summary: 'Makes every link to a cart worthless',
    scope: 'carts:write',
    once: true,
    body: open({ token: text() }),
    answer: object({ generation: whole() }),
  },
];

/** Where the shop's own servers hear what happens. */
import { flag, list, object, ref, text } from '../shapes.mjs';

const endpoint = {
  url: text('Where it is: https under a public name'),
  'events?': list(text('A type, a family such as `delivery.*`, or `*`'), { minItems: 1 }),
  'enabled?': flag(),
};

/** @type {import('../operations.mjs').Call[]} */
export const endpoints = [
  {
    ...{ method: 'get', path: '/v1/endpoints', id: 'listEndpoints', tag: 'Endpoints' },
    summary: "Where the shop's own servers hear what happens",
    key: 'shop',
    answer: object({ endpoints: list(ref('Endpoint')) }),
  },
  {
    ...{ method: 'post', path: '/v1/endpoints', id: 'makeEndpoint', tag: 'Endpoints' },
    summary: 'Makes one; the answer alone has its secret',
    key: 'shop',
    once: true,
    body: object(endpoint),
    answer: ref('Endpoint'),
  },
  {
    ...{ method: 'put', path: '/v1/endpoints/{endpoint}', id: 'putEndpoint', tag: 'Endpoints' },
    summary: 'Changes one',
    key: 'shop',
    once: true,
    body: object(endpoint),
    answer: ref('Endpoint'),
  },
  {
    ...{ method: 'delete', path: '/v1/endpoints/{endpoint}', id: 'deleteEndpoint' },
    tag: 'Endpoints',
    summary: 'Takes one away, with what it has not been told',
    key: 'shop',
    once: true,
    answer: object({}),
  },
  {
    ...{ method: 'post', path: '/v1/endpoints/{endpoint}/{what}', id: 'actOnEndpoint' },
    tag: 'Endpoints',
    summary: 'test: tells it of a test; replay: what rests once more; secret: a new secret',
    key: 'shop',
    once: true,
    answer: ref('Endpoint'),
  },
];

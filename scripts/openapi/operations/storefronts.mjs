/** What the SDK in a page calls. */
import { any, flag, list, moment, object, oneOf, open, text, whole } from '../shapes.mjs';

/** @type {import('../operations.mjs').Call[]} */
export const storefronts = [
  {
    ...{ method: 'post', path: '/v1/collect', id: 'collect', tag: 'Storefronts' },
    summary: 'Events of a page in, acknowledgement and what the browser does not know out',
    bodyKinds: ['application/json', 'text/plain'],
    body: object(
      {
        v: { const: 1 },
        key: text('The publishable key'),
        cart: text("The cart's secret", { minLength: 22, maxLength: 22 }),
        'seen?': whole(),
        'trace?': text(),
        'sent_at?': moment("The browser's clock"),
        'page?': any,
        events: list(open({ id: text(), t: text() }), { maxItems: 200 }),
      },
      { additionalProperties: true },
    ),
    answer: open({ acked: list(text()), refused: list(any), now: whole() }),
  },
  {
    ...{ method: 'post', path: '/v1/restore', id: 'restore', tag: 'Storefronts' },
    summary: 'The cart behind a link, with what changed since; changes nothing',
    bodyKinds: ['application/json', 'text/plain'],
    body: open({ key: text(), token: text() }),
    answer: open({
      status: oneOf(['ok', 'ordered', 'empty']),
      cart: text(),
      epoch: whole(),
      currency: text(),
      lines: list(open({ variant: text(), qty: whole(), dots: list(text()), available: flag() })),
      changes: list(open({ variant: text(), kind: oneOf(['gone', 'sold_out', 'price']) })),
      utm: { type: 'object', additionalProperties: { type: 'string' } },
    }),
  },
  {
    ...{ method: 'post', path: '/v1/sdk-errors', id: 'reportError', tag: 'Storefronts' },
    summary: 'A mistake that the SDK made in a page',
    bodyKinds: ['application/json', 'text/plain'],
    body: open({ key: text(), name: text(), message: text(), at: text() }),
    answer: object({}),
  },
  {
    ...{ method: 'get', path: '/v1/region', id: 'region', tag: 'Storefronts' },
    summary: 'Where the request comes from, as far as the platform can tell',
    answer: object({ region: text('A country, a part of one, or empty') }),
  },
  {
    ...{ method: 'get', path: '/v1/push', id: 'pushKey', tag: 'Storefronts' },
    summary: 'Under which key a browser subscribes to notifications (RFC 8292)',
    answer: object({ key: text('An uncompressed point of P-256, base64url, or empty') }),
  },
  {
    ...{ method: 'post', path: '/v1/sandbox/state', id: 'sandboxState', tag: 'Storefronts' },
    summary: "What the edge knows of a browser's own cart; only in shops in the sandbox",
    bodyKinds: ['application/json', 'text/plain'],
    body: open({ key: text(), cart: text() }),
    answer: open({ cart: any, bound: flag(), now: whole() }),
  },
];

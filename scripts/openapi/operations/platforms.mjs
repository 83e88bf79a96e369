/** What connects a shop to platforms and services, and what these tell. */
import { CONNECTIONS } from '../connections.mjs';
import { any, flag, list, object, oneOf, open, ref, text, whole } from '../shapes.mjs';

const platform = oneOf(['shopify', 'woocommerce', 'bigcommerce', 'adobe']);

/** @type {import('../operations.mjs').Call[]} */
export const platforms = [
  {
    ...{ method: 'get', path: '/v1/shops/{shop}/connections', id: 'listConnections' },
    tag: 'Platforms',
    summary:
      'Which platforms and services are connected, what is set and since when; never what it is',
    key: 'owner',
    answer: ref('Connections'),
  },
  {
    ...{ method: 'put', path: '/v1/shops/{shop}/connections/{connection}', id: 'connect' },
    tag: 'Platforms',
    summary:
      'Connects the shop to a platform or a service, or gives it new secrets: docs/webhooks.md, docs/flows.md, docs/audiences.md',
    key: 'owner',
    once: true,
    body: {
      description: 'What each takes; which it is, the path says',
      anyOf: Object.entries(CONNECTIONS).map(([title, shape]) => ({ title, ...shape })),
    },
    answer: ref('Connections'),
  },
  {
    ...{ method: 'delete', path: '/v1/shops/{shop}/connections/{connection}', id: 'disconnect' },
    tag: 'Platforms',
    summary: 'Takes that away',
    key: 'owner',
    once: true,
    answer: ref('Connections'),
  },
  {
    ...{ method: 'get', path: '/v1/webhooks', id: 'listWebhooks', tag: 'Platforms' },
    summary: 'Webhooks that could not be taken (kept), or ask for a person (open)',
    key: 'shop',
    query: { state: oneOf(['kept', 'open']) },
    answer: open({
      webhooks: list(open({ id: text(), platform, topic: text(), at: whole(), code: text() })),
      dropped: whole(),
    }),
  },
  {
    ...{ method: 'post', path: '/v1/webhooks/replay', id: 'replayWebhooks', tag: 'Platforms' },
    summary: 'Kept webhooks are tried again',
    key: 'shop',
    once: true,
    body: object({ 'ids?': list(text()), 'all?': flag() }),
    answer: open({ replayed: whole() }),
  },
  {
    ...{ method: 'post', path: '/webhooks/{platform}/{shop}', id: 'takeWebhook', tag: 'Platforms' },
    summary: 'What a platform tells, signed as it signs',
    body: open({}),
    answer: open({}),
    status: '202',
    also: {
      200: [
        "Adobe Commerce's webhooks, which wait for it; and WooCommerce's unsigned ping, which is not kept",
        object({ 'op?': text(undefined, { const: 'success' }) }),
      ],
    },
  },
  {
    ...{ method: 'get', path: '/webhooks/{platform}/{shop}', id: 'challenge', tag: 'Platforms' },
    summary: 'Says back what Adobe I/O asks an address before it sends anything there',
    key: 'signed',
    query: { challenge: text() },
    answer: object({ challenge: text() }),
  },
  {
    ...{ method: 'post', path: '/callbacks/{provider}/{shop}', id: 'takeCallback' },
    tag: 'Platforms',
    summary:
      'What a provider tells of messages afterwards, or a marketing platform of who has unsubscribed there, signed as it signs: docs/channels.md, docs/flows.md',
    body: any,
    answer: open({}),
  },
  {
    ...{ method: 'post', path: '/callbacks/{provider}/{shop}/{callback}', id: 'takeSesCallback' },
    tag: 'Platforms',
    summary: 'The same of Amazon SES, whose address has a token in it as well: docs/channels.md',
    body: any,
    answer: open({}),
  },
];

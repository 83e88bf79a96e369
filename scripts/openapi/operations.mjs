/** Every call of the public surface, in the order in which the document shows it. */
import { DELIVERY_STATES, ids, PLATFORMS, RESERVATION_STATES, STATES } from './schemas.mjs';
import { flag, list, object, oneOf, open, orNull, ref, text, whole } from './shapes.mjs';

/** @typedef {import('./shapes.mjs').Schema} Schema */

/**
 * @typedef {object} Call
 * @property {string} method
 * @property {string} path
 * @property {string} id
 * @property {string} tag
 * @property {string} summary
 * @property {string} [scope] of the secret key
 * @property {'operator' | 'owner' | 'shop' | 'signed'} [key] who may call it where no scope is for that: the operator, a key that may do everything, or both; or
 *   whoever is known by something else than a key
 * @property {boolean} [once] it takes an Idempotency-Key
 * @property {Schema} [body]
 * @property {string[]} [bodyKinds] media types of the body
 * @property {Schema} [answer] of 200
 * @property {string} [kind] the answer's media type, where it is not JSON
 * @property {string} [status] the answer's, where it is not 200
 * @property {Record<string, Schema>} [query]
 */

const ms = (/** @type {string} */ what) => whole(`${what}; milliseconds since 1970`);
const any = open({});
const since = { since: whole('Leaves out what is older; milliseconds since 1970') };
const page50 = {
  limit: whole('Shoppers on a page', { minimum: 1, maximum: 50 }),
  cursor: text('What the `Link` header of the page before leads to'),
};
const person = {
  type: 'object',
  minProperties: 1,
  maxProperties: 1,
  additionalProperties: false,
  properties: { email: text(), phone: text(), shopper: text() },
};

/** @type {Call[]} */
const storefronts = [
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
        'sent_at?': ms("The browser's clock"),
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

/** @type {Call[]} */
const links = [
  {
    ...{ method: 'get', path: '/r/{token}', id: 'followLink', tag: 'Links', status: '302' },
    summary: 'A recovery link: leads to the shop and changes nothing',
  },
  {
    ...{ method: 'get', path: '/u/{token}', id: 'preferences', tag: 'Links', kind: 'text/html' },
    summary: 'The page on which a shopper unsubscribes; changes nothing',
  },
  {
    ...{ method: 'post', path: '/u/{token}', id: 'unsubscribe', tag: 'Links', kind: 'text/html' },
    summary: 'Unsubscribes with one click, as RFC 8058 has it',
  },
  {
    ...{ method: 'get', path: '/s/{token}', id: 'survey', tag: 'Links', kind: 'text/html' },
    summary: 'The survey after a miss; changes nothing',
  },
  {
    ...{ method: 'post', path: '/s/{token}', id: 'answerSurvey', tag: 'Links', kind: 'text/html' },
    summary: 'One answer to it',
    query: { answer: text() },
  },
];

const range = {
  created_from: ms('Not created before'),
  created_to: ms('Nor after'),
  modified_from: ms('Not modified before'),
  modified_to: ms('Nor after'),
  abandoned_from: ms('Not left before'),
  abandoned_to: ms('Nor after'),
};

/** @type {Call[]} */
const carts = [
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
    summary: 'The same, also by an exact contact, for which the key needs `contacts:read` as well',
    scope: 'carts:read',
    body: ref('CartSearch'),
    answer: ref('Carts'),
  },
  {
    ...{
      method: 'get',
      path: '/v1/carts/{cart}',
      id: 'getCart',
      tag: 'Carts',
      scope: 'carts:read',
    },
    summary: 'One cart, whosever it is',
    answer: ref('Cart'),
  },
  {
    ...{ method: 'get', path: '/v1/carts/{cart}/events', id: 'cartEvents', tag: 'Carts' },
    summary: 'What happened to it, the oldest first',
    scope: 'carts:read',
    query: {
      limit: whole(undefined, { minimum: 1, maximum: 500, default: 100 }),
      cursor: text('What the page before named `next`'),
    },
    answer: ref('CartEvents'),
  },
  {
    ...{ method: 'get', path: '/v1/carts/{cart}/log', id: 'cartLog', tag: 'Carts' },
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

/** @type {Call[]} */
const people = [
  {
    ...{ method: 'put', path: '/v1/shoppers', id: 'putCustomer', tag: 'Shoppers', once: true },
    summary: "What the shop's own records say of a customer",
    scope: 'contacts:write',
    body: ref('Customer'),
    answer: object({ shopper: ids.shopperId }),
  },
  {
    ...{ method: 'post', path: '/v1/shoppers/lookup', id: 'lookup', tag: 'Shoppers' },
    summary: 'What was and will be sent to a person, and why not',
    scope: 'contacts:read',
    body: person,
    answer: open({
      shopper: ids.shopperId,
      joined: list(ids.shopperId),
      known: flag(),
      deliveries: list(any),
      upcoming: list(any),
      suppressed: orNull(text()),
      suppressions: list(any),
      consent_email: flag(),
      consent_ads: flag(),
      audiences: list(any),
      alerts: list(any),
      consent_push: flag(),
      browsers: whole('How many of them take notifications'),
    }),
  },
  {
    ...{ method: 'post', path: '/v1/shoppers/join', id: 'join', tag: 'Shoppers', once: true },
    summary: 'Two identities are one person from here on',
    scope: 'contacts:write',
    body: object({ shoppers: list(person, { minItems: 2, maxItems: 2 }) }),
    answer: object({ shopper: ids.shopperId, joined: list(ids.shopperId) }),
  },
  {
    ...{ method: 'post', path: '/v1/suppressions', id: 'suppress', tag: 'Shoppers', once: true },
    summary: 'Nothing is sent to that person',
    scope: 'contacts:write',
    body: ref('Suppression'),
    answer: open({ shopper: ids.shopperId, cause: text(), settled: flag() }),
  },
  {
    ...{ method: 'delete', path: '/v1/suppressions', id: 'liftSuppression', tag: 'Shoppers' },
    summary: 'Takes that back',
    scope: 'contacts:write',
    once: true,
    body: ref('Suppression'),
    answer: open({ shopper: ids.shopperId, cause: text() }),
  },
];

/** @type {Call[]} */
const deliveries = [
  {
    ...{ method: 'get', path: '/v1/deliveries', id: 'listDeliveries', tag: 'Deliveries' },
    summary: 'What a person should see, the newest first',
    scope: 'deliveries:read',
    query: { state: oneOf(DELIVERY_STATES) },
    answer: object({ deliveries: list(ref('Delivery')) }),
  },
  {
    ...{ method: 'get', path: '/v1/deliveries/replay', id: 'replaying', tag: 'Deliveries' },
    summary: 'How the latest wish to try many dead letters again stands',
    scope: 'deliveries:read',
    answer: ref('Replay'),
  },
  {
    ...{ method: 'post', path: '/v1/deliveries/replay', id: 'replayDeliveries', tag: 'Deliveries' },
    summary: 'Tries dead letters again: one, those of a filter, or all',
    scope: 'deliveries:write',
    once: true,
    body: object({
      'shopper?': ids.shopperId,
      'conversation?': whole(),
      'step?': whole(),
      'despite_unknown?': flag('One that may have gone out before may go again'),
      'all?': flag(),
      'code?': text('Those of this cause'),
      'since?': whole('Those that died then or later, epoch ms'),
      'until?': whole('Those that died then or earlier, epoch ms'),
    }),
    answer: ref('Replay'),
  },
  {
    ...{ method: 'get', path: '/v1/decisions', id: 'listDecisions', tag: 'Deliveries' },
    summary: 'What was decided about each message, a line a decision',
    scope: 'deliveries:read',
    query: { ...page50, ...since },
    kind: 'application/x-ndjson',
  },
  {
    ...{ method: 'post', path: '/v1/approvals', id: 'approve', tag: 'Deliveries', once: true },
    summary: "A person's word about a message that waits for it",
    scope: 'deliveries:write',
    body: object({ shopper: text(), conversation: whole(), step: whole(), approved: flag() }),
    answer: object({ approved: flag() }),
  },
];

/** @type {Call[]} */
const shop = [
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
  {
    ...{ method: 'get', path: '/v1/reservations', id: 'listReservations', tag: 'Reservations' },
    summary:
      'Reservations by id, those of the last week; `reconciled=true` leaves out what no reconciliation has touched',
    scope: 'reservations:read',
    query: {
      state: oneOf(RESERVATION_STATES),
      reconciled: { const: 'true' },
      limit: whole(undefined, { minimum: 1, maximum: 100 }),
      cursor: text('What the page before named `next`'),
    },
    answer: object({ reservations: list(ref('Reservation')), 'next?': text() }),
  },
  {
    ...{ method: 'post', path: '/v1/reservations', id: 'reserve', tag: 'Reservations', once: true },
    summary: 'Holds all lines while somebody pays, or none',
    scope: 'reservations:write',
    body: open({
      'id?': text("The caller's own name of it; without one, the Idempotency-Key names it", {
        pattern: '^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}$',
      }),
      lines: list(
        open({ variant: text(), qty: whole(undefined, { minimum: 1, maximum: 9_999 }) }),
        {
          minItems: 1,
          maxItems: 500,
        },
      ),
      'cart?': ids.cartId,
      'expires_in_ms?': whole(undefined, { minimum: 1_000, maximum: 86_400_000 }),
    }),
    answer: ref('Reservation'),
  },
  {
    ...{ method: 'get', path: '/v1/reservations/{reservation}', id: 'getReservation' },
    tag: 'Reservations',
    summary: 'One reservation',
    scope: 'reservations:read',
    answer: ref('Reservation'),
  },
  {
    ...{ method: 'post', path: '/v1/reservations/{reservation}/{act}', id: 'endReservation' },
    ...{ tag: 'Reservations', once: true },
    summary: 'What it held is sold, or given up',
    scope: 'reservations:write',
    answer: ref('Reservation'),
  },
  {
    ...{ method: 'get', path: '/v1/shops/{shop}', id: 'getShop', tag: 'Shop', scope: 'shop:read' },
    summary: 'The configuration in force',
    answer: object({ shop: ids.shopId, version: whole(), configuration: ref('Configuration') }),
  },
  {
    ...{ method: 'put', path: '/v1/shops/{shop}', id: 'putShop', tag: 'Shop', key: 'operator' },
    summary: 'Creates or reconfigures a shop',
    once: true,
    body: ref('Configuration'),
    answer: object({
      shop: ids.shopId,
      version: whole(),
      publishable_key: orNull(text()),
      secret_key: orNull(text()),
    }),
  },
  {
    ...{ method: 'post', path: '/v1/keys', id: 'makeKey', tag: 'Shop', key: 'owner', once: true },
    summary: 'Makes a secret key that may do only what it says',
    body: ref('KeyRequest'),
    answer: ref('Key'),
  },
  {
    ...{ method: 'get', path: '/v1/experiments', id: 'experiments', tag: 'Shop' },
    summary: 'What the messages, each experiment and each flag with a share bring',
    scope: 'shop:read',
    answer: any,
  },
  {
    ...{ method: 'get', path: '/v1/experiments/holdout', id: 'holdout', tag: 'Shop' },
    summary: 'What the messages bring against the held out',
    scope: 'shop:read',
    answer: any,
  },
  {
    ...{ method: 'get', path: '/v1/audiences', id: 'listAudiences', tag: 'Shop' },
    summary: 'The advertising audiences, with words for what each is about: docs/audiences.md',
    scope: 'shop:read',
    answer: object({ audiences: list(ref('ListedAudience')) }),
  },
];

const platform = oneOf(['shopify', 'woocommerce', 'bigcommerce', 'adobe']);
const endpoint = {
  url: text('Where it is: https under a public name'),
  'events?': list(text('A type, a family such as `delivery.*`, or `*`'), { minItems: 1 }),
  'enabled?': flag(),
};

/** @type {Call[]} */
const endpoints = [
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
    summary: '`test`: tells it of a test; `replay`: what rests once more; `secret`: a new secret',
    key: 'shop',
    once: true,
    answer: ref('Endpoint'),
  },
];

/** @type {Call[]} */
const webhooks = [
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
    body: open({}),
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
    summary: 'Webhooks that could not be taken (`kept`), or ask for a person (`open`)',
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
    summary: 'What a provider tells of messages afterwards, signed as it signs: docs/channels.md',
    body: any,
    answer: open({}),
  },
];

/** @type {Call[]} */
const health = [
  {
    ...{ method: 'get', path: '/healthz', id: 'healthz', tag: 'Health' },
    summary: 'Answers while the isolate lives',
    answer: open({ status: { const: 'ok' } }),
  },
  {
    ...{ method: 'get', path: '/readyz', id: 'readyz', tag: 'Health' },
    summary: 'Whether objects, configuration and mail answer',
    answer: open({ status: oneOf(['ready', 'starting']), objects: flag(), configuration: flag() }),
  },
];

export const calls = [
  ...[
    ...[storefronts, links, carts, people, deliveries, shop],
    ...[endpoints, webhooks, health],
  ].flat(),
];

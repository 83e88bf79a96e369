/** The OpenAPI 3.1 document of the whole public surface. */
import { webhooks } from './events.mjs';
import { calls } from './operations.mjs';
import { ids, schemas } from './schemas.mjs';
import { oneOf, ref, text } from './shapes.mjs';

/** @typedef {import('./operations.mjs').Call} Call */

const TAGS = {
  Storefronts: 'What pages call, with a publishable key in the body.',
  Links: 'What shoppers open. A GET changes nothing, however often a scanner runs it.',
  Carts: 'Carts and baskets, with their events.',
  Shoppers: 'People. Their contacts travel in bodies, never in addresses.',
  Privacy: 'A person is forgotten, or told all that is held about them.',
  Deliveries: 'What was sent, what was not, and why.',
  Messages: 'Messages before anybody gets them.',
  Catalogue: 'What messages show.',
  Reservations: 'Pieces that are held while somebody pays.',
  Shop: 'Configuration, keys, results.',
  Endpoints: "Where the shop's own servers hear what happens.",
  Platforms: 'What platforms and providers tell.',
  Health: 'For monitoring.',
};

/** @type {Record<string, import('./shapes.mjs').Schema>} */
const IN_PATH = {
  token: text('64 characters; after `/r/` and `/s/` also the 12 of a short link'),
  cart_id: ids.cartId,
  shop: ids.shopId,
  endpoint: text('`ep_` and 16 hexadecimal digits', { pattern: '^ep_[0-9a-f]{16}$' }),
  what: oneOf(['test', 'replay', 'secret']),
  reservation: text('Its id', { minLength: 1, maxLength: 64 }),
  act: oneOf(['confirm', 'cancel']),
  platform: oneOf(['shopify', 'woocommerce', 'bigcommerce', 'adobe']),
  connection: oneOf([
    ...['shopify', 'woocommerce', 'bigcommerce', 'adobe'],
    ...['klaviyo', 'braze', 'attentive', 'hubspot', 'meta', 'google', 'salesforce'],
  ]),
  provider: oneOf([
    ...['resend', 'postmark', 'sendgrid', 'ses', 'twilio'],
    ...['attentive', 'hubspot', 'klaviyo'],
  ]),
  callback: text('The token that stands in the address alone'),
};

const CODES = /** @type {const} */ ({
  400: 'Something in the request cannot be.',
  401: 'The key is missing, not valid, revoked or expired.',
  403: 'The key lacks the scope that the problem names, or the origin may not call.',
  404: 'There is no such thing.',
  409: 'The Idempotency-Key belongs to another request, or the same request is under way.',
  410: 'The link has expired or was revoked.',
  422: 'A field is not valid; `field` names it.',
  429: 'Too many requests of this network or key, or too many tests; the same one may be sent again after `Retry-After` seconds.',
});

const problem = (/** @type {string} */ description) => ({
  description,
  content: { 'application/problem+json': { schema: ref('Problem') } },
});

/** What can be wrong with a call. @param {Call} call */
function problems({ path, tag, body, once, scope, key }) {
  if (tag === 'Health') return {};
  if (tag === 'Links') return { '4XX': { description: 'A plain page with a way on.' } };
  const codes = [
    ...(path === '/v1/region' ? [] : [400]),
    ...(scope || key || body ? [401, 403] : []),
    ...(path.includes('{') || /revoke|join|approvals|suppressions|keys|messages/.test(path)
      ? [404]
      : []),
    ...(once ? [409] : []),
    ...(/restore|revoke/.test(path) ? [410] : []),
    ...(/shops|catalogue|shoppers|messages/.test(path) && body ? [422] : []),
    ...(path.startsWith('/callbacks') || path === '/v1/region' ? [] : [429]),
  ];
  const named = codes.map((code) => [code, { $ref: `#/components/responses/P${code}` }]);
  return { ...Object.fromEntries(named), default: { $ref: '#/components/responses/Problem' } };
}

/** @param {Call} call */
function answer({ answer: schema, kind = 'application/json', status = '200', summary, also }) {
  if (status === '302') {
    const Location = { description: "The shop's own page", schema: text() };
    return { 302: { description: summary, headers: { Location } } };
  }
  const more = Object.entries(also ?? {}).map(([other, [description, shape]]) => [
    other,
    { description, content: { [kind]: { schema: shape } } },
  ]);
  return {
    ...Object.fromEntries(more),
    [status]: { description: summary, content: { [kind]: { schema: schema ?? text() } } },
  };
}

/** @param {Call} call */
function parameters({ path, query = {}, once }) {
  const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => ({
    ...{ name, in: 'path', required: true },
    schema: IN_PATH[name],
  }));
  const inQuery = Object.entries(query).map(([name, schema]) => ({ name, in: 'query', schema }));
  const header = once ? [{ $ref: '#/components/parameters/IdempotencyKey' }] : [];
  return [...inPath, ...inQuery, ...header];
}

/** @param {Call} call */
function security({ scope, key }) {
  if (key === 'operator') return [{ operatorKey: [] }];
  if (key === 'owner') return [{ operatorKey: [] }, { secretKey: [] }];
  if (key === 'signed') return [];
  return scope || key ? [{ secretKey: [] }] : [];
}

/** @param {Call} call */
function operation(call) {
  const { id, tag, summary, scope, body, bodyKinds = ['application/json'] } = call;
  const content = Object.fromEntries(bodyKinds.map((kind) => [kind, { schema: body }]));
  const params = parameters(call);
  return {
    operationId: id,
    tags: [tag],
    summary,
    ...(scope ? { description: `The key needs the scope \`${scope}\`.`, 'x-scope': scope } : {}),
    security: security(call),
    ...(params.length ? { parameters: params } : {}),
    ...(body ? { requestBody: { required: true, content } } : {}),
    responses: { ...answer(call), ...problems(call) },
  };
}

/** @returns {Record<string, any>} */
export function openApi() {
  /** @type {Record<string, Record<string, object>>} */
  const paths = {};
  for (const call of calls) {
    paths[call.path] = { ...paths[call.path], [call.method]: operation(call) };
  }
  const codes = Object.entries(CODES).map(([code, what]) => [`P${code}`, problem(what)]);
  return {
    openapi: '3.1.0',
    info: {
      title: 'Homing',
      version: '1',
      summary: 'Brings shoppers back to the carts they left.',
      description:
        'Errors are RFC 9457 problem documents whose `code` is stable. Fields may be added to answers at any time; nothing is taken away within `/v1`. Files such as `docs/api.md` are part of the repository.',
      license: { name: 'Proprietary', url: 'https://homing.example/licence' },
    },
    servers: [{ url: '/' }],
    tags: Object.entries(TAGS).map(([name, description]) => ({ name, description })),
    paths,
    webhooks: webhooks(),
    components: {
      securitySchemes: {
        secretKey: {
          ...{ type: 'http', scheme: 'bearer' },
          description: "A shop's secret key, `sk_…`; some may do only what their scopes say.",
        },
        operatorKey: { type: 'http', scheme: 'bearer', description: "The deployment's own key." },
      },
      parameters: {
        IdempotencyKey: {
          ...{ name: 'Idempotency-Key', in: 'header' },
          description:
            'The same key with the same request is answered the same for two days, without doing it again; with another one: 409.',
          schema: text(undefined, { minLength: 1, maxLength: 255 }),
        },
      },
      responses: { ...Object.fromEntries(codes), Problem: problem('What went wrong.') },
      schemas: schemas(),
    },
  };
}

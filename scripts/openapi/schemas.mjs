/** The schemas that operations name. The shop's configuration comes from the types that read it: docs/schemas/shop.schema.json. */
import { readFileSync } from 'node:fs';
import { inRoot } from '../paths.mjs';
import {
  flag,
  list,
  minor,
  moment,
  object,
  oneOf,
  open,
  orNull,
  ref,
  text,
  whole,
} from './shapes.mjs';

/** @typedef {import('./shapes.mjs').Schema} Schema */

export const STATES = ['open', 'idle', 'abandoned', 'returned', 'recovered', 'ordered', 'empty'];
/** Where a cart may be. */
export const PLATFORMS = ['shopify', 'bigcommerce', 'adobe', 'woocommerce', 'headless', 'snippet'];

const STAGES = [
  ...['started', 'contact', 'shipping', 'price'],
  ...['payment_started', 'payment_failed', 'payment_succeeded'],
];

const CAUSES = [
  ...['fraud', 'invalid_contact', 'complained', 'bounced', 'soft_bounced', 'withheld', 'silenced'],
];

/** A trace id, as W3C Trace Context has it. */
const trace = text('W3C trace id', { pattern: '^[0-9a-f]{32}$' });

const DELIVERY_STATES = [
  ...['dead_lettered', 'unknown', 'awaiting_approval', 'approved', 'withdrawn', 'rejected'],
  ...['answered', 'bounced', 'complained', 'sent', 'replayed', 'skipped'],
  ...['audience_failed', 'alert_failed', 'alert_unknown'],
];

/** A schema whose references lead into the document. @param {any} node @returns {any} */
function moved(node) {
  if (Array.isArray(node)) return node.map(moved);
  if (node === null || typeof node !== 'object') return node;
  // A choice of one is none.
  if (node.oneOf?.length === 1) {
    const {
      oneOf: [only],
      ...rest
    } = node;
    return moved({ ...only, ...rest });
  }
  return Object.fromEntries(
    Object.entries(node).map(([name, value]) => [
      name,
      name === '$ref' ? value.replace('#/$defs/', '#/components/schemas/') : moved(value),
    ]),
  );
}

/** @returns {Record<string, Schema>} */
function configuration() {
  const path = inRoot('docs', 'schemas', 'shop.schema.json');
  const { $schema, $id, $defs, ...shop } = JSON.parse(readFileSync(path, 'utf8'));
  const defs = Object.entries($defs ?? {}).map(([name, schema]) => [name, moved(schema)]);
  return { ...Object.fromEntries(defs), Configuration: moved(shop) };
}

const currency = text('ISO 4217', { pattern: '^[A-Z]{3}$' });
const cartId = text('`crt_` and 32 hexadecimal digits', { pattern: '^crt_[0-9a-f]{32}$' });
const shopperId = text('`shp_` and 32 hexadecimal digits', { pattern: '^shp_[0-9a-f]{32}$' });
const shopId = text('`shop_` and 8 characters', {
  pattern: '^shop_[0-9a-hjkmnp-tv-z]{8}$',
});
const options = { type: 'object', additionalProperties: { type: 'string' } };

export const RESERVATION_STATES = ['held', 'confirmed', 'cancelled', 'expired', 'orphaned'];

export const ids = { cartId, shopperId, shopId };

/** @returns {Record<string, Schema>} */
export const schemas = () => ({
  ...configuration(),
  Problem: open({
    type: text('`urn:homing:problem:` and the code', { pattern: '^urn:homing:problem:' }),
    title: text(),
    status: whole(),
    code: text('Stable: what programs branch on', { pattern: '^[a-z_]+$' }),
    detail: text(),
    'field?': text('The field of a configuration that is wrong'),
    'errors?': list(object({ field: text(), reason: text() })),
    'refused?': list(object({ id: text(), code: text(), detail: text() })),
    'short?': list(object({ variant: text(), available: whole('How many can be had') })),
    'scope?': ref('Scope'),
    'slow_down_ms?': whole('For how long to keep still'),
  }),
  Scope: oneOf(
    [
      ...['carts:read', 'carts:write', 'contacts:read', 'contacts:write'],
      ...['catalogue:read', 'catalogue:write', 'deliveries:read', 'deliveries:write'],
      ...['shop:read', 'reservations:read', 'reservations:write'],
      ...['privacy:read', 'privacy:write'],
    ],
    'What a secret key may be allowed',
  ),
  Product: object({
    variant: text('1 to 64 visible ASCII characters'),
    title: text(),
    price_minor: minor('The price of one'),
    currency,
    image: text('Its picture', { format: 'uri' }),
    url: text('Its page', { format: 'uri' }),
    'available?': flag(),
    'options?': options,
    'product?': { type: ['string', 'null'], description: 'The product that this is a variant of' },
    'tags?': list(text()),
    'cost_minor?': { type: ['integer', 'null'], minimum: 0 },
    'stock?': {
      ...{ type: ['integer', 'null'], minimum: 0 },
      description: 'How many the shop would still sell',
    },
  }),
  Reservation: object({
    id: text(),
    state: oneOf(RESERVATION_STATES),
    'cause?': oneOf(
      ['replaced', 'order', 'cart_ordered', 'cart_gone', 'line_gone'],
      'Why, where nobody asked for it by its id',
    ),
    lines: list(object({ variant: text(), qty: whole(undefined, { minimum: 1 }) })),
    'freed?': list(object({ variant: text(), qty: whole() })),
    'cart?': cartId,
    cart_epoch: whole('How often the cart had been bought or cleared'),
    in_cart: flag('Whether the cart was ever seen to hold all of it'),
    created_at: whole('Milliseconds since 1970'),
    expires_at: whole('Milliseconds since 1970'),
    'ended_at?': whole('Milliseconds since 1970'),
    'reconciled_at?': whole('When a reconciliation ended or lessened it; milliseconds since 1970'),
  }),
  Line: object({
    variant: text(),
    'options?': options,
    qty: whole(undefined, { minimum: 1 }),
    'product?': text('The product of which the variant is one'),
    'title?': text('As the catalogue or the platform names it'),
    'unit_price_minor?': minor('What one costs now'),
    'total_minor?': minor('What the line costs now'),
    'currency?': currency,
    'available?': flag(),
    'image?': text('Where the catalogue or the platform tells one'),
    'url?': text('Where the catalogue or the platform tells one'),
  }),
  Cart: object({
    id: cartId,
    state: oneOf(STATES, 'Where it stands; docs/api.md defines each'),
    source: oneOf(['snippet', 'server'], 'Who tells its lines'),
    platforms: list(oneOf(PLATFORMS, 'Where it is: who has told of it')),
    quote: flag("Whether it is a business buyer's quote"),
    'stage?': oneOf(STAGES, 'How far its checkout has come'),
    'customer?': object({
      id: shopperId,
      'customer_id?': text("What the shop's own records call the customer"),
      'name?': text('With the scope `contacts:read`'),
      'email?': text('With the scope `contacts:read`'),
      'phone?': text('With the scope `contacts:read`'),
    }),
    'consent?': object({ email: orNull(flag()), sms: orNull(flag()) }),
    lines: list(ref('Line')),
    totals: list(object({ currency, total_minor: minor('What all lines in it cost') })),
    unpriced_lines: whole('Lines of which neither the catalogue nor the platform has told a price'),
    currency,
    'created_at?': moment('When its first line was put in'),
    modified_at: moment('When its lines changed last'),
    active_at: moment('When its shopper was there last'),
    'abandoned_at?': moment('When it counted as left'),
    'recovered_at?': moment('When it was bought after a recovery link'),
    'ordered_at?': moment('When it was bought'),
    'recovery_link?': text('Brings it back on any device', { format: 'uri' }),
    'copied_from?': cartId,
  }),
  Carts: object({ carts: list(ref('Cart')), 'next?': text('The cursor of the next page') }),
  CartSearch: object({
    'email?': text(),
    'phone?': text(),
    'state?': list(oneOf(STATES)),
    'source?': oneOf(['snippet', 'server']),
    'platform?': list(oneOf([...PLATFORMS, 'unknown'])),
    'currency?': text(),
    'value_from?': whole(),
    'value_to?': whole(),
    'created_from?': whole(),
    'created_to?': whole(),
    'modified_from?': whole(),
    'modified_to?': whole(),
    'abandoned_from?': whole(),
    'abandoned_to?': whole(),
    'limit?': whole(undefined, { minimum: 1, maximum: 100 }),
    'cursor?': text(),
  }),
  CartEvents: object({
    cart: cartId,
    events: list(
      object({
        seq: whole(undefined, { minimum: 1 }),
        'at?': moment('When it happened, as its teller says'),
        'taken_at?': moment('When it was taken'),
        'id?': text(),
        'what?': open({ t: text('What happened; docs/log-export.md has all of them') }),
        'trace?': trace,
        'erased?': flag(),
      }),
    ),
    'next?': text(),
  }),
  Basket: object({
    basket: text("The shop's own token of it", { minLength: 8, maxLength: 256 }),
    version: whole('Grows with each change', { minimum: 1 }),
    'changed_at?': moment('When it became so'),
    'lines?': list(
      object({ variant: text(), 'options?': options, qty: whole(undefined, { minimum: 1 }) }),
      { maxItems: 500 },
    ),
    'email?': orNull(text("`null`: nobody's, as far as the shop knows")),
    'phone?': text(),
    'consent?': object({
      'email?': flag(),
      'sms?': flag(),
      'ads?': flag('The contact may be given, hashed, to advertising services'),
      'wording?': text(),
      'page?': text(),
      'at?': moment('When it was answered'),
    }),
    'quote?': flag("Whether it is a business buyer's quote from here on"),
    'intent?': text(),
    'by_link?': flag('Its shopper has come to it by a recovery link'),
    'order?': text(),
  }),
  BasketTaken: object({
    cart: text(),
    epoch: whole(),
    status: oneOf(['open', 'empty', 'ordered']),
    stale: flag(),
    refused: list(object({ variant: text(), code: text() })),
  }),
  Customer: object({
    'email?': text(),
    'phone?': text(),
    'tier?': text(undefined, { minLength: 1, maxLength: 100 }),
    'name?': text(undefined, { minLength: 1, maxLength: 100 }),
    'customer_id?': text(undefined, { minLength: 1, maxLength: 100 }),
    'orders?': object({
      count: whole(),
      'spent_minor?': whole(),
      'currency?': currency,
      'last_at?': moment('The last of them'),
    }),
  }),
  Suppression: object({
    'email?': text(),
    'phone?': text(),
    'shopper?': text(),
    cause: oneOf(CAUSES),
    'until?': moment('Its end'),
  }),
  Delivery: object({
    shopper: shopperId,
    conversation: whole(),
    step: whole(),
    state: oneOf(DELIVERY_STATES),
    code: text(),
    at: moment('When'),
    'trace?': trace,
  }),
  Replay: object({
    'begun_at?': moment('When it was asked for, where it is about many'),
    done: flag('Whether all have been asked for'),
    replayed: whole('How many are tried again'),
    refused: object({}, { additionalProperties: whole('How many are not, by why') }),
  }),
  Endpoint: object({
    id: text(undefined, { pattern: '^ep_[0-9a-f]{16}$' }),
    url: text(),
    events: list(text()),
    enabled: flag(),
    'disabled_because?': oneOf(['gone', 'failing', 'merchant']),
    'failing_since?': moment('The first failure since the last success'),
    'notice?': oneOf(
      ['owed', 'sent', 'unknown', 'failed'],
      'What became of the mail that says that it was switched off',
    ),
    created_at: moment('When it was made'),
    waiting: whole('Messages on their way to it'),
    resting: whole('Messages that are told again only when that is asked for'),
    tries: list(
      object({
        event: text(),
        at: moment('When'),
        'status?': whole(),
        'error?': oneOf(['timeout', 'connection']),
      }),
    ),
    'secret?': text('Shown where it is made alone', { pattern: '^whsec_' }),
  }),
  ListedAudience: object({
    service: oneOf(['meta', 'google']),
    list: text("The audience's id there"),
    after_ms: whole('How long after the last activity a cart counts as left, ms'),
    days: whole('For how many days after it somebody stays a member'),
    products: list(text('Only for whoever left one of these variants')),
    connected: flag('Whether the shop has an account there'),
    copy: list(
      object({
        variant: text(),
        headline: text('At most 30 characters'),
        text: text('At most 90 characters'),
        url: text("The product's page"),
        image: text('Its picture'),
      }),
    ),
    without_copy: list(
      object({
        variant: text(),
        code: oneOf(['not_in_catalogue', 'sold_out', 'contact_in_title'], 'Why there are none'),
      }),
    ),
  }),
  Connections: object({
    connections: list(
      object({
        platform: oneOf([
          ...['shopify', 'woocommerce', 'bigcommerce', 'adobe'],
          ...['klaviyo', 'braze', 'hubspot', 'attentive', 'meta', 'google', 'salesforce'],
        ]),
        'webhooks?': text("Where the platform's webhooks go, where it sends any"),
        set: list(text('What is set, by name; never what it is')),
        since: moment('Since when'),
      }),
    ),
  }),
  KeyRequest: object({
    'shop?': shopId,
    serial: whole('Its number, for revocation', { minimum: 1, maximum: 255 }),
    scopes: list(ref('Scope'), { minItems: 1 }),
    'expires_at?': moment('Its end'),
  }),
  Key: object({
    shop: shopId,
    serial: whole(undefined, { minimum: 1, maximum: 255 }),
    scopes: list(ref('Scope')),
    'expires_at?': moment('Its end'),
    secret_key: text('Shown here alone; nothing is kept of it', { pattern: '^sk_' }),
  }),
});

export { DELIVERY_STATES };

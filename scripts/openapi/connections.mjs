/** What a shop is connected with, by platform and service: what `PUT …/connections/{connection}` takes. */
import { list, object, text } from './shapes.mjs';

const secret = (/** @type {string} */ what) => text(what, { minLength: 8, maxLength: 512 });
const word = (/** @type {string} */ what) => text(what, { minLength: 8, maxLength: 2_048 });
const digits = (/** @type {string} */ what) => text(what, { pattern: '^[0-9]{1,20}$' });

const signs = {
  webhook_secret: secret('Under which the platform signs its webhooks'),
  'previous_webhook_secret?': secret('The one before it, while it is changed'),
};
const api = (/** @type {Record<string, import('./shapes.mjs').Schema>} */ more = {}) =>
  object({ access_token: secret("Opens the platform's own API"), ...more });
const token = { access_token: word('A token or key of the account') };
const hears = { 'webhook_secret?': word('What signs the webhook that tells who has unsubscribed') };
const owner = {
  'owner?': text("Who gets the tasks, by the service's id", { pattern: '^[A-Za-z0-9_]{1,80}$' }),
};
const oauth = { client_id: word('OAuth: the application'), client_secret: word('Its secret') };

/** Each is one of these; which, the path says. @type {Record<string, import('./shapes.mjs').Schema>} */
export const CONNECTIONS = {
  shopify: object({
    ...signs,
    'store?': text('`….myshopify.com`; with `api`', { pattern: '^[a-z0-9-]+\\.myshopify\\.com$' }),
    'api?': api(),
  }),
  woocommerce: object({
    ...signs,
    'store?': text('The https address before `/wp-json`; with `api`', { maxLength: 128 }),
    'api?': api({ consumer_key: secret('`ck_…`') }),
  }),
  bigcommerce: object({
    ...signs,
    store: text('The store hash', { pattern: '^[a-z0-9]{1,128}$' }),
    api: api(),
  }),
  adobe: object({
    public_keys: list(text('PEM of a public key', { maxLength: 2_048 }), {
      minItems: 1,
      maxItems: 4,
    }),
    'client_id?': secret("Adobe I/O's client id of the project"),
    'store?': text('The https address before `/rest`; with `api`', { maxLength: 128 }),
    'api?': api(),
  }),
  klaviyo: object({ ...token, ...hears }),
  braze: object({
    ...token,
    host: text("The host of the account's REST endpoint", {
      pattern: '^rest\\.[a-z0-9-]{1,20}\\.braze\\.(com|eu)$',
    }),
  }),
  attentive: object({ ...token, ...hears }),
  hubspot: object({ ...token, ...hears, 'account?': digits("The account's id"), ...owner }),
  meta: object(token),
  google: object({
    ...oauth,
    refresh_token: word('For new tokens'),
    account: digits("The advertiser's account"),
    'manager?': digits('The account by which it is reached'),
  }),
  salesforce: object({
    ...oauth,
    instance: text('My Domain', { pattern: '^https://[a-z0-9.-]{1,100}\\.my\\.salesforce\\.com$' }),
    ...owner,
  }),
};

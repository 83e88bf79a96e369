/** Every call of the public surface, in the order in which the document shows it. */
import { carts } from './operations/carts.mjs';
import { catalogue } from './operations/catalogue.mjs';
import { deliveries } from './operations/deliveries.mjs';
import { endpoints } from './operations/endpoints.mjs';
import { health } from './operations/health.mjs';
import { links } from './operations/links.mjs';
import { messages } from './operations/messages.mjs';
import { platforms } from './operations/platforms.mjs';
import { privacy } from './operations/privacy.mjs';
import { reservations } from './operations/reservations.mjs';
import { shop } from './operations/shop.mjs';
import { shoppers } from './operations/shoppers.mjs';
import { storefronts } from './operations/storefronts.mjs';

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
 * @property {Record<string, [string, Schema]>} [also] other statuses of success, with what they mean and hold
 * @property {Record<string, Schema>} [query]
 */

export const calls = [
  ...[
    storefronts,
    links,
    carts,
    shoppers,
    privacy,
    deliveries,
    messages,
    catalogue,
    reservations,
    shop,
    endpoints,
    platforms,
    health,
  ].flat(),
];

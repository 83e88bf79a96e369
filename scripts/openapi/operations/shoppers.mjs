/** People, and why they are not written to. */
import { ids } from '../schemas.mjs';
import { any, flag, list, object, open, orNull, ref, text, whole } from '../shapes.mjs';

const person = {
  type: 'object',
  minProperties: 1,
  maxProperties: 1,
  additionalProperties: false,
  properties: { email: text(), phone: text(), shopper: text() },
};

/** @type {import('../operations.mjs').Call[]} */
export const shoppers = [
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
      erasure: orNull(any),
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

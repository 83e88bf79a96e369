/** What a person may ask for: to be forgotten, and to be told all that is held. */
import { ids } from '../schemas.mjs';
import { any, flag, list, moment, object, oneOf, open, orNull, text, whole } from '../shapes.mjs';

const whom = {
  type: 'object',
  minProperties: 1,
  additionalProperties: false,
  properties: {
    ...{ email: text(), phone: text(), customer_id: text(), shopper: text() },
    request: text('A webhook that asks for it, as it is listed as open; given alone'),
  },
};
const everybody = orNull(
  object({
    state: oneOf(['erasing', 'erased']),
    at: moment('When it was asked for'),
    people: whole('Identities that have been told'),
    left: whole('Those who have yet to be told, or who have something left to be done'),
  }),
);
const erasure = {
  shopper: ids.shopperId,
  state: oneOf(['erasing', 'erased']),
  at: moment('When it was asked for, and in force'),
  ended_at: orNull(moment('When nothing was left to be done')),
};

/** @type {import('../operations.mjs').Call[]} */
export const privacy = [
  {
    ...{ method: 'post', path: '/v1/shoppers/erase', id: 'erase', tag: 'Privacy', once: true },
    summary: 'Forgets a person, everywhere, or everybody',
    scope: 'privacy:write',
    body: {
      ...whom,
      properties: {
        ...whom.properties,
        shop: text("Everybody: the shop's own id, given alone"),
      },
    },
    answer: object({
      shop: everybody,
      erasures: list(
        object({
          ...erasure,
          messages: whole(
            'Messages and alerts on their way at this moment, and recalls that have not arrived',
          ),
          audiences: whole('That have not confirmed a removal'),
          carts: whole('That have yet to forget'),
          desk: flag('Whether the desk has yet to forget'),
          objected: flag('Whether an objection to messages is kept'),
        }),
      ),
    }),
  },
  {
    ...{ method: 'post', path: '/v1/shoppers/access', id: 'access', tag: 'Privacy' },
    summary: 'All that is held about a person',
    scope: 'privacy:read',
    body: whom,
    answer: object({
      at: moment('When it was read'),
      people: list(
        open({
          email: orNull(text()),
          phone: orNull(text()),
          consents: list(
            object({ about: text(), agreed: flag(), wording: orNull(text()), at: moment('When') }),
          ),
          customer: orNull(any),
          orders: whole('How many'),
          ordered_at: list(moment('When')),
          sent: list(any),
          browsers: list(object({ endpoint: text(), at: moment('When it was heard of last') })),
          shopper: any,
          carts: list(open({ cart: any, events: list(any) })),
        }),
      ),
      webhooks: list(
        object({ id: text(), platform: text(), topic: text(), at: moment('When it came') }),
      ),
    }),
  },
  {
    ...{ method: 'get', path: '/v1/erasures', id: 'listErasures', tag: 'Privacy' },
    summary: 'Who was erased, the latest first: ids and times are all that is left',
    scope: 'privacy:read',
    answer: object({
      shop: everybody,
      erasures: list(
        object({ shopper: ids.shopperId, at: erasure.at, ended_at: erasure.ended_at }),
      ),
    }),
  },
];

/** What the shop's own servers are told, by type: the `webhooks` of the document. docs/endpoints.md says when each is. */
import { list, moment, object, oneOf, text, whole } from './shapes.mjs';

/** @typedef {import('./shapes.mjs').Schema} Schema */

const shopper = text('`shp_` and 32 hexadecimal digits', { pattern: '^shp_[0-9a-f]{32}$' });

/** What is told of a message; of what is none the conversation is 0, and the step its service. @param {string} state @returns {Schema} */
const report = (state) =>
  object({
    shopper,
    conversation: whole(),
    step: whole(),
    state: text(undefined, { const: state }),
    code: text('Why, as a stable code; empty where there is nothing to say'),
  });

const DELIVERY = [
  ...['awaiting_approval', 'approved', 'rejected', 'withdrawn', 'sent', 'unknown'],
  ...['dead_lettered', 'bounced', 'complained', 'replayed', 'skipped'],
];

/** By type: what has happened, and what is told of it. @type {Record<string, [string, Schema]>} */
const EVENTS = {
  ...Object.fromEntries(
    DELIVERY.map((state) => [
      `delivery.${state}`,
      [`A message: ${state.replaceAll('_', ' ')}`, report(state)],
    ]),
  ),
  'survey.answered': ['A shopper said what kept them', report('answered')],
  'quote.left': [
    "A business buyer's quote was left",
    object({
      shopper,
      cart: text(undefined, { pattern: '^crt_[0-9a-f]{32}$' }),
      epoch: whole('How often that cart was ordered or cleared'),
      lines: list(text()),
      'total_minor?': whole("What it comes to, in the currency's smallest unit"),
      'currency?': text(),
      actions: list(text('What could be done')),
    }),
  ],
  'audience.failed': [
    'Somebody could not be put into an advertising audience, or taken out of it',
    report('audience_failed'),
  ],
  'alert.failed': ['A task about a left quote was not made', report('alert_failed')],
  'alert.unknown': ['Nobody knows whether such a task was made', report('alert_unknown')],
  'reservation.reconciled': [
    'A reservation was ended or lessened because of what became of its cart',
    object({
      reservation: text('Its id'),
      state: oneOf(['held', 'confirmed', 'cancelled', 'expired', 'orphaned']),
      cause: oneOf(['replaced', 'order', 'cart_ordered', 'cart_gone', 'line_gone']),
      'cart?': text(),
    }),
  ],
  'endpoint.disabled': [
    'Another endpoint of the shop was switched off, because it took nothing',
    object({
      endpoint: text('Its id', { pattern: '^ep_[0-9a-f]{16}$' }),
      because: oneOf(['gone', 'failing']),
      failing_since: moment('The first failure since the last success'),
    }),
  ],
  'endpoint.test': ['Somebody asked for a test', object({})],
};

/** Signed by Standard Webhooks. @param {string} name @param {string} description */
const header = (name, description) => ({
  ...{ name, in: 'header', required: true },
  description,
  schema: text(),
});

/** The `webhooks` of the document. */
export function webhooks() {
  const parameters = [
    header('webhook-id', 'The same each time that it is told'),
    header('webhook-timestamp', 'When it is told, in seconds since 1970'),
    header('webhook-signature', "By Standard Webhooks, under the endpoint's secret"),
  ];
  const entries = Object.entries(EVENTS).map(([type, [summary, data]]) => {
    const schema = object({
      type: text(undefined, { const: type }),
      timestamp: text('When it happened', { format: 'date-time' }),
      data,
    });
    const operation = {
      operationId: type.replace(/[._](.)/g, (_, letter) => letter.toUpperCase()),
      tags: ['Endpoints'],
      summary,
      security: [],
      parameters,
      requestBody: { required: true, content: { 'application/json': { schema } } },
      responses: {
        '2XX': { description: 'It was heard. Anything else is told again.' },
        410: { description: 'It is not to be told here any more.' },
      },
    };
    return [type, { post: operation }];
  });
  return Object.fromEntries(entries);
}

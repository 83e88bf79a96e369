/** Messages and what was decided about them. */
import { DELIVERY_STATES, ids } from '../schemas.mjs';
import { flag, list, object, oneOf, page50, ref, since, text, whole } from '../shapes.mjs';

/** @type {import('../operations.mjs').Call[]} */
export const deliveries = [
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

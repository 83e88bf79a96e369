/** What is held while somebody pays. */
import { ids, RESERVATION_STATES } from '../schemas.mjs';
import { list, object, oneOf, open, ref, text, whole } from '../shapes.mjs';

/** @type {import('../operations.mjs').Call[]} */
export const reservations = [
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
];

/** A webhook whose body cannot be had any more leaves a row behind that says so. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { shopBytes } from '../../scripts/keys.mjs';
import { runEdge, SLOW_PACE } from '../fixtures/edge.mjs';
import { desk } from '../fixtures/webhooks.mjs';

/** @type {import('../fixtures/edge.mjs').Edge} */
let edge;
before(async () => {
  edge = await runEdge({ variant: 'worker-test', demo: SLOW_PACE });
});
after(() => edge?.end());

/** A message whose body is in KV, or was. @param {string} topic @param {object} [more] */
const parcel = (topic, more = {}) =>
  JSON.stringify({
    ...{ shop: [...shopBytes(edge.shop)], platform: 'shopify', topic, at: Date.now() },
    ...{ trace: 'ab'.repeat(16), body: { stored: 'inbound/0123456789abcdef' } },
    ...more,
  });

/** What becomes of a message: in how many seconds it is seen again, or null. @param {string} queue @param {string} body @param {number} attempts */
async function consumed(queue, body, attempts) {
  const response = await edge.post('/test/consume', { queue, body, attempts });
  assert.equal(response.status, 200, await response.clone().text());
  return response.json();
}

test('KV is waited for, and what it has lost is kept as a row, whichever queue it came from', async () => {
  const basket = parcel('checkouts/update');
  assert.equal(await consumed('homing-inbound', basket, 1), 2);
  assert.deepEqual(await desk(edge), []);
  // The last try of the queue itself, and what that has given up.
  assert.equal(await consumed('homing-inbound', basket, 10), null);
  assert.equal(await consumed('homing-dead-letters', parcel('orders/create'), 1), null);
  // The key of its day is past.
  const old = { at: Date.now() - 10 * 86_400_000, body: { sealed: 'AAAA' } };
  assert.equal(await consumed('homing-dead-letters', parcel('carts/update', old), 1), null);
  const kept = await desk(edge);
  const said = kept.map(({ topic, code, path }) => [topic, code, path]);
  assert.deepEqual(said.sort(), [
    ['carts/update', 'body_lost', 'too_old'],
    ['checkouts/update', 'body_lost', 'missing'],
    ['orders/create', 'body_lost', 'missing'],
  ]);
  // The same once more is the same.
  assert.equal(await consumed('homing-inbound', basket, 10), null);
  assert.equal((await desk(edge)).length, 3);
  // There is nothing to try again.
  const ids = kept.map(({ id }) => id);
  const again = await edge.asServer('/v1/webhooks/replay', { ids });
  assert.deepEqual(await again.json(), { replayed: 0, unknown: ids });
  const all = await edge.asServer('/v1/webhooks/replay', { all: true });
  assert.deepEqual(await all.json(), { replayed: 0, unknown: [] });
  assert.equal((await desk(edge)).length, 3);
});

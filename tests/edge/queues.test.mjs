/** Queues across versions: what an earlier one has put in is acted on, and what a later one has is kept until that is back. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { shopBytes } from '../../scripts/keys.mjs';
import { runEdge, SLOW_PACE } from '../fixtures/edge.mjs';

/** @type {import('../fixtures/edge.mjs').Edge} */
let edge;
before(async () => {
  edge = await runEdge({ variant: 'worker-test', demo: SLOW_PACE });
});
after(() => edge?.end());

/**
 * In how many seconds a message is seen again, or null.
 * @param {object | string} message
 * @param {string} [queue]
 */
async function consumed(message, queue = 'homing-relay', attempts = 1) {
  const body = typeof message === 'string' ? message : JSON.stringify(message);
  const response = await edge.post('/test/consume', { queue, body, attempts });
  assert.equal(response.status, 200, await response.clone().text());
  return response.json();
}

const log = () => readFileSync(join(edge.stack.stateDir, 'logs', 'worker.log'), 'utf8');

/** Lines of the log about an event. @param {string} event */
const logged = (event) => log().split(`"${event}"`).length - 1;

test('what earlier versions have put in is acted on', async () => {
  const shop = [...shopBytes(edge.shop)];
  const [cart, shopper] = [[...randomBytes(16)], [...randomBytes(16)]];
  const old = {
    settle: { shop, cart, trace: 'ab'.repeat(16) },
    news: { shop, news: true },
    replays: { shop, replays: true },
    sweep: { sweep: [shop] },
    answered: { shop, shopper, answered: true },
  };
  for (const [kind, message] of Object.entries(old)) {
    assert.equal(await consumed(message), null, kind);
    assert.equal(await consumed(message, 'homing-dead-letters'), null, kind);
  }
  assert.equal(logged('relay_unreadable') + logged('dead_letter'), 0);
  // It was understood, and the shop is connected to nothing that could note it.
  assert.equal(logged('tag_refused'), 1);
  // A delivery's hint is another queue's: its Shopper hints again.
  const hint = { shop, shopper, key: { conversation: 1, step: 0 } };
  assert.equal(await consumed(hint, 'homing-dead-letters'), null);
});

test('what cannot be understood is kept and told of, in the queue and when that gives it up', async () => {
  const later = { kind: 'of-a-later-version', shop: [...shopBytes(edge.shop)] };
  for (const message of [later, 'cut off', '{}']) {
    assert.equal(await consumed(message), 900);
    assert.equal(await consumed(message, 'homing-dead-letters'), 900);
    for (const queue of ['homing-inbound', 'homing-orders']) {
      assert.equal(await consumed(message, queue), 900, queue);
    }
  }
  assert.equal(logged('webhook_unreadable'), 6);
  assert.equal(logged('relay_unreadable'), 3);
  assert.match(log(), /unknown variant `of-a-later-version`/);
  // After its last turn there a queue forgets it: so it is put into one anew. The others' give it up by themselves.
  for (const queue of ['homing-relay', 'homing-dead-letters']) {
    assert.equal(await consumed(later, queue, 99), 900, queue);
    assert.equal(await consumed(later, queue, 100), null, queue);
  }
  assert.equal(await consumed(later, 'homing-orders', 100), 900);
});

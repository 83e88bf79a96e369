/** What the platform's own email service tells of mails afterwards: by a queue, as objects, under its own ids. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { leftCart } from '../fixtures/device.mjs';
import { FAST_PACE, runEdge } from '../fixtures/edge.mjs';
import { CloudflarePeer } from '../fixtures/providers/cloudflare.mjs';
import { until } from '../fixtures/until.mjs';

/** @type {CloudflarePeer} */
let peer;
/** @type {import('../fixtures/edge.mjs').Edge} */
let edge;
before(async () => {
  peer = await CloudflarePeer.start();
  edge = await runEdge({
    variant: 'worker-test',
    demo: { ...FAST_PACE, provider: 'cloudflare', holdout_bp: 0 },
    sendEmail: peer.config,
  });
});
after(async () => {
  await edge?.end();
  await peer?.close();
});

/** Somebody whose mail the service tells this of. @param {string} name @param {{ kind: string, more?: object, messageId?: string }[]} told */
async function told(name, told) {
  const email = `${name}@shoppers.example`;
  peer.tells.set(email, told);
  await leftCart(edge, email);
  await until(`${email} is written to`, () => peer.of(email).length === 1, { within: 30_000 });
  return email;
}

/** @param {string} email */
const suppressedBy = async (email) =>
  (await edge.lookup(email)).suppressions.map((/** @type {any} */ one) => one.cause);

describe('the email service', () => {
  test('tells that a mail has arrived, however often', async () => {
    const email = await told('arrived', [{ kind: 'delivered' }, { kind: 'delivered' }]);
    const [delivery] = await until('it is known', async () => {
      const all = await edge.deliveries(email);
      return all[0]?.echo?.delivered_at && all;
    });
    assert.equal(delivery.state, 'sent');
    assert.deepEqual(await suppressedBy(email), []);
  });

  test('tells of bounces and of spam, and nobody is written to who takes none', async () => {
    /** @type {[string, { kind: string, more?: object }, string][]} */
    const cases = [
      ['hard', { kind: 'bounced', more: { bounce: { type: 'hard' } } }, 'bounced'],
      ['soft', { kind: 'bounced', more: { bounce: { type: 'soft' } } }, 'soft_bounced'],
      ['spam', { kind: 'complained' }, 'complained'],
    ];
    await Promise.all(
      cases.map(async ([name, event, cause]) => {
        const email = await told(name, [event]);
        await until(`${name} is known`, async () => (await suppressedBy(email)).includes(cause));
      }),
    );
  });

  test('tells of mails that are none of ours: they wait a little, and are passed over', async () => {
    const stranger = { kind: 'bounced', more: { bounce: { type: 'hard' } }, messageId: 'not-ours' };
    const email = await told('beside', [stranger, { kind: 'delivered' }]);
    await until('what is ours is known', async () => {
      const [delivery] = await edge.deliveries(email);
      return delivery?.echo?.delivered_at;
    });
    assert.deepEqual(await suppressedBy(email), []);
    const payload = { messageId: 'not-ours' };
    const event = { type: 'cf.email.sending.message.bounced', payload };
    const waits = [];
    for (const attempts of [1, 2, 4, 5])
      waits.push(await consumed(JSON.stringify(event), attempts));
    assert.deepEqual(waits, [20, 40, 160, null]);
    assert.equal(await consumed('{}', 1), null);
    assert.equal(await consumed(JSON.stringify({ ...event, type: 'cf.kv.created' }), 1), null);
  });
});

/** In how many seconds an event is seen again, or null. @param {string} body @param {number} attempts */
async function consumed(body, attempts) {
  const message = { queue: 'homing-mail-events', body, attempts };
  const response = await edge.post('/test/consume', message);
  assert.equal(response.status, 200, await response.clone().text());
  return response.json();
}

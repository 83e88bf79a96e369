/** Email by Resend's API: its idempotency key makes a try of unknown outcome repeatable. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { leftCart } from '../fixtures/device.mjs';
import { FAST_PACE, runEdge } from '../fixtures/edge.mjs';
import { ResendPeer } from '../fixtures/providers/resend.mjs';
import { until } from '../fixtures/until.mjs';

/** @type {ResendPeer} */
let resend;
/** @type {import('../fixtures/edge.mjs').Edge} */
let edge;
before(async () => {
  resend = await ResendPeer.start('re_test_key');
  edge = await runEdge({
    demo: { ...FAST_PACE, provider: 'resend' },
    env: resend.env,
  });
});
after(async () => {
  await edge?.end();
  await resend?.close();
});

/** A cart left by somebody whose provider fails like this; resolves when its reminder is closed. @param {string} email @param {import('../fixtures/providers/resend.mjs').Fault[]} faults */
async function outcome(email, faults) {
  resend.faults.set(email, [...faults]);
  await leftCart(edge, email);
  return until(
    `the reminder to ${email} is closed`,
    async () => {
      const [delivery] = await edge.deliveries(email);
      return ['sent', 'skipped', 'unknown', 'dead_lettered'].includes(delivery?.state) && delivery;
    },
    { within: 30_000 },
  );
}

/** All calls for a recipient are the same call. @param {string} email @param {number} count */
function assertSameCalls(email, count) {
  const calls = resend.callsFor(email);
  assert.equal(calls.length, count);
  assert.equal(new Set(calls.map(({ key }) => key)).size, 1, 'one key');
  assert.equal(new Set(calls.map(({ body }) => body)).size, 1, 'byte for byte one body');
}

describe('Resend', { concurrency: true }, () => {
  test('gets the message as its API takes it', async () => {
    const email = 'plain@shoppers.example';
    const delivery = await outcome(email, []);
    assert.deepEqual([delivery.state, delivery.attempts], ['sent', 1]);
    const [sent] = resend.of(email);
    const [call] = resend.callsFor(email);
    assert.ok(sent && call);
    assert.match(sent.key, /^dlv_[0-9a-f]{32}_1_0$/);
    assert.match(call.headers['content-type'] ?? '', /^application\/json/);
    assert.ok(call.headers['user-agent'], 'without one Resend refuses');
    assert.equal(sent.email.from, '"Dovecote" <hello@dovecote.example>');
    assert.deepEqual(sent.email.to, [email]);
    assert.match(sent.email.subject, /^You left the /);
    assert.ok(
      sent.email.html.includes(`${edge.url}/r/`) && sent.email.text.includes(`${edge.url}/r/`),
    );
    assert.match(
      sent.email.headers['List-Unsubscribe'],
      new RegExp(`^<${edge.url}/u/[A-Za-z0-9_-]{64}>$`),
    );
    assert.equal(sent.email.headers['List-Unsubscribe-Post'], 'List-Unsubscribe=One-Click');
  });

  test('is asked again with the same key and bytes when its answer was lost, and sends once', async () => {
    const email = 'lost@shoppers.example';
    const delivery = await outcome(email, ['reset', 'reset']);
    assert.deepEqual([delivery.state, delivery.attempts], ['sent', 3]);
    assertSameCalls(email, 3);
    assert.equal(resend.of(email).length, 1);
  });

  test('is asked again after a fault of its own, and when it is busy', async () => {
    for (const status of [500, 429]) {
      const email = `status-${status}@shoppers.example`;
      const delivery = await outcome(email, [status]);
      assert.deepEqual([delivery.state, delivery.attempts], ['sent', 2]);
      assertSameCalls(email, 2);
      assert.equal(resend.of(email).length, 1);
    }
  });

  test('is not asked again after it refused the message', async () => {
    const email = 'refused@shoppers.example';
    const delivery = await outcome(email, [422, 422]);
    assert.deepEqual(
      [delivery.state, delivery.reason, delivery.attempts],
      ['dead_lettered', 'resend_422', 1],
    );
    assert.equal(
      (await edge.lookup(email)).suppressed,
      null,
      'the message was at fault, not the address',
    );
    const listed = await until('it is listed', async () =>
      (await edge.reports('dead_lettered')).find(({ code }) => code === 'resend_422'),
    );
    assert.deepEqual([listed.conversation, listed.step, listed.state], [1, 0, 'dead_lettered']);
    await sleep(1_500);
    assertSameCalls(email, 1);
  });

  test('stays unknown when no answer ever came, within the tries there are', async () => {
    const email = 'never@shoppers.example';
    const delivery = await outcome(email, [500, 500, 500, 500]);
    assert.deepEqual(
      [delivery.state, delivery.reason, delivery.attempts],
      ['unknown', 'resend_500', 3],
    );
    assertSameCalls(email, 3);
    assert.equal(resend.of(email).length, 0);
    await until('it is listed', async () =>
      (await edge.reports('unknown')).find(({ code }) => code === 'resend_500'),
    );
  });
});

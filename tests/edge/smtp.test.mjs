/** Email by SMTP, which knows no idempotency key: what is proved decides whether a try is repeated. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { BAG, leftCart } from '../fixtures/device.mjs';
import { FAST_PACE, runEdge } from '../fixtures/edge.mjs';
import { parseMail, SmtpPeer } from '../fixtures/smtp-peer.mjs';
import { until } from '../fixtures/until.mjs';

/** @type {SmtpPeer} */
let smtp;
/** @type {import('../fixtures/edge.mjs').Edge} */
let edge;
before(async () => {
  smtp = await SmtpPeer.start();
  edge = await runEdge({ demo: FAST_PACE, env: { SMTP_URL: smtp.url } });
});
after(async () => {
  await edge?.end();
  await smtp?.close();
});

/** @param {string} email @param {number} [within] ms @param {import('../fixtures/edge.mjs').Edge} [shop] */
const closed = (email, within = 15_000, shop = edge) =>
  until(
    `the reminder to ${email} is closed`,
    async () => {
      const [delivery] = await shop.deliveries(email);
      return ['sent', 'skipped', 'unknown', 'dead_lettered'].includes(delivery?.state) && delivery;
    },
    { within },
  );

/** A cart left by somebody whose mailbox answers like this. @param {string} email @param {import('../fixtures/smtp-peer.mjs').Rule} rule */
async function outcome(email, rule) {
  smtp.rule(email, rule);
  await leftCart(edge, email);
  return closed(email);
}

/** @param {'dead_lettered' | 'unknown'} state @param {string} code */
const listed = (state, code) =>
  until(`${code} is listed`, async () =>
    (await edge.reports(state)).find((one) => one.code === code),
  );

describe('a server', { concurrency: true }, () => {
  test('that never answers is given up before the lease ends: unknown', async () => {
    // Of its own: the local queue has one consumer, which a silent server keeps waiting.
    const silent = await SmtpPeer.start();
    const other = await runEdge({ demo: FAST_PACE, env: { SMTP_URL: silent.url } });
    try {
      const email = 'silent@shoppers.example';
      silent.rule(email, { gate: new Promise(() => {}) });
      await leftCart(other, email);
      const begin = Date.now();
      const delivery = await closed(email, 30_000, other);
      assert.deepEqual([delivery.state, delivery.reason], ['unknown', 'smtp_timeout_after_data']);
      assert.ok(Date.now() - begin > 14_000);
      assert.equal(silent.attempts(email), 1);
    } finally {
      await other.end();
      await silent.close();
    }
  });

  describe('of the other shoppers', { concurrency: 1 }, () => {
    describe('that answers by recipient', { concurrency: true }, () => {
      test('that is busy at the recipient, or with the message, gets it later, once', async () => {
        const rules = [{ rcpt: [451] }, { data: [451, 452] }];
        await Promise.all(
          rules.map(async (rule) => {
            const email = `busy-at-${Object.keys(rule)[0]}@shoppers.example`;
            const delivery = await outcome(email, rule);
            const tries = Object.values(rule).flat().length + 1;
            assert.deepEqual([delivery.state, delivery.attempts], ['sent', tries]);
            assert.equal(smtp.attempts(email), tries);
            await sleep(1_500);
            assert.equal(smtp.of(email).length, 1);
          }),
        );
      });

      test('that is always busy ends as a dead letter, which is listed', async () => {
        const email = 'always-busy@shoppers.example';
        const delivery = await outcome(email, { rcpt: [450, 450, 450, 450, 450] });
        assert.deepEqual(
          [delivery.state, delivery.reason, delivery.attempts],
          ['dead_lettered', 'smtp_450', 3],
        );
        const report = await listed('dead_lettered', 'smtp_450');
        assert.deepEqual([report.conversation, report.step], [1, 0]);
        assert.match(report.shopper, /^shp_[0-9a-f]{32}$/);
        assert.ok(Math.abs(report.at - Date.now()) < 60_000);
        assert.equal((await edge.lookup(email)).suppressed, null);
      });

      test('that does not know the mailbox is believed at once, and for good', async () => {
        const email = 'nobody@shoppers.example';
        const delivery = await outcome(email, { rcpt: ['550 5.1.1', 550] });
        assert.deepEqual(
          [delivery.state, delivery.reason, delivery.attempts],
          ['dead_lettered', 'smtp_550', 1],
        );
        await listed('dead_lettered', 'smtp_550');
        assert.equal((await edge.lookup(email)).suppressed, 'bounced');
        await leftCart(edge, email, BAG);
        await sleep(3_000);
        assert.equal(smtp.attempts(email), 1);
      });

      test('that refuses for another reason is not asked again, and the address stays good', async () => {
        const email = 'policy@shoppers.example';
        const delivery = await outcome(email, { rcpt: ['550 5.7.1', 550] });
        assert.deepEqual(
          [delivery.state, delivery.reason, delivery.attempts],
          ['dead_lettered', 'smtp_550', 1],
        );
        assert.equal((await edge.lookup(email)).suppressed, null);
      });

      test('that refuses the message itself is not asked again, and the address stays good', async () => {
        const email = 'refused@shoppers.example';
        const delivery = await outcome(email, { data: [554, 554] });
        assert.deepEqual(
          [delivery.state, delivery.reason, delivery.attempts],
          ['dead_lettered', 'smtp_554', 1],
        );
        assert.equal((await edge.lookup(email)).suppressed, null);
      });

      test('that vanishes with the message may have accepted it: unknown, and never sent again', async () => {
        const email = 'vanishes@shoppers.example';
        const delivery = await outcome(email, { data: ['drop'] });
        assert.deepEqual(
          [delivery.state, delivery.reason, delivery.attempts],
          ['unknown', 'smtp_connection_after_data', 1],
        );
        await listed('unknown', 'smtp_connection_after_data');
        await sleep(3_000);
        assert.equal(smtp.received.filter(({ to }) => to === email).length, 1);
        assert.equal(smtp.attempts(email), 1);
      });
    });

    test('that refuses connections is tried on schedule, then the letter is dead; a later one goes out', async () => {
      const [down, back] = ['down@shoppers.example', 'back@shoppers.example'];
      await smtp.close();
      const ready = await fetch(`${edge.url}/readyz`);
      assert.deepEqual([ready.status, /** @type {any} */ (await ready.json()).mail], [503, false]);
      await leftCart(edge, down);
      const delivery = await closed(down, 30_000);
      assert.deepEqual(
        [delivery.state, delivery.reason, delivery.attempts],
        ['dead_lettered', 'smtp_connection', 3],
      );
      await listed('dead_lettered', 'smtp_connection');
      await smtp.open();
      assert.equal((await fetch(`${edge.url}/readyz`)).status, 200);
      await leftCart(edge, back);
      assert.equal((await closed(back)).state, 'sent');
      const [mail] = smtp.of(back);
      assert.ok(mail);
      assert.match((await parseMail(mail)).subject ?? '', /^You left the /);
      assert.equal(smtp.of(down).length, 0);
    });
  });
});

/** A drafted message about a quote waits for a person's word: it goes once that was given, once, and never against it. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Device, MUG } from '../fixtures/device.mjs';
import { FAST_PACE, runEdge } from '../fixtures/edge.mjs';
import { parseMail, SmtpPeer } from '../fixtures/smtp-peer.mjs';
import { until } from '../fixtures/until.mjs';

const PACE = {
  ...FAST_PACE,
  sequences: [
    {
      ...{ id: 'quotes', version: 1, name: 'Quotes', approval: true },
      trigger: { quote: {} },
      steps: [{ after_ms: 1_000, template: 'quote' }],
    },
  ],
};

/** @type {SmtpPeer} */
let smtp;
/** @type {import('../fixtures/edge.mjs').Edge} */
let edge;
before(async () => {
  smtp = await SmtpPeer.start();
  edge = await runEdge({ demo: PACE, env: { SMTP_URL: smtp.url } });
});
after(async () => {
  await edge?.end();
  await smtp?.close();
});

/** What stands in a state for one shopper. @param {string} state @param {string} shopper @returns {Promise<any>} */
async function listed(state, shopper) {
  const response = await edge.asServer(`/v1/deliveries?state=${state}`);
  assert.equal(response.status, 200, await response.clone().text());
  const { deliveries } = /** @type {any} */ (await response.json());
  return deliveries.find((/** @type {any} */ one) => one.shopper === shopper);
}

/** A quote that was left, with the message about it that waits. @param {string} email @returns {Promise<any>} */
async function drafted(email) {
  const device = new Device(edge);
  const quote = device.event('quote', { quote: true });
  await device.settle(device.add(MUG, 20), quote, device.identify(email));
  const { shopper } = await edge.lookup(email);
  const waiting = await until(
    `the message to ${email} waits`,
    () => listed('awaiting_approval', shopper),
    { within: 40_000 },
  );
  return { shopper, conversation: waiting.conversation, step: waiting.step };
}

/** @param {object} which @param {boolean} approved */
const say = (which, approved) => edge.asServer('/v1/approvals', { ...which, approved });

/** @param {string} email @param {string} state */
const closed = (email, state) =>
  until(
    `the message to ${email} is ${state}`,
    async () => (await edge.deliveries(email)).find((one) => one.state === state),
    { within: 40_000 },
  );

describe('a message that waits for approval', { concurrency: true }, () => {
  test('is listed, goes when it is approved and not before, and goes once', async () => {
    const email = 'yes@works.example';
    const which = await drafted(email);
    await sleep(2_500);
    assert.equal(smtp.attempts(email), 0);
    assert.equal((await say(which, true)).status, 200);
    await closed(email, 'sent');
    // The same word again, or another one, comes too late.
    assert.equal((await say(which, true)).status, 404);
    assert.equal((await say(which, false)).status, 404);
    await sleep(2_500);
    assert.equal(smtp.attempts(email), 1);
    const [mail] = smtp.of(email);
    const { subject, text } = await parseMail(/** @type {any} */ (mail));
    assert.equal(subject, 'Your quote at Dovecote is waiting');
    assert.match(text ?? '', /20 x Enamel mug/);
    assert.equal(await listed('awaiting_approval', which.shopper), undefined);
    assert.ok(await listed('approved', which.shopper));
  });

  test('never goes when it is refused', async () => {
    const email = 'no@works.example';
    const which = await drafted(email);
    assert.equal((await say(which, false)).status, 200);
    const skipped = await closed(email, 'skipped');
    assert.match(skipped.reason ?? JSON.stringify(skipped), /decided against|rejected/);
    assert.equal((await say(which, true)).status, 404);
    await sleep(2_500);
    assert.equal(smtp.attempts(email), 0);
    assert.equal(await listed('awaiting_approval', which.shopper), undefined);
    assert.ok(await listed('rejected', which.shopper));
  });
});

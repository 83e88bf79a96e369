/** After a miss, on real workerd: the question by mail, one click, the desk, then win-back or silence. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseToken, signToken } from '../../scripts/keys.mjs';
import { BAG, Device, leftCart, MUG } from '../fixtures/device.mjs';
import { runEdge } from '../fixtures/edge.mjs';
import { objectFiles } from '../fixtures/object-files.mjs';
import { parseMail, SmtpPeer, tokenIn } from '../fixtures/smtp-peer.mjs';
import { until } from '../fixtures/until.mjs';

/** The question comes seconds after a cart was left, and the win-back right after the answer. */
const PACE = {
  thresholds: { cart_ms: 1_000, checkout_ms: 1_000 },
  sequences: [
    {
      id: 'asked',
      version: 1,
      name: 'Asked',
      trigger: { cart: {} },
      steps: [{ after_ms: 1_000, template: 'survey' }],
    },
    {
      id: 'win-back',
      version: 1,
      name: 'Win back',
      trigger: { answer: { answers: ['price'] } },
      steps: [{ after_ms: 1_000, template: 'offer', offer: { code: 'WINBACK15', percent: 15 } }],
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

/** @param {string} address @param {number} count */
const mailsTo = (address, count) => smtp.awaited(address, count, 25_000);

/** Somebody who left a cart and was asked; with the question's token. @param {string} email @param {string} [variant] */
async function asked(email, variant = MUG) {
  const { device } = await leftCart(edge, email, variant);
  const [mail] = await mailsTo(email, 1);
  assert.ok(mail);
  const { text = '', html } = await parseMail(mail);
  const [, token = ''] = text.match(/\/s\/([A-Za-z0-9_-]{64})/) ?? [];
  assert.ok(String(html).includes(`${edge.url}/s/${token}`));
  return { device, token, text };
}

/** @param {string} token @param {string} answer */
const say = (token, answer) => fetch(`${edge.url}/s/${token}?answer=${answer}`, { method: 'POST' });

/** What the desk tells of answers. @param {string} email */
async function answersOf(email) {
  const { shopper } = await edge.lookup(email);
  const response = await edge.asServer('/v1/deliveries?state=answered');
  const { deliveries } = await response.json();
  return deliveries
    .filter((/** @type {any} */ one) => one.shopper === shopper)
    .map((/** @type {any} */ { code, conversation, step }) => [code, conversation, step]);
}

describe('after a miss', { concurrency: true }, () => {
  test('the question leads to a page that changes nothing, however often it is opened', async () => {
    const email = 'scanned@survey.example';
    const { token, text } = await asked(email);
    assert.ok(text.includes(`${edge.url}/r/`), 'the way back is there as well');
    assert.equal(parseToken(edge.master, token)?.purpose, 'survey');
    const before = objectFiles(edge.stack.stateDir);
    const pages = await Promise.all(
      Array.from({ length: 30 }, () => fetch(`${edge.url}/s/${token}`)),
    );
    for (const page of pages) {
      assert.equal(page.status, 200);
      assert.match(page.headers.get('content-security-policy') ?? '', /form-action 'self'/);
      const html = await page.text();
      assert.equal(html.match(/<button/g)?.length, 9);
      assert.ok(html.includes('formaction="?answer=bought_elsewhere"'));
      assert.ok(!html.includes('<script'));
    }
    const names = (/** @type {object} */ files) =>
      Object.keys(files).filter((name) => name.startsWith('Shopper/'));
    assert.deepEqual(names(objectFiles(edge.stack.stateDir)), names(before));
    assert.deepEqual(await answersOf(email), []);
  });

  test('who names the price gets another one, with the very cart', async () => {
    const email = 'price@survey.example';
    const { token } = await asked(email, BAG);
    const answered = await say(token, 'price');
    assert.equal(answered.status, 200);
    assert.ok((await answered.text()).includes('Thank you'));
    const [, second] = await mailsTo(email, 2);
    assert.ok(second);
    const { text = '' } = await parseMail(second);
    assert.ok(text.includes('WINBACK15'));
    const { lines } = await edge.restore(tokenIn(text, 'r'));
    assert.deepEqual(
      lines.map((/** @type {any} */ { variant, qty }) => [variant, qty]),
      [[BAG, 1]],
    );
    assert.deepEqual(await answersOf(email), [['price', 1, 0]]);
    const { answered: told } = await edge.lookup(email);
    assert.equal(told[0], 'price');
  });

  test('who bought it elsewhere is left alone, and the last word is the one that counts', async () => {
    const email = 'elsewhere@survey.example';
    const { token } = await asked(email);
    await say(token, 'bought_elsewhere');
    const silenced = await edge.lookup(email);
    assert.equal(silenced.suppressed, 'silenced');
    assert.ok(silenced.suppressions[0].until > Date.now() + 80 * 86_400_000);
    const device = new Device(edge);
    await device.settle(device.add(BAG), device.identify(email));
    await until('the step is skipped', async () =>
      (await edge.deliveries(email)).some(({ reason }) => reason === 'silenced'),
    );
    assert.equal(smtp.of(email).length, 1);
    await say(token, 'later');
    assert.equal((await edge.lookup(email)).suppressed, null);
    await until('the desk has heard', async () => (await answersOf(email))[0]?.[0] === 'later');
    assert.deepEqual(await answersOf(email), [['later', 1, 0]]);
  });

  test('nothing follows once it was bought', async () => {
    const email = 'bought@survey.example';
    const { device, token } = await asked(email);
    await device.settle(device.order([...device.base.keys()]));
    assert.equal((await say(token, 'price')).status, 200);
    await sleep(4_000);
    assert.equal(smtp.of(email).length, 1);
    assert.equal((await edge.lookup(email)).planned, false);
  });

  test('forged, expired and other links are refused, and so is an answer that does not exist', async () => {
    const email = 'forged@survey.example';
    const { token, text } = await asked(email);
    const { subject, shop, ordinal } = parseToken(edge.master, token) ?? assert.fail();
    const expired = signToken(edge.master, {
      ...{ purpose: 'survey', kid: edge.master.current, expiresAt: 1, shop, subject, ordinal },
      ...{ epoch: 0, generation: 0 },
    });
    const forged = `${token.slice(0, -1)}${token.endsWith('A') ? 'B' : 'A'}`;
    for (const [link, status] of /** @type {const} */ ([
      [forged, 404],
      [tokenIn(text, 'r'), 404],
      [tokenIn(text, 'u'), 404],
      [expired, 410],
    ])) {
      for (const method of ['GET', 'POST']) {
        const response = await fetch(`${edge.url}/s/${link}?answer=price`, { method });
        assert.equal(response.status, status);
      }
    }
    for (const unsubscribe of [token]) {
      assert.equal((await fetch(`${edge.url}/u/${unsubscribe}`, { method: 'POST' })).status, 404);
    }
    // The page once more, with nothing taken.
    const page = await say(token, 'because');
    assert.ok((await page.text()).includes('What kept you?'));
    assert.deepEqual(await answersOf(email), []);
  });
});

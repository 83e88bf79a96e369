/** What providers tell of messages afterwards: who may tell is checked against their own libraries, and what is told is in force. */
import assert from 'node:assert/strict';
import { createSign, generateKeyPairSync } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { EventWebhook } from '@sendgrid/eventwebhook';
import { Webhook } from 'svix';
import { leftCart } from '../fixtures/device.mjs';
import { FAST_PACE, runEdge } from '../fixtures/edge.mjs';
import { assertProblem } from '../fixtures/problem.mjs';
import { PostmarkPeer } from '../fixtures/providers/postmark.mjs';
import { ResendPeer } from '../fixtures/providers/resend.mjs';
import { SendgridPeer } from '../fixtures/providers/sendgrid.mjs';
import { SesPeer } from '../fixtures/providers/ses.mjs';
import { SnsPeer, TOPIC } from '../fixtures/providers/sns.mjs';
import { until } from '../fixtures/until.mjs';

const SVIX_SECRET = `whsec_${Buffer.from('a secret of twenty-four b').toString('base64')}`;
const POSTMARK_AUTH = 'homing:postmark-tells-no-lies';
const SES_TOKEN = 'a-token-in-a-path-of-32-letters-or-more';
const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
const SENDGRID_KEY = publicKey.export({ type: 'spki', format: 'der' }).toString('base64');

/** @type {ResendPeer} */
let resend;
/** @type {PostmarkPeer} */
let postmark;
/** @type {SendgridPeer} */
let sendgrid;
/** @type {SesPeer} */
let ses;
/** @type {SnsPeer} */
let sns;
/** @type {import('../fixtures/edge.mjs').Edge} */
let edge;
/** @type {Record<string, import('../fixtures/edge.mjs').Edge>} */
const shops = {};

before(async () => {
  resend = await ResendPeer.start('re_key');
  postmark = await PostmarkPeer.start('pm-token');
  sendgrid = await SendgridPeer.start('SG.key');
  ses = await SesPeer.start('AKIDEXAMPLE', 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY');
  sns = await SnsPeer.start();
  edge = await runEdge({
    demo: { ...FAST_PACE },
    env: {
      ...resend.env,
      RESEND_WEBHOOK_SECRET: SVIX_SECRET,
      ...postmark.env,
      POSTMARK_WEBHOOK_AUTH: POSTMARK_AUTH,
      ...sendgrid.env,
      SENDGRID_WEBHOOK_KEY: SENDGRID_KEY,
      ...ses.env,
      SES_CALLBACK_TOKEN: SES_TOKEN,
      SES_TOPIC_ARNS: `arn:aws:sns:eu-west-1:123456789012:other, ${TOPIC}`,
      SNS_URL: sns.url,
    },
  });
  for (const [n, provider] of ['resend', 'postmark', 'sendgrid', 'ses'].entries()) {
    shops[provider] = await edge.anotherShop(`shop_0000000${n + 1}`, { ...FAST_PACE, provider });
  }
});
after(async () => {
  await edge?.end();
  await Promise.all([resend, postmark, sendgrid, ses, sns].map((peer) => peer?.close()));
});

/** @param {string} shop */
const shopOf = (shop) => /** @type {import('../fixtures/edge.mjs').Edge} */ (shops[shop]);

/** A reminder that was sent, or whose outcome is unknown. @param {string} shop @param {string} email @param {string} [state] */
async function reminded(shop, email, state = 'sent') {
  await leftCart(shopOf(shop), email);
  const delivery = await until(
    `the reminder to ${email} is ${state}`,
    async () => (await shopOf(shop).deliveries(email)).find((one) => one.state === state),
    { within: 40_000 },
  );
  const { shopper } = await shopOf(shop).lookup(email);
  return { delivery, name: `${shopper.replace('shp_', 'dlv_')}_1_0` };
}

/** @param {string} path @param {string} body @param {Record<string, string>} headers */
function call(path, body, headers) {
  return fetch(`${edge.url}/callbacks/${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body,
  });
}

/** @param {Response} response @param {object} counts */
async function assertTaken(response, counts) {
  const text = await response.text();
  assert.equal(response.status, 200, text);
  assert.deepEqual(JSON.parse(text), { taken: 0, unknown: 0, passed_over: 0, ...counts });
}

/** @param {Response} response */
async function assertRefused(response) {
  assert.equal(response.status, 401);
  const problem = /** @type {any} */ (await response.json());
  assert.equal(problem.code, 'signature_invalid');
}

/** As Resend sends it, signed by Svix's own library. @param {object} event @param {Date} [at] */
function svix(event, at = new Date()) {
  const body = JSON.stringify(event);
  const id = `msg_${Math.random().toString(36).slice(2)}`;
  const headers = {
    'svix-id': id,
    'svix-timestamp': String(Math.floor(at.getTime() / 1_000)),
    'svix-signature': new Webhook(SVIX_SECRET).sign(id, at, body),
  };
  return { body, headers };
}

/** @param {string} type @param {string} name @param {object} [more] */
const resendEvent = (type, name, more = {}) => ({
  type,
  created_at: new Date().toISOString(),
  data: { email_id: 'e', to: ['x@y.example'], tags: { homing: name }, ...more },
});

/** As SendGrid sends it. @param {object[]} events @param {number} [age] since it was signed, s */
function signed(events, age = 0) {
  const body = `${JSON.stringify(events)}\r\n`;
  const timestamp = String(Math.floor(Date.now() / 1_000) - age);
  const signature = createSign('sha256')
    .update(timestamp + body)
    .sign(privateKey, 'base64');
  // SendGrid's own library has to agree that this is a signature.
  const library = new EventWebhook();
  const key = library.convertPublicKeyToECDSA(SENDGRID_KEY);
  assert.ok(library.verifySignature(key, body, signature, timestamp));
  return {
    body,
    headers: {
      'x-twilio-email-event-webhook-signature': signature,
      'x-twilio-email-event-webhook-timestamp': timestamp,
    },
  };
}

const basic = { authorization: `Basic ${Buffer.from(POSTMARK_AUTH).toString('base64')}` };

describe('callbacks', { concurrency: true }, () => {
  test('Resend: signed by Svix, and nothing else; the same again changes nothing', async () => {
    const email = 'told@resend.example';
    const { name } = await reminded('resend', email);
    const path = `resend/${shopOf('resend').shop}`;
    const delivered = svix(resendEvent('email.delivered', name));
    await assertTaken(await call(path, delivered.body, delivered.headers), { taken: 1 });
    const [first] = await shopOf('resend').deliveries(email);
    assert.ok(first.echo.delivered_at > 0);
    await assertTaken(await call(path, delivered.body, delivered.headers), { taken: 1 });
    assert.deepEqual((await shopOf('resend').deliveries(email))[0], first);

    await assertRefused(await call(path, `${delivered.body} `, delivered.headers));
    await assertRefused(await call(path, delivered.body, {}));
    const old = svix(resendEvent('email.complained', name), new Date(Date.now() - 600_000));
    await assertRefused(await call(path, old.body, old.headers));

    const complained = svix(resendEvent('email.complained', name));
    await assertTaken(await call(path, complained.body, complained.headers), { taken: 1 });
    assert.equal((await shopOf('resend').lookup(email)).suppressed, 'complained');
    const listed = await until('it is listed', async () => {
      const response = await shopOf('resend').asServer('/v1/deliveries?state=complained');
      return /** @type {any} */ (await response.json()).deliveries[0];
    });
    assert.deepEqual([listed.conversation, listed.step], [1, 0]);
  });

  test('Resend: nobody of another shop, and no message that was never sent, is known', async () => {
    const email = 'stranger@resend.example';
    const { name } = await reminded('resend', email);
    const before = await shopOf('resend').lookup(email);
    for (const [shop, about] of [
      [shopOf('ses').shop, name],
      [shopOf('resend').shop, name.replace('_1_0', '_7_0')],
      [shopOf('resend').shop, `dlv_${'0'.repeat(32)}_1_0`],
    ]) {
      const told = svix(resendEvent('email.bounced', String(about)));
      await assertTaken(await call(`resend/${shop}`, told.body, told.headers), { unknown: 1 });
    }
    const none = svix({ type: 'contact.created', created_at: '', data: {} });
    await assertTaken(await call(`resend/${shopOf('resend').shop}`, none.body, none.headers), {
      passed_over: 1,
    });
    const { next_wake_at: _, ...after } = await shopOf('resend').lookup(email);
    const { next_wake_at: __, ...known } = before;
    assert.deepEqual(after, known);
  });

  test('Postmark: by user and password; a bounce closes what nobody knew', async () => {
    const email = 'lost@postmark.example';
    postmark.faults.set(email, ['reset']);
    const { name } = await reminded('postmark', email, 'unknown');
    const path = `postmark/${shopOf('postmark').shop}`;
    const bounce = JSON.stringify({
      RecordType: 'Bounce',
      Type: 'HardBounce',
      TypeCode: 1,
      MessageID: 'm',
      Email: email,
      BouncedAt: new Date().toISOString(),
      Metadata: { homing: name },
    });
    await assertRefused(await call(path, bounce, {}));
    const wrong = `Basic ${Buffer.from('homing:guess').toString('base64')}`;
    await assertRefused(await call(path, bounce, { authorization: wrong }));
    await assertTaken(await call(path, bounce, basic), { taken: 1 });
    const { deliveries, suppressed } = await shopOf('postmark').lookup(email);
    assert.deepEqual(
      [deliveries[0].state, deliveries[0].reason, suppressed],
      ['dead_lettered', 'bounced', 'bounced'],
    );

    // One that arrived is known to have been sent.
    const other = 'arrived@postmark.example';
    postmark.faults.set(other, ['reset']);
    const arrived = await reminded('postmark', other, 'unknown');
    const delivery = JSON.stringify({
      RecordType: 'Delivery',
      DeliveredAt: new Date().toISOString(),
      Metadata: { homing: arrived.name },
    });
    await assertTaken(await call(path, delivery, basic), { taken: 1 });
    assert.equal((await shopOf('postmark').deliveries(other))[0].state, 'sent');
  });

  test('SendGrid: signed events, many at once; machines count for nothing', async () => {
    const email = 'seen@sendgrid.example';
    const { name } = await reminded('sendgrid', email);
    const path = `sendgrid/${shopOf('sendgrid').shop}`;
    const timestamp = Math.floor(Date.now() / 1_000);
    const event = { email, timestamp, homing: name, sg_event_id: 'e', sg_message_id: 'm' };
    const events = signed([
      { ...event, event: 'processed' },
      { ...event, event: 'delivered' },
      { ...event, event: 'open', sg_machine_open: true },
    ]);
    await assertTaken(await call(path, events.body, events.headers), { taken: 2, passed_over: 1 });
    const { echo } = (await shopOf('sendgrid').deliveries(email))[0];
    assert.ok(echo.delivered_at && echo.machine_at);
    assert.equal(echo.opened_at, null);

    await assertRefused(await call(path, events.body.replace('open', 'click'), events.headers));
    const at = Number(events.headers['x-twilio-email-event-webhook-timestamp']);
    const other = { ...events.headers, 'x-twilio-email-event-webhook-timestamp': String(at - 1) };
    await assertRefused(await call(path, events.body, other));
    // What it signed a day ago it may still be trying to tell; what is older somebody else tells again.
    const spam = [{ ...event, event: 'spamreport' }];
    for (const age of [26 * 3_600, -600]) {
      const stale = signed(spam, age);
      await assertProblem(await call(path, stale.body, stale.headers), 401, 'signature_expired');
    }
    assert.equal((await shopOf('sendgrid').lookup(email)).suppressed, null);
    const yesterdays = signed([{ ...event, event: 'deferred' }], 24 * 3_600);
    await assertTaken(await call(path, yesterdays.body, yesterdays.headers), { passed_over: 1 });
    const none = { ...events.headers, 'x-twilio-email-event-webhook-signature': 'AAAA' };
    await assertRefused(await call(path, events.body, none));

    const left = signed([{ ...event, event: 'unsubscribe' }]);
    await assertTaken(await call(path, left.body, left.headers), { taken: 1 });
    assert.equal((await shopOf('sendgrid').lookup(email)).suppressed, 'unsubscribed');
  });

  test('a scanner that is a whole browser is told by its haste, and a person is not', async () => {
    const email = 'scanned@sendgrid.example';
    const { name } = await reminded('sendgrid', email);
    const path = `sendgrid/${shopOf('sendgrid').shop}`;
    const now = Math.floor(Date.now() / 1_000);
    const useragent =
      'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 Safari/537.36';
    /** @param {string} kind @param {number} ago s @param {object} [more] */
    const event = (kind, ago, more) => ({
      ...{ email, homing: name, sg_event_id: 'e', sg_message_id: 'm', useragent },
      ...{ event: kind, timestamp: now - ago, ...more },
    });
    const echo = async () => (await shopOf('sendgrid').deliveries(email))[0].echo;
    /** @param {object[]} events */
    const tell = async (...events) => {
      const told = signed(events);
      await assertTaken(await call(path, told.body, told.headers), { taken: events.length });
    };
    // Two seconds after it has arrived, by an address behind the picture and one link.
    await tell(
      event('delivered', 300),
      event('open', 298),
      event('click', 298, { url: 'https://edge.example/r/a' }),
    );
    let known = await echo();
    assert.deepEqual([known.opened_at, known.clicked_at], [null, null]);
    assert.equal(known.machine_at, (now - 298) * 1_000);
    // A minute later, but all links at once.
    await tell(
      event('click', 240, { url: 'https://edge.example/r/a' }),
      event('click', 240, { url: 'https://edge.example/u/a' }),
    );
    assert.equal((await echo()).clicked_at, null);
    await tell(event('open', 30), event('click', 20, { url: 'https://edge.example/r/a' }));
    known = await echo();
    assert.deepEqual([known.opened_at, known.clicked_at], [(now - 30) * 1_000, (now - 20) * 1_000]);
  });

  test('SES: through SNS, which signs, to a path that nobody else knows', async () => {
    const path = `ses/${shopOf('ses').shop}`;
    /** @param {object} message @param {string} [to] */
    const tell = (message, to = `${path}/${SES_TOKEN}`) => call(to, JSON.stringify(message), {});
    for (const version of /** @type {const} */ (['1', '2'])) {
      const email = `full-${version}@ses.example`;
      const { name } = await reminded('ses', email);
      const event = {
        eventType: 'Bounce',
        mail: { messageId: 'm', tags: { homing: [name] } },
        bounce: { bounceType: 'Transient', timestamp: new Date().toISOString() },
      };
      const message = sns.notification(event, version, { Subject: 'Amazon SES – ünïcode' });
      await sns.validate(message);
      await assertRefused(await tell(message, path));
      await assertRefused(await tell(message, `${path}/${SES_TOKEN.replace('a', 'b')}`));
      // Whoever knows the path alone is not believed.
      const { Signature: _, ...unsigned } = message;
      await assertRefused(await tell(unsigned));
      await assertRefused(await tell(event));
      await assertRefused(await tell({ ...message, Message: `${message.Message} ` }));
      const other = version === '1' ? '2' : '1';
      await assertRefused(await tell({ ...message, SignatureVersion: other }));
      // Nor is a certificate from anywhere else, and nobody is asked for one.
      const calls = sns.calls.length;
      const elsewhere = { ...message, SigningCertURL: `${sns.url}/a.pem` };
      await assert.rejects(sns.validate(elsewhere));
      await assertRefused(await tell(elsewhere));
      assert.equal(sns.calls.length, calls);
      assert.deepEqual((await shopOf('ses').lookup(email)).suppressions, []);

      await assertTaken(await tell(message), { taken: 1 });
      const { suppressions } = await shopOf('ses').lookup(email);
      assert.equal(suppressions[0].cause, 'soft_bounced');
      assert.ok(suppressions[0].until > Date.now());
    }
    const certificates = sns.calls.filter((url) => url.endsWith('.pem'));
    assert.equal(certificates.length, 1, 'it is kept');

    const confirmation = sns.confirmation();
    await sns.validate(confirmation);
    await assertTaken(await tell(confirmation), {});
    assert.match(String(sns.calls.at(-1)), /^\/\?Action=ConfirmSubscription&/);
    // Nobody else's address is opened to confirm a subscription, whoever has signed it.
    const [before, url] = [sns.calls.length, `${edge.url}/healthz?Action=ConfirmSubscription&a=b`];
    await assertTaken(await tell(sns.confirmation(url)), {});
    assert.equal(sns.calls.length, before);
  });

  test('who has no callbacks, and what is no callback, is refused', async () => {
    for (const path of [
      'smtp/shop_00000001',
      'cloudflare/shop_00000001',
      'pigeon/shop_00000001',
      'resend/shop_x',
      'resend',
    ]) {
      assert.equal((await call(path, '{}', {})).status, 404, path);
    }
    const get = await fetch(`${edge.url}/callbacks/resend/${shopOf('resend').shop}`);
    assert.equal(get.status, 405);
    const postmarkPath = `postmark/${shopOf('postmark').shop}`;
    assert.equal((await call(postmarkPath, 'no JSON', basic)).status, 400);
  });
});

test('SES: what SNS has signed for another topic is refused, and no subscription to it confirmed', async () => {
  const path = `ses/${shopOf('ses').shop}/${SES_TOKEN}`;
  const email = 'elsewhere@ses.example';
  const { name } = await reminded('ses', email);
  const event = {
    eventType: 'Complaint',
    mail: { messageId: 'm', tags: { homing: [name] } },
    complaint: { timestamp: new Date().toISOString() },
  };
  const calls = sns.calls.length;
  for (const topic of [
    'arn:aws:sns:eu-west-1:999999999999:ses',
    `${TOPIC}x`,
    'arn:aws:sns:us-east-1:123456789012:ses',
  ]) {
    const message = sns.notification(event, '2', { TopicArn: topic });
    await sns.validate(message);
    const told = await call(path, JSON.stringify(message), {});
    await assertProblem(told, 403, 'topic_unknown');
    const confirmation = sns.confirmation(undefined, topic);
    await sns.validate(confirmation);
    const asked = await call(path, JSON.stringify(confirmation), {});
    await assertProblem(asked, 403, 'topic_unknown');
  }
  assert.equal(sns.calls.length, calls, 'SNS is asked for nothing');
  assert.deepEqual((await shopOf('ses').lookup(email)).suppressions, []);
  // Who changes the topic's name into one of ours has broken the signature.
  const theirs = sns.notification(event, '2', { TopicArn: `${TOPIC}x` });
  const forged = JSON.stringify({ ...theirs, TopicArn: TOPIC });
  await assertRefused(await call(path, forged, {}));
  const ours = sns.notification(event, '2');
  await assertTaken(await call(path, JSON.stringify(ours), {}), { taken: 1 });
});

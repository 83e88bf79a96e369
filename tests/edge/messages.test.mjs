/** Messages before anybody gets them: seen as they would be, and sent to the shop's own people alone. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { forEveryCart } from '../../scripts/demo-shop.mjs';
import { cartId, scopedKey } from '../../scripts/keys.mjs';
import { inRoot } from '../../scripts/paths.mjs';
import { Device, leftCart, MUG } from '../fixtures/device.mjs';
import { FAST_PACE, runEdge, SLOW_PACE } from '../fixtures/edge.mjs';
import { objectFiles } from '../fixtures/object-files.mjs';
import { assertProblem } from '../fixtures/problem.mjs';
import { PostmarkPeer } from '../fixtures/providers/postmark.mjs';
import { ResendPeer } from '../fixtures/providers/resend.mjs';
import { SendgridPeer } from '../fixtures/providers/sendgrid.mjs';
import { SesPeer } from '../fixtures/providers/ses.mjs';
import { TwilioPeer } from '../fixtures/providers/twilio-peer.mjs';
import { parseMail, rawHeader, SmtpPeer } from '../fixtures/smtp-peer.mjs';
import { until } from '../fixtures/until.mjs';
import { connect } from '../fixtures/webhooks.mjs';

const REMINDER = { after_ms: 1_000, template: 'reminder' };
const OPS = 'ops@shop.example';
const LOST = 'lost@shop.example';
const GONE = 'gone@shop.example';
const KILLED = 'killed@shop.example';
const NUMBER = '+15005550009';
const STOPPED = '+15005550010';

const PACE = {
  ...SLOW_PACE,
  sms: { provider: 'twilio', sender: '+15005550006' },
  push: {},
  test_recipients: [OPS, LOST, GONE, KILLED, NUMBER, STOPPED],
};

/** @type {SmtpPeer} */
let smtp;
/** @type {TwilioPeer} */
let twilio;
/** @type {ResendPeer} */
let resend;
/** @type {PostmarkPeer} */
let postmark;
/** @type {SendgridPeer} */
let sendgrid;
/** @type {SesPeer} */
let ses;
/** @type {import('../fixtures/edge.mjs').Edge} */
let edge;
before(async () => {
  [smtp, twilio, resend, postmark, sendgrid] = await Promise.all([
    SmtpPeer.start(),
    TwilioPeer.start(),
    ResendPeer.start('re_key'),
    PostmarkPeer.start('pm-token'),
    SendgridPeer.start('SG.key'),
  ]);
  ses = await SesPeer.start('AKIDEXAMPLE', 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY');
  edge = await runEdge({
    demo: PACE,
    env: {
      SMTP_URL: smtp.url,
      ...twilio.env,
      ...resend.env,
      ...postmark.env,
      ...sendgrid.env,
      ...ses.env,
    },
  });
});
after(async () => {
  await edge?.end();
  await Promise.all([smtp, twilio, resend, postmark, sendgrid, ses].map((peer) => peer?.close()));
});

/** @param {'preview' | 'test'} what @param {object} body @param {{ at?: import('../fixtures/edge.mjs').Edge, key?: string, once?: string }} [options] */
const call = (what, body, { at = edge, key = at.secret, once } = {}) =>
  fetch(`${at.url}/v1/messages/${what}`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${key}`,
      ...(once ? { 'idempotency-key': once } : {}),
    },
    body: JSON.stringify(body),
  });

/** @param {'preview' | 'test'} what @param {object} body @param {Parameters<typeof call>[2]} [options] @returns {Promise<any>} */
async function asked(what, body, options) {
  const response = await call(what, body, options);
  assert.equal(response.status, 200, await response.clone().text());
  return response.json();
}

/** @param {any} seen */
const codes = (seen) => seen.warnings.map((/** @type {any} */ one) => one.code);

const byText = (text = 'Still yours:') => ({
  ...forEveryCart([{ after_ms: 1, template: 'reminder', channels: ['sms'], content: { text } }])[0],
});

describe('a preview', { concurrency: true }, () => {
  test('of a saved sequence shows the mail about the first products', async () => {
    const seen = await asked('preview', { sequence: 'left-carts' });
    const { sequence, version, step, template, channel } = seen;
    assert.deepEqual(
      [sequence, version, step, template, channel],
      ['left-carts', 1, 0, 'reminder', 'email'],
    );
    assert.match(seen.subject, /^You left the .* at Dovecote$/);
    assert.deepEqual(seen.warnings, []);
    for (const part of [seen.html, seen.text]) assert.match(part, /€\d+\.\d\d/);
    const offer = await asked('preview', { sequence: 'left-carts', step: 1 });
    assert.match(offer.subject, /^10% off/);
    assert.match(offer.html, /COMEBACK10/);
    assert.match(seen.html, /<html lang="en-IE">/);
    const other = await asked('preview', { sequence: 'left-carts', locale: 'de-AT' });
    assert.match(other.html, /<html lang="de-AT">/);
  });

  test('has the same words as what is sent about that cart, but for its links', async () => {
    const at = await edge.anotherShop('shop_0000fast', FAST_PACE);
    const email = 'ada@shoppers.example';
    const { device } = await leftCart(at, email);
    const [mail] = await smtp.awaited(email, 1, 30_000);
    const sent = await parseMail(/** @type {any} */ (mail));
    const cart = `crt_${cartId(at.shop, device.secret)}`;
    const seen = await asked('preview', { sequence: 'left-carts', cart }, { at });
    const linkless = (/** @type {string} */ text) =>
      text
        .replaceAll(/\/([rus])\/[\w-]{64}/g, '/$1/…')
        .replaceAll('\r\n', '\n')
        .trim();
    assert.equal(seen.subject, sent.subject);
    assert.equal(linkless(seen.html), linkless(String(sent.html)));
    assert.equal(linkless(seen.text), linkless(sent.text ?? ''));
    assert.notEqual(seen.html, sent.html);
  });

  test('of a text says how long it is and how it is written', async () => {
    const plain = await asked('preview', { sequence: byText(), lines: [{ variant: MUG }] });
    assert.deepEqual([plain.channel, plain.segments, plain.encoding], ['sms', 1, 'gsm7']);
    assert.match(plain.text, /^Dovecote: Still yours: http.*\/r\/sample-.* Reply STOP to opt out$/);
    const wide = await asked('preview', { sequence: byText('Вернитесь') });
    assert.equal(wide.encoding, 'ucs2');
    const sms = { ...PACE.sms, max_segments: 1 };
    const tight = await edge.anotherShop('shop_0000tny1', { ...PACE, sms });
    const long = await asked(
      'preview',
      { sequence: byText('word '.repeat(38).trim()) },
      { at: tight },
    );
    assert.deepEqual([codes(long), long.segments], [['text_cut'], 1]);
    const single = await edge.anotherShop('shop_0000tny0', {
      ...PACE,
      sms,
      // Each of these is two septets.
      name: '€'.repeat(100),
    });
    const none = await asked('preview', { sequence: byText() }, { at: single });
    assert.deepEqual([none.skipped, none.text], ['text_too_long', undefined]);
  });

  test('of a notification shows its title, its words and its picture', async () => {
    const seen = await asked('preview', { sequence: 'left-carts', channel: 'push' });
    assert.equal(seen.title, 'Dovecote');
    assert.match(seen.text, /^You left the /);
    assert.match(seen.url, /\/r\/sample-/);
    assert.match(seen.image, /^http/);
    assert.deepEqual(codes(seen), ['other_channel']);
  });

  test('says what its author should know', async () => {
    const unique = {
      ...forEveryCart([
        {
          after_ms: 1,
          template: 'offer',
          offer: { code: 'BACK-{unique}', percent: 10 },
          subject: 'x'.repeat(90),
        },
      ])[0],
    };
    const seen = await asked('preview', {
      sequence: unique,
      lines: [{ variant: MUG, qty: 2 }, { variant: 'nobody-has-it' }],
    });
    assert.deepEqual(codes(seen), ['code_not_made', 'subject_long', 'variant_unknown']);
    assert.equal(seen.warnings[2].variant, 'nobody-has-it');
    assert.match(seen.text, /BACK-SAMPLECODE/);
  });

  test('says that nobody could carry it', async () => {
    const at = await edge.anotherShop('shop_0000n0ne', {
      ...PACE,
      sms: { provider: 'attentive', sender: '12345' },
      flows: [{ platform: 'klaviyo', steps: [1] }],
    });
    const step = { ...REMINDER, channels: ['email', 'sms'] };
    const [sequence] = forEveryCart([step, step]);
    const seen = async (/** @type {object} */ more) =>
      codes(await asked('preview', { sequence, ...more }, { at }));
    const missing = 'provider_not_configured';
    assert.deepEqual(await seen({ step: 0 }), []);
    assert.deepEqual(await seen({ step: 0, channel: 'sms' }), [missing]);
    assert.deepEqual(await seen({ step: 1 }), ['written_elsewhere', missing]);
    await connect(at, 'attentive', { access_token: 'at_0123456789' });
    await connect(at, 'klaviyo', { access_token: 'pk_0123456789' });
    assert.deepEqual(await seen({ step: 0, channel: 'sms' }), []);
    assert.deepEqual(await seen({ step: 1 }), ['written_elsewhere']);
  });

  test('shows an arm of an experiment', async () => {
    const at = await edge.anotherShop('shop_0000arms', {
      ...PACE,
      experiments: [
        {
          ...{ id: 'subject', from: 0 },
          arms: [
            { id: 'plain', share_bp: 5000 },
            { id: 'short', share_bp: 5000, changes: { step: 0, subject: 'Still yours' } },
          ],
        },
      ],
    });
    const seen = (/** @type {string} */ arm) =>
      asked('preview', { sequence: 'left-carts', arms: { subject: arm } }, { at });
    assert.equal((await seen('short')).subject, 'Still yours');
    assert.match((await seen('plain')).subject, /^You left/);
    const wrong = await call('preview', { sequence: 'left-carts', arms: { subject: 'x' } }, { at });
    assert.equal((await assertProblem(wrong, 422, 'configuration_invalid')).field, 'arms.subject');
  });

  test('refuses what is none, and names it', async () => {
    const cart = `crt_${'0'.repeat(32)}`;
    for (const [body, status, code, field] of /** @type {const} */ ([
      [{ sequence: 'nobodys' }, 422, 'configuration_invalid', 'sequence'],
      [{ sequence: 'left-carts', step: 9 }, 422, 'configuration_invalid', 'step'],
      [
        { sequence: { ...byText(), steps: [{ after_ms: 1, template: 'offer' }] } },
        422,
        'configuration_invalid',
        'sequence.steps[0].offer',
      ],
      [
        {
          sequence: {
            ...byText(),
            steps: [
              {
                after_ms: 1,
                template: 'offer',
                offer: { code: 'A', amount_minor: 500, currency: 'USD' },
              },
            ],
          },
        },
        422,
        'configuration_invalid',
        'sequence.steps[0].offer.currency',
      ],
      [{ sequence: 'left-carts', to: OPS }, 422, 'configuration_invalid', 'to'],
      [{ sequence: 'left-carts', lines: [] }, 422, 'configuration_invalid', 'lines'],
      [{ sequence: 'left-carts', locale: '"><script>' }, 422, 'configuration_invalid', 'locale'],
      [{ sequence: 'left-carts', cart }, 404, 'cart_unknown', undefined],
      [{ sequence: 'left-carts', more: 1 }, 400, 'body_invalid', undefined],
    ])) {
      const problem = await assertProblem(await call('preview', body), status, code);
      assert.equal(problem.field, field);
    }
    // A cart is shown to whoever may read carts.
    const { device } = await leftCart(edge, 'scoped@shoppers.example');
    const own = `crt_${cartId(edge.shop, device.secret)}`;
    const key = scopedKey(edge.master, edge.shop, { scopes: ['shop:read'] });
    await asked('preview', { sequence: 'left-carts' }, { key });
    const refused = await call('preview', { sequence: 'left-carts', cart: own }, { key });
    assert.equal((await assertProblem(refused, 403, 'scope_missing')).scope, 'carts:read');
    // Nobody sees another shop's.
    const stranger = await edge.anotherShop('shop_0000000z', PACE);
    const strange = await call('preview', { sequence: 'left-carts', cart: own }, { at: stranger });
    await assertProblem(strange, 404, 'cart_unknown');
  });

  test('shows no word of the shopper’s own', async () => {
    const device = new Device(edge);
    const add = device.add(MUG, 1, { options: { engraving: 'for Ada Lovelace' } });
    await device.settle(add, device.identify('engraved@shoppers.example'));
    const cart = `crt_${cartId(edge.shop, device.secret)}`;
    const text = await (await call('preview', { sequence: 'left-carts', cart })).text();
    assert.match(text, /with your personal choices/);
    assert.ok(!text.includes('Lovelace') && !text.includes('shoppers.example'));
  });
});

describe('a test', { concurrency: true }, () => {
  test('goes to one of the shop’s own people, marked, and to nobody else', async () => {
    const told = await asked('test', { sequence: 'left-carts', to: OPS });
    assert.deepEqual([told.channel, told.provider, told.result], ['email', 'smtp', 'accepted']);
    assert.match(told.provider_id, /kept for/);
    const mail = /** @type {any} */ (smtp.of(OPS).find(({ raw }) => raw.includes(told.test)));
    const { subject, html } = await parseMail(mail);
    assert.match(subject ?? '', /^\[Test\] You left the /);
    assert.deepEqual(rawHeader(mail, 'X-Homing-Test'), ['true']);
    assert.match(String(rawHeader(mail, 'Message-ID')), /<tst_[0-9a-f]{32}@dovecote\.example>/);
    assert.match(String(html), /\/r\/sample-/);
    for (const to of ['stranger@shoppers.example', '+15005550011']) {
      await assertProblem(
        await call('test', { sequence: 'left-carts', to }),
        403,
        'recipient_not_listed',
      );
    }
    await assertProblem(
      await call('test', { sequence: 'left-carts' }),
      422,
      'configuration_invalid',
    );
    const key = scopedKey(edge.master, edge.shop, { scopes: ['shop:read', 'deliveries:read'] });
    const refused = await call('test', { sequence: 'left-carts', to: OPS }, { key });
    await assertProblem(refused, 403, 'scope_missing');
    assert.equal(smtp.of('stranger@shoppers.example').length, 0);
  });

  test('goes as a text, and what its provider tells of it changes nothing', async () => {
    const told = await asked('test', { sequence: byText(), to: NUMBER });
    assert.deepEqual([told.channel, told.provider, told.result], ['sms', 'twilio', 'accepted']);
    const [text] = twilio.of(NUMBER);
    assert.equal(told.provider_id, text?.sid);
    assert.match(text?.body ?? '', /^TEST Dovecote: Still yours: /);
    const before = objectFiles(edge.stack.stateDir);
    const status = await twilio.signed(String(text?.callback), {
      AccountSid: twilio.account,
      MessageSid: String(text?.sid),
      MessageStatus: 'undelivered',
      ErrorCode: '30006',
      To: NUMBER,
    });
    assert.equal(status.status, 200);
    const after = objectFiles(edge.stack.stateDir);
    const people = (/** @type {object} */ all) =>
      Object.keys(all).filter((name) => name.startsWith('Shopper'));
    assert.deepEqual(people(after), people(before));
    // Nobody by that number came to be.
    const lookup = await edge.asServer('/v1/shoppers/lookup', { phone: NUMBER });
    assert.deepEqual(/** @type {any} */ (await lookup.json()).deliveries ?? [], []);
  });

  test('does not go to a number whose owner has said STOP', async () => {
    const said = await twilio.signed(`${edge.url}/callbacks/twilio/${edge.shop}`, {
      AccountSid: twilio.account,
      From: STOPPED,
      Body: 'STOP',
    });
    assert.equal(said.status, 200);
    const told = await asked('test', { sequence: byText(), to: STOPPED });
    assert.deepEqual([told.result, told.code], ['refused', 'opted_out']);
    assert.equal(twilio.callsFor(STOPPED).length, 0);
  });

  test('says what the provider said', async () => {
    smtp.rule(GONE, { rcpt: ['550 5.1.1'] });
    const gone = await asked('test', { sequence: 'left-carts', to: GONE });
    assert.deepEqual([gone.result, gone.code], ['refused', 'smtp_550']);
    smtp.rule(LOST, { data: ['drop'] });
    const once = randomUUID();
    const lost = await asked('test', { sequence: 'left-carts', to: LOST }, { once });
    assert.deepEqual([lost.result, lost.code], ['unknown', 'smtp_connection_after_data']);
    // The same wish again sends nothing again.
    assert.deepEqual(await asked('test', { sequence: 'left-carts', to: LOST }, { once }), lost);
    assert.equal(smtp.attempts(LOST), 1);
    const other = await call('test', { sequence: 'left-carts', step: 1, to: LOST }, { once });
    await assertProblem(other, 409, 'idempotency_conflict');
  });

  test('goes by whoever carries the shop’s mails', async () => {
    const to = 'team@shop.example';
    for (const [n, provider] of ['resend', 'postmark', 'sendgrid', 'ses'].entries()) {
      const at = await edge.anotherShop(`shop_0000pr0${n}`, {
        ...PACE,
        provider,
        test_recipients: [to],
      });
      const told = await asked('test', { sequence: 'left-carts', to }, { at });
      assert.deepEqual([told.provider, told.result], [provider, 'accepted'], JSON.stringify(told));
    }
    const headers = resend.of(to).map(({ email }) => /** @type {any} */ (email).headers);
    assert.equal(headers[0]['X-Homing-Test'], 'true');
    assert.equal(headers.length, 1);
  });

  test('is one of few', async () => {
    const at = await edge.anotherShop('shop_0000many', PACE);
    const to = OPS;
    for (let n = 0; n < 20; n += 1) await asked('test', { sequence: 'left-carts', to }, { at });
    const response = await call('test', { sequence: 'left-carts', to }, { at });
    assert.ok(Number(response.headers.get('retry-after')) > 3_000);
    await assertProblem(response, 429, 'tests_exhausted');
  });
});

test('links of a preview lead nowhere and say so', async () => {
  const { html } = await asked('preview', { sequence: 'left-carts' });
  const links = [...html.matchAll(/\/([rus]\/sample-[\w-]*)/g)].map(([, link]) => link);
  assert.ok(links.length >= 2);
  const before = objectFiles(edge.stack.stateDir);
  for (const link of new Set(links)) {
    for (const method of link.startsWith('u') ? ['GET', 'POST'] : ['GET']) {
      const response = await fetch(`${edge.url}/${link}`, { method, redirect: 'manual' });
      assert.equal(response.status, 404);
      assert.match(await response.text(), /This link is a sample/);
    }
  }
  const restore = await edge.post('/v1/restore', {
    key: edge.key,
    token: String(links[0]).slice(2),
  });
  await assertProblem(restore, 401, 'token_invalid');
  const grown = Object.keys(objectFiles(edge.stack.stateDir)).filter((name) => !(name in before));
  assert.deepEqual(
    grown.filter((name) => name.startsWith('Shopper')),
    [],
  );
});

test('the commands of the documentation do what it says', async () => {
  const page = readFileSync(inRoot('docs', 'sequences.md'), 'utf8');
  const [, script = ''] = /```sh\n([\s\S]*?)```/.exec(page) ?? [];
  const commands = script
    .replace('.homing/secrets.env', join(edge.stack.stateDir, 'secrets.env'))
    .replace('http://127.0.0.1:8787', edge.url)
    .replace('team@dovecote.example', OPS);
  const said = await promisify(execFile)('sh', ['-euc', commands]);
  const [seen, told] = said.stdout
    .replaceAll('}{', '}\n{')
    .split('\n')
    .map((line) => JSON.parse(line));
  assert.match(seen.subject, /^10% off the Enamel mug, blue/);
  assert.deepEqual(seen.warnings, []);
  assert.equal(told.result, 'accepted');
});

test('belongs to nobody: no shopper, no report, nothing that is measured', async () => {
  const { deliveries } = /** @type {any} */ (await (await edge.asServer('/v1/deliveries')).json());
  assert.deepEqual(deliveries, []);
  const lookup = await edge.asServer('/v1/shoppers/lookup', { email: OPS });
  assert.deepEqual(/** @type {any} */ (await lookup.json()).deliveries ?? [], []);
});

test('a worker that is killed while a test is on its way sends no second one', async () => {
  let release = () => {};
  const gate = new Promise((resolve) => {
    release = () => resolve(undefined);
  });
  smtp.rule(KILLED, { gate });
  const once = randomUUID();
  const body = { sequence: 'left-carts', to: KILLED };
  const first = call('test', body, { once }).catch(() => undefined);
  await until('it is on its way', () => smtp.received.some(({ to }) => to === KILLED));
  await edge.stack.kill9();
  release();
  await first;
  await edge.stack.restart();
  const told = await until(
    'it is told',
    async () => {
      const response = await call('test', body, { once });
      return response.status === 200 && /** @type {any} */ (await response.json());
    },
    { within: 90_000 },
  );
  assert.deepEqual([told.result, told.code], ['unknown', 'interrupted']);
  assert.equal(smtp.attempts(KILLED), 1);
});

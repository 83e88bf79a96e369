/** Every email provider gets the message as its API takes it, says what became of it, and is not asked twice without need. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { leftCart } from '../fixtures/device.mjs';
import { FAST_PACE, runEdge } from '../fixtures/edge.mjs';
import { PostmarkPeer } from '../fixtures/providers/postmark.mjs';
import { SendgridPeer } from '../fixtures/providers/sendgrid.mjs';
import { SesPeer } from '../fixtures/providers/ses.mjs';
import { until } from '../fixtures/until.mjs';

const CLOSED = ['sent', 'skipped', 'unknown', 'dead_lettered'];

/** @type {PostmarkPeer} */
let postmark;
/** @type {SendgridPeer} */
let sendgrid;
/** @type {SesPeer} */
let ses;
/** @type {import('../fixtures/edge.mjs').Edge} */
let edge;
/** @type {Record<string, import('../fixtures/edge.mjs').Edge>} by provider */
const shops = {};

before(async () => {
  postmark = await PostmarkPeer.start('pm-token');
  sendgrid = await SendgridPeer.start('SG.key');
  ses = await SesPeer.start('AKIDEXAMPLE', 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY');
  edge = await runEdge({
    demo: { ...FAST_PACE },
    sendEmail: true,
    env: {
      ...postmark.env,
      ...sendgrid.env,
      ...ses.env,
      SES_CONFIGURATION_SET: 'events',
    },
  });
  const providers = ['postmark', 'sendgrid', 'ses', 'cloudflare'];
  for (const [n, provider] of providers.entries()) {
    shops[provider] = await edge.anotherShop(`shop_0000000${n + 1}`, { ...FAST_PACE, provider });
  }
  shops.pair = await edge.anotherShop('shop_00000009', {
    ...FAST_PACE,
    provider: 'postmark',
    fallback: 'sendgrid',
  });
});
after(async () => {
  await edge?.end();
  await Promise.all([postmark?.close(), sendgrid?.close(), ses?.close()]);
});

/** A cart left in a shop; resolves with its reminder once that is closed. @param {string} shop @param {string} email */
async function outcome(shop, email) {
  const at = /** @type {import('../fixtures/edge.mjs').Edge} */ (shops[shop]);
  await leftCart(at, email);
  return until(
    `the reminder to ${email} is closed`,
    async () => {
      const [delivery] = await at.deliveries(email);
      return CLOSED.includes(delivery?.state) && delivery;
    },
    { within: 40_000 },
  );
}

const NAME = /^dlv_[0-9a-f]{32}_1_0$/;
const unsubscribe = () => new RegExp(`^<${edge.url}/u/[A-Za-z0-9_-]{64}>$`);

describe('email providers', { concurrency: true }, () => {
  test('Postmark gets the message as its API takes it', async () => {
    const delivery = await outcome('postmark', 'plain@postmark.example');
    assert.deepEqual(
      [delivery.state, delivery.attempts, delivery.provider],
      ['sent', 1, 'postmark'],
    );
    const [sent] = postmark.of('plain@postmark.example');
    assert.ok(sent);
    const { From, Subject, HtmlBody, TextBody, Headers, Metadata, MessageStream } = sent.email;
    assert.equal(From, '"Dovecote" <hello@dovecote.example>');
    assert.match(Subject, /^You left the /);
    assert.ok(HtmlBody.includes(`${edge.url}/r/`) && TextBody.includes(`${edge.url}/r/`));
    const headers = Object.fromEntries(
      Headers.map((/** @type {any} */ { Name, Value }) => [Name, Value]),
    );
    assert.match(headers['List-Unsubscribe'], unsubscribe());
    assert.equal(headers['List-Unsubscribe-Post'], 'List-Unsubscribe=One-Click');
    assert.match(Metadata.homing, NAME);
    assert.equal(MessageStream, 'outbound');
  });

  test('SendGrid gets the message as its API takes it', async () => {
    const delivery = await outcome('sendgrid', 'plain@sendgrid.example');
    assert.deepEqual([delivery.state, delivery.attempts], ['sent', 1]);
    const [sent] = sendgrid.of('plain@sendgrid.example');
    assert.ok(sent);
    const { from, headers, custom_args, content } = sent.email;
    assert.deepEqual(from, { email: 'hello@dovecote.example', name: 'Dovecote' });
    assert.match(headers['List-Unsubscribe'], unsubscribe());
    assert.equal(headers['List-Unsubscribe-Post'], 'List-Unsubscribe=One-Click');
    assert.match(custom_args.homing, NAME);
    for (const { value } of content) assert.ok(value.includes(`${edge.url}/r/`));
  });

  test('SES gets a signed call with a message that an independent reader understands', async () => {
    const delivery = await outcome('ses', 'plain@ses.example');
    assert.deepEqual([delivery.state, delivery.attempts], ['sent', 1]);
    const [sent] = ses.of('plain@ses.example');
    assert.ok(sent);
    const { call, mail, raw } = sent.email;
    assert.deepEqual(call.EmailTags, [{ Name: 'homing', Value: call.EmailTags[0].Value }]);
    assert.match(call.EmailTags[0].Value, NAME);
    assert.equal(call.ConfigurationSetName, 'events');
    assert.equal(mail.to.text, 'plain@ses.example');
    assert.match(mail.subject, /^You left the /);
    assert.ok(mail.html.includes(`${edge.url}/r/`) && mail.text.includes(`${edge.url}/r/`));
    const head = raw
      .toString('latin1')
      .split('\r\n\r\n')[0]
      .replaceAll(/\r\n[ \t]+/g, ' ');
    assert.match(head, /^List-Unsubscribe-Post: List-Unsubscribe=One-Click$/m);
    assert.match(head, new RegExp(`^List-Unsubscribe: <${edge.url}/u/[A-Za-z0-9_-]{64}>$`, 'm'));
  });

  test("the platform's own service gets the message by its binding", async () => {
    const delivery = await outcome('cloudflare', 'plain@cloudflare.example');
    assert.deepEqual(
      [delivery.state, delivery.attempts, delivery.provider],
      ['sent', 1, 'cloudflare'],
    );
    // The platform on this machine writes what it would send into files, beside its configuration.
    const dir = join(edge.stack.stateDir, '.wrangler', 'tmp', 'email');
    const written = () => {
      const names = existsSync(dir) ? readdirSync(dir, { recursive: true }).map(String) : [];
      const texts = names.filter((name) => name.endsWith('.txt')).map((name) => join(dir, name));
      return texts.filter((path) => readFileSync(path, 'utf8').includes(`${edge.url}/r/`));
    };
    const files = await until('it is written', () => written().length > 0 && written());
    assert.equal(files.length, 1);
  });

  test('what is proved decides whether it is tried again', async () => {
    /** @type {[string, import('../fixtures/providers/peer.mjs').ProviderPeer, import('../fixtures/providers/peer.mjs').Fault, string, string | null, number][]} */
    const cases = [
      ['postmark', postmark, 429, 'sent', null, 2],
      ['postmark', postmark, 422, 'dead_lettered', 'postmark_422', 1],
      ['postmark', postmark, 406, 'dead_lettered', 'postmark_422', 1],
      ['postmark', postmark, 500, 'unknown', 'postmark_500', 1],
      ['sendgrid', sendgrid, 429, 'sent', null, 2],
      ['sendgrid', sendgrid, 413, 'dead_lettered', 'sendgrid_413', 1],
      ['sendgrid', sendgrid, 'reset', 'unknown', 'sendgrid_connection', 1],
      ['ses', ses, 429, 'sent', null, 2],
      ['ses', ses, 400, 'dead_lettered', 'ses_400', 1],
      ['ses', ses, 'malformed', 'sent', null, 1],
    ];
    await Promise.all(
      cases.map(async ([shop, peer, fault, state, reason, calls], n) => {
        const email = `case-${n}@${shop}.example`;
        peer.faults.set(email, [fault]);
        const delivery = await outcome(shop, email);
        assert.deepEqual([delivery.state, delivery.reason], [state, reason], `${shop} ${fault}`);
        assert.equal(peer.callsFor(email).length, calls, `${shop} ${fault}`);
        assert.ok(peer.of(email).length <= 1);
        const known = await shops[shop]?.lookup(email);
        assert.equal(known.suppressed, fault === 406 ? 'bounced' : null, `${shop} ${fault}`);
      }),
    );
  });

  test('the second provider takes over where the first has provably not accepted, and only there', async () => {
    const busy = 'busy@pair.example';
    postmark.faults.set(busy, [429]);
    const taken = await outcome('pair', busy);
    assert.deepEqual([taken.state, taken.attempts, taken.provider], ['sent', 2, 'sendgrid']);
    assert.deepEqual([postmark.of(busy).length, sendgrid.of(busy).length], [0, 1]);

    const lost = 'lost@pair.example';
    postmark.faults.set(lost, ['reset']);
    const unknown = await outcome('pair', lost);
    assert.deepEqual(
      [unknown.state, unknown.attempts, unknown.provider],
      ['unknown', 1, 'postmark'],
    );
    assert.deepEqual([postmark.of(lost).length, sendgrid.callsFor(lost).length], [1, 0]);
  });
});

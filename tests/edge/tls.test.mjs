/** SMTP in production: STARTTLS, a certificate that is checked, a login, and never a message in plain. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { localAuthority } from '../fixtures/certificate.mjs';
import { leftCart } from '../fixtures/device.mjs';
import { FAST_PACE, runEdge } from '../fixtures/edge.mjs';
import { SmtpPeer } from '../fixtures/smtp-peer.mjs';
import { until } from '../fixtures/until.mjs';

const USER = 'homing@relay.example';
const PASSWORD = 'p@ss:w/rd %41';

const folder = mkdtempSync(join(tmpdir(), 'homing-tls-'));
const { authority, ...trusted } = localAuthority();
/** @type {string[]} */
const logins = [];

/** @type {import('smtp-server').SMTPServerOptions} */
const options = {
  ...trusted,
  authOptional: false,
  disabledCommands: [],
  authMethods: ['PLAIN', 'LOGIN'],
  onAuth: ({ username = '', password = '' }, { secure }, done) => {
    logins.push(`${username} ${password} ${secure}`);
    if (username === USER && password === PASSWORD) done(null, { user: username });
    else done(new Error('no such login'));
  },
};

/** @type {SmtpPeer} */
let smtp;
/** @type {import('../fixtures/edge.mjs').Edge} */
let edge;
before(async () => {
  smtp = await SmtpPeer.start(options);
  // The local platform trusts what Node is told to trust.
  const bundle = join(folder, 'trusted.pem');
  writeFileSync(bundle, authority);
  process.env.NODE_EXTRA_CA_CERTS = bundle;
  const login = `${encodeURIComponent(USER)}:${encodeURIComponent(PASSWORD)}`;
  edge = await runEdge({
    demo: { ...FAST_PACE, retry_ms: [100] },
    env: { SMTP_URL: `smtp+starttls://${login}@localhost:${smtp.port}` },
  });
});
after(async () => {
  await edge?.end();
  await smtp?.close();
  rmSync(folder, { recursive: true, force: true });
});

/** @param {string} email */
async function outcome(email) {
  await leftCart(edge, email);
  return until(
    `the reminder to ${email} is closed`,
    async () => {
      const [delivery] = await edge.deliveries(email);
      return ['sent', 'unknown', 'dead_lettered'].includes(delivery?.state) && delivery;
    },
    { within: 30_000 },
  );
}

/** The same server with other options, at the same port. @param {import('smtp-server').SMTPServerOptions} changes */
async function reopen(changes) {
  await smtp.close();
  smtp.options = { ...options, ...changes };
  await smtp.open();
}

test('a message goes out encrypted and logged in', async () => {
  const email = 'starttls@shoppers.example';
  const delivery = await outcome(email);
  assert.deepEqual([delivery.state, delivery.reason], ['sent', null]);
  assert.deepEqual(
    smtp.of(email).map(({ secure }) => secure),
    [true],
  );
  assert.deepEqual(logins, [`${USER} ${PASSWORD} true`]);
});

test('a server that offers no encryption gets neither message nor password', async () => {
  const email = 'downgrade@shoppers.example';
  await reopen({
    hideSTARTTLS: true,
    disabledCommands: ['STARTTLS'],
    allowInsecureAuth: true,
    authOptional: true,
  });
  logins.length = 0;
  const delivery = await outcome(email);
  assert.deepEqual([delivery.state, delivery.attempts], ['dead_lettered', 2]);
  assert.deepEqual([smtp.attempts(email), logins], [0, []]);
});

test('a server with a certificate that nobody vouches for gets neither message nor password', async () => {
  const email = 'impostor@shoppers.example';
  const { key, cert } = localAuthority();
  await reopen({ key, cert });
  const delivery = await outcome(email);
  assert.deepEqual([delivery.state, delivery.attempts], ['dead_lettered', 2]);
  assert.deepEqual([smtp.attempts(email), logins], [0, []]);
});

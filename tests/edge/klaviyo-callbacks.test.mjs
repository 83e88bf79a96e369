/**
 * What a shop's subscribers say at Klaviyo is in force here: its system webhooks, signed as Klaviyo signs them, and who its profiles are, which
 * is asked for as its own client asks.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { ApiKeySession, ProfilesApi } from 'klaviyo-api';
import { forEveryCart } from '../../scripts/demo-shop.mjs';
import { leftCart } from '../fixtures/device.mjs';
import { FAST_PACE, runEdge, SLOW_PACE } from '../fixtures/edge.mjs';
import { DUE, STOPPED } from '../fixtures/flows.mjs';
import { assertProblem } from '../fixtures/problem.mjs';
import { KlaviyoPeer, PROFILES } from '../fixtures/providers/klaviyo.mjs';
import { until } from '../fixtures/until.mjs';
import { connect as connectTo } from '../fixtures/webhooks.mjs';

/** @typedef {import('../fixtures/edge.mjs').Edge} Edge */
/** @typedef {import('../fixtures/providers/klaviyo.mjs').Happened} Happened */

const SECRET = 'a-secret-key-of-klaviyo';
const KEY = 'pk_klaviyo_0123456789';
const HOUR_MS = 3_600_000;

/** @type {KlaviyoPeer} */
let klaviyo;
/** @type {Edge} */
let shop;
/** @type {Edge} */
let flowing;
/** @type {Edge} */
let unsigned;
before(async () => {
  klaviyo = await KlaviyoPeer.start(KEY);
  shop = await runEdge({ demo: SLOW_PACE, env: { KLAVIYO_URL: klaviyo.url } });
  flowing = await shop.anotherShop('shop_k1av0001', {
    ...FAST_PACE,
    sequences: forEveryCart([
      { after_ms: 1_000, template: 'reminder' },
      { after_ms: 600_000, template: 'reminder' },
    ]),
    flows: [{ platform: 'klaviyo' }],
  });
  unsigned = await shop.anotherShop('shop_k1av0002', SLOW_PACE);
  await connect(shop, { access_token: KEY, webhook_secret: SECRET });
  await connect(flowing, { access_token: KEY, webhook_secret: SECRET });
  await connect(unsigned, { access_token: KEY });
});
after(async () => {
  await shop?.end();
  await klaviyo?.close();
});

/** @param {Edge} at @param {object} account */
async function connect(at, account) {
  const text = JSON.stringify(await connectTo(at, 'klaviyo', account));
  assert.ok(!text.includes(SECRET) && !text.includes(KEY));
}

/** @param {Edge} at */
const webhook = (at) => `${at.url}/callbacks/klaviyo/${at.shop}`;

let number = 0;
/** Makes a profile; its id. @param {{ email?: string, phone_number?: string }} contacts */
function profile(contacts) {
  number += 1;
  const id = `01KP4EGHH8QJ3N3AY2Z6${String(number).padStart(6, '0')}`;
  klaviyo.profiles.set(id, contacts);
  return id;
}

/** @param {Happened[]} events @param {Edge} [at] @returns {Promise<any>} */
async function told(events, at = shop) {
  const response = await klaviyo.tell(webhook(at), SECRET, events);
  assert.equal(response.status, 200, await response.clone().text());
  return response.json();
}

/** @param {object} name */
const refused = async (name) =>
  (await shop.lookup(name)).refused.map((/** @type {any} */ one) => [one.channel, one.cause]);

const NO_MAILS = 'unsubscribed_from_email_marketing';
const NO_TEXTS = 'unsubscribed_from_sms_marketing';
const YES_TEXTS = 'subscribed_to_sms_marketing';
const SPAM = 'marked_email_as_spam';

test('who leaves mails at Klaviyo gets none from here, and what was handed over is recalled', async () => {
  const email = 'leaves@klaviyo.example';
  await leftCart(flowing, email);
  await until('it is due', () => klaviyo.of(email).length === 1, { within: 40_000 });
  const id = profile({ email, phone_number: '+15555550101' });
  assert.deepEqual(await told([{ topic: NO_MAILS, profile: id }], flowing), {
    taken: 1,
    passed_over: 0,
  });
  await until('it is recalled', () => klaviyo.of(email).length === 2, { within: 40_000 });
  const [due, stopped] = klaviyo.of(email);
  assert.deepEqual([due?.email.name, stopped?.email.name], [DUE, STOPPED]);
  assert.equal(stopped?.email.properties.cause, 'opted_out');
  const shopper = await flowing.lookup(email);
  assert.equal(shopper.suppressed, null);
  assert.deepEqual(
    [shopper.refused[0]?.channel, shopper.refused[0]?.cause],
    ['email', 'opted_out'],
  );
});

test('a no holds for whoever is not known yet, told again as well', async () => {
  const email = 'early@klaviyo.example';
  const said = [{ topic: NO_MAILS, profile: profile({ email }) }];
  for (const _ of [1, 2]) assert.deepEqual(await told(said), { taken: 1, passed_over: 0 });
  await leftCart(shop, email);
  assert.deepEqual(await refused({ email }), [['email', 'opted_out']]);
});

test('an address that the event tells is not asked for', async () => {
  const email = 'told@klaviyo.example';
  const before = klaviyo.asked.length;
  const properties = { method: 'PROFILE_PAGE', email_address: email };
  await told([{ topic: NO_MAILS, profile: 'GONE', properties }]);
  assert.deepEqual(await refused({ email }), [['email', 'opted_out']]);
  assert.equal(klaviyo.asked.length, before);
});

test('a no to texts is one to texts alone, and a later yes takes it back', async () => {
  const phone = '+4915799300001';
  const email = 'texts@klaviyo.example';
  const id = profile({ email, phone_number: phone });
  await told([{ topic: NO_TEXTS, profile: id }]);
  assert.deepEqual(await refused({ phone }), [['sms', 'opted_out']]);
  assert.equal((await shop.lookup({ email })).known, false);
  await told([{ topic: YES_TEXTS, profile: id, at: Date.now() - 60_000 }]);
  assert.deepEqual(await refused({ phone }), [['sms', 'opted_out']]);
  // Its events know whole seconds.
  await told([{ topic: YES_TEXTS, profile: id, at: Date.now() + 2_000 }]);
  assert.deepEqual(await refused({ phone }), []);
});

test('a complaint is one, whoever sent the mail', async () => {
  const email = 'spam@klaviyo.example';
  await leftCart(shop, email);
  assert.equal((await shop.lookup(email)).suppressed, null);
  const said = [{ topic: SPAM, profile: profile({ email }) }];
  for (const _ of [1, 2]) assert.deepEqual(await told(said), { taken: 1, passed_over: 0 });
  assert.equal((await shop.lookup(email)).suppressed, 'complained');
});

test('many at once are asked for by hundreds, each once, and what says nothing is passed over', async () => {
  const people = Array.from({ length: 230 }, (_, n) => `many${n}@klaviyo.example`);
  const ids = people.map((email) => profile({ email }));
  const before = klaviyo.asked.length;
  const events = ids.map((id) => ({ topic: NO_MAILS, profile: id }));
  const first = /** @type {string} */ (ids[0]);
  events.push({ topic: NO_MAILS, profile: first }, { topic: SPAM, profile: first });
  events.push({ topic: NO_MAILS, profile: 'NOBODY' });
  events.push({ topic: NO_TEXTS, profile: /** @type {string} */ (ids[1]) });
  events.push({ topic: 'opened_email', profile: 'ELSE' });
  events.push({ topic: 'subscribed_to_email_marketing', profile: 'ELSE' });
  assert.deepEqual(await told(events), { taken: 232, passed_over: 4 });
  const asked = klaviyo.asked.slice(before);
  assert.deepEqual(asked.map((list) => list.length).sort(), [100, 100, 31]);
  assert.equal(new Set(asked.flat()).size, 231);
  for (const n of [0, 99, 229])
    assert.deepEqual(await refused({ email: people[n] }), [['email', 'opted_out']], people[n]);
});

test('while Klaviyo does not say who it is, it is told again, and then taken', async () => {
  const email = 'later@klaviyo.example';
  const said = [{ topic: NO_MAILS, profile: profile({ email }) }];
  for (const fault of /** @type {const} */ ([500, 429, 401, 'malformed', 'timeout', 'drip'])) {
    klaviyo.faults.set(PROFILES, [fault]);
    const begun = Date.now();
    const response = await klaviyo.tell(webhook(shop), SECRET, said);
    await assertProblem(response, 503, 'unavailable');
    // The platform waits for 5 s; this machine may be busy.
    assert.ok(Date.now() - begun < 10_000, `${fault}`);
    assert.equal((await shop.lookup({ email })).known, false);
  }
  assert.deepEqual(await told(said), { taken: 1, passed_over: 0 });
  assert.deepEqual(await refused({ email }), [['email', 'opted_out']]);
});

test("profiles are asked for as Klaviyo's own client asks", async () => {
  const id = profile({ email: 'client@klaviyo.example', phone_number: '+15555550102' });
  const api = new ProfilesApi(new ApiKeySession(KEY));
  api.basePath = klaviyo.url;
  const { body } = await api.getProfiles({
    filter: `any(id,["${id}"])`,
    fieldsProfile: ['email', 'phone_number'],
    pageSize: 100,
  });
  const [found] = body.data;
  assert.deepEqual(
    [found?.id, found?.attributes.email, found?.attributes.phoneNumber],
    [id, 'client@klaviyo.example', '+15555550102'],
  );
  await told([{ topic: NO_MAILS, profile: id }]);
  const [theirs, ours] = klaviyo.callsFor(PROFILES).slice(-2);
  for (const header of ['authorization', 'revision'])
    assert.equal(ours?.headers[header], theirs?.headers[header]);
  assert.deepEqual(klaviyo.asked.at(-1), [id]);
});

test('only what its secret has signed lately is taken', async () => {
  const email = 'signed@klaviyo.example';
  const said = [{ topic: NO_MAILS, profile: profile({ email }) }];
  const wrong = async (/** @type {Promise<Response>} */ response) =>
    assertProblem(await response, 401, 'signature_invalid');
  await wrong(klaviyo.tell(webhook(shop), 'another-key-of-klaviyo', said));
  const change = (/** @type {string} */ body) => body.replace('unsubscribed', 'Unsubscribed');
  await wrong(klaviyo.tell(webhook(shop), SECRET, said, { change }));
  await wrong(klaviyo.tell(webhook(shop), SECRET, said, { webhook: 'another' }));
  await wrong(fetch(webhook(shop), { method: 'POST', body: '{"data":[]}' }));
  const old = await klaviyo.tell(webhook(shop), SECRET, said, {
    sentAt: Date.now() - 50 * HOUR_MS,
  });
  await assertProblem(old, 401, 'signature_expired');
  assert.equal((await shop.lookup({ email })).known, false);
  // Who has set no secret believes nobody.
  await assertProblem(await klaviyo.tell(webhook(unsigned), SECRET, said), 404, 'not_found');
  const nobody = `${shop.url}/callbacks/klaviyo/shop_zzzzzzzz`;
  assert.equal((await klaviyo.tell(nobody, SECRET, said)).status, 404);
  assert.equal((await fetch(webhook(shop))).status, 405);
  const late = await klaviyo.tell(webhook(shop), SECRET, said, {
    sentAt: Date.now() - 48 * HOUR_MS,
  });
  assert.deepEqual([late.status, await late.json()], [200, { taken: 1, passed_over: 0 }]);
});

test('the log holds neither contacts nor ids nor secrets', () => {
  const log = readFileSync(join(shop.stack.stateDir, 'logs', 'worker.log'), 'utf8');
  assert.match(log, /klaviyo: contacts: /);
  for (const text of ['@klaviyo.example', '+49157993', '01KP4EGHH8', SECRET, KEY])
    assert.ok(!log.includes(text), text);
});

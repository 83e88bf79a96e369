/** Who opts out of mails at HubSpot gets none from here: its app's webhooks, signed in its third version. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { forEveryCart } from '../../scripts/demo-shop.mjs';
import { leftCart } from '../fixtures/device.mjs';
import { FAST_PACE, runEdge, SLOW_PACE } from '../fixtures/edge.mjs';
import { connectionTo, platformEnv, startPlatforms } from '../fixtures/flows.mjs';
import { assertProblem } from '../fixtures/problem.mjs';
import { CONTACTS } from '../fixtures/providers/hubspot.mjs';
import { until } from '../fixtures/until.mjs';
import { connect as connectTo } from '../fixtures/webhooks.mjs';

/** @typedef {import('../fixtures/edge.mjs').Edge} Edge */

const SECRET = 'yyyyyyyy-yyyy-yyyy-yyyy-yyyyyyyyyyyy';

/** @type {import('../fixtures/flows.mjs').Platforms} */
let platforms;
/** @type {import('../fixtures/providers/hubspot.mjs').HubspotPeer} */
let hubspot;
/** @type {Edge} */
let shop;
/** @type {Edge} */
let flowing;
/** @type {Edge} */
let unsigned;
/** @type {Edge} */
let nameless;
before(async () => {
  platforms = await startPlatforms();
  hubspot = platforms.hubspot;
  shop = await runEdge({ demo: SLOW_PACE, env: platformEnv(platforms) });
  flowing = await shop.anotherShop('shop_hbsp0001', {
    ...FAST_PACE,
    sequences: forEveryCart([
      { after_ms: 1_000, template: 'reminder' },
      { after_ms: 600_000, template: 'reminder' },
    ]),
    flows: [{ platform: 'hubspot' }],
  });
  unsigned = await shop.anotherShop('shop_hbsp0002', SLOW_PACE);
  nameless = await shop.anotherShop('shop_hbsp0003', SLOW_PACE);
  const account = connectionTo(platforms, 'hubspot');
  await connect(shop, { ...account, webhook_secret: SECRET });
  await connect(flowing, { ...account, webhook_secret: SECRET });
  await connect(unsigned, account);
  await connect(nameless, { access_token: hubspot.token, webhook_secret: SECRET });
});
after(async () => {
  await shop?.end();
  await Promise.all(Object.values(platforms ?? {}).map((peer) => peer.close()));
});

/** @param {Edge} at @param {object} account */
async function connect(at, account) {
  const text = JSON.stringify(await connectTo(at, 'hubspot', account));
  assert.ok(!text.includes(SECRET) && !text.includes(hubspot.token));
}

/** @param {Edge} at */
const webhook = (at) => `${at.url}/callbacks/hubspot/${at.shop}`;

/** @param {object[]} changes @param {Edge} [at] @returns {Promise<any>} */
async function told(changes, at = shop) {
  const response = await hubspot.tell(webhook(at), SECRET, changes);
  assert.equal(response.status, 200, await response.clone().text());
  return response.json();
}

/** @param {string} email @param {Edge} [at] */
const refused = async (email, at = shop) =>
  (await at.lookup(email)).refused.map((/** @type {any} */ one) => [one.channel, one.cause]);
const NO_MAILS = [['email', 'opted_out']];

test('who opts out at HubSpot gets no mails from here, and what was handed over is recalled', async () => {
  const email = 'leaves@hubspot.example';
  await leftCart(flowing, email);
  await until('it is due', () => hubspot.of(email).length === 1, { within: 40_000 });
  const objectId = hubspot.contact(email);
  assert.deepEqual(await told([{ objectId }], flowing), { taken: 1, passed_over: 0 });
  await until('it is recalled', () => hubspot.of(email).length === 2, { within: 40_000 });
  const stopped = hubspot.of(email)[1];
  assert.match(stopped?.email.eventName, /_homing_reminder_stopped$/);
  assert.equal(stopped?.email.properties.cause, 'opted_out');
  assert.deepEqual(await refused(email, flowing), NO_MAILS);
});

test('a no holds for whoever is not known yet, in either form and told again as well', async () => {
  const [classic, generic, typed] = ['a', 'b', 'c'].map((name) => `${name}@hubspot.example`);
  const form = { subscriptionType: 'object.propertyChange', objectTypeId: '0-1' };
  for (const attemptNumber of [0, 1])
    for (const [email, more] of /** @type {[string, object][]} */ ([
      [classic, {}],
      [generic, form],
      [typed, { propertyName: 'hs_email_optout_4517084' }],
    ])) {
      const change = { objectId: hubspot.contact(email), attemptNumber, ...more };
      assert.deepEqual(await told([change]), { taken: 1, passed_over: 0 });
      assert.deepEqual(await refused(email), NO_MAILS, email);
    }
  await leftCart(shop, /** @type {string} */ (classic));
  assert.deepEqual(await refused(/** @type {string} */ (classic)), NO_MAILS);
});

test('a hundred at once are asked for in one call, and what says no no is passed over', async () => {
  const people = Array.from({ length: 94 }, (_, n) => `many${n}@hubspot.example`);
  const changes = people.map((email) => ({ objectId: hubspot.contact(email) }));
  const other = hubspot.contact('other@hubspot.example');
  const before = hubspot.asked.length;
  const rest = [
    { objectId: 999_999 },
    { objectId: other, propertyValue: 'false' },
    { objectId: other, propertyName: 'lifecyclestage' },
    { objectId: other, subscriptionType: 'contact.privacyDeletion', propertyName: undefined },
    // The same app in another account: its ids are others'.
    { objectId: other, portalId: 7 },
    { objectId: other, subscriptionType: 'company.propertyChange' },
  ];
  assert.deepEqual(await told([...changes, ...rest]), { taken: 94, passed_over: 6 });
  assert.deepEqual(
    hubspot.asked.slice(before).map((list) => list.length),
    [95],
  );
  for (const n of [0, 93])
    assert.deepEqual(await refused(/** @type {string} */ (people[n])), NO_MAILS, people[n]);
  assert.equal((await shop.lookup('other@hubspot.example')).known, false);
  // Where nothing says a no, nobody is asked.
  assert.deepEqual(await told(rest.slice(1)), { taken: 0, passed_over: 5 });
  assert.equal(hubspot.asked.length, before + 1);
});

test('while HubSpot does not say who it is, it is told again, and then taken', async () => {
  const email = 'later@hubspot.example';
  const said = [{ objectId: hubspot.contact(email) }];
  for (const fault of /** @type {const} */ ([500, 429, 403, 'malformed', 'timeout'])) {
    hubspot.faults.set(CONTACTS, [fault]);
    const begun = Date.now();
    const response = await hubspot.tell(webhook(shop), SECRET, said);
    await assertProblem(response, 503, 'unavailable');
    // The platform waits for 5 s; this machine may be busy.
    assert.ok(Date.now() - begun < 10_000, `${fault}`);
    assert.equal((await shop.lookup(email)).known, false);
  }
  assert.deepEqual(await told(said), { taken: 1, passed_over: 0 });
  assert.deepEqual(await refused(email), NO_MAILS);
});

test('only what the app has signed lately, for this address, is taken', async () => {
  const email = 'signed@hubspot.example';
  const said = [{ objectId: hubspot.contact(email) }];
  const wrong = async (/** @type {Promise<Response>} */ response) =>
    assertProblem(await response, 401, 'signature_invalid');
  await wrong(hubspot.tell(webhook(shop), 'another-secret-of-an-app', said));
  const change = (/** @type {string} */ body) => body.replace('"true"', '"True"');
  await wrong(hubspot.tell(webhook(shop), SECRET, said, { change }));
  await wrong(hubspot.tell(webhook(shop), SECRET, said, { signedUrl: webhook(flowing) }));
  await wrong(fetch(webhook(shop), { method: 'POST', body: '[]' }));
  for (const at of [Date.now() - 301_000, Date.now() + 310_000]) {
    const stale = await hubspot.tell(webhook(shop), SECRET, said, { at });
    await assertProblem(stale, 401, 'signature_expired');
  }
  assert.equal((await shop.lookup(email)).known, false);
  // Who has set no secret believes nobody, and who has not said which account it is can tell no ids apart.
  for (const at of [unsigned, nameless])
    await assertProblem(await hubspot.tell(webhook(at), SECRET, said), 404, 'not_found');
  assert.equal((await fetch(webhook(shop))).status, 405);
  const early = await hubspot.tell(webhook(shop), SECRET, said, { at: Date.now() - 280_000 });
  assert.deepEqual([early.status, await early.json()], [200, { taken: 1, passed_over: 0 }]);
});

test('the log holds neither contacts nor secrets', () => {
  const log = readFileSync(join(shop.stack.stateDir, 'logs', 'worker.log'), 'utf8');
  assert.match(log, /hubspot: contacts: /);
  for (const text of ['@hubspot.example', SECRET, hubspot.token])
    assert.ok(!log.includes(text), text);
});

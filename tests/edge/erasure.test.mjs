/** A person is erased everywhere, whatever is under way, and what was told before does not bring them back. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import sdk from 'facebook-nodejs-business-sdk';
import { run } from '../../scripts/command.mjs';
import { forEveryCart } from '../../scripts/demo-shop.mjs';
import { cartId, scopedKey } from '../../scripts/keys.mjs';
import { BAG, Device, MUG } from '../fixtures/device.mjs';
import { runEdge } from '../fixtures/edge.mjs';
import { asked, notUnderstood } from '../fixtures/privacy.mjs';
import { assertProblem } from '../fixtures/problem.mjs';
import { MetaPeer } from '../fixtures/services/meta.mjs';
import { rowsOf, shopperRows, unsealed } from '../fixtures/shopper-rows.mjs';
import { parseMail, SmtpPeer, tokenIn } from '../fixtures/smtp-peer.mjs';
import { until } from '../fixtures/until.mjs';
import { connect, desk, shopify, taken } from '../fixtures/webhooks.mjs';

const PLANTED = 'qzv8planted';
const NAME = 'Qzv8 Planted';
const PHONE = '+33698765431';
const ENGRAVING = 'for qzv8 with love';
const LIST = '23850000000000001';
const SECRET = 'shpss_0123456789abcdef0123456789abcdef';

/** One message at once, and one that a test waits for. */
const PACE = {
  holdout_bp: 0,
  thresholds: { cart_ms: 1_000, checkout_ms: 1_000 },
  sequences: forEveryCart([
    { after_ms: 1_000, template: 'reminder' },
    { after_ms: 25_000, template: 'last_chance' },
  ]),
  caps: { caps: [], min_gap_ms: 0 },
  // A removal that fails is tried again for as long as the test does other things.
  retry_ms: Array(12).fill(8_000),
  audiences: [{ service: 'meta', list: LIST, after_ms: 1_000 }],
};

/** @type {SmtpPeer} */
let smtp;
/** @type {MetaPeer} */
let meta;
/** @type {import('../fixtures/edge.mjs').Edge} */
let edge;
before(async () => {
  smtp = await SmtpPeer.start();
  meta = await MetaPeer.start('EAAB-token');
  edge = await runEdge({
    demo: PACE,
    cronMs: 1_000,
    env: { SMTP_URL: smtp.url, META_URL: meta.url },
  });
  await connect(edge, 'meta', { access_token: 'EAAB-token' });
  await connect(edge, 'shopify', { webhook_secret: SECRET });
});
after(async () => {
  await edge?.end();
  await Promise.all([smtp?.close(), meta?.close()]);
});

/** @param {string} email */
const digest = (email) => sdk.ServerSideUtils.normalizeAndHash(email, 'em');

/** @param {string} email @param {string} [phone] */
const agreed = (email, phone = PHONE) => ({
  email,
  phone,
  consent: { email: true, ads: true, wording: 'checkout-v3', page: '/checkout' },
});

/** @param {string} path @param {object} [body] @param {Record<string, string>} [headers] */
const call = (path, body, headers) => asked(edge, path, body, headers);

/** @param {object} whom @param {Record<string, string>} [headers] @returns {Promise<any[]>} */
const erase = async (whom, headers) => (await call('/v1/shoppers/erase', whom, headers)).erasures;

/** @param {object} whom */
const access = (whom) => call('/v1/shoppers/access', whom);

/** @param {string} email @param {string} [phone] */
const broken = (email, phone = PHONE) => notUnderstood(email, phone);

/** The text of a file in which a word stands. @param {string} folder @param {RegExp} word */
function filesWith(folder, word) {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
  assert.ok(files.length > 10);
  return files.filter((file) => word.test(readFileSync(file, 'latin1')));
}

test('a person with everything is erased, through kills, and nothing brings them back', async () => {
  const email = `${PLANTED}@shoppers.example`;
  const [phone, laptop, other] = [new Device(edge), new Device(edge), new Device(edge)];
  const add = phone.add(MUG, 1, { options: { Engraving: ENGRAVING } });
  const said = phone.event('identify', agreed(email));
  await phone.settle(add, said);
  await laptop.settle(laptop.add(BAG), laptop.event('identify', agreed(email)));
  const bounced = `${PLANTED}.bounced@shoppers.example`;
  smtp.rule(bounced, { rcpt: [550] });
  const third = new Device(edge);
  await third.settle(third.add(MUG), third.identify(bounced));
  await other.settle(
    other.add(MUG),
    other.event('identify', agreed('stays@shoppers.example', '+4930123450')),
  );
  const customer = { email, name: NAME, customer_id: 'c-1815', tier: 'gold' };
  const put = await fetch(`${edge.url}/v1/shoppers`, {
    method: 'PUT',
    headers: { authorization: `Bearer ${edge.secret}` },
    body: JSON.stringify(customer),
  });
  assert.equal(put.status, 200);
  await taken(edge, 'shopify', shopify('checkouts/update', broken(email), SECRET));
  await taken(
    edge,
    'shopify',
    shopify('checkouts/update', broken('stays@shoppers.example', '+4930123450'), SECRET),
  );
  await until(
    'a message has gone, one is dead, the audience holds her, and webhooks are kept',
    async () => {
      const [first] = await edge.deliveries(email);
      const [dead] = await edge.deliveries(bounced);
      const kept = await desk(edge);
      const isMember = meta.holds(LIST, digest(email));
      return (
        first?.state === 'sent' && dead?.state === 'dead_lettered' && kept.length === 2 && isMember
      );
    },
    { within: 40_000 },
  );
  assert.ok((await edge.reports('dead_lettered')).length > 0);
  const [mail] = await smtp.awaited(email, 1, 10_000);
  const token = tokenIn((await parseMail(/** @type {any} */ (mail))).text ?? '', 'r');

  // All that is held, for the person herself; by each of her names.
  const held = await access({ email });
  const [person] = held.people;
  assert.equal(held.people.length, 1);
  assert.deepEqual([person.email, person.phone, person.customer.name], [email, PHONE, NAME]);
  assert.deepEqual(person.consents.map((/** @type {any} */ one) => one.about).sort(), [
    'ads',
    'email',
  ]);
  assert.equal(person.carts.length, 2);
  assert.ok(JSON.stringify(person.carts).includes(ENGRAVING));
  assert.ok(person.carts.every((/** @type {any} */ cart) => cart.events.length >= 2));
  assert.equal(person.shopper.audiences[0].state, 'member');
  assert.deepEqual(
    held.webhooks.map((/** @type {any} */ one) => one.topic),
    ['checkouts/update'],
  );
  assert.equal((await access({ customer_id: 'c-1815' })).people[0].email, email);

  // Who has her files and the master key can read her.
  const { stateDir, keys } = edge.stack;
  const shopper = Buffer.from(person.shopper.shopper.replace('shp_', ''), 'hex');
  const before = shopperRows(stateDir).find((row) => row.id.equals(shopper));
  assert.ok(before);
  const opened = unsealed(keys.master, edge.shop, before, before.ownKey);
  assert.ok(opened?.includes(email) && opened.includes(NAME) && opened.includes(PHONE));
  assert.equal(unsealed(keys.master, edge.shop, before, Buffer.alloc(0)), undefined);

  // Meta does not answer, and the worker is killed while it erases.
  meta.faults.set(digest(email), Array(100).fill(500));
  const key = { 'idempotency-key': 'erase-1' };
  for (const wait of [0, 5, 30, 80]) {
    const asked = erase({ email, phone: PHONE }, key).catch(() => undefined);
    await sleep(wait);
    await edge.stack.kill9();
    await asked;
    await edge.stack.restart();
  }
  const erasing = await until(
    'it is erased',
    async () => {
      const answer = await erase({ email, phone: PHONE }, key).catch(() => undefined);
      return answer?.length === 2 && answer;
    },
    { within: 90_000 },
  );
  const of = (/** @type {any[]} */ all) =>
    all.find((one) => one.shopper === person.shopper.shopper);
  assert.equal(of(erasing).state, 'erasing', 'the removal has not arrived');
  assert.deepEqual([of(erasing).audiences, of(erasing).objected], [1, false]);
  await erase({ email: bounced });
  await until(
    'carts and the desk have forgotten',
    async () => {
      const { erasure } = await edge.lookup(email);
      return erasure.carts === 0 && !erasure.desk;
    },
    { within: 60_000 },
  );

  // On a slow machine the second message may have gone before she was erased.
  const written = smtp.of(email).length;

  // What has to go out goes, as soon as it can.
  assert.ok(meta.holds(LIST, digest(email)));
  await edge.stack.kill9();
  await edge.stack.restart();
  meta.faults.delete(digest(email));
  await until('the audience has let go of her', () => !meta.holds(LIST, digest(email)), {
    within: 60_000,
  });

  // Nothing is known of her, and of nobody else anything is missing.
  const gone = await access({ email, phone: PHONE });
  for (const { shopper, ...rest } of gone.people) {
    assert.deepEqual([rest.email, rest.phone, rest.customer, rest.carts], [null, null, null, []]);
    assert.deepEqual([rest.consents, rest.sent, shopper.deliveries], [[], [], []]);
  }
  assert.deepEqual(gone.webhooks, []);
  await assertProblem(
    await edge.asServer('/v1/shoppers/access', { customer_id: 'c-1815' }),
    404,
    'shopper_unknown',
  );
  assert.equal((await desk(edge)).length, 1, "somebody else's is kept");
  assert.deepEqual(await edge.reports('dead_lettered'), []);
  assert.equal((await access({ email: 'stays@shoppers.example' })).people[0].carts.length, 1);
  const listed = (await call('/v1/erasures')).erasures;
  const states = listed.map((/** @type {any} */ one) => one.ended_at !== null);
  assert.deepEqual(states.sort(), [false, true, true]);
  const { carts } = await call('/v1/carts');
  assert.equal(carts.length, 1);

  // Her carts are nobody's and hold nothing; their logs still verify.
  for (const device of [phone, laptop]) {
    const id = `crt_${cartId(edge.shop, device.secret)}`;
    const { events } = await call(`/v1/carts/${id}/events`);
    assert.ok(events.length > 2);
    const readable = events.filter((/** @type {any} */ event) => !event.erased);
    assert.deepEqual(
      readable.map((/** @type {any} */ event) => event.what.t),
      ['revoked'],
    );
    const { lines } = await device.fresh();
    assert.deepEqual(lines, {});
    const log = await (await edge.asServer(`/v1/carts/${id}/log`)).text();
    assert.ok(!log.includes('qzv8'));
    const report = await verified(log);
    const [file] = report.files;
    assert.deepEqual([file.ok, file.erased > 0], [true, true], JSON.stringify(report));
  }
  await assertProblem(
    await edge.post('/v1/restore', { key: edge.key, token }),
    410,
    'token_revoked',
  );

  // What is in the files says nothing, with all keys there are.
  const rows = shopperRows(stateDir);
  const after = rows.find((row) => row.id.equals(shopper));
  assert.ok(after && !after.ownKey.equals(before.ownKey));
  for (const ownKey of [Buffer.alloc(0), ...rows.map((row) => row.ownKey)]) {
    assert.equal(unsealed(keys.master, edge.shop, before, ownKey), undefined);
  }
  let read = 0;
  for (const row of rows) {
    const text = unsealed(keys.master, edge.shop, row, row.ownKey);
    assert.ok(text, 'each row that is there opens');
    read += text.includes('stays@shoppers.example') ? 1 : 0;
    assert.ok(!/qzv8|698765431|c-1815/i.test(text.toString('latin1')));
  }
  assert.equal(read, 1);
  for (const kind of /** @type {const} */ (['Cart', 'Shop', 'Requests'])) {
    for (const { values } of rowsOf(stateDir, kind)) {
      for (const value of values) {
        const text =
          value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : String(value);
        assert.ok(!/qzv8|698765431|c-1815/i.test(text), kind);
      }
    }
  }
  assert.deepEqual(filesWith(stateDir, /qzv8planted|698765431|Qzv8 Planted/), []);

  // A retry of what was said before, the same webhook once more, and her cart that goes on.
  await phone.settle(said);
  await phone.settle(phone.add(MUG));
  await taken(
    edge,
    'shopify',
    shopify('checkouts/update', broken(email), SECRET, {
      triggeredAt: new Date(Date.now() - 3_600_000),
    }),
  );
  const late = new Device(edge);
  const old = { ...late.event('identify', agreed(email)), at: Date.now() - 600_000 };
  await late.settle({ ...late.add(MUG), at: Date.now() - 600_000 }, old);
  await sleep(3_000);
  const shown = await edge.lookup(email);
  assert.deepEqual([shown.planned, shown.consent_email, shown.consent_ads], [false, false, false]);
  assert.equal((await access({ email })).people[0].email, null);
  // What the platform repeats is of the time at which it was set off, and a cart that came late has forgotten as well.
  assert.equal((await desk(edge)).length, 1);
  const lateCart = `crt_${cartId(edge.shop, late.secret)}`;
  await until('the cart that came late has forgotten', async () => {
    const { lines } = await late.fresh();
    return Object.keys(lines).length === 0;
  });
  assert.ok(!(await (await edge.asServer(`/v1/carts/${lateCart}/log`)).text()).includes('shp_'));

  // The message that was to follow never goes, and she is no member again.
  await sleep(20_000);
  assert.equal(smtp.of(email).length, written);
  assert.ok(!meta.holds(LIST, digest(email)));

  // Who comes anew begins anew.
  const anew = new Device(edge);
  await anew.settle(anew.add(BAG), anew.event('identify', agreed(email)));
  await until('she is written to', () => smtp.of(email).length > written, { within: 40_000 });
  assert.equal((await access({ email })).people[0].carts.length, 1);
});

/** What `homing verify` reports of an export. @param {string} log */
async function verified(log) {
  const { mkdtempSync, rmSync, writeFileSync } = await import('node:fs');
  const { tmpdir } = await import('node:os');
  const folder = mkdtempSync(join(tmpdir(), 'homing-erased-'));
  try {
    const file = join(folder, 'log.ndjson');
    writeFileSync(file, log);
    const command = ['run', '--quiet', '--package', 'homing-cli', '--', 'verify', file, '--json'];
    return JSON.parse(await run('cargo', command));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

test('who objected is remembered without a contact, and who may not ask is told so', async () => {
  const email = 'objects@shoppers.example';
  const device = new Device(edge);
  await device.settle(device.add(MUG), device.identify(email));
  await edge.asServer('/v1/suppressions', { email, cause: 'withheld' });
  const [erasure] = await erase({ email });
  assert.equal(erasure.objected, true);
  const anew = new Device(edge);
  await sleep(50);
  await anew.settle(anew.add(MUG), anew.identify(email));
  assert.equal((await edge.lookup(email)).suppressed, 'withheld');
  await sleep(3_000);
  assert.equal(smtp.of(email).length, 0);
  const reader = scopedKey(edge.master, edge.shop, { scopes: ['contacts:read', 'contacts:write'] });
  for (const path of ['/v1/shoppers/erase', '/v1/shoppers/access']) {
    const response = await fetch(edge.url + path, {
      method: 'POST',
      headers: { authorization: `Bearer ${reader}` },
      body: JSON.stringify({ email }),
    });
    await assertProblem(response, 403, 'scope_missing');
  }
  await assertProblem(
    await edge.asServer('/v1/shoppers/erase', { shopper: `shp_${'0'.repeat(32)}` }),
    404,
    'shopper_unknown',
  );
  await assertProblem(await edge.asServer('/v1/shoppers/erase', {}), 404, 'shopper_unknown');
});

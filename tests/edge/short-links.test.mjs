/**
 * Short links in text messages, on real workerd: they lead where the long ones lead, are there before the text goes, and say nothing to
 * whoever has none. Codes are worked out here once more, with Node's own cryptography.
 */
import assert from 'node:assert/strict';
import { createHash, createHmac, hkdfSync, randomInt } from 'node:crypto';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, before, describe, test } from 'node:test';
import { forEveryCart } from '../../scripts/demo-shop.mjs';
import { cartId, parseToken } from '../../scripts/keys.mjs';
import { killAmid } from '../faults/kill.mjs';
import { BAG, Device, MUG } from '../fixtures/device.mjs';
import { FAST_PACE, runEdge } from '../fixtures/edge.mjs';
import { objectFiles } from '../fixtures/object-files.mjs';
import { assertProblem } from '../fixtures/problem.mjs';
import { TwilioPeer } from '../fixtures/providers/twilio-peer.mjs';
import { until } from '../fixtures/until.mjs';

const SHORT = 'https://go.dovecote.example';
const LETTERS = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz';
const DAY = 86_400_000;

/** One text, tried again after a while that is long enough to look around in. */
const PACE = {
  ...FAST_PACE,
  sms: { provider: 'twilio', sender: '+15005550006' },
  sequences: forEveryCart([{ after_ms: 1_000, template: 'reminder', channels: ['sms'] }]),
  retry_ms: [6_000, 6_000, 6_000, 6_000],
};

/** Twilio, which somebody may have a word with before it hears of a text. */
class Twilio extends TwilioPeer {
  /** @type {(() => Promise<void>) | undefined} before the next call, which ends unheard then */
  instead;

  /** @override @param {import('node:http').IncomingMessage} request @param {import('node:http').ServerResponse} response */
  async serve(request, response) {
    const { instead } = this;
    if (!instead) return super.serve(request, response);
    this.instead = undefined;
    await instead();
    return request.socket.destroy();
  }
}

/** @type {Twilio} */
let twilio;
/** @type {import('../fixtures/edge.mjs').Edge} */
let edge;
before(async () => {
  twilio = new Twilio();
  await twilio.listen();
  edge = await runEdge({ demo: PACE, env: { ...twilio.env, SHORT_URL: `${SHORT}/` } });
});
after(async () => {
  await edge?.end();
  await twilio?.close();
});

let numbers = 0;
const newPhone = () => {
  numbers += 1;
  return `+4915799${String(numbers).padStart(6, '0')}`;
};

/** A cart left by whoever has this number. @param {string} phone */
async function left(phone, variant = MUG, at = edge) {
  const device = new Device(at);
  const { body } = device;
  device.body = (events) => ({ ...body.call(device, events), page: { tz: 'Europe/Berlin' } });
  const consent = { wording: 'checkout-v1', page: '/checkout', email: false, sms: true };
  await device.settle(device.add(variant), device.event('identify', { phone, consent }));
  return device;
}

/** @param {string} phone */
const textTo = (phone) =>
  until(`a text to ${phone}`, () => twilio.of(phone)[0], { within: 60_000 });

/** The way and the code of the link in a text. @param {string} text */
function linkIn(text) {
  const [, way = '', code = ''] =
    text.match(/ https:\/\/go\.dovecote\.example\/([rs])\/(\w+) Reply STOP/) ?? [];
  assert.match(code, new RegExp(`^[${LETTERS}]{12}$`), text);
  return { way, code };
}

/** Somebody's left cart, the text about it and the code in that. */
async function texted(variant = MUG) {
  const phone = newPhone();
  const device = await left(phone, variant);
  const { body } = await textTo(phone);
  return { phone, device, body, ...linkIn(body) };
}

/** Follows a short link, which is this deployment's under another name. @param {string} code @param {RequestInit} [init] @param {string} [way] */
const follow = (code, init = {}, way = 'r') =>
  fetch(`${edge.url}/${way}/${code}`, { redirect: 'manual', ...init });

/** All that an answer says, but the time. @param {Response} response */
const said = async (response) => [
  response.status,
  [...response.headers].filter(([name]) => name !== 'date'),
  await response.text(),
];

/** @param {string} phone @returns {Promise<any>} their first delivery */
async function delivery(phone) {
  const response = await edge.asServer('/v1/shoppers/lookup', { phone });
  assert.equal(response.status, 200, await response.clone().text());
  return /** @type {any} */ (await response.json()).deliveries[0];
}

const randomCode = () => Array.from({ length: 12 }, () => LETTERS[randomInt(58)]).join('');

/** The code of a token, worked out here. @param {string} token */
function codeOf(token) {
  const bytes = Buffer.from(token, 'base64url').subarray(0, 32);
  const info = Buffer.concat([Buffer.from('short_link\0'), bytes.subarray(6, 11)]);
  const master = edge.master.byId.get(bytes.readUInt8(1)) ?? Buffer.alloc(0);
  const key = Buffer.from(hkdfSync('sha256', master, 'homing/v1', info, 32));
  const digest = createHmac('sha256', key).update(bytes).digest();
  return [0, 8]
    .map((at) => {
      let number = digest.readBigUInt64BE(at);
      let half = '';
      for (let n = 0; n < 6; n += 1) {
        half += LETTERS[Number(number % 58n)];
        number /= 58n;
      }
      return half;
    })
    .join('');
}

/** The files of objects that keep short links. */
function files() {
  const folder = join(edge.stack.stateDir, 'worker', 'v3', 'do', 'homing-ShortLinks');
  return readdirSync(folder)
    .filter((name) => name.endsWith('.sqlite'))
    .map((name) => join(folder, name));
}

/** The answers of all of them that find a table, each with its file. @param {string} sql @param {any[]} bound @returns {{ file: string, row: any }[]} */
const kept = (sql, ...bound) =>
  files().flatMap((file) => {
    const database = new DatabaseSync(file, { timeout: 10_000 });
    try {
      return database
        .prepare(sql)
        .all(...bound)
        .map((row) => ({ file, row }));
    } catch (error) {
      if (/no such table/.test(String(error))) return [];
      throw error;
    } finally {
      database.close();
    }
  });

/** The row that a code leads to. @param {string} code */
function rowOf(code) {
  const digest = createHash('sha256').update(`homing/short_link\0${code}`).digest('hex');
  return kept('SELECT row, token, until FROM link WHERE row = ?', digest.slice(3, 27))[0];
}

describe('a short link', { concurrency: true }, () => {
  test('brings the very cart back on another device, as the long one does', async () => {
    const { device, body, way, code } = await texted(BAG);
    assert.equal(way, 'r');
    assert.ok(body.length <= 160, `one segment: ${body}`);
    const [answer, head] = await Promise.all([follow(code), follow(code, { method: 'HEAD' })]);
    assert.deepEqual([answer.status, head.status], [302, 302]);
    const location = answer.headers.get('location') ?? '';
    assert.equal(head.headers.get('location'), location);
    const [page, token = ''] = location.split('#homing=');
    assert.equal(page, `${edge.url}/store/cart`);
    const parsed = parseToken(edge.master, token);
    assert.equal(parsed?.subject, cartId(edge.shop, device.secret));
    assert.ok(Math.abs((parsed?.expiresAt ?? 0) * 1_000 - Date.now() - 30 * DAY) < 120_000);
    // The long link has the same answer, to the last header.
    assert.deepEqual(await said(await follow(code)), await said(await edge.click(token)));
    assert.equal((await follow(`${code}?utm_source=x`)).headers.get('location'), location);
    // An app asks with what stands in the link.
    const [byCode, byToken] = await Promise.all([edge.restore(code), edge.restore(token)]);
    assert.deepEqual(byCode, byToken);
    assert.deepEqual(
      byCode.lines.map((/** @type {any} */ line) => line.variant),
      [BAG],
    );
  });

  test('is made as documented, and what is kept for it neither tells it nor opens anything', async () => {
    const { code } = await texted();
    const token = String((await follow(code)).headers.get('location')).split('#homing=')[1] ?? '';
    assert.equal(codeOf(token), code);
    const { row } = rowOf(code) ?? assert.fail('no row');
    assert.equal(Buffer.from(row.token, 'base64url').length, 32, 'without its signature');
    assert.ok(token.startsWith(row.token.slice(0, 42)));
    assert.equal(row.until, (parseToken(edge.master, token)?.expiresAt ?? 0) * 1_000);
    const response = await edge.post('/v1/restore', { key: edge.key, token: row.token });
    await assertProblem(response, 401, 'token_invalid');
  });

  test('changes nothing by being followed, however often', async () => {
    const { phone, device, code } = await texted();
    await until('it is told', async () => (await delivery(phone)).state === 'sent');
    const row = rowOf(code);
    const seen = async () => [await device.state(), await delivery(phone), rowOf(code)];
    const before = await seen();
    for (let n = 0; n < 10; n += 1) {
      const clicks = Array.from({ length: 20 }, (_, at) =>
        follow(code, { method: at % 2 ? 'HEAD' : 'GET', headers: { 'sec-purpose': 'prefetch' } }),
      );
      for (const click of await Promise.all(clicks)) assert.equal(click.status, 302);
    }
    assert.ok(row);
    assert.deepEqual(await seen(), before);
    await assertProblem(await follow(code, { method: 'POST' }), 405, 'method_not_allowed');
  });

  test('that was revoked, or is for something else, is like one that never was', async () => {
    const { code, device } = await texted();
    const never = randomCode();
    const unknown = await said(await follow(never));
    assert.equal(unknown[0], 404);
    assert.match(String(unknown[2]), /does not work/);
    // A code of a link back is none of a question, and the other way round.
    const question = await said(await follow(never, {}, 's'));
    assert.deepEqual(await said(await follow(code, {}, 's')), question);
    assert.deepEqual(await said(await follow(code, { method: 'POST' }, 's')), question);
    const restore = (/** @type {string} */ token) =>
      edge.post('/v1/restore', { key: edge.key, token });
    const refused = await said(await restore(never));
    assert.equal((await follow(code)).status, 302);
    const revoked = await edge.asServer('/v1/links/revoke', { token: code });
    assert.equal(revoked.status, 200, await revoked.text());
    // Whoever has not heard the answer may ask once more.
    const again = await edge.asServer('/v1/links/revoke', { token: code });
    assert.equal(again.status, 200, await again.text());
    assert.deepEqual(await said(await follow(code)), unknown);
    assert.deepEqual(await said(await restore(code)), refused);
    // The shopper's own browser goes on.
    await device.send(device.add(BAG));
    assert.equal((await edge.restore(device.token ?? '')).lines.length, 2);
  });

  test('that was cut off or mistyped is none, and asking leaves nothing behind', async () => {
    const { code } = await texted();
    const before = objectFiles(edge.stack.stateDir);
    for (const text of [code.slice(1), `${code}1`, code.replace(/.$/, '0'), `${code}/x`, '']) {
      assert.equal((await follow(text)).status, 404, text);
    }
    for (let n = 0; n < 50; n += 1) assert.equal((await follow(randomCode())).status, 404);
    const names = (/** @type {object} */ all) =>
      Object.keys(all).filter((name) => name.startsWith('ShortLinks/'));
    const mine = new Set(names(before));
    const added = names(objectFiles(edge.stack.stateDir)).filter((name) => !mine.has(name));
    // Other texts of this file go meanwhile; each leaves one.
    assert.ok(added.length < 8, `${added.length} more`);
  });

  test('asks what kept somebody, where the text does', async () => {
    const shop = await edge.anotherShop('shop_asked001', {
      ...PACE,
      sequences: forEveryCart([{ after_ms: 1_000, template: 'survey', channels: ['sms'] }]),
    });
    const phone = newPhone();
    await left(phone, MUG, shop);
    const { way, code } = linkIn((await textTo(phone)).body);
    assert.equal(way, 's');
    const page = await follow(code, {}, 's');
    assert.equal(page.status, 200);
    assert.equal((await page.text()).match(/<button/g)?.length, 9);
    const answered = await fetch(`${edge.url}/s/${code}?answer=price`, { method: 'POST' });
    assert.match(await answered.text(), /Thank you/);
    const response = await shop.asServer('/v1/shoppers/lookup', { phone });
    assert.equal(/** @type {any} */ (await response.json()).answered?.[0], 'price');
    assert.equal((await follow(code)).status, 404, 'it brings no cart back');
  });
});

test('the link is there before Twilio hears of the text, also when the worker is killed at that moment', async () => {
  const phone = newPhone();
  const before = kept('SELECT row FROM link').length;
  /** @type {Device | undefined} */
  let device;
  const met = await killAmid(edge.stack, 'before', [{ peer: twilio, to: phone }], async () => {
    device = await left(phone);
  });
  assert.equal(met.length, 1);
  const rows = kept('SELECT row FROM link').length;
  assert.equal(rows, before + 1);
  // Twilio takes no key: nobody knows whether it has taken the text, so it is not sent again.
  const closed = await until(
    'it is closed',
    async () => {
      const one = await delivery(phone);
      return one.state === 'unknown' && one;
    },
    { within: 60_000 },
  );
  assert.deepEqual([closed.attempts, twilio.of(phone).length], [1, 0]);
  assert.equal(kept('SELECT row FROM link').length, rows);
  await device?.fresh();
});

test('a worker that is killed after the text leaves a link that works, and sends no second one', async () => {
  const phone = newPhone();
  twilio.faults.set(phone, ['hang']);
  await left(phone, BAG);
  const { code } = linkIn((await textTo(phone)).body);
  await edge.stack.kill9();
  await edge.stack.restart();
  assert.equal((await follow(code)).status, 302);
  assert.deepEqual(
    (await edge.restore(code)).lines.map((/** @type {any} */ one) => one.variant),
    [BAG],
  );
  await until('it is closed', async () => (await delivery(phone)).state === 'unknown', {
    within: 60_000,
  });
  assert.equal(twilio.callsFor(phone).length, 1);
});

test('a text whose link cannot be kept is not sent, and is once it can be', async () => {
  const phone = newPhone();
  const before = new Set(kept('SELECT row FROM link').map(({ row }) => row.row));
  twilio.faults.set(phone, [{ status: 429, code: 20429 }]);
  await left(phone);
  await until('Twilio has refused it for now', () => twilio.callsFor(phone).length === 1, {
    within: 60_000,
  });
  await until('that is told', async () => (await delivery(phone)).state === 'scheduled');
  await edge.stack.kill9();
  const known = kept('SELECT row FROM link').find(({ row }) => !before.has(row.row));
  const { file, row } = known ?? assert.fail('no row');
  // It is lost, which also folds what was written into the file; and then the file is one that cannot be opened.
  kept('DELETE FROM link WHERE row = ? RETURNING row', row.row);
  const whole = readFileSync(file);
  for (const rest of ['-wal', '-shm']) rmSync(file + rest, { force: true });
  writeFileSync(file, randomCode().repeat(1_000));
  await edge.stack.restart();
  await until('it was tried in vain', async () => (await delivery(phone)).attempts >= 2, {
    within: 60_000,
  });
  await until('that is told', async () => (await delivery(phone)).state === 'scheduled');
  assert.equal(twilio.callsFor(phone).length, 1, 'nobody was offered it');
  await edge.stack.kill9();
  for (const rest of ['-wal', '-shm']) rmSync(file + rest, { force: true });
  writeFileSync(file, whole);
  await edge.stack.restart();
  const { body } = await textTo(phone);
  const { code } = linkIn(body);
  assert.equal((await follow(code)).status, 302);
  assert.deepEqual([twilio.callsFor(phone).length, twilio.of(phone).length], [2, 1]);
});

test('one that has expired is like one that never was, and its row goes', async () => {
  const { code } = await texted();
  assert.equal((await follow(code)).status, 302);
  const unknown = await said(await follow(randomCode()));
  // Each object that keeps some has an alarm, for the first of them.
  const alarms = kept('SELECT scheduled_time / 1000000 AS at FROM _cf_ALARM');
  const objects = new Set(kept('SELECT row FROM link').map(({ file }) => file));
  assert.equal(alarms.length, objects.size);
  for (const { row } of alarms) {
    const due = Number(row.at) - Date.now();
    assert.ok(due > 29.9 * DAY && due <= 30 * DAY, `an alarm in ${due} ms`);
  }

  await edge.stack.kill9();
  kept('UPDATE link SET until = until - ? RETURNING row', 31 * DAY);
  await edge.stack.restart();
  assert.deepEqual(await said(await follow(code)), unknown);
  assert.ok(rowOf(code), 'nobody has swept yet');

  await edge.stack.kill9();
  // The alarm as the object has it, and as the platform does.
  kept('UPDATE _cf_METADATA SET value = value - ? * 1000000 RETURNING 1', 31 * DAY);
  kept('UPDATE _cf_ALARM SET scheduled_time = scheduled_time - ? * 1000000 RETURNING 1', 31 * DAY);
  await edge.stack.restart();
  await until('they are gone', () => kept('SELECT row FROM link').length === 0, { within: 30_000 });
  assert.deepEqual(await said(await follow(code)), unknown);
});

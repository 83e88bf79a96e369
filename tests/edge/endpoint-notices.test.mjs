/**
 * An endpoint that takes nothing for days is switched off, and people hear of it: the shop's other endpoints by an event, its own people by
 * one mail, whatever becomes of the worker meanwhile. The days are not waited for: the worker is stopped, and what it has written is made
 * older.
 */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Webhook } from 'standardwebhooks';
import { FAST_PACE, runEdge } from '../fixtures/edge.mjs';
import { EndpointPeer } from '../fixtures/endpoint-peer.mjs';
import { parseMail, rawHeader, SmtpPeer } from '../fixtures/smtp-peer.mjs';
import { until } from '../fixtures/until.mjs';

const DAY = 86_400_000;

/** @type {EndpointPeer} */
let peer;
/** @type {SmtpPeer} */
let smtp;
before(async () => {
  [peer, smtp] = await Promise.all([EndpointPeer.start(), SmtpPeer.start()]);
});
after(() => Promise.all([peer?.close(), smtp?.close()]));

/** A shop whose people are told at an address. @param {string} [notices] */
const shop = (notices) =>
  runEdge({
    demo: { ...FAST_PACE, notices },
    env: { SMTP_URL: smtp.url },
  });

/** @param {import('../fixtures/edge.mjs').Edge} edge @param {string} method @param {string} path @param {object} [body] @returns {Promise<any>} */
async function asked(edge, method, path, body) {
  const response = await fetch(`${edge.url}/v1/endpoints${path}`, {
    method,
    headers: { authorization: `Bearer ${edge.secret}` },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  assert.equal(response.status, 200, await response.clone().text());
  return response.json();
}

/** @param {import('../fixtures/edge.mjs').Edge} edge @param {string} id */
const shown = async (edge, id) =>
  (await asked(edge, 'GET', '')).endpoints.find((/** @type {any} */ one) => one.id === id);

/** What a desk has written, changed while nobody runs it. @param {import('../fixtures/edge.mjs').Edge} edge @param {string} sql @param {any[]} bound */
function change(edge, sql, ...bound) {
  const folder = join(edge.stack.stateDir, 'worker', 'v3', 'do', 'homing-Shop');
  const files = readdirSync(folder).filter((name) => name.endsWith('.sqlite'));
  const changed = files.map((name) => {
    const database = new DatabaseSync(join(folder, name), { timeout: 10_000 });
    try {
      return Number(database.prepare(sql).run(...bound).changes);
    } catch (error) {
      if (/no such table/.test(String(error))) return 0;
      throw error;
    } finally {
      database.close();
    }
  });
  assert.equal(
    changed.reduce((sum, n) => sum + n, 0),
    1,
  );
}

/** An endpoint that has failed once, five days ago. @param {import('../fixtures/edge.mjs').Edge} edge @param {string} path */
async function failingForDays(edge, path) {
  const url = `${path}?token=secret`;
  peer.answers.set(url, Array(20).fill(500));
  const { id } = await asked(edge, 'POST', '', {
    url: peer.url + url,
    events: ['survey.*'],
  });
  await asked(edge, 'POST', `/${id}/test`);
  await until('it failed', async () => (await shown(edge, id)).failing_since);
  await edge.stack.kill9();
  change(
    edge,
    `UPDATE endpoint SET value = json_set(value, '$.health.failing_since', CAST(json_extract(value, '$.health.failing_since') - ? AS INTEGER)) WHERE id = ?`,
    6 * DAY,
    id,
  );
  await edge.stack.restart();
  return id;
}

/** What was told at a path. @param {string} path */
const heard = (path) => peer.at(path).map(({ body }) => JSON.parse(body));

test('the shop’s other endpoints and its people hear of it, once', async () => {
  const ops = 'ops@shop.example';
  const edge = await shop(ops);
  try {
    const { secret } = await asked(edge, 'POST', '', {
      url: `${peer.url}/others`,
      events: ['endpoint.disabled'],
    });
    await asked(edge, 'POST', '', { url: `${peer.url}/deaf`, events: ['survey.*'] });
    const id = await failingForDays(edge, '/broken');
    await asked(edge, 'POST', `/${id}/test`);
    await until('it is off', async () => !(await shown(edge, id)).enabled, { within: 30_000 });
    const call = await until('the others hear', () => peer.at('/others')[0]);
    const event = /** @type {any} */ (new Webhook(secret).verify(call.body, call.headers));
    assert.equal(event.type, 'endpoint.disabled');
    assert.deepEqual([event.data.endpoint, event.data.because], [id, 'failing']);
    assert.ok(event.data.failing_since < Date.now() - 5 * DAY);
    const [mail] = await smtp.awaited(ops, 1, 30_000);
    const { subject, text } = await parseMail(/** @type {any} */ (mail));
    assert.equal(subject, 'Dovecote: an endpoint was switched off');
    assert.match(text ?? '', new RegExp(`the endpoint ${id} at ${peer.url}/broken was switched`));
    assert.ok(!text?.includes('secret'));
    assert.deepEqual(rawHeader(/** @type {any} */ (mail), 'List-Unsubscribe'), []);
    await until('it is known', async () => (await shown(edge, id)).notice === 'sent');
    // Nothing of it comes again, neither by another failure nor by a restart.
    await asked(edge, 'POST', `/${id}/test`);
    await edge.stack.kill9();
    await edge.stack.restart();
    await asked(edge, 'POST', `/${id}/test`);
    await sleep(3_000);
    assert.equal(smtp.received.filter(({ to }) => to === ops).length, 1);
    assert.equal(peer.at('/others').length, 1);
    assert.equal(peer.at('/deaf').length, 0);
    assert.ok(!heard('/broken?token=secret').some(({ type }) => type === 'endpoint.disabled'));
    // Who switches one off by themselves need not be told, and one that is on again has nothing to say.
    await asked(edge, 'PUT', `/${id}`, { url: `${peer.url}/broken`, enabled: true });
    assert.equal((await shown(edge, id)).notice, undefined);
    await asked(edge, 'PUT', `/${id}`, { url: `${peer.url}/broken`, enabled: false });
    await sleep(1_000);
    assert.equal(peer.at('/others').length, 1);
    assert.equal(smtp.attempts(ops), 1);
  } finally {
    await edge.end();
  }
});

test('a mail that was owed when the worker was killed is sent when it is back', async () => {
  const ops = 'owed@shop.example';
  const edge = await shop(ops);
  try {
    // The mail server has gone.
    await smtp.close();
    peer.answers.set('/gone', [410]);
    const { id } = await asked(edge, 'POST', '', { url: `${peer.url}/gone` });
    await asked(edge, 'POST', `/${id}/test`);
    await until('it is off and owed', async () => {
      const { enabled, disabled_because, notice } = await shown(edge, id);
      return !enabled && disabled_because === 'gone' && notice === 'owed';
    });
    await sleep(1_500);
    await edge.stack.kill9();
    await smtp.open();
    await edge.stack.restart();
    await smtp.awaited(ops, 1, 60_000);
    await until('it is known', async () => (await shown(edge, id)).notice === 'sent');
    await sleep(2_000);
    assert.equal(smtp.attempts(ops), 1);
  } finally {
    await edge.end();
  }
});

test('a mail that was on its way when the worker was killed is not sent again where nobody would recognise it', async () => {
  const ops = 'underway@shop.example';
  const edge = await shop(ops);
  let release = () => {};
  const gate = new Promise((resolve) => {
    release = () => resolve(undefined);
  });
  smtp.rule(ops, { gate });
  try {
    peer.answers.set('/underway', [410]);
    const { id } = await asked(edge, 'POST', '', { url: `${peer.url}/underway` });
    await asked(edge, 'POST', `/${id}/test`);
    await until('it is on its way', () => smtp.received.some(({ to }) => to === ops));
    await edge.stack.kill9();
    release();
    await edge.stack.restart();
    await until('it is known', async () => (await shown(edge, id)).notice === 'unknown', {
      within: 90_000,
      every: 1_000,
    });
    assert.equal(smtp.attempts(ops), 1);
  } finally {
    release();
    await edge.end();
  }
});

test('a shop that names nobody is sent nothing, and its endpoints hear of it all the same', async () => {
  const edge = await shop();
  try {
    peer.answers.set('/nobody', [410]);
    await asked(edge, 'POST', '', { url: `${peer.url}/listens`, events: ['endpoint.*'] });
    const { id } = await asked(edge, 'POST', '', { url: `${peer.url}/nobody` });
    await asked(edge, 'POST', `/${id}/test`);
    const call = await until('the others hear', () => peer.at('/listens')[0]);
    assert.equal(JSON.parse(call.body).data.because, 'gone');
    const { enabled, notice } = await shown(edge, id);
    assert.deepEqual([enabled, notice], [false, undefined]);
  } finally {
    await edge.end();
  }
});

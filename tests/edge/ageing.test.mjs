/**
 * What is kept for a while goes when that is over, also of a shop that never calls again. Time is not waited for: the worker is stopped, and
 * what it has written is made older.
 */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, before, test } from 'node:test';
import { leftCart } from '../fixtures/device.mjs';
import { FAST_PACE, runEdge } from '../fixtures/edge.mjs';
import { SmtpPeer } from '../fixtures/smtp-peer.mjs';
import { until } from '../fixtures/until.mjs';

const DAY = 86_400_000;

/** @type {SmtpPeer} */
let smtp;
/** @type {import('../fixtures/edge.mjs').Edge} */
let edge;
before(async () => {
  smtp = await SmtpPeer.start();
  edge = await runEdge({ demo: FAST_PACE, env: { SMTP_URL: smtp.url } });
});
after(async () => {
  await edge?.end();
  await smtp?.close();
});

/** What objects of a class have written, file by file. @param {string} kind */
const filesOf = (kind) => {
  const folder = join(edge.stack.stateDir, 'worker', 'v3', 'do', `homing-${kind}`);
  return readdirSync(folder)
    .filter((name) => name.endsWith('.sqlite'))
    .map((name) => join(folder, name));
};

/** The answers of all queries that find a table. @param {string} kind @param {string} sql @param {any[]} bound @returns {any[]} */
const rows = (kind, sql, ...bound) =>
  filesOf(kind).flatMap((path) => {
    const database = new DatabaseSync(path, { timeout: 10_000 });
    try {
      return database.prepare(sql).all(...bound);
    } catch (error) {
      if (/no such table/.test(String(error))) return [];
      throw error;
    } finally {
      database.close();
    }
  });

test('answers for an Idempotency-Key go after two days, of a shop that has stopped to call', async () => {
  const key = randomUUID();
  const ask = () =>
    fetch(`${edge.url}/v1/baskets`, {
      method: 'PUT',
      headers: { authorization: `Bearer ${edge.secret}`, 'idempotency-key': key },
      body: JSON.stringify({ basket: 'a-basket-of-its-own', version: 1, lines: [] }),
    });
  assert.equal((await ask()).status, 200);
  assert.equal((await ask()).headers.get('idempotency-replayed'), 'true');
  const kept = 'SELECT begun_at FROM request';
  assert.equal(rows('Requests', kept).length, 1);
  const alarms = () => rows('Requests', 'SELECT scheduled_time / 1000000 AS at FROM _cf_ALARM');
  const [alarm] = alarms();
  const due = Number(alarm?.at) - Date.now();
  assert.ok(due > 1.9 * DAY && due <= 2 * DAY, `an alarm in ${due} ms`);

  await edge.stack.kill9();
  rows('Requests', 'UPDATE request SET begun_at = begun_at - ? RETURNING id', 3 * DAY);
  // The alarm as the object has it, and as the platform does.
  const sooner = 3 * DAY;
  rows('Requests', 'UPDATE _cf_METADATA SET value = value - ? * 1000000 RETURNING 1', sooner);
  const index = 'UPDATE _cf_ALARM SET scheduled_time = scheduled_time - ? * 1000000 RETURNING 1';
  rows('Requests', index, sooner);
  await edge.stack.restart();
  await until('they are gone', () => rows('Requests', kept).length === 0, { within: 30_000 });
});

test('reports go after ninety days, but for what still waits for a word', async () => {
  const email = 'dead@ageing.example';
  smtp.rule(email, { rcpt: [550] });
  await leftCart(edge, email);
  await until('it is listed', async () => (await edge.reports('dead_lettered')).length === 1, {
    within: 40_000,
  });
  const sweep = () => fetch(`${edge.url}/cdn-cgi/handler/scheduled?cron=*/5+*+*+*+*`);
  await sweep();
  assert.equal((await edge.reports('dead_lettered')).length, 1);
  await edge.stack.kill9();
  const waiting = `INSERT INTO report (shopper, conversation, step, state, code, at)
    SELECT shopper, 9, 0, 'awaiting_approval', '', at FROM report RETURNING shopper`;
  assert.equal(rows('Shop', waiting).length, 1);
  rows('Shop', 'UPDATE report SET at = at - ? RETURNING shopper', 91 * DAY);
  // When it was looked for last.
  rows(
    'Shop',
    'UPDATE record SET value = CAST(value - ? AS INTEGER) WHERE id = 1 RETURNING id',
    91 * DAY,
  );
  await edge.stack.restart();
  await sweep();
  await until('it is gone', async () => (await edge.reports('dead_lettered')).length === 0);
  const response = await edge.asServer('/v1/deliveries');
  const { deliveries } = /** @type {any} */ (await response.json());
  assert.deepEqual(
    deliveries.map((/** @type {any} */ one) => one.state),
    ['awaiting_approval'],
  );
});

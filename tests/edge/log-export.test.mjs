/** GET /v1/carts/{id}/log on real workerd, and `homing verify` on what it answers: whole, complete, and without a contact. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { CommandError, run } from '../../scripts/command.mjs';
import { cartId } from '../../scripts/keys.mjs';
import { BAG, Device, MUG } from '../fixtures/device.mjs';
import { runEdge, SLOW_PACE } from '../fixtures/edge.mjs';
import { objectFiles } from '../fixtures/object-files.mjs';
import { assertProblem } from '../fixtures/problem.mjs';

const NAME = 'zqv7planted';
const PHONE = '33698765432';

/** @type {import('../fixtures/edge.mjs').Edge} */
let edge;
const folder = mkdtempSync(join(tmpdir(), 'homing-exports-'));
before(async () => {
  edge = await runEdge({ demo: SLOW_PACE });
});
after(async () => {
  await edge?.end();
  rmSync(folder, { recursive: true, force: true });
});

/** A cart's id, as the API writes it. @param {Device} device */
const cartOf = ({ secret }) => `crt_${cartId(edge.shop, secret)}`;

/** @param {string} cart */
const pathOf = (cart) => `/v1/carts/${cart}/log`;

/** @param {Device} device */
async function exported(device) {
  const response = await edge.asServer(pathOf(cartOf(device)));
  const text = await response.text();
  assert.equal(response.status, 200, text);
  assert.equal(response.headers.get('content-type'), 'application/x-ndjson');
  assert.equal(response.headers.get('cache-control'), 'no-store');
  return text;
}

/**
 * What `homing verify` reports of an export.
 * @param {string} text
 * @param {string[]} args
 * @returns {Promise<any>}
 */
async function verified(text, ...args) {
  const path = join(folder, 'export.ndjson');
  writeFileSync(path, text);
  const command = ['run', '--quiet', '--package', 'homing-cli', '--'];
  const report = await run('cargo', [...command, 'verify', path, '--json', ...args]).catch(
    (error) => {
      if (error instanceof CommandError) return error.output;
      throw error;
    },
  );
  return JSON.parse(report);
}

/** A cart with several pages of events, and contacts wherever a page can put one. */
async function longCart() {
  const device = new Device(edge);
  const page = {
    device: 'phone',
    referrer: `https://mail.example/inbox/${NAME}@shoppers.example`,
    utm: { source: `${NAME}@shoppers.example`, campaign: `+${PHONE}`, medium: 'email' },
  };
  for (let n = 0; n < 4; n += 1) {
    const adds = Array.from({ length: 60 }, (_, i) =>
      device.add(i % 2 ? MUG : BAG, 1 + (i % 9), { options: { engraving: `Für Ada "${n}.${i}"` } }),
    );
    const body = { ...device.body(adds), page };
    const response = await edge.post('/v1/collect', body);
    assert.equal(response.status, 200);
    device.learn(await response.json());
  }
  await device.settle(
    device.identify(`${NAME}@shoppers.example`, true, {
      phone: `+${PHONE}`,
      consent: {
        email: true,
        sms: true,
        wording: 'w1',
        page: `/checkout/${NAME}@shoppers.example`,
      },
    }),
  );
  await device.settle(device.order([...device.base.keys()].slice(0, 3), 'A-1001'));
  return device;
}

test('an export of several pages verifies, a changed byte is named, and no contact is in it', async () => {
  const device = await longCart();
  const pages = Object.entries(objectFiles(edge.stack.stateDir))
    .filter(([name]) => name.startsWith('Cart/'))
    .map(([, rows]) => rows - 1);
  assert.ok(Math.max(...pages) > 1, `${pages} pages`);

  const { cart: state } = await device.state();
  const text = await exported(device);
  const lines = text.trimEnd().split('\n');
  const header = JSON.parse(lines[0] ?? '');
  assert.equal(header.cart, cartOf(device));
  assert.equal(header.shop, edge.shop);
  assert.equal(header.head, state.head);
  assert.equal(header.entries, state.entries);
  assert.equal(lines.length, state.entries + 2);
  const events = lines.slice(1, -1).map((line) => JSON.parse(line));
  const kinds = new Set(events.map(({ what }) => what.t));
  assert.deepEqual([...kinds].sort(), ['add', 'identify', 'order', 'page']);
  assert.equal(events[5].what.options.engraving, 'Für Ada "0.4"');

  const file = { ok: true, carts: 1, events: state.entries, erased: 0, pruned: 0 };
  const recorded = ['--head', `${header.cart}=${state.head}`];
  const whole = await verified(text, ...recorded);
  assert.equal(whole.ok, true, JSON.stringify(whole));
  assert.deepEqual({ ...whole.files[0], file: undefined }, { ...file, file: undefined });

  // One character of one payload in the middle of the file.
  const at = 100;
  const flipped = lines.with(
    at,
    (lines[at] ?? '').replace(
      /("payload":".{20})(.)/,
      (_, head, c) => head + (c === 'A' ? 'B' : 'A'),
    ),
  );
  const broken = await verified(`${flipped.join('\n')}\n`);
  const { code, cart, event } = broken.files[0].fault;
  assert.deepEqual(
    { code, cart, event },
    { code: 'commitment_differs', cart: header.cart, event: at },
  );
  const embellished = lines.with(at, (lines[at] ?? '').replace(/"qty":\d+/, '"qty":99'));
  const { fault } = (await verified(`${embellished.join('\n')}\n`)).files[0];
  assert.deepEqual([fault.code, fault.event], ['readable_differs', at]);
  const shortened = await verified(`${lines.toSpliced(at, 1).join('\n')}\n`);
  assert.equal(shortened.files[0].fault.event, at);

  for (const word of [NAME, PHONE, 'shoppers.example']) {
    assert.ok(!text.includes(word), word);
    for (const { payload } of events) {
      assert.ok(!Buffer.from(payload, 'base64url').includes(word), word);
    }
  }

  // The log goes on, and what was recorded of it still holds.
  await device.send(device.add(MUG));
  const later = await exported(device);
  assert.ok(later.length > text.length);
  assert.equal((await verified(later, ...recorded)).ok, true);
});

test('an export is read piece by piece while the cart is written to', async () => {
  const device = await longCart();
  const [text] = await Promise.all([exported(device), device.send(device.add(MUG))]);
  const report = await verified(text);
  assert.equal(report.ok, true, JSON.stringify(report));
});

test('only the shop whose cart it is gets a log', async () => {
  const device = new Device(edge);
  await device.send(device.add(MUG));
  const path = pathOf(cartOf(device));
  const other = await edge.anotherShop('shop_exp0rt01', SLOW_PACE);
  await assertProblem(await other.asServer(path), 404, 'cart_unknown');
  await assertProblem(await edge.asServer(pathOf(`crt_${'0'.repeat(32)}`)), 404, 'cart_unknown');
  await assertProblem(await edge.asServer(pathOf('crt_0')), 400, 'cart_id_invalid');
  await assertProblem(await edge.asServer(path, {}), 405, 'method_not_allowed');
  await assertProblem(await fetch(edge.url + path), 401, 'key_invalid');
  const headers = { authorization: `Bearer ${edge.key}` };
  await assertProblem(await fetch(edge.url + path, { headers }), 401, 'key_invalid');
});

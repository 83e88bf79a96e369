/** GET /v1/events, /v1/decisions and what else a replay needs, on real workerd; verified and replayed by the native command. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import initMerchant, { replay } from '../../build/merchant/merchant.js';
import { CommandError, run } from '../../scripts/command.mjs';
import { cartId } from '../../scripts/keys.mjs';
import { inRoot } from '../../scripts/paths.mjs';
import { ShopReader } from '../../scripts/shop-reader.mjs';
import { BAG, Device, leftCart, MUG } from '../fixtures/device.mjs';
import { FAST_PACE, runEdge, SLOW_PACE } from '../fixtures/edge.mjs';
import { assertProblem } from '../fixtures/problem.mjs';
import { until } from '../fixtures/until.mjs';

const folder = mkdtempSync(join(tmpdir(), 'homing-events-'));
/** @type {import('../fixtures/edge.mjs').Edge} */
let edge;
before(async () => {
  edge = await runEdge({ demo: SLOW_PACE });
});
after(async () => {
  await edge?.end();
  rmSync(folder, { recursive: true, force: true });
});

/** @param {string} name @param {string | Uint8Array} content */
function file(name, content) {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

/** @param {string[]} args */
const homing = (...args) =>
  run('cargo', ['run', '--quiet', '--package', 'homing-cli', '--', ...args]);

/** @param {string} text */
const lines = (text) =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));

/** The carts of an export. @param {string} text @returns {string[]} */
const cartsIn = (text) =>
  lines(text)
    .filter(({ log }) => log)
    .map(({ cart }) => cart);

describe('a shop’s events', () => {
  /** @type {Device[]} */
  const devices = [];
  before(async () => {
    for (const name of ['ada', 'bob', 'cyd']) {
      const left = await leftCart(edge, `${name}@events.example`, name === 'bob' ? BAG : MUG);
      devices.push(left.device);
    }
    // Nobody knows whose this is: it is in no shop's history.
    const stranger = new Device(edge);
    await stranger.send(stranger.add(MUG));
    const response = () => edge.asServer('/v1/events');
    await until('the desk knows all three', async () => {
      return cartsIn(await (await response()).text()).length === 3;
    });
  });
  const own = () => devices.map(({ secret }) => `crt_${cartId(edge.shop, secret)}`).sort();

  test('are the logs of all known shoppers’ carts, and verify as one file', async () => {
    const response = await edge.asServer('/v1/events');
    assert.equal(response.headers.get('content-type'), 'application/x-ndjson');
    assert.equal(response.headers.get('link'), null);
    const text = await response.text();
    assert.deepEqual(cartsIn(text).sort(), own());
    assert.ok(!text.includes('@') && !text.includes('events.example'));
    const report = JSON.parse(await homing('verify', '--json', file('all.ndjson', text)));
    assert.equal(report.ok, true);
    assert.equal(report.files[0].carts, 3);
    // One byte of one event: the file is broken there.
    const broken = file('broken.ndjson', text.replace(`"variant":"${BAG}"`, `"variant":"${MUG}"`));
    const failed = await homing('verify', '--json', broken).catch((error) => {
      assert.ok(error instanceof CommandError);
      return error.output;
    });
    assert.equal(JSON.parse(failed).ok, false);
  });

  test('come page by page, each leading to the next', async () => {
    const carts = [];
    let pages = 0;
    for (let path = '/v1/events?limit=1'; path; pages += 1) {
      const response = await edge.asServer(path);
      carts.push(...cartsIn(await response.text()));
      path = response.headers.get('link')?.match(/^<([^>]+)>; rel="next"$/)?.[1] ?? '';
    }
    assert.equal(pages, 3);
    assert.deepEqual(carts.sort(), own());
  });

  test('since a time leave out carts that have not changed', async () => {
    const since = Date.now();
    const [ada] = devices;
    assert.ok(ada);
    await ada.settle(ada.add(BAG));
    const response = await edge.asServer(`/v1/events?since=${since}`);
    assert.deepEqual(cartsIn(await response.text()), [`crt_${cartId(edge.shop, ada.secret)}`]);
  });

  test('are for the shop’s own secret key, with a query that has a meaning', async () => {
    for (const path of ['/v1/events', '/v1/decisions', '/v1/catalogue/products']) {
      await assertProblem(await fetch(edge.url + path), 401, 'key_invalid');
      const headers = { authorization: `Bearer ${edge.key}` };
      await assertProblem(await fetch(edge.url + path, { headers }), 401, 'key_invalid');
      await assertProblem(await edge.asServer(path, {}), 405, 'method_not_allowed');
    }
    for (const query of ['limit=0', 'limit=51', 'since=soon', 'cursor=x', 'page=2']) {
      await assertProblem(await edge.asServer(`/v1/events?${query}`), 400, 'body_invalid');
    }
    const other = await edge.anotherShop('shop_0ther0ne', {});
    assert.equal(await (await other.asServer('/v1/events')).text(), '');
    await assertProblem(await other.asServer(`/v1/shops/${edge.shop}`), 404, 'shop_unknown');
  });

  test('are replayed under other messages, by the command and in a browser’s wasm alike', async () => {
    const reader = new ShopReader(edge.url, edge.secret, edge.shop);
    const [history, config, catalogue] = [
      await reader.history(),
      await reader.config(),
      await reader.catalogue(),
    ];
    const { steps, ...sequence } = JSON.parse(config).sequences[0];
    const edited = JSON.stringify({ ...sequence, version: 9, steps: steps.slice(0, 1) });
    const printed = await homing(
      ...['replay', '--json', '--limit', '1000', '--sequence', file('edited.json', edited)],
      ...['--history', file('history', history), '--config', file('config', config)],
      ...['--catalogue', file('catalogue', catalogue)],
    );
    const report = JSON.parse(printed);
    assert.deepEqual([report.shop, report.history.carts], [edge.shop, 3]);
    // Three shoppers, who each got every message before and one now.
    assert.equal(report.total.now.sent, 3 * steps.length);
    assert.equal(report.total.edited.sent, 3);
    await initMerchant({
      module_or_path: readFileSync(inRoot('build', 'merchant', 'merchant_bg.wasm')),
    });
    const onWasm = replay(Buffer.from(history), config, edited, catalogue, undefined);
    assert.equal(JSON.stringify(onWasm), printed.trim());
    // What cannot be read is an error with a code and the field.
    assert.throws(
      () => replay(Buffer.from(history), config, '{"sequences":[{}]}', catalogue, undefined),
      (/** @type {any} */ error) =>
        error.code === 'edited_invalid' && error.problems[0].field.startsWith('sequences[0]'),
    );
  });
});

test('decisions are told with their reason and what they saw, and without a contact', async () => {
  const quick = await edge.anotherShop('shop_dec1de00', FAST_PACE);
  await leftCart(quick, 'eve@events.example');
  await until('a decision', async () => {
    await quick.stack.runCron();
    const response = await quick.asServer('/v1/decisions');
    return (await response.text()).includes('"code"');
  });
  const response = await quick.asServer('/v1/decisions');
  const text = await response.text();
  assert.ok(!text.includes('@'));
  const [first] = lines(text);
  assert.match(first.shopper, /^shp_[0-9a-f]{32}$/);
  assert.deepEqual([first.conversation, first.step], [1, 0]);
  assert.ok(first.sentence.length > 10 && first.at <= Date.now());
});

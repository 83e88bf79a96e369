/** A panic fails the request that caused it, and nothing else. Runs the build with the routes for tests. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { cartId, signToken } from '../../scripts/keys.mjs';
import { BAG, Device, leftCart, MUG } from '../fixtures/device.mjs';
import { runEdge, SLOW_PACE } from '../fixtures/edge.mjs';
import { assertProblem } from '../fixtures/problem.mjs';

/** A caller that waits longer hangs. */
const QUICK_MS = 5_000;

/** @param {import('../fixtures/edge.mjs').Edge} edge @param {string} path */
const provoke = (edge, path) => fetch(edge.url + path, { signal: AbortSignal.timeout(QUICK_MS) });

/** A body that takes its time. @param {string} text @param {number} ms */
const slowly = (text, ms) =>
  new ReadableStream({
    async start(controller) {
      const bytes = Buffer.from(text);
      const pieces = 10;
      const size = Math.ceil(bytes.length / pieces);
      for (let n = 0; n < pieces; n += 1) {
        controller.enqueue(bytes.subarray(n * size, (n + 1) * size));
        await sleep(ms / pieces);
      }
      controller.close();
    },
  });

describe('the build for tests', () => {
  /** @type {import('../fixtures/edge.mjs').Edge} */
  let edge;
  before(async () => {
    edge = await runEdge({ variant: 'worker-test', demo: SLOW_PACE });
  });
  after(() => edge?.end());

  /**
   * Twenty collects under way while requests fail; each is acknowledged, and each cart is whole.
   * @param {string} path
   */
  async function survives(path) {
    const devices = Array.from({ length: 20 }, () => new Device(edge));
    // Half of the carts are already in memory, with lines.
    for (const device of devices.slice(0, 10)) await device.send(device.add(MUG, 3));
    let over = false;
    const requests = devices.map(async (device, n) => {
      const body = JSON.stringify(
        device.body([device.add(BAG, n + 1), device.event('view', { variant: BAG, ms: 10 })]),
      );
      const response = await edge.post('/v1/collect', slowly(body, 1_500));
      const text = await response.text();
      assert.equal(response.status, 200, text);
      device.learn(JSON.parse(text));
    });
    const done = Promise.all(requests).finally(() => {
      over = true;
    });
    await sleep(300);
    let provoked = 0;
    while (!over && provoked < 10) {
      const begin = Date.now();
      await assertProblem(await provoke(edge, path), 500, 'internal');
      assert.ok(Date.now() - begin < QUICK_MS);
      provoked += 1;
      await sleep(50);
    }
    await done;
    assert.ok(provoked > 1);
    for (const [n, device] of devices.entries()) {
      const { lines, seq } = await device.fresh();
      assert.deepEqual(lines, n < 10 ? { [BAG]: n + 1, [MUG]: 3 } : { [BAG]: n + 1 });
      assert.equal(seq, n < 10 ? 3 : 2);
      const { cart } = await device.state();
      assert.equal(cart.entries, seq);
    }
  }

  test('a panic: that request gets a 500, twenty others in flight are unharmed', () =>
    survives('/test/panic'));

  test('a panic inside an object: its caller gets a 500 at once, the object works afterwards', async () => {
    await survives('/test/panic-in-cart');
    // The same object again: it does not hang on what the first call left behind.
    for (let n = 0; n < 3; n += 1) {
      await assertProblem(await provoke(edge, '/test/panic-in-cart'), 500, 'internal');
    }
  });

  test('a trap, which leaves the module unusable, costs what is in flight at most: nothing hangs, nothing is lost', async () => {
    const devices = Array.from({ length: 20 }, () => new Device(edge));
    for (const device of devices.slice(0, 10)) await device.send(device.add(MUG, 3));
    const requests = devices.map(async (device, n) => {
      const events = [device.add(BAG, n + 1)];
      const body = slowly(JSON.stringify(device.body(events)), 1_000);
      const signal = AbortSignal.timeout(2 * QUICK_MS);
      const response = await edge.post('/v1/collect', body, {}, { signal });
      await response.text();
      assert.ok([200, 500, 503].includes(response.status), `${response.status}`);
      // Sent again when the last trap is over.
      await sleep(1_500);
      await device.settle(...events);
    });
    await sleep(200);
    for (let n = 0; n < 3; n += 1) {
      // The promise of an answer is gone with the module: the platform answers, at once.
      const response = await provoke(edge, '/test/trap');
      await response.text();
      assert.equal(response.status, 500);
      await sleep(200);
    }
    await Promise.all(requests);
    for (const [n, device] of devices.entries()) {
      const { lines } = await device.fresh();
      assert.deepEqual(lines, n < 10 ? { [BAG]: n + 1, [MUG]: 3 } : { [BAG]: n + 1 });
    }
  });

  test('links, contacts and objects work after all that', async () => {
    const { device } = await leftCart(edge, 'after-panic@shoppers.example');
    const token = signToken(edge.master, {
      purpose: 'recovery',
      shop: edge.shop,
      subject: cartId(edge.shop, device.secret),
      expiresAt: Math.floor(Date.now() / 1_000) + 60,
    });
    assert.equal((await edge.click(token)).status, 302);
    assert.equal((await edge.restore(token)).status, 'ok');
    assert.equal((await edge.lookup('after-panic@shoppers.example')).planned, true);
    assert.equal((await fetch(`${edge.url}/readyz`)).status, 200);
  });
});

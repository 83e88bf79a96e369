/** A thousand bad tokens and a thousand bad beacons: each refused in words, nothing stored, nothing broken. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { cartId, newMasterKeys, parseMasterKeys } from '../../scripts/keys.mjs';
import { Device, MUG } from '../fixtures/device.mjs';
import { runEdge, SLOW_PACE } from '../fixtures/edge.mjs';
import { hostileBeacon } from '../fixtures/hostile-beacon.mjs';
import { hostileToken } from '../fixtures/hostile-token.mjs';
import { objectFiles } from '../fixtures/object-files.mjs';
import { assertProblem } from '../fixtures/problem.mjs';
import { randomFrom } from '../fixtures/random.mjs';

const COUNT = 1_000;
const AT_ONCE = 8;
const SEED = 0x40a1;

/** Every code that a beacon may be refused with. */
const CODES = new Map([
  ['body_invalid', 400],
  ['event_invalid', 400],
  ['too_many_events', 400],
  ['cart_secret_invalid', 400],
  ['key_invalid', 401],
  ['origin_refused', 403],
  ['body_too_large', 413],
]);

/** @type {import('../fixtures/edge.mjs').Edge} */
let edge;
/** @type {Device} */
let device;
before(async () => {
  edge = await runEdge({ demo: SLOW_PACE });
  await edge.anotherShop('shop_0ther001', SLOW_PACE);
  device = new Device(edge);
  await device.send(device.add(MUG));
});
after(() => edge?.end());

/** What is stored, and what the cart that the tokens speak for looks like. */
const stored = async () => ({
  objects: objectFiles(edge.stack.stateDir),
  cart: await device.state(),
});

/** @template T @param {T[]} cases @param {(one: T) => Promise<void>} act */
async function each(cases, act) {
  const rest = [...cases];
  const work = async () => {
    for (let one = rest.pop(); one !== undefined; one = rest.pop()) await act(one);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
}

/** @param {Response} response @param {boolean} expired @param {string} what */
async function assertRefusedPage(response, expired, what) {
  assert.equal(response.status, expired ? 410 : 404, what);
  assert.match(response.headers.get('content-type') ?? '', /^text\/html/, what);
  assert.equal(response.headers.get('location'), null, what);
  assert.equal(response.headers.get('set-cookie'), null, what);
  await response.text();
}

test(`${COUNT} forged, truncated, expired, foreign and oversized tokens`, async () => {
  const random = randomFrom(SEED);
  const strange = parseMasterKeys(newMasterKeys());
  const subject = cartId(edge.shop, device.secret);
  const places = /** @type {const} */ ([
    'GET /r',
    'HEAD /r',
    'GET /u',
    'POST /u',
    'restore',
    'fork',
  ]);
  const cases = Array.from({ length: COUNT }, () => {
    const place = random.pick(places);
    const purpose = place.endsWith('/u') ? 'unsubscribe' : 'recovery';
    const token = hostileToken(random, {
      master: edge.master,
      strange,
      shop: edge.shop,
      subject,
      purpose,
    });
    return { place, ...token };
  });
  const before = await stored();
  const met = new Set();
  await each(cases, async ({ place, kind, text, expired }) => {
    const what = `${place}, ${kind}: ${text.slice(0, 100)}`;
    met.add(`${place}, ${kind}`);
    if (place === 'restore') {
      const response = await edge.post('/v1/restore', { key: edge.key, token: text });
      if (text.length > 4_000) await assertProblem(response, 413, 'body_too_large');
      else if (expired) await assertProblem(response, 410, 'token_expired');
      else await assertProblem(response, 401, 'token_invalid');
    } else if (place === 'fork') {
      const visitor = new Device(edge);
      const fork = visitor.event('fork', { token: text, dots: [], merged: false });
      // Only the fork is refused: what else a browser has done is good without its parent.
      const answer = await visitor.send(fork);
      assert.deepEqual(
        [answer.acked, answer.refused, answer.seq],
        [[], [{ id: fork.id, code: 'fork_token_invalid' }], 0],
        what,
      );
    } else {
      const [method = '', path] = place.split(' ');
      const response = await fetch(`${edge.url}${path}/${text}`, { method, redirect: 'manual' });
      await assertRefusedPage(response, expired, what);
    }
  });
  assert.ok(met.size > 70, `${met.size} kinds`);
  assert.deepEqual(await stored(), before);
});

test(`${COUNT} malformed beacons`, async () => {
  const random = randomFrom(SEED + 1);
  const cases = Array.from({ length: COUNT }, () => hostileBeacon(random, edge));
  const before = await stored();
  const met = new Set();
  const kinds = new Set();
  await each(cases, async ({ kind, body, headers }) => {
    const response = await edge.post('/v1/collect', body, headers);
    const copy = response.clone();
    const what = `${kind}: ${typeof body === 'string' ? body.slice(0, 300) : `${body.length} bytes`}`;
    const { code } = await copy.json().catch(() => ({ code: undefined }));
    assert.equal(CODES.get(code), response.status, `${what}\nanswered ${response.status} ${code}`);
    await assertProblem(response, response.status, code);
    met.add(code);
    kinds.add(kind);
  });
  assert.deepEqual([...met].sort(), [...CODES.keys()].sort(), 'every code was met');
  assert.ok(kinds.size >= 33, `${kinds.size} kinds`);
  assert.deepEqual(await stored(), before);
  // And a good one still works.
  assert.equal((await device.send(device.add(MUG))).acked.length, 1);
});

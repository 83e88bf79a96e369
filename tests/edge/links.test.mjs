/** Recovery links and what they open: verified by the worker, made and read here with Node's own cryptography. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import {
  cartId,
  newCartSecret,
  newMasterKeys,
  parseMasterKeys,
  parseToken,
  signToken,
} from '../../scripts/keys.mjs';
import { BAG, Device, leftCart, MUG } from '../fixtures/device.mjs';
import { runEdge, SLOW_PACE } from '../fixtures/edge.mjs';
import { objectFiles } from '../fixtures/object-files.mjs';
import { assertProblem } from '../fixtures/problem.mjs';

/** @type {import('../fixtures/edge.mjs').Edge} */
let edge;
/** @type {import('../fixtures/edge.mjs').Edge} */
let other;
before(async () => {
  edge = await runEdge({ demo: SLOW_PACE });
  other = await edge.anotherShop('shop_0ther001', {
    ...SLOW_PACE,
    name: 'Other',
    restore_url: 'https://other.example/cart?x=1',
  });
});
after(() => edge?.end());

const inAnHour = () => Math.floor(Date.now() / 1_000) + 3_600;

/** A recovery token made here. @param {Device} device @param {object} [fields] */
const tokenFor = (device, fields = {}) =>
  signToken(device.edge.master, {
    purpose: 'recovery',
    shop: device.edge.shop,
    subject: cartId(device.edge.shop, device.secret),
    expiresAt: inAnHour(),
    ...fields,
  });

/** @param {Response} response @param {number} status @param {RegExp} words */
async function assertPage(response, status, words) {
  const text = await response.text();
  assert.equal(response.status, status, text);
  assert.match(response.headers.get('content-type') ?? '', /^text\/html/);
  assert.equal(response.headers.get('location'), null);
  assert.equal(response.headers.get('set-cookie'), null);
  assert.match(text, words);
  return text;
}

describe('a click', { concurrency: true }, () => {
  test('on a token that was made here leads to the shop, with the token in the fragment and without a cookie', async () => {
    const device = new Device(edge);
    const token = tokenFor(device, { epoch: 65_535, generation: 255, ordinal: 65_535 });
    assert.equal(token.length, 64);
    for (const method of ['GET', 'HEAD']) {
      const response = await edge.click(token, { method });
      assert.equal(response.status, 302);
      assert.equal(response.headers.get('location'), `${edge.url}/store/cart#homing=${token}`);
      assert.equal(response.headers.get('set-cookie'), null);
      assert.equal(response.headers.get('cache-control'), 'no-store');
      assert.equal(await response.text(), '');
    }
    // What mail programs append changes nothing.
    const tagged = await fetch(`${edge.url}/r/${token}?utm_source=x`, { redirect: 'manual' });
    assert.equal(tagged.headers.get('location'), `${edge.url}/store/cart#homing=${token}`);
  });

  test('leads to the shop of the token, which only its configuration names', async () => {
    const token = tokenFor(new Device(other));
    const response = await edge.click(token);
    assert.equal(
      response.headers.get('location'),
      `https://other.example/cart?x=1#homing=${token}`,
    );
  });

  test('on the worker’s own token: it says what Node reads in it', async () => {
    const device = new Device(edge);
    await device.send(device.add(MUG));
    await device.send(device.event('clear', { dots: [] }));
    const token = parseToken(edge.master, device.token ?? '');
    assert.ok(token);
    const { expiresAt, ...fields } = token;
    assert.deepEqual(fields, {
      purpose: 'intent',
      kid: edge.master.current,
      shop: edge.shop,
      subject: cartId(edge.shop, device.secret),
      epoch: 1,
      generation: 0,
      ordinal: 0,
    });
    assert.ok(Math.abs(expiresAt - Date.now() / 1_000 - 7 * 86_400) < 60);
    // An intent token reads a cart; it is no link.
    assert.equal((await edge.restore(device.token ?? '')).status, 'ok');
    await assertPage(await edge.click(device.token ?? ''), 404, /does not work/);
  });

  test('on an expired token gets a page with a way on', async () => {
    const expired = tokenFor(new Device(edge), { expiresAt: inAnHour() - 3_601 });
    const page = await assertPage(await edge.click(expired), 410, /expired/);
    assert.ok(page.includes(`href="${edge.url}/store/cart"`), page);
    assert.ok(!page.includes(expired));
    // Its forgery is told nothing of that.
    const forged = expired.slice(0, -1) + (expired.endsWith('A') ? 'B' : 'A');
    await assertPage(await edge.click(forged), 404, /does not work/);
    const restore = await edge.post('/v1/restore', { key: edge.key, token: expired });
    await assertProblem(restore, 410, 'token_expired');
  });

  test('on a link of a shop that is not configured is no link of ours, today and tomorrow', async () => {
    for (const [purpose, way] of [
      ['recovery', 'r'],
      ['unsubscribe', 'u'],
      ['survey', 's'],
    ]) {
      const token = tokenFor(new Device(edge), { purpose, shop: 'shop_n0b0dy01' });
      await assertPage(await fetch(`${edge.url}/${way}/${token}`), 404, /does not work/);
    }
  });

  test('on a link to a cart whose links were revoked still leads to the shop, which learns nothing from it', async () => {
    const device = new Device(edge);
    await device.send(device.add(MUG));
    const token = tokenFor(device);
    const foreign = await other.asServer('/v1/links/revoke', { token });
    assert.ok(foreign.status >= 400 && foreign.status < 500, 'another shop has no say');
    assert.equal((await edge.restore(token)).status, 'ok');
    const revoked = await edge.asServer('/v1/links/revoke', { token });
    assert.equal(revoked.status, 200, await revoked.text());
    await assertProblem(
      await edge.post('/v1/restore', { key: edge.key, token }),
      410,
      'token_revoked',
    );
    assert.equal((await edge.click(token)).status, 302);
    // The shopper's own browser goes on, with a token that works.
    await device.send(device.add(BAG));
    assert.equal((await edge.restore(device.token ?? '')).lines.length, 2);
  });

  test('on links of before a rotation, once those are revoked', async () => {
    const shop = await edge.anotherShop('shop_r0tate01', SLOW_PACE);
    const device = new Device(shop);
    await device.send(device.add(MUG));
    const token = tokenFor(device);
    assert.equal((await edge.click(token)).status, 302);
    assert.equal((await shop.restore(token)).status, 'ok');
    await edge.anotherShop('shop_r0tate01', { ...SLOW_PACE, links_from_kid: 2 });
    await assertPage(await edge.click(token), 410, /expired/);
    await assertProblem(
      await edge.post('/v1/restore', { key: shop.key, token }),
      410,
      'token_revoked',
    );
  });

  test('five hundred times changes nothing', async () => {
    const email = 'clicked@shoppers.example';
    const { device } = await leftCart(edge, email);
    const token = tokenFor(device);
    const seen = async () => [await device.state(), await edge.lookup(email)];
    const before = await seen();
    assert.equal(before[0].plan.state, 'waiting');
    const statuses = new Set();
    for (let n = 0; n < 20; n += 1) {
      const clicks = await Promise.all(Array.from({ length: 25 }, () => edge.click(token)));
      for (const { status } of clicks) statuses.add(status);
    }
    assert.deepEqual([...statuses], [302]);
    await Promise.all(Array.from({ length: 50 }, () => edge.restore(token)));
    assert.deepEqual(await seen(), before);
  });
});

describe('a restore', { concurrency: true }, () => {
  test('brings the lines with what the catalogue says now, and whose dots they are', async () => {
    const device = new Device(edge);
    const [mug, again, ghost] = [
      device.add(MUG, 2, { options: { engraving: 'Ada' } }),
      device.add(MUG, 1, { options: { engraving: 'Ada' } }),
      device.add('gone-for-good', 1),
    ];
    const page = { device: 'phone', utm: { source: 'newsletter', medium: 'email' } };
    const response = await edge.post('/v1/collect', { ...device.body([mug, again, ghost]), page });
    assert.equal(response.status, 200);
    device.learn(await response.json());
    const restored = await edge.restore(tokenFor(device));
    assert.equal(restored.status, 'ok');
    assert.equal(restored.cart, cartId(edge.shop, device.secret));
    assert.equal(restored.currency, 'EUR');
    const [gone, line] = restored.lines;
    assert.deepEqual(gone, {
      ...{ variant: 'gone-for-good', options: {}, qty: 1, dots: [ghost.id] },
      available: false,
    });
    assert.deepEqual(line.dots.toSorted(), [mug.id, again.id].sort());
    assert.deepEqual(
      [line.variant, line.options, line.qty, line.available],
      [MUG, { engraving: 'Ada' }, 3, true],
    );
    assert.ok(
      line.title &&
        line.price_minor > 0 &&
        line.image.startsWith(edge.url) &&
        line.url.startsWith(edge.url),
    );
    assert.deepEqual(restored.changes, [{ variant: 'gone-for-good', kind: 'gone' }]);
    assert.deepEqual(restored.utm, {
      source: 'homing',
      medium: 'email',
      campaign: 'cart',
      content: 'step-1',
    });
    // On the shopper's own other device, what brought them first is kept.
    assert.deepEqual((await edge.restore(device.token ?? '')).utm, page.utm);
  });

  test('says that a cart was ordered, and shows it no more', async () => {
    const device = new Device(edge);
    const add = device.add(MUG);
    await device.send(add);
    const [before, later] = [tokenFor(device, { epoch: 0 }), tokenFor(device, { epoch: 1 })];
    await device.settle(device.order([add.id]), device.add(BAG));
    const restored = await edge.restore(before);
    assert.deepEqual([restored.status, restored.lines], ['ordered', []]);
    assert.equal((await edge.restore(later)).status, 'ok');
  });

  test('of a cart that nobody ever filled is empty', async () => {
    const { status, lines } = await edge.restore(tokenFor(new Device(edge)));
    assert.deepEqual([status, lines], ['empty', []]);
  });

  test('needs the token’s own shop, purpose and generation', async () => {
    const device = new Device(edge);
    await device.send(device.add(MUG));
    /** @param {string} token @param {any} [more] @param {Record<string, string>} [headers] */
    const restore = (token, more = {}, headers) =>
      edge.post('/v1/restore', { key: edge.key, token, ...more }, headers);
    const good = tokenFor(device);
    assert.equal((await restore(good)).status, 200);
    await assertProblem(await restore(good, { key: other.key }), 401, 'token_invalid');
    await assertProblem(await restore(tokenFor(new Device(other))), 401, 'token_invalid');
    await assertProblem(
      await restore(tokenFor(device, { purpose: 'unsubscribe' })),
      401,
      'token_invalid',
    );
    await assertProblem(
      await restore(tokenFor(device, { purpose: 'approval' })),
      401,
      'token_invalid',
    );
    await assertProblem(await restore(tokenFor(device, { generation: 1 })), 410, 'token_revoked');
    await assertProblem(
      await restore(good, {}, { origin: 'https://evil.example' }),
      403,
      'origin_refused',
    );
    await assertProblem(await restore(good, { key: edge.secret }), 401, 'key_invalid');
    const strange = parseMasterKeys(newMasterKeys());
    const forged = signToken(strange, {
      purpose: 'recovery',
      shop: edge.shop,
      subject: cartId(edge.shop, device.secret),
      expiresAt: inAnHour(),
    });
    await assertProblem(await restore(forged), 401, 'token_invalid');
  });

  test('a publishable key alone reads no cart, and a cart’s id does not open it', async () => {
    const device = new Device(edge);
    await device.send(device.add(MUG, 2));
    await assertProblem(await edge.post('/v1/restore', { key: edge.key }), 400, 'body_invalid');
    const id = cartId(edge.shop, device.secret);
    for (const token of ['', id, Buffer.from(id, 'hex').toString('base64url'), device.secret]) {
      await assertProblem(
        await edge.post('/v1/restore', { key: edge.key, token }),
        401,
        'token_invalid',
      );
    }
    // The id, which every link holds, taken for a secret: another cart.
    const thief = new Device(edge, Buffer.from(id, 'hex').toString('base64url'));
    await thief.send(thief.add(BAG, 9));
    assert.deepEqual(thief.lines(), { [BAG]: 9 });
    assert.deepEqual((await device.fresh()).lines, { [MUG]: 2 });
    assert.equal((await edge.state(newCartSecret())).cart.seq, 0);
  });

  test('and a fork read the parent; only the fork is written', async () => {
    const device = new Device(edge);
    const add = device.add(MUG, 2);
    await device.send(add);
    const token = tokenFor(device);
    const before = await device.state();
    const visitor = new Device(edge);
    const fork = visitor.event('fork', { token, dots: [add.id], merged: true });
    await visitor.settle(fork, visitor.add(MUG, 5));
    assert.deepEqual(await device.state(), before);
    const late = visitor.event('fork', { token, dots: [], merged: true });
    assert.deepEqual((await visitor.send(late)).refused, [{ id: late.id, code: 'fork_not_first' }]);
    const foreign = new Device(edge);
    const stolen = foreign.event('fork', {
      token: tokenFor(new Device(other)),
      dots: [],
      merged: false,
    });
    const bag = foreign.add(BAG);
    const answer = await foreign.send(stolen, bag);
    assert.deepEqual(
      [answer.acked, answer.refused],
      [[bag.id], [{ id: stolen.id, code: 'fork_token_invalid' }]],
    );
  });
});

test('reading leaves no trace: neither rows nor objects appear', async () => {
  const device = new Device(edge);
  await device.send(device.add(MUG));
  await edge.restore(tokenFor(device));
  const rows = () =>
    Object.values(objectFiles(edge.stack.stateDir)).reduce((sum, count) => sum + count, 0);
  const before = rows();
  for (let n = 0; n < 10; n += 1) await edge.restore(tokenFor(device));
  await edge.lookup('never-seen@shoppers.example');
  await edge.restore(tokenFor(new Device(edge)));
  assert.equal(rows(), before);
});

/** `Idempotency-Key`: the same request is done once, and answered the same. */
import assert from 'node:assert/strict';
import { randomBytes, randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { demoConfiguration } from '../../scripts/demo-shop.mjs';
import { scopedKey } from '../../scripts/keys.mjs';
import { leftCart, MUG } from '../fixtures/device.mjs';
import { FAST_PACE, runEdge, SLOW_PACE } from '../fixtures/edge.mjs';
import { assertProblem } from '../fixtures/problem.mjs';
import { SmtpPeer } from '../fixtures/smtp-peer.mjs';
import { until } from '../fixtures/until.mjs';

/** @type {SmtpPeer} */
let smtp;
/** @type {import('../fixtures/edge.mjs').Edge} */
let edge;
/** A shop that writes within seconds. @type {import('../fixtures/edge.mjs').Edge} */
let fast;
before(async () => {
  smtp = await SmtpPeer.start();
  edge = await runEdge({ demo: SLOW_PACE, env: { SMTP_URL: smtp.url } });
  fast = await edge.anotherShop('shop_fast0004', FAST_PACE);
});
after(async () => {
  await edge?.end();
  await smtp?.close();
});

/** @param {string} method @param {string} path @param {any} body @param {string} [key] @param {string} [secret] */
const call = (method, path, body, key, secret = edge.secret) =>
  fetch(edge.url + path, {
    method,
    headers: { authorization: `Bearer ${secret}`, ...(key ? { 'idempotency-key': key } : {}) },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });

const PRODUCT = {
  title: 'Once',
  price_minor: 5,
  currency: 'EUR',
  image: 'https://a.example/i',
  url: 'https://a.example/',
};

const basket = (/** @type {object} */ fields = {}) => ({
  basket: randomBytes(12).toString('hex'),
  version: 1,
  lines: [{ variant: MUG, qty: 1 }],
  ...fields,
});

describe('a request with an Idempotency-Key', () => {
  test('is answered the same, to the byte, without being done again', async () => {
    const key = randomUUID();
    const product = { ...PRODUCT, variant: 'once' };
    const first = await call('PUT', '/v1/catalogue', { products: [product] }, key);
    const text = await first.text();
    assert.equal(first.status, 200, text);
    assert.equal(first.headers.get('idempotency-replayed'), null);
    // Another product in between: doing it again would count one more.
    const other = { ...product, variant: 'twice' };
    assert.equal((await call('PUT', '/v1/catalogue', { products: [other] })).status, 200);
    const again = await call('PUT', '/v1/catalogue', { products: [product] }, key);
    assert.equal(again.status, 200);
    assert.equal(await again.text(), text);
    assert.equal(again.headers.get('idempotency-replayed'), 'true');
    assert.equal(again.headers.get('content-type'), 'application/json');
    // In quotation marks, as the draft writes it, it is the same key.
    const quoted = await call('PUT', '/v1/catalogue', { products: [product] }, `"${key}"`);
    assert.equal(await quoted.text(), text);
    // Without the key it is done.
    const plain = await call('PUT', '/v1/catalogue', { products: [product] });
    assert.notEqual(await plain.text(), text);
  });

  test('is refused under the key of another one: body, query or route', async () => {
    const key = randomUUID();
    const told = basket();
    assert.equal((await call('PUT', '/v1/baskets', told, key)).status, 200);
    for (const [method, path, body] of /** @type {[string, string, any][]} */ ([
      ['PUT', '/v1/baskets', { ...told, version: 2 }],
      ['PUT', '/v1/baskets', `${JSON.stringify(told)} `],
      ['PUT', '/v1/baskets?x=1', told],
      ['PUT', '/v1/shoppers', told],
      ['POST', '/v1/suppressions', told],
    ])) {
      await assertProblem(await call(method, path, body, key), 409, 'idempotency_conflict');
    }
    // Keys are each shop's own.
    const other = await edge.anotherShop('shop_0ther0ne', {});
    const theirs = await call('PUT', '/v1/baskets', { ...told, version: 2 }, key, other.secret);
    assert.equal(theirs.status, 200, await theirs.text());
  });

  test('is done by one of several that come at once', async () => {
    const key = randomUUID();
    const product = { ...PRODUCT, variant: `at-once-${key.slice(0, 8)}` };
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => call('PUT', '/v1/catalogue', { products: [product] }, key)),
    );
    const done = answers.filter(({ status }) => status === 200);
    for (const answer of answers.filter((one) => !done.includes(one))) {
      await assertProblem(answer, 409, 'idempotency_in_progress');
    }
    const first = done.filter(({ headers }) => headers.get('idempotency-replayed') === null);
    assert.equal(first.length, 1, 'one did it');
    const texts = await Promise.all(done.map((answer) => answer.text()));
    assert.equal(new Set(texts).size, 1);
  });

  test('is not done twice while it is under way, nor when its worker was killed meanwhile', async (t) => {
    const email = 'held@once.example';
    let open = () => {};
    smtp.rule(email, { gate: new Promise((resolve) => (open = () => resolve(undefined))) });
    t.after(() => open());
    await leftCart(fast, email);
    await until('the mail server has the message', () =>
      smtp.received.some(({ to }) => to === email),
    );
    // A join waits for what is on its way.
    const key = randomUUID();
    const body = { shoppers: [{ email }, { email: 'other@once.example' }] };
    const waiting = call('POST', '/v1/shoppers/join', body, key, fast.secret).catch(() => {});
    const again = () => call('POST', '/v1/shoppers/join', body, key, fast.secret);
    /** @param {Response} response */
    const isUnderWay = async (response) => {
      const seconds = Number(response.headers.get('retry-after'));
      assert.ok(seconds >= 1 && seconds <= 60, String(seconds));
      await assertProblem(response, 409, 'idempotency_in_progress');
    };
    await sleep(500);
    await isUnderWay(await again());
    const other = { shoppers: [{ email }, { email: 'third@once.example' }] };
    const conflict = await call('POST', '/v1/shoppers/join', other, key, fast.secret);
    await assertProblem(conflict, 409, 'idempotency_conflict');
    await edge.stack.kill9();
    await edge.stack.restart();
    await waiting;
    await isUnderWay(await again());
  });

  test('that failed leaves its key free', async () => {
    const key = randomUUID();
    const wrong = { email: 'nobody', cause: 'fraud' };
    await assertProblem(await call('POST', '/v1/suppressions', wrong, key), 400, 'email_invalid');
    await assertProblem(await call('POST', '/v1/suppressions', wrong, key), 400, 'email_invalid');
    const right = { email: 'fred@once.example', cause: 'fraud' };
    const taken = await call('POST', '/v1/suppressions', right, key);
    assert.equal(taken.status, 200, await taken.text());
    await assertProblem(
      await call('POST', '/v1/suppressions', wrong, key),
      409,
      'idempotency_conflict',
    );
  });

  test('asks first who asks: nobody reads what others were answered', async () => {
    const key = randomUUID();
    const told = basket();
    assert.equal((await call('PUT', '/v1/baskets', told, key)).status, 200);
    const weak = scopedKey(edge.master, edge.shop, { scopes: ['carts:read'] });
    await assertProblem(await call('PUT', '/v1/baskets', told, key, weak), 403, 'scope_missing');
    await assertProblem(await call('PUT', '/v1/baskets', told, key, edge.key), 401, 'key_invalid');
    const strong = scopedKey(edge.master, edge.shop, { scopes: ['carts:write'] });
    const same = await call('PUT', '/v1/baskets', told, key, strong);
    assert.equal(same.headers.get('idempotency-replayed'), 'true');
  });

  test('needs a key that is one', async () => {
    for (const key of ['two words', '"open', '""', 'k'.repeat(256)]) {
      await assertProblem(
        await call('PUT', '/v1/baskets', basket(), key),
        400,
        'idempotency_key_invalid',
      );
    }
    assert.equal((await call('PUT', '/v1/baskets', basket(), 'k'.repeat(255))).status, 200);
  });

  test('of the operator is kept as well, and no answer lies about readable', async () => {
    const key = randomUUID();
    const { admin } = edge.stack.keys;
    const path = '/v1/shops/shop_0nce0001';
    const configuration = demoConfiguration(edge.url);
    const first = await (await call('PUT', path, configuration, key, admin)).text();
    const again = await call('PUT', path, configuration, key, admin);
    assert.equal(again.headers.get('idempotency-replayed'), 'true');
    assert.equal(await again.text(), first);
    const { secret_key: secret } = JSON.parse(first);
    const folder = join(edge.stack.stateDir, 'worker', 'v3', 'do', 'homing-Requests');
    const kept = readdirSync(folder);
    assert.ok(kept.length > 0);
    for (const name of kept) {
      const bytes = readFileSync(join(folder, name));
      assert.ok(!bytes.includes(secret), name);
      assert.ok(!bytes.includes(key), name);
    }
  });

  test('survives a restart', async () => {
    const key = randomUUID();
    const told = basket();
    const first = await (await call('PUT', '/v1/baskets', told, key)).text();
    await edge.stack.kill9();
    await edge.stack.restart();
    const again = await call('PUT', '/v1/baskets', told, key);
    assert.equal(again.headers.get('idempotency-replayed'), 'true');
    assert.equal(await again.text(), first);
  });
});

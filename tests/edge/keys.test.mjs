/** Secret keys that may do only what they say. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { demoConfiguration } from '../../scripts/demo-shop.mjs';
import { SCOPES, scopedKey, secretKey } from '../../scripts/keys.mjs';
import { runEdge, SLOW_PACE } from '../fixtures/edge.mjs';
import { assertProblem } from '../fixtures/problem.mjs';

/** @type {import('../fixtures/edge.mjs').Edge} */
let edge;
before(async () => {
  edge = await runEdge({ demo: SLOW_PACE });
});
after(() => edge?.end());

/** @param {string} secret @param {string} method @param {string} path @param {any} [body] */
const call = (secret, method, path, body) =>
  fetch(edge.url + path, {
    method,
    headers: { authorization: `Bearer ${secret}` },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });

const NOBODY = `crt_${'0'.repeat(32)}`;

/** What each scope opens: method, path, and a body that changes nothing. @type {Record<string, [string, string, any?][]>} */
const OPENS = {
  'carts:read': [
    ['GET', '/v1/carts'],
    ['POST', '/v1/carts/search', {}],
    ['GET', `/v1/carts/${NOBODY}`],
    ['GET', `/v1/carts/${NOBODY}/events`],
    ['GET', `/v1/carts/${NOBODY}/log`],
    ['GET', '/v1/events'],
  ],
  'carts:write': [
    ['PUT', '/v1/baskets', {}],
    ['POST', '/v1/links/revoke', {}],
  ],
  'contacts:read': [['POST', '/v1/shoppers/lookup', {}]],
  'contacts:write': [
    ['PUT', '/v1/shoppers', {}],
    ['POST', '/v1/shoppers/join', {}],
    ['POST', '/v1/suppressions', {}],
    ['DELETE', '/v1/suppressions', {}],
  ],
  'catalogue:read': [
    ['GET', '/v1/catalogue'],
    ['GET', '/v1/catalogue/products'],
  ],
  'catalogue:write': [['PUT', '/v1/catalogue', {}]],
  'deliveries:read': [
    ['GET', '/v1/deliveries'],
    ['GET', '/v1/decisions'],
  ],
  'deliveries:write': [
    ['POST', '/v1/approvals', {}],
    ['POST', '/v1/messages/test', {}],
  ],
  'shop:read': [
    ['GET', '/v1/shops/shop_dem00001'],
    ['GET', '/v1/experiments'],
    ['GET', '/v1/experiments/holdout'],
    ['POST', '/v1/messages/preview', {}],
  ],
  'reservations:read': [
    ['GET', '/v1/reservations'],
    ['GET', '/v1/reservations/nobodys'],
  ],
  'reservations:write': [
    ['POST', '/v1/reservations', {}],
    ['POST', '/v1/reservations/nobodys/confirm'],
    ['POST', '/v1/reservations/nobodys/cancel'],
  ],
  'privacy:read': [
    ['POST', '/v1/shoppers/access', {}],
    ['GET', '/v1/erasures'],
  ],
  'privacy:write': [['POST', '/v1/shoppers/erase', {}]],
};

describe('a scoped key', () => {
  test('opens what its scope is for, and nothing else', async () => {
    assert.deepEqual(Object.keys(OPENS).sort(), Object.keys(SCOPES).sort());
    for (const scope of Object.keys(OPENS)) {
      const secret = scopedKey(edge.master, edge.shop, { scopes: [scope] });
      for (const [needed, calls] of Object.entries(OPENS)) {
        for (const [method, path, body] of calls) {
          const response = await call(secret, method, path, body);
          const what = `${scope}: ${method} ${path}`;
          if (needed === scope) {
            assert.ok(![401, 403, 405].includes(response.status), `${what}: ${response.status}`);
            await response.body?.cancel();
          } else {
            const problem = await assertProblem(response, 403, 'scope_missing');
            assert.equal(problem.scope, needed, what);
          }
        }
      }
    }
  });

  test('of all scopes is as good as one without', async () => {
    const every = scopedKey(edge.master, edge.shop, { scopes: Object.keys(SCOPES) });
    for (const secret of [every, edge.secret]) {
      for (const calls of Object.values(OPENS)) {
        for (const [method, path, body] of calls) {
          const response = await call(secret, method, path, body);
          assert.ok(![401, 403].includes(response.status), `${method} ${path}`);
          await response.body?.cancel();
        }
      }
    }
  });

  test('cannot be given more by changing it', async () => {
    const secret = scopedKey(edge.master, edge.shop, { scopes: ['carts:read'] });
    for (let n = 3; n < secret.length; n += 1) {
      const letter = secret[n] === 'A' ? 'B' : 'A';
      const changed = secret.slice(0, n) + letter + secret.slice(n + 1);
      await assertProblem(await call(changed, 'GET', '/v1/carts'), 401, 'key_invalid');
    }
    // The MAC of a full key is not one of these.
    const full = Buffer.from(edge.secret.slice(3), 'base64url');
    const wide = Buffer.concat([full.subarray(0, 7), Buffer.alloc(8, 255), full.subarray(7)]);
    const forged = `sk_${wide.toString('base64url')}`;
    await assertProblem(await call(forged, 'GET', '/v1/carts'), 401, 'key_invalid');
  });

  test('is told from one of another kind', async () => {
    const { admin } = edge.stack.keys;
    const other = 'key_of_another_kind';
    const wanted = await assertProblem(await call(admin, 'GET', '/v1/carts'), 403, other);
    assert.match(wanted.detail, /a shop's secret key/);
    const put = await call(edge.secret, 'PUT', `/v1/shops/${edge.shop}`, {});
    assert.match((await assertProblem(put, 403, other)).detail, /the operator's key/);
    await assertProblem(await call(`${admin}x`, 'GET', '/v1/carts'), 401, 'key_invalid');
  });

  test('ends when it says so, and at once when it is revoked', async () => {
    const soon = Math.floor(Date.now() / 1_000) + 2;
    const ending = scopedKey(edge.master, edge.shop, { scopes: ['carts:read'], expiresAt: soon });
    assert.equal((await call(ending, 'GET', '/v1/carts')).status, 200);
    await new Promise((resolve) => setTimeout(resolve, soon * 1_000 - Date.now() + 50));
    await assertProblem(await call(ending, 'GET', '/v1/carts'), 401, 'key_expired');
    const shop = await edge.anotherShop('shop_rev0ked1', {});
    const secret = scopedKey(edge.master, shop.shop, { scopes: ['carts:read'], serial: 7 });
    assert.equal((await call(secret, 'GET', '/v1/carts')).status, 200);
    const configuration = { ...demoConfiguration(edge.url), revoked_secret: [7] };
    const put = await call(edge.stack.keys.admin, 'PUT', `/v1/shops/${shop.shop}`, configuration);
    assert.equal(put.status, 200, await put.text());
    await assertProblem(await call(secret, 'GET', '/v1/carts'), 401, 'key_invalid');
    const asked = { shop: shop.shop, serial: 7, scopes: ['carts:read'] };
    const again = await call(edge.stack.keys.admin, 'POST', '/v1/keys', asked);
    await assertProblem(again, 400, 'body_invalid');
  });
});

describe('POST /v1/keys', () => {
  const asked = { serial: 3, scopes: ['catalogue:write', 'carts:read'] };

  test('makes the key that an independent implementation makes', async () => {
    const expires_at = Math.ceil(Date.now() / 1_000) * 1_000 + 3_600_000;
    for (const [secret, more] of /** @type {[string, object][]} */ ([
      [edge.secret, {}],
      [edge.stack.keys.admin, { shop: edge.shop }],
    ])) {
      const response = await call(secret, 'POST', '/v1/keys', { ...asked, ...more, expires_at });
      assert.equal(response.status, 200, await response.clone().text());
      assert.deepEqual(await response.json(), {
        shop: edge.shop,
        serial: 3,
        scopes: ['carts:read', 'catalogue:write'],
        expires_at,
        secret_key: scopedKey(edge.master, edge.shop, {
          scopes: asked.scopes,
          serial: 3,
          expiresAt: expires_at / 1_000,
        }),
      });
    }
  });

  test('is for whoever may do everything, and gives nobody more than they have', async () => {
    const some = scopedKey(edge.master, edge.shop, { scopes: ['carts:read', 'carts:write'] });
    await assertProblem(await call(some, 'POST', '/v1/keys', asked), 403, 'scope_missing');
    await assertProblem(await call(edge.key, 'POST', '/v1/keys', asked), 401, 'key_invalid');
    const end = Math.floor(Date.now() / 1_000) + 600;
    const ending = scopedKey(edge.master, edge.shop, {
      scopes: Object.keys(SCOPES),
      expiresAt: end,
    });
    for (const expires_at of [undefined, Date.now() + 86_400_000]) {
      const made = await (await call(ending, 'POST', '/v1/keys', { ...asked, expires_at })).json();
      assert.equal(/** @type {any} */ (made).expires_at, end * 1_000);
    }
    const other = await edge.anotherShop('shop_0ther0ne', {});
    const foreign = await call(edge.secret, 'POST', '/v1/keys', { ...asked, shop: other.shop });
    await assertProblem(foreign, 404, 'shop_unknown');
  });

  test('stays its owner’s where scopes were added since, which it does not give', async () => {
    const before = Object.keys(SCOPES).filter((scope) => !scope.startsWith('reservations:'));
    const older = scopedKey(edge.master, edge.shop, { scopes: before });
    assert.equal((await call(older, 'GET', '/v1/endpoints')).status, 200);
    assert.equal((await call(older, 'POST', '/v1/keys', asked)).status, 200);
    const more = { ...asked, scopes: ['carts:read', 'reservations:read'] };
    const problem = await assertProblem(
      await call(older, 'POST', '/v1/keys', more),
      403,
      'scope_missing',
    );
    assert.equal(problem.scope, 'reservations:read');
  });

  test('refuses what would make no key', async () => {
    for (const change of [
      { scopes: [] },
      { scopes: ['everything'] },
      { serial: 0 },
      { serial: 256 },
      { expires_at: Date.now() - 1 },
      { shop: 'x' },
      { name: 'x' },
    ]) {
      const response = await call(edge.secret, 'POST', '/v1/keys', { ...asked, ...change });
      assert.equal(response.status, 400, JSON.stringify(change));
      await response.body?.cancel();
    }
    await assertProblem(
      await call(edge.stack.keys.admin, 'POST', '/v1/keys', asked),
      400,
      'body_invalid',
    );
  });

  test('leaves keys without scopes as they were', async () => {
    for (const serial of [1, 9]) {
      const secret = secretKey(edge.master, edge.shop, serial);
      assert.equal((await call(secret, 'GET', '/v1/carts')).status, 200);
    }
  });
});

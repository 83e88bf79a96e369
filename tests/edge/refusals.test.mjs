/** POST /v1/collect on real workerd: who may send, and what is refused in which words. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { demoConfiguration } from '../../scripts/demo-shop.mjs';
import {
  newCartSecret,
  newMasterKeys,
  parseMasterKeys,
  publishableKey,
  secretKey,
} from '../../scripts/keys.mjs';
import { Device, MUG } from '../fixtures/device.mjs';
import { runEdge, SLOW_PACE } from '../fixtures/edge.mjs';
import { assertProblem } from '../fixtures/problem.mjs';

const OTHER_SHOP = 'shop_0ther001';

/** @type {import('../fixtures/edge.mjs').Edge} */
let edge;
before(async () => {
  edge = await runEdge({ demo: { ...SLOW_PACE, revoked_publishable: [9], revoked_secret: [9] } });
});
after(() => edge?.end());

describe('who may send', { concurrency: true }, () => {
  test('a page of an allowed origin, and nobody else', async () => {
    const device = new Device(edge);
    const body = device.body([device.add(MUG)]);
    const allowed = await edge.post('/v1/collect', body);
    assert.equal(allowed.status, 200);
    assert.equal(allowed.headers.get('access-control-allow-origin'), edge.url);
    assert.equal(allowed.headers.get('vary'), 'origin');
    assert.equal(allowed.headers.get('access-control-allow-credentials'), null);
    assert.equal(allowed.headers.get('set-cookie'), null);
    const strangers = [
      'https://evil.example',
      'null',
      `${edge.url}.evil.example`,
      `${edge.url}/`,
      edge.url.replace(/\d+$/, '1'),
    ];
    for (const origin of strangers) {
      await assertProblem(await edge.post('/v1/collect', body, { origin }), 403, 'origin_refused');
    }
    const none = await fetch(`${edge.url}/v1/collect`, {
      method: 'POST',
      body: JSON.stringify(body),
    });
    await assertProblem(none, 403, 'origin_refused');
  });

  test('text/plain, JSON and no type at all are the same to it', async () => {
    for (const type of ['text/plain', 'application/json', 'application/x-www-form-urlencoded']) {
      const device = new Device(edge);
      const body = device.body([device.add(MUG)]);
      assert.equal((await edge.post('/v1/collect', body, { 'content-type': type })).status, 200);
    }
  });

  test('only with a key of this deployment that is not revoked', async () => {
    const other = await edge.anotherShop(OTHER_SHOP, { origins: ['https://other.example'] });
    const device = new Device(edge);
    const body = device.body([device.add(MUG)]);
    const strange = publishableKey(parseMasterKeys(newMasterKeys()), edge.shop);
    const wrong = [
      strange,
      '',
      'pk_',
      edge.secret,
      edge.key.slice(0, -1),
      `${edge.key}A`,
      edge.key.toUpperCase(),
      ` ${edge.key}`,
    ];
    for (const key of wrong) {
      await assertProblem(await edge.post('/v1/collect', { ...body, key }), 401, 'key_invalid');
    }
    const revoked = publishableKey(edge.master, edge.shop, 9);
    await assertProblem(
      await edge.post('/v1/collect', { ...body, key: revoked }),
      401,
      'key_invalid',
    );
    const alive = publishableKey(edge.master, edge.shop, 10);
    assert.equal((await edge.post('/v1/collect', { ...body, key: alive })).status, 200);
    // Another shop's key does not work on this shop's pages, and its carts are its own.
    await assertProblem(
      await edge.post('/v1/collect', { ...body, key: other.key }),
      403,
      'origin_refused',
    );
    const theirs = await edge.post(
      '/v1/collect',
      { ...body, key: other.key, events: [] },
      { origin: 'https://other.example' },
    );
    const answer = /** @type {any} */ (await theirs.json());
    assert.equal(theirs.status, 200);
    assert.deepEqual([answer.seq, answer.dots], [0, []]);
    const nobody = publishableKey(edge.master, 'shop_n0b0dy00');
    await assertProblem(
      await edge.post('/v1/collect', { ...body, key: nobody }),
      404,
      'shop_unknown',
    );
  });

  test('a key that is revoked stops working, and one of the next serial begins to', async () => {
    const shop = 'shop_revke001';
    const configured = await edge.anotherShop(shop, {});
    const device = new Device(configured);
    await device.send(device.add(MUG));
    const { publishable_key: next } = await (
      await fetch(`${edge.url}/v1/shops/${shop}`, {
        method: 'PUT',
        headers: { authorization: `Bearer ${edge.stack.keys.admin}` },
        body: JSON.stringify({
          name: 'Revoked',
          origins: [edge.url],
          restore_url: `${edge.url}/store/cart`,
          currency: 'EUR',
          sender: { name: 'Revoked', email: 'hello@revoked.example' },
          revoked_publishable: [1],
        }),
      })
    )
      .json()
      .then((/** @type {any} */ answer) => answer);
    await assertProblem(await edge.post('/v1/collect', device.body([])), 401, 'key_invalid');
    assert.equal(next, publishableKey(edge.master, shop, 2));
    assert.equal((await edge.post('/v1/collect', { ...device.body([]), key: next })).status, 200);
  });
});

describe('what is refused', { concurrency: true }, () => {
  /** @param {any} body @param {number} status @param {string} code @param {Record<string, string>} [headers] */
  const refuses = async (body, status, code, headers) =>
    assertProblem(await edge.post('/v1/collect', body, headers), status, code);

  test('too large a body, whether it says so or not', async () => {
    const device = new Device(edge);
    const fits = device.body([device.add(MUG)]);
    const padded = (/** @type {number} */ size) => {
      const text = JSON.stringify(fits);
      return text + ' '.repeat(size - text.length);
    };
    assert.equal((await edge.post('/v1/collect', padded(65_536))).status, 200);
    await refuses(padded(65_537), 413, 'body_too_large');
    await refuses(padded(150_000), 413, 'body_too_large');
    const streamed = (/** @type {string} */ text) =>
      new ReadableStream({
        start(controller) {
          const bytes = Buffer.from(text);
          for (let at = 0; at < bytes.length; at += 8_192)
            controller.enqueue(bytes.subarray(at, at + 8_192));
          controller.close();
        },
      });
    assert.equal((await edge.post('/v1/collect', streamed(padded(65_536)))).status, 200);
    await refuses(streamed(padded(65_537)), 413, 'body_too_large');
    await refuses(streamed(padded(150_000)), 413, 'body_too_large');
    assert.equal((await device.state()).cart.seq, 1);
  });

  test('too many events, dots and options', async () => {
    const device = new Device(edge);
    const events = (/** @type {number} */ count) =>
      Array.from({ length: count }, () => device.event('exit', { how: 'tab' }));
    assert.equal((await device.send(...events(200))).acked.length, 200);
    await refuses(device.body(events(201)), 400, 'too_many_events');
    const dots = (/** @type {number} */ count) =>
      Array.from({ length: count }, (_, n) => `${device.replica}-${n + 1}`);
    await refuses(device.body([device.remove(dots(501))]), 400, 'event_invalid');
    const options = Object.fromEntries(Array.from({ length: 9 }, (_, n) => [`o${n}`, 'x']));
    await refuses(device.body([device.add(MUG, 1, { options })]), 400, 'event_invalid');
    assert.equal((await device.state()).cart.seq, 200);
  });

  test('JSON that is nested 10,000 deep, wherever it is', async () => {
    const device = new Device(edge);
    const deep = '['.repeat(10_000) + ']'.repeat(10_000);
    const objects = `${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}`;
    const text = JSON.stringify(device.body([device.add(MUG)]));
    for (const nested of [deep, objects]) {
      await refuses(nested, 400, 'body_invalid');
      await refuses(text.replace('"seen":0', `"seen":${nested}`), 400, 'body_invalid');
      await refuses(text.replace(`"${MUG}"`, nested), 400, 'body_invalid');
      await refuses(text.replace('{"v":1', `{"unknown":${nested},"v":1`), 400, 'body_invalid');
    }
    assert.equal((await device.state()).cart.seq, 0);
  });

  test('what is no beacon at all', async () => {
    for (const body of [
      '',
      'null',
      '[]',
      '{}',
      '"x"',
      '0',
      '{"v":1}',
      'v=1&key=2',
      '\u0000',
      '{"v":1,"v":1}',
    ]) {
      await refuses(body, 400, 'body_invalid');
    }
    const device = new Device(edge);
    await refuses({ ...device.body([]), v: 2 }, 400, 'body_invalid');
    await refuses({ ...device.body([]), cart: 'short' }, 400, 'cart_secret_invalid');
  });

  test('an impossible event refuses the whole request and is named', async () => {
    const device = new Device(edge);
    const good = device.add(MUG);
    /** @type {[import('../fixtures/device.mjs').Event, string][]} */
    const impossible = [
      [device.event('teleport'), 'event_kind_unknown'],
      [device.event(''), 'event_kind_unknown'],
      [{ ...device.add(MUG), id: 'nope' }, 'event_id_invalid'],
      [{ ...device.add(MUG), id: `${device.replica}-0` }, 'event_id_invalid'],
      [
        { ...device.add(MUG), id: `${device.replica.toUpperCase().replace(/^./, 'A')}-1` },
        'event_id_invalid',
      ],
      [device.add('mug blue'), 'variant_invalid'],
      [device.add('v'.repeat(65)), 'variant_invalid'],
      [device.add(MUG, 0), 'quantity_invalid'],
      [device.add(MUG, 10_000), 'quantity_invalid'],
      [device.add(MUG, 1, { clock: 'soon' }), 'field_out_of_range'],
      [device.add(MUG, 1, { clock: undefined }), 'field_missing'],
      [device.add(MUG, 1, { epoch: undefined }), 'field_missing'],
      [device.add(MUG, 1, { options: { a: 'x'.repeat(161) } }), 'options_invalid'],
      [device.set(`${good.id}+0`, 1), 'dot_invalid'],
      [device.event('remove'), 'field_missing'],
      [device.event('checkout', { stage: 'teleported' }), 'field_out_of_range'],
      [device.event('exit', { how: 'a b' }), 'field_out_of_range'],
      [device.identify('not an address'), 'email_invalid'],
      [device.identify('ada@example.com\r\nBcc: eve@example.com'), 'email_invalid'],
      [device.event('identify', { phone: '0612345678' }), 'phone_invalid'],
      [device.event('identify'), 'field_missing'],
      [device.event('fork', { dots: [] }), 'field_missing'],
      [device.event('fork', { token: 'A'.repeat(64) }), 'field_missing'],
    ];
    for (const [event, code] of impossible) {
      const problem = await refuses(device.body([good, event]), 400, 'event_invalid');
      assert.equal(problem.refused.length, 1);
      assert.deepEqual([problem.refused[0].id, problem.refused[0].code], [event.id, code]);
    }
    assert.equal((await device.state()).cart.seq, 0, 'nothing is half-applied');
    assert.deepEqual((await device.send(good)).acked, [good.id]);
  });

  test('other methods, and addresses that do not exist', async () => {
    const allowed = {
      '/v1/collect': ['POST'],
      '/v1/restore': ['POST'],
      '/v1/sandbox/state': ['POST'],
      '/v1/shoppers/lookup': ['POST'],
      '/v1/baskets': ['PUT'],
      '/v1/catalogue': ['GET', 'PUT'],
      '/v1/deliveries': ['GET'],
      [`/v1/shops/${edge.shop}`]: ['GET', 'PUT'],
      [`/v1/shops/${edge.shop}/connections`]: ['GET'],
      [`/v1/shops/${edge.shop}/connections/shopify`]: ['PUT', 'DELETE'],
      '/v1/webhooks': ['GET'],
      '/v1/webhooks/replay': ['POST'],
      [`/webhooks/shopify/${edge.shop}`]: ['POST'],
      [`/webhooks/adobe/${edge.shop}`]: ['GET', 'POST'],
      '/v1/catalogue/products': ['GET'],
      '/v1/events': ['GET'],
      '/v1/decisions': ['GET'],
      '/healthz': ['GET'],
      [`/r/${'A'.repeat(64)}`]: ['GET'],
      [`/u/${'A'.repeat(64)}`]: ['GET', 'POST'],
      [`/s/${'A'.repeat(64)}`]: ['GET', 'POST'],
    };
    for (const [path, methods] of Object.entries(allowed)) {
      for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']) {
        if (methods.includes(method)) continue;
        const response = await fetch(edge.url + path, { method });
        assert.equal(response.headers.get('allow'), methods.join(', '));
        await assertProblem(response, 405, 'method_not_allowed');
      }
    }
    // The last three exist in the build for tests.
    for (const path of [
      '/v1/nothing',
      '/v1/collect/',
      '/v1/Collect',
      '/v1/collectx',
      '/v1/',
      '/test/panic',
      '/test/panic-in-cart',
      '/test/trap',
    ]) {
      await assertProblem(await edge.post(path, {}), 404, 'not_found');
    }
  });

  test('the sandbox of a shop that is not in it, and of another browser', async () => {
    const closed = await edge.anotherShop('shop_c10sed01', { sandbox: false });
    const device = new Device(closed);
    await device.send(device.add(MUG));
    const ask = { key: closed.key, cart: device.secret };
    await assertProblem(await edge.post('/v1/sandbox/state', ask), 403, 'sandbox_only');
    await assertProblem(
      await edge.post(
        '/v1/sandbox/state',
        { ...ask, key: edge.key },
        { origin: 'https://evil.example' },
      ),
      403,
      'origin_refused',
    );
    assert.equal((await edge.state(newCartSecret())).cart.seq, 0);
  });
});

describe('the merchant’s API', { concurrency: true }, () => {
  /** @param {string} path @param {string} key @param {object} [body] @param {string} [method] */
  const call = (path, key, body, method = body ? 'PUT' : 'GET') =>
    fetch(edge.url + path, {
      method,
      headers: { authorization: `Bearer ${key}` },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
  const product = {
    variant: 'mug-test',
    title: 'Mug',
    price_minor: 100,
    currency: 'EUR',
    image: 'https://shop.example/mug.png',
    url: 'https://shop.example/mug',
  };

  test('takes a secret key that is not revoked, and no other', async () => {
    const strange = secretKey(parseMasterKeys(newMasterKeys()), edge.shop);
    const revoked = secretKey(edge.master, edge.shop, 9);
    for (const key of [strange, revoked, edge.key, '', 'sk_']) {
      await assertProblem(await call('/v1/catalogue', key), 401, 'key_invalid');
      await assertProblem(await call('/v1/deliveries', key), 401, 'key_invalid');
      const lookup = await call('/v1/shoppers/lookup', key, { email: 'a@b.example' }, 'POST');
      await assertProblem(lookup, 401, 'key_invalid');
    }
    await assertProblem(await fetch(`${edge.url}/v1/catalogue`), 401, 'key_invalid');
    const nobody = secretKey(edge.master, 'shop_n0b0dy00');
    await assertProblem(await call('/v1/catalogue', nobody), 404, 'shop_unknown');
    assert.equal((await call('/v1/catalogue', edge.secret)).status, 200);
  });

  test('lets only the operator configure shops, and says which field is wrong', async () => {
    const path = `/v1/shops/${edge.shop}`;
    const good = demoConfiguration(edge.url);
    for (const key of [edge.key, '', `${edge.stack.keys.admin}x`]) {
      await assertProblem(await call(path, key, good), 401, 'key_invalid');
    }
    /** @type {[object, string][]} */
    const wrong = [
      [{ origins: [] }, 'origins'],
      [{ origins: [`${edge.url}/path`] }, 'origins[0]'],
      [{ restore_url: 'javascript:alert(1)' }, 'restore_url'],
      [{ restore_url: 'http://shop.example/cart' }, 'restore_url'],
      [{ sender: { name: 'Shop\r\nBcc: x@y.example', email: 'a@b.example' } }, 'sender.name'],
      [{ thresholds: { cart_ms: 1, checkout_ms: 1_000 } }, 'thresholds.cart_ms'],
      [{ unheard_of: true }, 'unheard_of'],
    ];
    for (const [changes, field] of wrong) {
      const response = await call(path, edge.stack.keys.admin, { ...good, ...changes });
      const problem = await assertProblem(response, 422, 'configuration_invalid');
      assert.equal(problem.field, field);
    }
    const nowhere = await call('/v1/shops/shop_x', edge.stack.keys.admin, good);
    await assertProblem(nowhere, 400, 'shop_id_invalid');
  });

  test('takes a catalogue whole or not at all', async () => {
    const count = async () =>
      /** @type {any} */ (await (await call('/v1/catalogue', edge.secret)).json()).count;
    const before = await count();
    /** @type {[object, string][]} */
    const wrong = [
      [{ title: '' }, 'title'],
      [{ image: 'http://shop.example/mug.png' }, 'image'],
      [{ url: 'javascript:alert(1)' }, 'url'],
      [{ variant: 'a b' }, 'variant'],
    ];
    for (const [changes, field] of wrong) {
      const products = [product, { ...product, variant: 'other', ...changes }];
      const response = await call('/v1/catalogue', edge.secret, { products });
      const problem = await assertProblem(response, 422, 'configuration_invalid');
      assert.equal(problem.field, `products[1].${field}`);
    }
    const many = Array.from({ length: 501 }, (_, n) => ({ ...product, variant: `v${n}` }));
    const response = await call('/v1/catalogue', edge.secret, { products: many });
    await assertProblem(response, 422, 'configuration_invalid');
    assert.equal(await count(), before);
  });
});

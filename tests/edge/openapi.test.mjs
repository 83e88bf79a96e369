/** /openapi.json against the running worker: every operation is called, and every answer is what the document says. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { documentPath } from '../../scripts/build-docs.mjs';
import { run } from '../../scripts/command.mjs';
import { demoCatalogue, demoConfiguration } from '../../scripts/demo-shop.mjs';
import { cartId, PURPOSES, SCOPES, scopedKey, signToken } from '../../scripts/keys.mjs';
import { inRoot, npmProgram } from '../../scripts/paths.mjs';
import { Device, leftCart, MUG } from '../fixtures/device.mjs';
import { runEdge, SLOW_PACE } from '../fixtures/edge.mjs';
import { until } from '../fixtures/until.mjs';
import { adobeCommerce, connect, deliver, putConnection, rsaPair } from '../fixtures/webhooks.mjs';

const METHODS = ['get', 'put', 'post', 'delete', 'patch'];

/** @type {import('../fixtures/edge.mjs').Edge} */
let edge;
/** @type {any} */
let document;
/** @type {Ajv2020} */
let ajv;
/** @type {{ device: Device, dot: string }} */
let left;
/** Endpoints of the shop, by id. @type {string[]} */
let endpoints;
before(async () => {
  edge = await runEdge({ demo: SLOW_PACE });
  document = await (await fetch(`${edge.url}/openapi.json`)).json();
  ajv = new Ajv2020({ strict: false, allErrors: true, validateFormats: false });
  ajv.addSchema(document, 'openapi');
  left = await leftCart(edge, 'ada@openapi.example');
  const url = 'https://hooks.shop.example/homing';
  const made = () => edge.asServer('/v1/endpoints', { url }).then((response) => response.json());
  endpoints = [/** @type {any} */ (await made()).id, /** @type {any} */ (await made()).id];
  await until('the desk has heard of the shopper', async () => {
    const { carts } = /** @type {any} */ (await (await edge.asServer('/v1/carts')).json());
    return carts.length === 1;
  });
});
after(() => edge?.end());

/** A part of the document, with its references followed. @param {any} node */
const followed = (node) =>
  node?.$ref
    ? node.$ref
        .slice(2)
        .split('/')
        .reduce((/** @type {any} */ at, /** @type {string} */ name) => at[name], document)
    : node;

/** @param {string[]} place */
const pointer = (place) =>
  place
    .map((name) => encodeURIComponent(name.replaceAll('~', '~0').replaceAll('/', '~1')))
    .join('/');

/**
 * Holds an answer against what the document says of it.
 * @param {string} path @param {string} method @param {Response} response
 */
async function conforms(path, method, response) {
  const { status } = response;
  const what = `${method} ${path}: ${status}`;
  const declared = document.paths[path][method].responses;
  const key = [String(status), `${String(status)[0]}XX`, 'default'].find((name) => declared[name]);
  const text = await response.text();
  assert.ok(key, `${what} is not in the document: ${text}`);
  const kinds = followed(declared[key]).content;
  if (!kinds) return;
  const kind = (response.headers.get('content-type') ?? '').split(';')[0] ?? '';
  assert.ok(kinds[kind], `${what} is ${kind}, not ${Object.keys(kinds)}`);
  if (!kind.endsWith('json') || kind.endsWith('ndjson')) return;
  const reference = declared[key].$ref
    ? declared[key].$ref.slice(2).split('/')
    : ['paths', path, method, 'responses', key];
  const schema = { $ref: `openapi#/${pointer([...reference, 'content', kind, 'schema'])}` };
  const validate = ajv.compile(schema);
  assert.ok(validate(JSON.parse(text)), `${what}: ${ajv.errorsText(validate.errors)}\n${text}`);
  return JSON.parse(text);
}

/** @param {string} path @param {string} method @param {{ at?: string, body?: any, key?: string, headers?: Record<string, string> }} [options] */
const call = (path, method, { at = path, body, key = edge.secret, headers = {} } = {}) =>
  fetch(edge.url + at, {
    method: method.toUpperCase(),
    redirect: 'manual',
    headers: { authorization: `Bearer ${key}`, origin: edge.url, ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });

/** @param {keyof typeof PURPOSES} purpose @param {string} subject */
const token = (purpose, subject) =>
  signToken(edge.master, {
    ...{ purpose, shop: edge.shop, subject },
    expiresAt: Math.floor(Date.now() / 1_000) + 600,
  });

/** What each operation is called with to succeed, and the status that it answers with where that is not 200. */
const examples = () => {
  const cart = cartId(edge.shop, left.device.secret);
  const { admin } = edge.stack.keys;
  const fresh = new Device(edge);
  const email = 'bob@openapi.example';
  const nobody = '0'.repeat(32);
  return /** @type {Record<string, { at?: string, body?: any, key?: string, status?: number }>} */ ({
    collect: { body: fresh.body([fresh.add(MUG)]) },
    restore: { body: { key: edge.key, token: token('recovery', cart) } },
    reportError: { body: { key: edge.key, name: 'Error', message: 'x', at: 'a.js:1:1' } },
    region: {},
    pushKey: {},
    sandboxState: { body: { key: edge.key, cart: left.device.secret } },
    followLink: { at: `/r/${token('recovery', cart)}`, status: 302 },
    preferences: { at: `/u/${token('unsubscribe', nobody)}` },
    unsubscribe: { at: `/u/${token('unsubscribe', nobody)}` },
    survey: { at: `/s/${token('survey', nobody)}` },
    answerSurvey: { at: `/s/${token('survey', nobody)}?answer=x` },
    listCarts: { at: '/v1/carts?state=open,idle&limit=5' },
    searchCarts: { body: { email: 'ada@openapi.example' } },
    getCart: { at: `/v1/carts/crt_${cart}` },
    cartEvents: { at: `/v1/carts/crt_${cart}/events?limit=1` },
    cartLog: { at: `/v1/carts/crt_${cart}/log` },
    events: {},
    putBasket: {
      body: {
        basket: randomBytes(8).toString('hex'),
        version: 1,
        lines: [{ variant: MUG, qty: 1 }],
      },
    },
    revokeLinks: { body: { token: token('recovery', nobody) } },
    putCustomer: { body: { email, tier: 'gold', name: 'Bob', customer_id: 'c-2' } },
    lookup: { body: { email: 'ada@openapi.example' } },
    access: { body: { email: 'ada@openapi.example' } },
    erase: { body: { email: 'dan@openapi.example' } },
    listErasures: {},
    join: { body: { shoppers: [{ email }, { email: 'cyd@openapi.example' }] } },
    suppress: { body: { email, cause: 'fraud' } },
    liftSuppression: { body: { email, cause: 'fraud' } },
    listDeliveries: { at: '/v1/deliveries?state=unknown' },
    replaying: {},
    replayDeliveries: { body: { all: true } },
    listDecisions: {},
    approve: {
      body: { shopper: `shp_${nobody}`, conversation: 1, step: 0, approved: true },
      status: 404,
    },
    previewMessage: { body: { sequence: 'left-carts', lines: [{ variant: MUG }] } },
    testMessage: { body: { sequence: 'left-carts', to: 'nobody@openapi.example' }, status: 403 },
    countProducts: {},
    putProducts: { body: demoCatalogue(edge.url) },
    listProducts: {},
    listReservations: { at: '/v1/reservations?state=held&limit=5' },
    reserve: { body: { id: 'r-1', lines: [{ variant: MUG, qty: 1 }], cart: `crt_${cart}` } },
    getReservation: { at: '/v1/reservations/r-1' },
    endReservation: { at: '/v1/reservations/r-1/confirm' },
    getShop: { at: `/v1/shops/${edge.shop}` },
    putShop: { at: '/v1/shops/shop_0pen0001', body: demoConfiguration(edge.url), key: admin },
    makeKey: { body: { serial: 2, scopes: ['carts:read'] } },
    experiments: {},
    holdout: {},
    listAudiences: {},
    listEndpoints: {},
    makeEndpoint: { body: { url: 'https://hooks.shop.example/', events: ['survey.*'] } },
    putEndpoint: {
      at: `/v1/endpoints/${endpoints[0]}`,
      body: { url: 'https://hooks.shop.example/', enabled: false },
    },
    deleteEndpoint: { at: `/v1/endpoints/${endpoints[0]}` },
    actOnEndpoint: { at: `/v1/endpoints/${endpoints[1]}/secret` },
    listConnections: { at: `/v1/shops/${edge.shop}/connections` },
    connect: {
      at: `/v1/shops/${edge.shop}/connections/woocommerce`,
      body: { webhook_secret: 'a-secret-of-some-length' },
    },
    disconnect: { at: `/v1/shops/${edge.shop}/connections/woocommerce` },
    listWebhooks: { at: '/v1/webhooks?state=kept' },
    replayWebhooks: { body: { all: true } },
    // Nobody has signed these.
    takeWebhook: { at: `/webhooks/shopify/${edge.shop}`, body: {}, status: 401 },
    challenge: { at: `/webhooks/adobe/${edge.shop}?challenge=x`, status: 401 },
    takeSesCallback: { at: `/callbacks/ses/${edge.shop}/some-token`, body: {}, status: 401 },
    takeCallback: { at: `/callbacks/resend/${edge.shop}`, body: {}, status: 401 },
    healthz: {},
    readyz: {},
  });
};

/** A path of the document or of the worker's table, whatever it calls what may stand in it. @param {string} path */
const pattern = (path) => path.replace(/\{\w*\}/g, '{}');

/** @param {string} name of a file of Rust, in the tree */
const source = (name) => readFileSync(inRoot(name), 'utf8');

/** @returns {{ path: string, method: string, operation: any }[]} */
const operations = () =>
  Object.entries(document.paths).flatMap(([path, item]) =>
    Object.entries(/** @type {Record<string, any>} */ (item)).map(([method, operation]) => ({
      ...{ path, method, operation },
    })),
  );

describe('/openapi.json', () => {
  test('is served as it was built, and an independent linter finds nothing', async () => {
    assert.deepEqual(document, JSON.parse(readFileSync(documentPath, 'utf8')));
    const config = ['--config', inRoot('redocly.yaml')];
    const said = await run(
      npmProgram('redocly'),
      ['lint', documentPath, ...config, '--format=json'],
      {
        env: { REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' },
      },
    );
    const { totals } = JSON.parse(said.slice(said.indexOf('{')));
    assert.deepEqual([totals.errors, totals.warnings], [0, 0]);
  });

  test("has every row of the worker's table, and nothing else but links", () => {
    const table = source('worker/src/http/routes.rs').split('pub static ROUTES')[1] ?? '';
    const rows = /^ {4}(get|ask|of_page|once|whole|elsewhere)\((?:"([A-Z]+)", )?"([^"]+)"/gm;
    const routes = [...table.matchAll(rows)].map(([, kind, method, path = '']) => {
      const usual = kind === 'get' ? 'GET' : 'POST';
      return `${method ?? usual} ${path}`;
    });
    assert.ok(routes.length > 60, `${routes.length} rows`);
    const documented = operations().map(
      ({ path, method }) => `${method.toUpperCase()} ${pattern(path)}`,
    );
    // One platform and two providers have rows of their own, and what only tests provoke is nobody's.
    const named = routes
      .filter((route) => !route.includes(' /test/'))
      .map((route) =>
        route.replace(
          / \/webhooks\/adobe\/| \/callbacks\/(?:twilio|attentive|hubspot|klaviyo)\//,
          (found) => found.replace(/adobe|twilio|attentive|hubspot|klaviyo/, '{}'),
        ),
      );
    const missing = named.filter((route) => !documented.includes(route));
    assert.deepEqual(missing, [], 'the document lacks these');
    const more = documented.filter((route) => !named.includes(route));
    assert.deepEqual(more, ['GET /r/{}'], 'the worker has none of these');
  });

  test('has every event that endpoints may ask for, and each can be asked for', async () => {
    const [, kinds = ''] =
      source('core/src/endpoint/event.rs').match(/KINDS: [^=]+= \[([^\]]+)\]/) ?? [];
    const names = /** @type {Record<string, string>} */ ({
      'Event::TEST': 'endpoint.test',
      'Event::DISABLED': 'endpoint.disabled',
      'Event::RECONCILED': 'reservation.reconciled',
    });
    const known = [...kinds.matchAll(/"([^"]+)"|(Event::\w+)/g)].map(
      ([, plain, constant = '']) => plain ?? names[constant],
    );
    assert.ok(known.length > 15);
    assert.deepEqual(Object.keys(document.webhooks).sort(), known.sort());
    const url = 'https://hooks.shop.example/every';
    const made = await edge.asServer('/v1/endpoints', { url, events: known });
    assert.equal(made.status, 200, await made.text());
  });

  test('says what each connection takes, as the worker does', async () => {
    const { schema } =
      document.paths['/v1/shops/{shop}/connections/{connection}'].put.requestBody.content[
        'application/json'
      ];
    const shop = await edge.anotherShop('shop_c0nn0001', {});
    const secret = 'a-secret-of-some-length';
    const account = { client_id: secret, client_secret: secret };
    const right = /** @type {Record<string, object>} */ ({
      shopify: { webhook_secret: secret, store: 'a.myshopify.com', api: { access_token: secret } },
      woocommerce: { webhook_secret: secret, previous_webhook_secret: secret },
      bigcommerce: { webhook_secret: secret, store: 'abc1', api: { access_token: secret } },
      adobe: { public_keys: [rsaPair().publicKey], client_id: secret },
      klaviyo: { access_token: secret, webhook_secret: secret },
      braze: { access_token: secret, host: 'rest.iad-01.braze.com' },
      attentive: { access_token: secret, webhook_secret: secret },
      hubspot: { access_token: secret, webhook_secret: secret, account: '1234567', owner: '7' },
      meta: { access_token: secret },
      google: { ...account, refresh_token: secret, account: '123' },
      salesforce: { ...account, instance: 'https://dove.my.salesforce.com' },
    });
    const shapes = Object.fromEntries(
      schema.anyOf.map((/** @type {any} */ one) => [one.title, one]),
    );
    assert.deepEqual(Object.keys(shapes).sort(), Object.keys(right).sort());
    for (const [name, body] of Object.entries(right)) {
      const fits = ajv.compile(shapes[name]);
      const put = async (/** @type {object} */ wanted) =>
        (await putConnection(shop, name, wanted)).status;
      assert.ok(fits(body), `${name}: ${ajv.errorsText(fits.errors)}`);
      assert.equal(await put(body), 200, name);
      // Whatever is left out, or is more, is the same to both.
      for (const field of Object.keys(body)) {
        const { [field]: _, ...less } = /** @type {Record<string, unknown>} */ (body);
        const isRight = (await put(less)) === 200;
        // That a store is needed for its API stands in words.
        if (name === 'shopify' && field === 'store') continue;
        assert.equal(fits(less), isRight, `${name} without ${field}`);
      }
      const more = { ...body, nonsense: secret };
      assert.ok(!fits(more) && (await put(more)) !== 200, `${name} with more`);
    }
  });

  test("answers WooCommerce's ping and Adobe Commerce with 200, as it says", async () => {
    const path = '/webhooks/{platform}/{shop}';
    const shop = await edge.anotherShop('shop_p1ng0001', {});
    const ping = await fetch(`${edge.url}/webhooks/woocommerce/${shop.shop}`, {
      method: 'POST',
      body: 'webhook_id=7',
    });
    assert.equal(ping.status, 200);
    await conforms(path, 'post', ping);
    const key = rsaPair();
    await connect(shop, 'adobe', { public_keys: [key.publicKey] });
    const told = await deliver(shop, 'adobe', adobeCommerce({ eventName: 'plugin.none' }, key));
    assert.equal(told.status, 200);
    assert.deepEqual(await conforms(path, 'post', told), { op: 'success' });
    const asked = await fetch(`${edge.url}/webhooks/adobe/${shop.shop}?challenge=abc`);
    assert.equal(asked.status, 200);
    assert.deepEqual(await conforms(path, 'get', asked), { challenge: 'abc' });
  });

  test('has an answer for every operation that the worker gives', async () => {
    const table = examples();
    const seen = [];
    for (const { path, method, operation } of operations()) {
      const { operationId: id } = operation;
      const example = table[id];
      assert.ok(example, `no example for ${id}`);
      const response = await call(path, method, example);
      const expected = example.status ?? 200;
      assert.equal(response.status, expected, `${id}: ${await response.clone().text()}`);
      await conforms(path, method, response);
      seen.push(id);
    }
    assert.deepEqual(seen.sort(), Object.keys(table).sort());
  });

  test('says what comes without a key, with a wrong one, and with one that lacks the scope', async () => {
    const table = examples();
    for (const { path, method, operation } of operations()) {
      if (operation.security.length === 0) continue;
      const example = table[operation.operationId] ?? {};
      for (const key of ['', 'sk_x', edge.key]) {
        const response = await call(path, method, { ...example, key });
        assert.equal(response.status, 401, operation.operationId);
        await conforms(path, method, response);
      }
      const needed = operation['x-scope'];
      if (!needed) continue;
      const scopes = Object.keys(SCOPES).filter((scope) => scope !== needed);
      const key = scopedKey(edge.master, edge.shop, { scopes });
      const response = await call(path, method, { ...example, key });
      assert.equal(response.status, 403, operation.operationId);
      assert.equal((await conforms(path, method, response)).scope, needed);
    }
  });

  test('says what comes of bodies and queries that cannot be', async () => {
    const table = examples();
    for (const { path, method, operation } of operations()) {
      const example = table[operation.operationId] ?? {};
      if (operation.requestBody) {
        for (const body of [[], 'x', 5, null, { nonsense: true }]) {
          const response = await call(path, method, { ...example, body });
          assert.ok(response.status >= 400 && response.status < 500, operation.operationId);
          await conforms(path, method, response);
        }
      }
      const inQuery = (operation.parameters ?? []).map(followed);
      for (const { name } of inQuery.filter((/** @type {any} */ one) => one.in === 'query')) {
        if (['cursor', 'limit', 'state', 'source', 'since'].includes(name)) {
          const at = `${(example.at ?? path).split('?')[0]}?${name}=%00`;
          const response = await call(path, method, { ...example, at });
          assert.ok([400, 422].includes(response.status), `${operation.operationId} ${name}`);
          await conforms(path, method, response);
        }
      }
    }
  });

  test('names every method: others are answered 405 with those that there are', async () => {
    const table = examples();
    for (const [path, item] of Object.entries(document.paths)) {
      const declared = Object.keys(/** @type {object} */ (item));
      const [any] = declared;
      const { at = path } = table[item[/** @type {string} */ (any)].operationId] ?? {};
      for (const method of METHODS.filter((method) => !declared.includes(method))) {
        const body = method === 'get' ? undefined : {};
        const response = await call(path, method, { at, body });
        assert.equal(response.status, 405, `${method} ${path}`);
        // Only Adobe asks an address before it sends anything there.
        if (at.startsWith('/webhooks/shopify/')) continue;
        const allow = (response.headers.get('allow') ?? '').toLowerCase().split(', ');
        assert.deepEqual(allow.sort(), [...declared].sort(), `${method} ${path}`);
        await response.body?.cancel();
      }
    }
  });

  test('declares the scopes that keys can have, and Idempotency-Key where it counts', () => {
    assert.deepEqual(
      [...document.components.schemas.Scope.enum].sort(),
      Object.keys(SCOPES).sort(),
    );
    const reads = ['searchCarts', 'lookup', 'access', 'previewMessage'];
    for (const { method, operation } of operations()) {
      if (operation.security.length === 0) continue;
      const parameters = (operation.parameters ?? []).map(followed);
      const takes = parameters.some((/** @type {any} */ one) => one.name === 'Idempotency-Key');
      const changes = method !== 'get' && !reads.includes(operation.operationId);
      assert.equal(takes, changes, operation.operationId);
    }
  });
});

test('/docs shows it, and loads nothing from elsewhere', async () => {
  const response = await fetch(`${edge.url}/docs/`);
  assert.equal(response.status, 200);
  const page = await response.text();
  const loaded = [...page.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, address = '']) => address);
  assert.ok(loaded.length >= 3);
  for (const address of loaded) {
    assert.ok(address.startsWith('/'), address);
    assert.equal((await fetch(edge.url + address)).status, 200, address);
  }
  assert.match(page, /connect-src 'self'/);
});

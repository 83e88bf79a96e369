/** Whose a webhook is: each platform's signature, held against a library that nobody here wrote. */
import assert from 'node:assert/strict';
import { createVerify, verify as verifyRaw } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import '@shopify/shopify-api/adapters/node';
import { ApiVersion, shopifyApi } from '@shopify/shopify-api';
import { Webhook } from 'standardwebhooks';
import { Webhook as SvixWebhook } from 'svix';
import { runEdge, SLOW_PACE } from '../fixtures/edge.mjs';
import { assertProblem } from '../fixtures/problem.mjs';
import { until } from '../fixtures/until.mjs';
import {
  adobeCommerce,
  adobeEvent,
  bigcommerce,
  connect,
  deliver,
  desk,
  hmac,
  putConnection,
  rsaPair,
  shopify,
  taken,
  woocommerce,
} from '../fixtures/webhooks.mjs';

const NEW = 'shpss_0123456789abcdef0123456789abcdef';
const OLD = 'shpss_ffffffffffffffffffffffffffffffff';
const WOO = 'ck y&<>"\' 50 characters, as WordPress makes them';
const CLIENT = 'bc-client-secret-0123456789';
const TOKEN = 'bc-access-token-0123456789';
const RECIPIENT = 'io-client-0123456789';

const keys = [rsaPair(), rsaPair(), rsaPair()];
const [commerceKey, firstKey, secondKey] = /** @type {[any, any, any]} */ (keys);
const stranger = rsaPair();

const SHOPIFY = {
  webhook_secret: NEW,
  previous_webhook_secret: OLD,
  store: 'dovecote.myshopify.com',
};
const BIGCOMMERCE = {
  webhook_secret: CLIENT,
  store: 'abc123',
  api: { access_token: TOKEN },
};
const ADOBE = { public_keys: keys.map(({ publicKey }) => publicKey), client_id: RECIPIENT };

/** @type {import('../fixtures/edge.mjs').Edge} */
let edge;
/** @type {import('../fixtures/edge.mjs').Edge} */
let other;
before(async () => {
  edge = await runEdge({ demo: SLOW_PACE });
  other = await edge.anotherShop('shop_0ther001', SLOW_PACE);
  await connect(edge, 'shopify', SHOPIFY);
  await connect(edge, 'woocommerce', { webhook_secret: WOO });
  await connect(edge, 'bigcommerce', BIGCOMMERCE);
  await connect(edge, 'adobe', ADOBE);
});
after(() => edge?.end());

const CART = { id: 'tok', token: 'tok', line_items: [], updated_at: '2026-11-01T00:00:00Z' };

/** @param {Response} response */
const refused = (response, code = 'signature_invalid') => assertProblem(response, 401, code);

describe('signatures', () => {
  test("Shopify: the edge takes what Shopify's own library takes, and nothing else", async () => {
    const library = shopifyApi({
      apiKey: 'key',
      apiSecretKey: NEW,
      scopes: [],
      hostName: 'app.example',
      apiVersion: ApiVersion.July26,
      isEmbeddedApp: false,
    });
    const good = shopify('carts/update', CART, NEW);
    /** @type {[string, import('../fixtures/webhooks.mjs').Delivery, boolean][]} */
    const cases = [
      ['signed', good, true],
      ['another secret', shopify('carts/update', CART, 'shpss_another'), false],
      ['a changed body', { ...good, body: good.body.replace('tok', 'tik') }, false],
      ['one more space', { ...good, body: `${good.body} ` }, false],
      ['no signature', without(good, 'x-shopify-hmac-sha256'), false],
      [
        'half a signature',
        {
          ...good,
          headers: {
            ...good.headers,
            'x-shopify-hmac-sha256': String(good.headers['x-shopify-hmac-sha256']).slice(0, 20),
          },
        },
        false,
      ],
    ];
    for (const [what, delivery, isGood] of cases) {
      const rawRequest = /** @type {any} */ ({
        method: 'POST',
        url: '/webhooks',
        headers: delivery.headers,
      });
      const said = await library.webhooks.validate({ rawBody: delivery.body, rawRequest });
      assert.equal(said.valid, isGood, `the library on ${what}: ${JSON.stringify(said)}`);
      const response = await deliver(edge, 'shopify', delivery);
      if (isGood) assert.equal(response.status, 202, what);
      else await refused(response);
    }
    await taken(edge, 'shopify', shopify('carts/update', CART, OLD));
  });

  test('Shopify: an app signs for every store; only the one that is connected counts', async () => {
    const elsewhere = shopify('carts/update', CART, NEW, { store: 'another.myshopify.com' });
    await refused(await deliver(edge, 'shopify', elsewhere));
  });

  test('a rotation: both secrets count until the old one is taken away, at once', async () => {
    const shop = await edge.anotherShop('shop_r0tate01', SLOW_PACE);
    await connect(shop, 'shopify', { webhook_secret: OLD });
    await refused(await deliver(shop, 'shopify', shopify('carts/update', CART, NEW)));
    await connect(shop, 'shopify', { webhook_secret: NEW, previous_webhook_secret: OLD });
    for (const secret of [OLD, NEW]) {
      await taken(shop, 'shopify', shopify('carts/update', CART, secret));
    }
    await connect(shop, 'shopify', { webhook_secret: NEW });
    await taken(shop, 'shopify', shopify('carts/update', CART, NEW));
    await refused(await deliver(shop, 'shopify', shopify('carts/update', CART, OLD)));
  });

  test('BigCommerce: as standardwebhooks and svix sign and verify, within five minutes', async () => {
    const payload = { scope: 'store/none', data: { type: 'none', id: 1 }, created_at: 1 };
    const secret = Buffer.from(CLIENT).toString('base64');
    const standard = new Webhook(secret);
    const svix = new SvixWebhook(secret);
    const minutes = (/** @type {number} */ n) => new Date(Date.now() + n * 60_000);
    /** @type {[string, import('../fixtures/webhooks.mjs').Delivery, string | undefined][]} */
    const cases = [
      ['now', bigcommerce(payload, CLIENT), undefined],
      ['4 minutes ago', bigcommerce(payload, CLIENT, { at: minutes(-4) }), undefined],
      ['4 minutes ahead', bigcommerce(payload, CLIENT, { at: minutes(4) }), undefined],
      ['6 minutes ago', bigcommerce(payload, CLIENT, { at: minutes(-6) }), 'signature_expired'],
      ['6 minutes ahead', bigcommerce(payload, CLIENT, { at: minutes(6) }), 'signature_expired'],
      ['another secret', bigcommerce(payload, 'another-secret'), 'signature_invalid'],
      [
        'another id',
        changed(bigcommerce(payload, CLIENT), { 'webhook-id': 'msg_1' }),
        'signature_invalid',
      ],
      [
        'a later time than was signed',
        changed(bigcommerce(payload, CLIENT, { at: minutes(-60) }), {
          'webhook-timestamp': String(Math.floor(Date.now() / 1_000)),
        }),
        'signature_invalid',
      ],
      ['no time', without(bigcommerce(payload, CLIENT), 'webhook-timestamp'), 'signature_invalid'],
    ];
    for (const [what, delivery, code] of cases) {
      const verdict = (/** @type {{ verify(body: string, headers: any): unknown }} */ library) => {
        try {
          library.verify(delivery.body, delivery.headers);
          return true;
        } catch {
          return false;
        }
      };
      assert.equal(verdict(standard), code === undefined, `standardwebhooks on ${what}`);
      assert.equal(verdict(svix), code === undefined, `svix on ${what}`);
      const response = await deliver(edge, 'bigcommerce', delivery);
      if (code === undefined) assert.equal(response.status, 202, what);
      else await refused(response, code);
    }
    // While a key is rotated several signatures come along, of other versions too.
    const both = bigcommerce(payload, CLIENT);
    both.headers['webhook-signature'] =
      `v1,${hmac('x', 'y')} v1a,AAAA ${both.headers['webhook-signature']}`;
    assert.ok(standard.verify(both.body, both.headers));
    await taken(edge, 'bigcommerce', both);
  });

  test('WooCommerce: signed, or the ping of a webhook that is being saved', async () => {
    await taken(edge, 'woocommerce', woocommerce('coupon.updated', { id: 1 }, WOO));
    await refused(
      await deliver(edge, 'woocommerce', woocommerce('coupon.updated', { id: 1 }, 'another one')),
    );
    const form = { 'content-type': 'application/x-www-form-urlencoded' };
    const ping = { body: 'webhook_id=12', headers: form };
    // An administrator saves the webhook with its secret before or after the shop is connected.
    for (const shop of [edge, other]) {
      assert.equal((await deliver(shop, 'woocommerce', ping)).status, 200);
    }
    for (const body of ['webhook_id=12&x=1', 'webhook_id=', '{}', '']) {
      await refused(await deliver(edge, 'woocommerce', { body, headers: form }));
    }
    await refused(await deliver(edge, 'shopify', ping));
    await refused(
      await deliver(edge, 'woocommerce', changed(ping, { 'x-wc-webhook-signature': 'AAAA' })),
    );
  });

  test('Adobe Commerce: RSA over base64 of the body, answered as Commerce expects it', async () => {
    const good = adobeCommerce({ event: 'plugin.none' }, commerceKey);
    const verifier = createVerify('SHA256').update(Buffer.from(good.body).toString('base64'));
    const signature = String(good.headers['x-adobe-commerce-webhook-signature']);
    assert.ok(verifier.verify(commerceKey.publicKey, signature, 'base64'));
    const response = await deliver(edge, 'adobe', good);
    assert.equal(response.status, 200);
    assert.deepEqual(await response.json(), { op: 'success' });
    await refused(await deliver(edge, 'adobe', adobeCommerce({ event: 'x' }, stranger)));
    await refused(await deliver(edge, 'adobe', { ...good, body: `${good.body} ` }));
    // What is signed is base64 of the body; the body itself is signed by events.
    await refused(
      await deliver(
        edge,
        'adobe',
        changed(good, { 'x-adobe-commerce-webhook-signature': commerceKey.sign(good.body) }),
      ),
    );
  });

  test('Adobe I/O: either of two signatures, and the recipient has to be this shop', async () => {
    const event = { event_id: '1', recipient_client_id: RECIPIENT, event: {} };
    const good = adobeEvent('com.adobe.commerce.none', event, [firstKey, secondKey]);
    const first = Buffer.from(String(good.headers['x-adobe-digital-signature-1']), 'base64');
    assert.ok(verifyRaw('rsa-sha256', Buffer.from(good.body), firstKey.publicKey, first));
    await taken(edge, 'adobe', good);
    await taken(edge, 'adobe', adobeEvent('none', event, [stranger, secondKey]));
    await taken(edge, 'adobe', without(good, 'x-adobe-digital-signature-2'));
    await refused(await deliver(edge, 'adobe', adobeEvent('none', event, [stranger, stranger])));
    for (const recipient_client_id of ['io-client-of-somebody', undefined]) {
      const foreign = adobeEvent('none', { ...event, recipient_client_id }, [firstKey, secondKey]);
      await refused(await deliver(edge, 'adobe', foreign));
    }
  });

  test('Adobe I/O asks an address to say back what it was asked', async () => {
    const asked = randomText();
    const at = (/** @type {string} */ path) => fetch(`${edge.url}/webhooks/${path}`);
    const response = await at(`adobe/${edge.shop}?challenge=${asked}`);
    assert.equal(response.status, 200);
    assert.equal(response.headers.get('content-type'), 'application/json');
    assert.deepEqual(await response.json(), { challenge: asked });
    await refused(await at(`adobe/${other.shop}?challenge=${asked}`));
    await assertProblem(await at(`adobe/${edge.shop}`), 404, 'not_found');
    const script = await at(`adobe/${edge.shop}?challenge=<script>`);
    await assertProblem(script, 404, 'not_found');
    await assertProblem(
      await at(`shopify/${edge.shop}?challenge=${asked}`),
      405,
      'method_not_allowed',
    );
  });

  test('another shop, another platform, no shop at all: the same refusal', async () => {
    const delivery = shopify('carts/update', CART, NEW);
    await refused(await deliver(other, 'shopify', delivery));
    await refused(await deliver(edge, 'woocommerce', delivery));
    const to = (/** @type {string} */ path) =>
      fetch(edge.url + path, { method: 'POST', ...delivery });
    await refused(await to('/webhooks/shopify/shop_n0b0dy00'));
    await assertProblem(await to('/webhooks/magento/shop_dem00001'), 404, 'not_found');
    await assertProblem(await to('/webhooks/shopify/nonsense'), 404, 'not_found');
  });

  test('which check has failed stands in the log, and in no answer', async () => {
    const shop = await edge.anotherShop('shop_sa1d0001', SLOW_PACE);
    const good = shopify('carts/update', CART, NEW);
    const refusals = [
      [good, 'the shop is not connected to it'],
      [without(good, 'x-shopify-hmac-sha256'), 'no signature'],
      [shopify('carts/update', CART, 'shpss_of_nobody_0000'), 'signed under another secret'],
      [shopify('carts/update', CART, NEW, { store: 'b.myshopify.com' }), 'of another store'],
    ];
    const answers = [];
    for (const [n, [delivery]] of refusals.entries()) {
      if (n === 1) await connect(shop, 'shopify', SHOPIFY);
      const response = await deliver(shop, 'shopify', /** @type {any} */ (delivery));
      answers.push(await response.clone().text());
      await refused(response);
    }
    assert.equal(new Set(answers).size, 1);
    const log = () => readFileSync(join(edge.stack.stateDir, 'logs', 'worker.log'), 'utf8');
    for (const [, why] of refusals) {
      await until(`the log says: ${why}`, () => log().includes(`shopify ${shop.shop}: ${why}`));
    }
  });

  test('a body may have 1 MiB, however it says to be', async () => {
    const pad = (/** @type {number} */ size) => `{"x":"${'a'.repeat(size - 8)}"}`;
    const most = pad(1_048_576);
    assert.equal(most.length, 1_048_576);
    await taken(edge, 'shopify', shopify('none/none', most, NEW));
    const more = shopify('none/none', `${most} `, NEW);
    await assertProblem(await deliver(edge, 'shopify', more), 413, 'body_too_large');
  });

  test('nothing of an unsigned webhook is kept, and no secret is in any log or answer', async () => {
    const planted = 'zqplanted@shoppers.example';
    await refused(
      await deliver(edge, 'shopify', shopify('checkouts/update', { email: planted }, 'wrong one!')),
    );
    // What is signed but not understood is kept, so that there is something to look at.
    await taken(edge, 'shopify', shopify('carts/update', { said: planted.toUpperCase() }, NEW));
    await until('the signed ones have been looked at', async () => (await desk(edge)).length > 0);
    const list = await fetch(`${edge.url}/v1/shops/${edge.shop}/connections`, {
      headers: { authorization: `Bearer ${edge.stack.keys.admin}` },
    });
    const text = await list.text();
    const kept = JSON.stringify(await desk(edge));
    const log = readFileSync(join(edge.stack.stateDir, 'logs', 'worker.log'), 'utf8');
    for (const secret of [
      NEW,
      OLD,
      WOO,
      CLIENT,
      TOKEN,
      RECIPIENT,
      planted,
      planted.toUpperCase(),
    ]) {
      for (const [where, shown] of Object.entries({ text, kept, log })) {
        assert.ok(!shown.includes(secret), `${secret} in ${where}`);
      }
    }
  });
});

describe('connections', () => {
  test('are listed by what is set and since when, and can be taken away', async () => {
    const shop = await edge.anotherShop('shop_c0nnect1', SLOW_PACE);
    const before = Date.now();
    const { connections } = await connect(shop, 'shopify', SHOPIFY);
    const [only] = connections;
    assert.equal(connections.length, 1);
    assert.ok(only.since >= before - 1_000 && only.since <= Date.now() + 1_000);
    assert.deepEqual(
      { ...only, since: 0 },
      {
        platform: 'shopify',
        webhooks: `${edge.url}/webhooks/shopify/${shop.shop}`,
        set: ['webhook_secret', 'previous_webhook_secret', 'store'],
        since: 0,
      },
    );
    await taken(shop, 'shopify', shopify('carts/update', CART, NEW));
    const at = `${edge.url}/v1/shops/${shop.shop}/connections`;
    const headers = { authorization: `Bearer ${shop.secret}` };
    const gone = await fetch(`${at}/shopify`, { method: 'DELETE', headers });
    assert.deepEqual(await gone.json(), { connections: [] });
    await refused(await deliver(shop, 'shopify', shopify('carts/update', CART, NEW)));
    const again = await fetch(`${at}/shopify`, { method: 'DELETE', headers });
    await assertProblem(again, 404, 'connection_unknown');
    // A connection is no configuration: putting that again leaves it alone.
    await connect(shop, 'shopify', SHOPIFY);
    await edge.anotherShop(shop.shop, { ...SLOW_PACE, name: 'Another name' });
    await taken(shop, 'shopify', shopify('carts/update', CART, NEW));
  });

  test('are set by the operator or the shop itself, and name what is wrong', async () => {
    assert.equal(
      (await putConnection(edge, 'shopify', SHOPIFY, edge.stack.keys.admin)).status,
      200,
    );
    await assertProblem(await putConnection(edge, 'shopify', SHOPIFY, 'sk_x'), 401, 'key_invalid');
    await assertProblem(
      await putConnection(edge, 'shopify', SHOPIFY, other.secret),
      404,
      'shop_unknown',
    );
    await assertProblem(await putConnection(edge, 'magento', SHOPIFY), 404, 'not_found');
    for (const [platform, connection, field] of /** @type {[string, object, string][]} */ ([
      ['shopify', {}, 'webhook_secret'],
      ['woocommerce', { webhook_secret: 'x' }, 'webhook_secret'],
      ['bigcommerce', { webhook_secret: CLIENT, store: 'a/b', api: BIGCOMMERCE.api }, 'store'],
      ['adobe', { public_keys: ['no key'] }, 'public_keys[0]'],
      [
        'adobe',
        { public_keys: ['-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----'] },
        'public_keys[0]',
      ],
    ])) {
      const problem = await assertProblem(
        await putConnection(edge, platform, connection),
        422,
        'configuration_invalid',
      );
      assert.equal(problem.field, field);
    }
    await assertProblem(await putConnection(edge, 'shopify', { secret: NEW }), 400, 'body_invalid');
  });
});

/** @param {import('../fixtures/webhooks.mjs').Delivery} delivery @param {string} name */
function without(delivery, name) {
  const { [name]: _, ...headers } = delivery.headers;
  return { ...delivery, headers };
}

/** @param {import('../fixtures/webhooks.mjs').Delivery} delivery @param {Record<string, string>} headers */
const changed = (delivery, headers) => ({
  ...delivery,
  headers: { ...delivery.headers, ...headers },
});

const randomText = () => `challenge-${Math.random().toString(36).slice(2)}`;

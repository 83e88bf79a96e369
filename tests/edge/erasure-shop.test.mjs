/** A shop of which everybody is forgotten: because its platform says that it has gone, or because the merchant says so. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Device, MUG } from '../fixtures/device.mjs';
import { runEdge, SLOW_PACE } from '../fixtures/edge.mjs';
import { ShopifyPeer } from '../fixtures/platform-apis/shopify.mjs';
import { asked, notUnderstood } from '../fixtures/privacy.mjs';
import { assertProblem } from '../fixtures/problem.mjs';
import { until } from '../fixtures/until.mjs';
import { shopifyCheckout } from '../fixtures/webhook-payloads.mjs';
import { connect, deliver, desk, putProducts, shopify, taken } from '../fixtures/webhooks.mjs';

/** @typedef {import('../fixtures/edge.mjs').Edge} Edge */

const STORE = 'dove-cote.myshopify.com';
const REDACT = { shop_id: 954_889, shop_domain: STORE };
const WOOCOMMERCE = { webhook_secret: 'woo_0123456789' };
const CUP = '41000001';

const peer = new ShopifyPeer();
const SECRET = peer.connection.webhook_secret;
/** @type {Edge} */
let edge;
before(async () => {
  await peer.listen();
  edge = await runEdge({ demo: SLOW_PACE, cronMs: 1_000, env: { SHOPIFY_URL: peer.url } });
});
after(async () => {
  await edge?.end();
  await peer.close();
});

/** @param {Edge} shop @param {string} email */
async function leave(shop, email) {
  const device = new Device(shop);
  await device.settle(device.add(MUG), device.identify(email));
}

/** @param {Edge} shop @param {string} email */
async function record(shop, email) {
  const response = await fetch(`${shop.url}/v1/shoppers`, {
    method: 'PUT',
    headers: { authorization: `Bearer ${shop.secret}` },
    body: JSON.stringify({ email, name: 'Ada' }),
  });
  assert.equal(response.status, 200, await response.text());
}

/** How everybody is forgotten. @param {Edge} shop */
const everybody = async (shop) => (await asked(shop, '/v1/erasures')).shop;

/** @param {Edge} shop */
const erased = (shop) =>
  until(
    `everybody of ${shop.shop} is erased`,
    async () => {
      const shown = await everybody(shop);
      return shown?.state === 'erased' && shown;
    },
    { within: 60_000 },
  );

/** @param {Edge} shop @param {string} email */
const isErased = async (shop, email) => (await shop.lookup(email)).erasure?.state === 'erased';

/** @param {Edge} shop @param {object} [options] @param {object} [redact] */
const redact = (shop, options = {}, redact = REDACT) =>
  taken(shop, 'shopify', shopify('shop/redact', redact, SECRET, { store: STORE, ...options }));

/** A shop with somebody in it that is connected to the store. @param {string} id */
async function connected(id) {
  const shop = await edge.anotherShop(id, SLOW_PACE);
  await connect(shop, 'shopify', peer.connection);
  await leave(shop, 'ada@shoppers.example');
  return shop;
}

/** The request is shown, for a person to decide about. @param {Edge} shop */
async function shown(shop) {
  const [open] = await until('it is shown', async () => {
    const open = await desk(shop, 'open');
    return open.length > 0 && open;
  });
  assert.equal(open.code, 'shop_erasure');
  assert.equal(await everybody(shop), null);
  assert.equal((await shop.lookup('ada@shoppers.example')).erasure, null);
  return open.id;
}

describe('by the merchant', () => {
  test('everybody is forgotten, more than one page of them and through a kill, and nobody of another shop', async () => {
    const shop = await edge.anotherShop('shop_1eft0001', SLOW_PACE);
    const other = await edge.anotherShop('shop_stays001', SLOW_PACE);
    await leave(other, 'ada@shoppers.example');
    await connect(shop, 'woocommerce', WOOCOMMERCE);
    await connect(shop, 'shopify', peer.connection);
    await putProducts(shop, [CUP]);
    const broken = notUnderstood('kept@shoppers.example', '+4930123456');
    await taken(shop, 'shopify', shopify('checkouts/update', broken, SECRET, { store: STORE }));
    const people = Array.from({ length: 60 }, (_, n) => `ada.${n}@shoppers.example`);
    for (const [n, email] of people.entries()) await (n < 3 ? leave : record)(shop, email);
    await until('a webhook is kept', async () => (await desk(shop)).length === 1);

    const begun = await asked(shop, '/v1/shoppers/erase', { shop: shop.shop });
    assert.deepEqual(begun.erasures, []);
    assert.equal(begun.shop.state, 'erasing');
    assert.deepEqual(await desk(shop), [], 'what the desk holds goes at once');
    await edge.stack.kill9();
    await edge.stack.restart();
    const { people: told, left, at } = await erased(shop);
    assert.deepEqual([told, left], [60, 0]);
    for (const email of people) assert.ok(await isErased(shop, email), email);
    const carts = await asked(shop, '/v1/carts');
    assert.deepEqual(carts.carts, []);
    const held = await asked(shop, '/v1/shoppers/access', { email: people[0] });
    assert.equal(held.people[0].email, null);
    assert.equal((await other.lookup('ada@shoppers.example')).erasure, null);
    assert.equal((await asked(other, '/v1/carts')).carts.length, 1);

    // Whoever comes afterwards is somebody new. What is told late of the time before is of before.
    await leave(shop, 'eve@shoppers.example');
    const late = shopify('checkouts/update', broken, SECRET, {
      store: STORE,
      triggeredAt: new Date(at - 60_000),
    });
    await taken(shop, 'shopify', late);
    const cart = { ...shopifyCheckout('tok-late', [], new Date(), 'bob@shoppers.example') };
    await taken(shop, 'shopify', shopify('checkouts/update', cart, SECRET, { store: STORE }));
    await until('she is here', async () => (await shop.lookup('eve@shoppers.example')).known);
    await until('he is here', async () => (await shop.lookup('bob@shoppers.example')).known);
    assert.deepEqual(await desk(shop), []);
    assert.equal((await shop.lookup('eve@shoppers.example')).erasure, null);
  });

  test('it is said on purpose, or refused', async () => {
    const shop = await edge.anotherShop('shop_1eft0002', SLOW_PACE);
    await leave(shop, 'ada@shoppers.example');
    for (const body of [
      { shop: edge.shop },
      { shop: 'everybody' },
      { shop: shop.shop, email: 'ada@shoppers.example' },
      { shop: shop.shop, request: 'whk_00000000000000000000000000000000' },
    ]) {
      const response = await shop.asServer('/v1/shoppers/erase', body);
      await assertProblem(response, 400, 'body_invalid');
    }
    const access = await shop.asServer('/v1/shoppers/access', { shop: shop.shop });
    await assertProblem(access, 400, 'body_invalid');
    assert.equal(await everybody(shop), null);
    assert.equal((await shop.lookup('ada@shoppers.example')).erasure, null);
  });
});

describe('by its platform', () => {
  test('a store that lets us in no more is forgotten, with what connected it', async () => {
    const shop = await connected('shop_1eft0003');
    await putProducts(shop, [CUP]);
    // It cannot be asked at first.
    peer.faults.set('shelf', [503, 'reset', 401]);
    await redact(shop);
    await erased(shop);
    assert.ok(await isErased(shop, 'ada@shoppers.example'));
    assert.deepEqual(await desk(shop, 'open'), []);
    const again = shopify('shop/redact', REDACT, SECRET, { store: STORE });
    assert.notEqual((await deliver(shop, 'shopify', again)).status, 202);
    const connections = await asked(shop, `/v1/shops/${shop.shop}/connections`);
    assert.deepEqual(connections.connections, []);
  });

  test('one that still lets us in is shown, and forgotten where a person says so', async () => {
    const shop = await connected('shop_1eft0004');
    const triggeredAt = new Date(Date.now() - 1_000);
    await redact(shop, { triggeredAt });
    const request = await shown(shop);
    const access = await shop.asServer('/v1/shoppers/access', { request });
    await assertProblem(access, 400, 'body_invalid');
    const begun = await asked(shop, '/v1/shoppers/erase', { request });
    assert.equal(begun.shop.at, triggeredAt.getTime());
    await erased(shop);
    assert.ok(await isErased(shop, 'ada@shoppers.example'));
    assert.deepEqual(await desk(shop, 'open'), []);
    // The platform repeats itself: whoever has come since stays.
    await leave(shop, 'ada@shoppers.example');
    await redact(shop, { triggeredAt });
    await until('it was taken again', () => peer.of('shelf').length >= 2);
    assert.deepEqual(await desk(shop, 'open'), []);
    assert.ok((await shop.lookup('ada@shoppers.example')).known);
  });

  test('another store, and a shop that is on other platforms too, are for a person', async () => {
    const two = await connected('shop_1eft0005');
    await connect(two, 'woocommerce', WOOCOMMERCE);
    peer.faults.set('shelf', [401]);
    await redact(two);
    await shown(two);
    const another = await connected('shop_1eft0006');
    await redact(another, {}, { ...REDACT, shop_domain: 'another.myshopify.com' });
    await shown(another);
    peer.faults.delete('shelf');
  });
});

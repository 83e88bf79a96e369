/** A shop of which everybody is forgotten: because its platform says that it has gone, or because the merchant says so. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { scopedKey } from '../../scripts/keys.mjs';
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
    { within: 90_000 },
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
  test('everybody is forgotten, page by page and through a kill, and nobody of another shop', async () => {
    const shop = await edge.anotherShop('shop_1eft0001', SLOW_PACE);
    const other = await edge.anotherShop('shop_stays001', SLOW_PACE);
    await leave(other, 'ada@shoppers.example');
    await connect(shop, 'woocommerce', WOOCOMMERCE);
    await connect(shop, 'shopify', peer.connection);
    await putProducts(shop, [CUP]);
    const tell = (/** @type {string} */ topic, /** @type {object} */ body, at = Date.now()) => {
      const options = { store: STORE, triggeredAt: new Date(at) };
      return taken(shop, 'shopify', shopify(topic, body, SECRET, options));
    };
    const broken = notUnderstood('kept@shoppers.example', '+4930123456');
    await tell('checkouts/update', broken);
    const asks = { ...REDACT, customer: { id: 7 }, orders_requested: [], data_request: { id: 9 } };
    await tell('customers/data_request', asks);
    const people = Array.from({ length: 130 }, (_, n) => `ada.${n}@shoppers.example`);
    for (const [n, email] of people.entries()) await (n < 3 ? leave : record)(shop, email);
    await until('webhooks are kept', async () => {
      const [kept, open] = [await desk(shop), await desk(shop, 'open')];
      return kept.length === 1 && open.length === 1;
    });

    const begun = await asked(shop, '/v1/shoppers/erase', { shop: shop.shop });
    assert.deepEqual(begun.erasures, []);
    assert.equal(begun.shop.state, 'erasing');
    assert.deepEqual(await desk(shop), [], 'what the desk holds goes at once');
    // That somebody asked for something is still to be answered.
    assert.deepEqual(
      (await desk(shop, 'open')).map(({ code }) => code),
      ['customer_data'],
    );
    await until('some are erased', async () => (await everybody(shop)).people > 0, { every: 5 });
    await edge.stack.kill9();
    await edge.stack.restart();
    const { people: told, left, at } = await erased(shop);
    assert.deepEqual([told, left], [130, 0]);
    for (const email of people) assert.ok(await isErased(shop, email), email);
    assert.deepEqual((await asked(shop, '/v1/carts')).carts, []);
    const held = await asked(shop, '/v1/shoppers/access', { email: people[0] });
    assert.equal(held.people[0].email, null);
    assert.equal((await other.lookup('ada@shoppers.example')).erasure, null);
    assert.equal((await asked(other, '/v1/carts')).carts.length, 1);

    // Whoever comes afterwards is somebody new. What is told late of the time before is of before.
    const basket = (/** @type {string} */ name) =>
      shopifyCheckout(`tok-${name}`, [], new Date(), `${name}@shoppers.example`);
    await tell('checkouts/update', broken, at - 60_000);
    await tell('checkouts/update', basket('late'), at - 60_000);
    await leave(shop, 'eve@shoppers.example');
    await tell('checkouts/update', basket('bob'));
    await until('she is here', async () => (await shop.lookup('eve@shoppers.example')).known);
    await until('he is here', async () => (await shop.lookup('bob@shoppers.example')).known);
    assert.equal((await shop.lookup('late@shoppers.example')).known, false);
    assert.deepEqual(await desk(shop), []);
    assert.equal((await shop.lookup('eve@shoppers.example')).erasure, null);
    // Somebody of them is erased by themselves: that is another matter.
    await asked(shop, '/v1/shoppers/erase', { email: 'bob@shoppers.example' });
    assert.deepEqual(await everybody(shop), { state: 'erased', at, people: 130, left: 0 });
    // And once more everybody.
    const again = await asked(shop, '/v1/shoppers/erase', { shop: shop.shop });
    assert.ok(again.shop.at > at);
    await erased(shop);
    assert.ok(await isErased(shop, 'eve@shoppers.example'));
  });

  test('it is said on purpose, by an owner, or refused', async () => {
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
    const key = scopedKey(shop.master, shop.shop, { scopes: ['privacy:write'] });
    const response = await fetch(`${shop.url}/v1/shoppers/erase`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}` },
      body: JSON.stringify({ shop: shop.shop }),
    });
    await assertProblem(response, 403, 'scope_missing');
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
    for (const path of ['access', 'erase']) {
      const response = await shop.asServer(`/v1/shoppers/${path}`, { request });
      await assertProblem(response, 400, 'body_invalid');
    }
    await asked(shop, '/v1/shoppers/erase', { shop: shop.shop });
    await erased(shop);
    assert.ok(await isErased(shop, 'ada@shoppers.example'));
    assert.deepEqual(await desk(shop, 'open'), []);
    // The platform repeats itself: whoever has come since stays.
    await leave(shop, 'ada@shoppers.example');
    const before = peer.of('shelf').length;
    await redact(shop, { triggeredAt });
    await until('it was asked again', () => peer.of('shelf').length > before);
    await sleep(500);
    assert.deepEqual(await desk(shop, 'open'), []);
    const { people } = await asked(shop, '/v1/shoppers/access', { email: 'ada@shoppers.example' });
    assert.equal(people[0].email, 'ada@shoppers.example');
  });

  test('another store, a shop on other platforms too, and what is about a person are for a person', async () => {
    const two = await connected('shop_1eft0005');
    await connect(two, 'woocommerce', WOOCOMMERCE);
    peer.faults.set('shelf', [401]);
    await redact(two);
    await shown(two);
    const another = await connected('shop_1eft0006');
    await redact(another, {}, { ...REDACT, shop_domain: 'another.myshopify.com' });
    await shown(another);
    // The topic is not signed: a customer's wish under another one is none of a shop's.
    const replayed = await connected('shop_1eft0007');
    await redact(replayed, {}, { ...REDACT, customer: { id: 7 }, orders_to_redact: [] });
    await until('it is kept', async () => (await desk(replayed)).length === 1);
    assert.equal(await everybody(replayed), null);
    peer.faults.delete('shelf');
  });
});

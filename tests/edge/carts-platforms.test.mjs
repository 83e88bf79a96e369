/** `GET /v1/carts` over all that a shop is connected to: webhooks of several platforms, its own server and the snippet, in one list. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { Device, MUG } from '../fixtures/device.mjs';
import { runEdge, SLOW_PACE } from '../fixtures/edge.mjs';
import { assertProblem } from '../fixtures/problem.mjs';
import { until } from '../fixtures/until.mjs';
import { shopifyCheckout, woocommerceCart } from '../fixtures/webhook-payloads.mjs';
import { connect, shopify, taken, woocommerce } from '../fixtures/webhooks.mjs';

const SHOPIFY = 'shpss_0123456789abcdef0123456789abcdef';
const WOO = 'woo-secret-0123456789';

/** @type {import('../fixtures/edge.mjs').Edge} */
let edge;
before(async () => {
  edge = await runEdge({ demo: SLOW_PACE });
  await connect(edge, 'shopify', { webhook_secret: SHOPIFY });
  await connect(edge, 'woocommerce', { webhook_secret: WOO });
});
after(() => edge?.end());

const newToken = () => `Z2NwLXVz${randomBytes(9).toString('hex')}`;

/** A checkout as Shopify tells of it. @param {string} email @param {string} [intent] the token that the snippet has put into the cart */
const checkout = (email, intent) => {
  const told = shopifyCheckout(newToken(), [['41000001', 1]], new Date(), email);
  const note_attributes = intent ? [{ name: '_homing', value: intent }] : [];
  return shopify('checkouts/update', { ...told, note_attributes }, SHOPIFY);
};

/** A cart as the plugin of WooCommerce tells of it. @param {string} email */
const wooCart = (email) =>
  woocommerce(
    'cart.updated',
    woocommerceCart(newToken(), [['41000002', 2]], new Date(), email),
    WOO,
  );

/** @param {string} query @param {object} [body] */
const ask = (query, body) =>
  fetch(`${edge.url}/v1/carts${query}`, {
    method: body ? 'POST' : 'GET',
    headers: { authorization: `Bearer ${edge.secret}` },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });

/** Whose carts they are, and on which platforms. @param {string} query @param {object} [body] */
async function carts(query, body) {
  const response = await ask(query, body);
  const text = await response.text();
  assert.equal(response.status, 200, text);
  /** @type {any[]} */
  const list = JSON.parse(text).carts;
  const each = list.map(({ customer, platforms }) => [customer.email.split('@')[0], platforms]);
  return Object.fromEntries(each);
}

describe('carts of several platforms', () => {
  before(async () => {
    await taken(edge, 'shopify', checkout('shopify@platforms.example'));
    await taken(edge, 'woocommerce', wooCart('woo@platforms.example'));
    const told = await fetch(`${edge.url}/v1/baskets`, {
      method: 'PUT',
      headers: { authorization: `Bearer ${edge.secret}` },
      body: JSON.stringify({
        basket: newToken(),
        version: 1,
        lines: [{ variant: MUG, qty: 1 }],
        email: 'headless@platforms.example',
      }),
    });
    assert.equal(told.status, 200, await told.text());
    const page = new Device(edge);
    await page.settle(page.add(MUG), page.identify('page@platforms.example'));
    // The snippet follows a cart of Shopify's, and Shopify tells of it as well.
    const both = new Device(edge);
    await both.settle(both.add(MUG), both.identify('both@platforms.example'));
    await taken(edge, 'shopify', checkout('both@platforms.example', both.token));
    await until('all five are in the list, and both have told of the last', async () => {
      const all = await carts('?limit=100');
      return Object.keys(all).length === 5 && all.both.length === 2;
    });
  });

  test('are in one list, and each says where it is', async () => {
    assert.deepEqual(await carts('?limit=100'), {
      shopify: ['shopify'],
      woo: ['woocommerce'],
      headless: ['headless'],
      page: ['snippet'],
      both: ['shopify', 'snippet'],
    });
  });

  test('are filtered by one platform or several', async () => {
    for (const [names, whose] of /** @type {[string[], string[]][]} */ ([
      [['shopify'], ['both', 'shopify']],
      [['snippet'], ['both', 'page']],
      [
        ['woocommerce', 'headless'],
        ['headless', 'woo'],
      ],
      [['bigcommerce'], []],
      [['adobe', 'unknown'], []],
    ])) {
      const found = await carts(`?platform=${names.join(',')}`);
      assert.deepEqual(Object.keys(found).sort(), whose, String(names));
      const searched = await carts('/search', { platform: names });
      assert.deepEqual(searched, found);
    }
    const one = await carts('/search', { email: 'both@platforms.example', platform: ['shopify'] });
    assert.deepEqual(Object.keys(one), ['both']);
    const none = await carts('/search', {
      email: 'both@platforms.example',
      platform: ['woocommerce'],
    });
    assert.deepEqual(none, {});
    await assertProblem(await ask('?platform=fax'), 400, 'body_invalid');
    await assertProblem(await ask('/search', { platform: ['fax'] }), 400, 'body_invalid');
  });
});

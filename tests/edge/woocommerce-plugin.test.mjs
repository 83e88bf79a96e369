/** The plugin for WooCommerce, run by real PHP against a real worker. Of WordPress there is as much as it touches. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { inRoot } from '../../scripts/paths.mjs';
import { phpPath } from '../../scripts/php.mjs';
import { Device } from '../fixtures/device.mjs';
import { runEdge, SLOW_PACE } from '../fixtures/edge.mjs';
import { until } from '../fixtures/until.mjs';
import { connect } from '../fixtures/webhooks.mjs';

const SECRET = 'woo-secret-0123456789';
const [CUP, POT] = [41000001, 41000002];
const inEur = { currency_code: 'EUR', currency_minor_unit: 2 };

/**
 * The Store API's cart.
 * @param {[number, number][]} lines @param {string} [email]
 */
const cartOf = (lines, email) => ({
  items: lines.map(([id, quantity]) => ({
    key: `key-of-${id}`,
    id,
    quantity,
    name: 'Tasse „Möwe“ 🕊',
    variation: [],
    prices: { price: '1500', ...inEur },
    totals: { line_subtotal: `${1_500 * quantity}`, line_total: `${1_500 * quantity}`, ...inEur },
  })),
  coupons: [],
  totals: { total_items: '1500', total_price: '1500', ...inEur },
  billing_address: email ? { email } : {},
});

/** @type {import('../fixtures/edge.mjs').Edge} */
let edge;
before(async () => {
  edge = await runEdge({ demo: SLOW_PACE });
  await connect(edge, 'woocommerce', { webhook_secret: SECRET });
});
after(() => edge?.end());

/** A visitor with a session, as WooCommerce keeps it from request to request. */
class Visitor {
  /** @type {Record<string, unknown>} */
  session = {};
  /** @type {Record<string, string>} */
  cookies = {};

  /**
   * One request of theirs.
   * @param {string[]} actions @param {object} [cart] @param {Record<string, string>} [constants]
   * @returns {any}
   */
  asks(actions, cart = cartOf([]), constants = {}) {
    const php = phpPath();
    assert.ok(php, 'PHP is there');
    const input = JSON.stringify({
      constants: {
        HOMING_WORKER: edge.url,
        HOMING_KEY: edge.key,
        HOMING_SHOP: edge.shop,
        HOMING_WEBHOOK_SECRET: SECRET,
        ...constants,
      },
      cookies: this.cookies,
      session: this.session,
      cart,
      user: 0,
      actions,
    });
    const program = inRoot('tests', 'fixtures', 'wordpress.php');
    const { status, stdout, stderr } = spawnSync(php, [program], { input, encoding: 'utf8' });
    assert.equal(status, 0, `${stdout}\n${stderr}`);
    const done = JSON.parse(stdout);
    this.session = done.session;
    return done;
  }
}

/** The lines of the carts that the shop knows of a person. @param {string} email @returns {Promise<any[]>} */
async function cartsOf(email) {
  const response = await edge.asServer('/v1/carts/search', { email });
  assert.equal(response.status, 200, await response.clone().text());
  const { carts } = /** @type {any} */ (await response.json());
  return carts.map((/** @type {any} */ cart) => ({
    state: cart.state,
    lines: cart.lines.map((/** @type {any} */ line) => [line.variant, line.qty]).sort(),
  }));
}

test('every file for PHP can be read by it', () => {
  const root = inRoot('platforms');
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' });
  const found = files.filter((file) => /\.(php|phtml)$/.test(file));
  assert.ok(found.length >= 4);
  for (const file of found) {
    const { status, stdout } = spawnSync(phpPath() ?? 'php', ['-l', join(root, file)], {
      encoding: 'utf8',
    });
    assert.equal(status, 0, stdout);
  }
});

const newEmail = () => `${randomUUID().slice(0, 8)}@shoppers.example`;

describe('the plugin', () => {
  test('tells of a cart once a request, and not again while nothing changes', async () => {
    const [visitor, email] = [new Visitor(), newEmail()];
    const cart = cartOf(
      [
        [CUP, 2],
        [POT, 1],
      ],
      email,
    );
    const { sent } = visitor.asks(['woocommerce_cart_updated', 'woocommerce_cart_updated'], cart);
    assert.deepEqual(
      sent.map((/** @type {any} */ one) => one.status),
      [202],
    );
    await until('the cart is there', async () => (await cartsOf(email)).length === 1);
    assert.deepEqual((await cartsOf(email))[0].lines, [
      [`${CUP}`, 2],
      [`${POT}`, 1],
    ]);
    assert.deepEqual(visitor.asks(['woocommerce_cart_updated'], cart).sent, []);
    const changed = visitor.asks(['woocommerce_cart_updated'], cartOf([[CUP, 3]], email));
    assert.equal(changed.sent.length, 1);
    await until('it changed', async () => (await cartsOf(email))[0].lines.length === 1);
    assert.deepEqual((await cartsOf(email))[0].lines, [[`${CUP}`, 3]]);
  });

  test('has nothing to tell of who only looks, until a cart becomes empty', () => {
    const visitor = new Visitor();
    assert.deepEqual(visitor.asks(['woocommerce_cart_updated']).sent, []);
    assert.equal(visitor.asks(['woocommerce_cart_updated'], cartOf([[CUP, 1]])).sent.length, 1);
    assert.equal(visitor.asks(['woocommerce_cart_updated']).sent.length, 1);
  });

  test('hands on the browser’s token, so that both tell of the same cart', async () => {
    const [visitor, email] = [new Visitor(), newEmail()];
    const device = new Device(edge);
    await device.settle(device.add(`${CUP}`));
    assert.ok(device.token);
    visitor.cookies.homing_intent = device.token;
    visitor.asks(['woocommerce_cart_updated'], cartOf([[POT, 1]], email));
    await until('it is theirs', async () => (await cartsOf(email)).length === 1);
    assert.deepEqual((await cartsOf(email))[0].lines, [[`${CUP}`, 1]]);
  });

  test('names the cart in the order, at either checkout, and begins another after it', () => {
    for (const [action, isSaved] of /** @type {[string, boolean][]} */ ([
      ['woocommerce_checkout_create_order', false],
      ['woocommerce_store_api_checkout_update_order_meta', true],
    ])) {
      const visitor = new Visitor();
      const { sent } = visitor.asks(['woocommerce_cart_updated'], cartOf([[CUP, 1]]));
      const { token } = JSON.parse(sent[0].body);
      const { order } = visitor.asks([action], cartOf([[CUP, 1]]));
      assert.deepEqual(order, { meta: { _homing_cart: token }, saved: isSaved });
      visitor.asks(['woocommerce_cart_emptied']);
      const next = visitor.asks(['woocommerce_cart_updated'], cartOf([[POT, 1]]));
      assert.notEqual(JSON.parse(next.sent[0].body).token, token);
    }
  });

  test('keeps the cart’s name when it is emptied by hand', () => {
    const visitor = new Visitor();
    const { sent } = visitor.asks(['woocommerce_cart_updated'], cartOf([[CUP, 1]]));
    visitor.asks(['woocommerce_cart_emptied']);
    const next = visitor.asks(['woocommerce_cart_updated'], cartOf([[POT, 1]]));
    assert.equal(JSON.parse(next.sent[0].body).token, JSON.parse(sent[0].body).token);
  });

  test('is not believed with another secret', () => {
    const { sent } = new Visitor().asks(['woocommerce_cart_updated'], cartOf([[CUP, 1]]), {
      HOMING_WEBHOOK_SECRET: 'another-secret-0123456',
    });
    assert.equal(sent[0].status, 401);
  });

  test('puts the snippet into every page, with nothing of a visitor’s', () => {
    const visitor = new Visitor();
    visitor.cookies.homing_intent = 'not-in-the-page';
    const { html } = visitor.asks(['wp_head']);
    assert.match(html, new RegExp(`src="${edge.url}/sdk/v1/homing.js" data-key="${edge.key}"`));
    assert.match(html, / data-platform="woocommerce" data-reload></);
    assert.ok(!html.includes('not-in-the-page'));
    assert.equal(html, new Visitor().asks(['wp_head']).html);
  });
});

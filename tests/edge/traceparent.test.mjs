/** One W3C trace id, from the first event or a platform's webhook to the order that ends the cart, is found at every station. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { cartId, parseToken } from '../../scripts/keys.mjs';
import { Device, MUG } from '../fixtures/device.mjs';
import { FAST_PACE, runEdge } from '../fixtures/edge.mjs';
import { EndpointPeer } from '../fixtures/endpoint-peer.mjs';
import { ResendPeer } from '../fixtures/providers/resend.mjs';
import { until } from '../fixtures/until.mjs';
import { connect, shopify, taken } from '../fixtures/webhooks.mjs';

const SECRET = 'shpss_0123456789abcdef0123456789abcdef';
const CUP = '41000001';

/** @type {ResendPeer} */
let resend;
/** @type {EndpointPeer} */
let peer;
/** @type {import('../fixtures/edge.mjs').Edge} */
let edge;
before(async () => {
  [resend, peer] = await Promise.all([ResendPeer.start('re_key'), EndpointPeer.start()]);
  edge = await runEdge({
    demo: { ...FAST_PACE, provider: 'resend' },
    env: resend.env,
  });
  await connect(edge, 'shopify', { webhook_secret: SECRET });
});
after(async () => {
  await edge?.end();
  await Promise.all([resend, peer].map((one) => one?.close()));
});

const newTrace = () => randomBytes(16).toString('hex');

/** The trace id of a header `traceparent`, which has to be a whole one. @param {unknown} header */
function traceIn(header) {
  const found = /^00-([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-01$/.exec(String(header));
  return found?.[1];
}

/** The log's lines of an event. @param {string} event @returns {any[]} */
const logged = (event) =>
  readFileSync(join(edge.stack.stateDir, 'logs', 'worker.log'), 'utf8')
    .split('\n')
    .flatMap((line) => {
      const json = /\{"level":.*\}/.exec(line)?.[0];
      return json ? [JSON.parse(json)] : [];
    })
    .filter((line) => line.event === event);

/** @param {string} cart @returns {Promise<any[]>} */
async function eventsOf(cart) {
  const response = await edge.asServer(`/v1/carts/${cart}/events`);
  assert.equal(response.status, 200, await response.clone().text());
  return /** @type {any} */ (await response.json()).events;
}

/** The events that say under which trace they are told. @param {any[]} events */
const traced = (events) =>
  events.filter(({ trace }) => trace).map(({ what, trace }) => [what.t, trace]);

/** @param {string} path @param {string[]} events */
async function listens(path, events) {
  const response = await edge.asServer('/v1/endpoints', { url: peer.url + path, events });
  assert.equal(response.status, 200, await response.clone().text());
}

/** @param {string} email @param {string} state @returns {Promise<any>} */
const stands = (email, state) =>
  until(
    `the reminder to ${email} is ${state}`,
    async () => (await edge.deliveries(email)).find((one) => one.state === state),
    { within: 60_000 },
  );

/** A browser whose visit has this trace. */
class Visit extends Device {
  /** @param {import('../fixtures/edge.mjs').Edge} at @param {string | undefined} trace */
  constructor(at, trace) {
    super(at);
    this.trace = trace;
  }

  /** @param {import('../fixtures/device.mjs').Event[]} events */
  body(events) {
    return { ...super.body(events), ...(this.trace ? { trace: this.trace } : {}) };
  }
}

/** @param {string} secret */
const idOf = (secret) => `crt_${cartId(edge.shop, secret)}`;

describe('one trace', { concurrency: true }, () => {
  test('from a browser to the order on another device, through everything in between', async () => {
    const [trace, email] = [newTrace(), 'traced@shoppers.example'];
    await listens('/traced', ['delivery.dead_lettered', 'delivery.replayed']);
    resend.faults.set(email, [422]);
    const device = new Visit(edge, trace);
    const add = device.add(MUG);
    await device.settle(add, device.identify(email));
    // The provider's call, the log's line about it, the person's and the desk's list, and the merchant's own server.
    const dead = await stands(email, 'dead_lettered');
    assert.equal(dead.trace, trace);
    assert.equal(traceIn(resend.callsFor(email)[0]?.headers.traceparent), trace);
    const [report] = await until('it is listed', async () => {
      const found = (await edge.reports('dead_lettered')).filter((one) => one.trace === trace);
      return found.length > 0 && found;
    });
    const told = await until('an endpoint is told', () =>
      peer.at('/traced').find(({ headers }) => traceIn(headers.traceparent) === trace),
    );
    assert.match(told.body, /delivery\.dead_lettered/);
    const { shopper, conversation, step } = report;
    const again = await edge.asServer('/v1/deliveries/replay', { shopper, conversation, step });
    assert.equal(again.status, 200, await again.clone().text());
    await stands(email, 'sent');
    const [first, second] = resend.callsFor(email);
    assert.equal(traceIn(second?.headers.traceparent), trace);
    assert.notEqual(
      first?.headers.traceparent,
      second?.headers.traceparent,
      'each call has its own span',
    );
    const tries = logged('delivery_tried').filter((line) => line.trace === trace);
    assert.deepEqual(
      tries.map(({ detail }) => detail.split(' ').at(-1)),
      ['resend_422', 'accepted'],
    );

    // The link brings it back on another device, whose visit goes on with it.
    const [sent] = resend.of(email);
    const token = /\/r\/([A-Za-z0-9_-]{64})/.exec(sent?.email.text)?.[1] ?? '';
    assert.equal(parseToken(edge.master, token)?.subject, cartId(edge.shop, device.secret));
    const restored = await edge.restore(token);
    assert.equal(restored.trace, trace);
    const other = new Visit(edge, restored.trace);
    const copied = other.add(MUG);
    await other.settle(other.event('fork', { token, dots: [add.id] }), copied);
    await other.settle(other.order([copied.id], 'order-traced'));
    assert.deepEqual(traced(await eventsOf(idOf(other.secret))), [
      ['fork', trace],
      ['order', trace],
    ]);
    assert.deepEqual(traced(await eventsOf(idOf(device.secret))), [
      ['add', trace],
      ['fork_ordered', trace],
    ]);
    const orders = logged('order_taken').filter((line) => line.trace === trace);
    assert.deepEqual(
      orders.map(({ detail }) => detail).sort(),
      [idOf(device.secret), idOf(other.secret)].sort(),
    );
  });

  test("from a platform's webhook through a queue to the platform's order", async () => {
    const [trace, email, token] = [newTrace(), 'hooked@shoppers.example', `Z2Nw${newTrace()}`];
    const product = {
      variant: CUP,
      title: 'Cup',
      price_minor: 1_500,
      currency: 'EUR',
      image: 'https://shop.example/a.png',
      url: 'https://shop.example/a',
    };
    await fetch(`${edge.url}/v1/catalogue`, {
      method: 'PUT',
      headers: { authorization: `Bearer ${edge.secret}` },
      body: JSON.stringify({ products: [product] }),
    });
    const at = new Date().toISOString();
    const lines = [
      { id: 1, key: 'k', variant_id: Number(CUP), product_id: 8_000, title: 'Cup', quantity: 1 },
    ];
    const common = { currency: 'EUR', email, cart_token: token, line_items: lines };
    const checkout = {
      ...common,
      id: 5_001,
      token,
      created_at: at,
      updated_at: at,
      completed_at: null,
      buyer_accepts_marketing: true,
    };
    const hook = shopify('checkouts/create', checkout, SECRET);
    await taken(edge, 'shopify', {
      ...hook,
      headers: { ...hook.headers, traceparent: `00-${trace}-00f067aa0ba902b7-01` },
    });
    // Out of the queue.
    await until('the webhook is taken', () =>
      logged('webhook_taken').find((line) => line.trace === trace),
    );
    assert.equal((await stands(email, 'sent')).trace, trace);
    const [call] = resend.callsFor(email);
    assert.equal(traceIn(call?.headers.traceparent), trace);
    assert.ok(logged('delivery_tried').some((line) => line.trace === trace));
    // Its order comes under a trace of its own, and ends the cart under the cart's.
    const order = {
      ...common,
      id: 9_001,
      name: '#9001',
      created_at: new Date().toISOString(),
      updated_at: new Date().toISOString(),
      checkout_token: token,
      total_price: '15.00',
    };
    await taken(edge, 'shopify', shopify('orders/create', order, SECRET));
    const ended = await until(
      'the order is taken',
      () => logged('order_taken').find((line) => line.trace === trace),
      { within: 30_000 },
    );
    assert.deepEqual(
      traced(await eventsOf(ended.detail))
        .map(([t, id]) => [t, id])
        .at(-1),
      ['order', trace],
    );
  });

  test('of a server that keeps its own baskets: as it says, or made here', async () => {
    const trace = newTrace();
    /** @param {Record<string, string>} headers */
    const put = async (headers) => {
      const response = await fetch(`${edge.url}/v1/baskets`, {
        method: 'PUT',
        headers: { authorization: `Bearer ${edge.secret}`, ...headers },
        body: JSON.stringify({
          basket: newTrace(),
          version: 1,
          lines: [{ variant: MUG, qty: 1 }],
        }),
      });
      assert.equal(response.status, 200, await response.clone().text());
      return /** @type {any} */ (await response.json()).cart;
    };
    const header = { traceparent: `00-${trace}-00f067aa0ba902b7-00` };
    assert.deepEqual(traced(await eventsOf(await put(header))), [['add', trace]]);
    const made = [];
    const none = /** @type {Record<string, string>} */ ({});
    for (const headers of [none, { traceparent: `00-${trace}-0000000000000000-00` }]) {
      const [[kind, id]] = /** @type {any} */ (traced(await eventsOf(await put(headers))));
      assert.equal(kind, 'add');
      assert.match(id, /^(?!0{32})[0-9a-f]{32}$/);
      made.push(id);
    }
    assert.equal(new Set([...made, trace]).size, 3);
  });

  test('a page that names none gets one, and the next life of the same cart another', async () => {
    const device = new Visit(edge, undefined);
    const first = device.add(MUG);
    await device.settle(first);
    // A later visit goes on with the cart's.
    device.trace = newTrace();
    await device.settle(device.order([first.id], 'order-first'));
    await device.settle(device.add(MUG));
    const events = traced(await eventsOf(idOf(device.secret)));
    assert.deepEqual(
      events.map(([kind]) => kind),
      ['add', 'order', 'add'],
    );
    assert.equal(events[0]?.[1], events[1]?.[1]);
    assert.equal(events[2]?.[1], device.trace);
    assert.notEqual(events[0]?.[1], device.trace);
  });
});

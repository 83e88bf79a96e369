/** Quotes that were left: a shop's own people hear of each once, at HubSpot, at Salesforce and at the shop's endpoints. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Webhook } from 'standardwebhooks';
import { Device, MUG } from '../fixtures/device.mjs';
import { FAST_PACE, runEdge } from '../fixtures/edge.mjs';
import { EndpointPeer } from '../fixtures/endpoint-peer.mjs';
import { HubspotPeer } from '../fixtures/services/hubspot.mjs';
import { SalesforcePeer } from '../fixtures/services/salesforce.mjs';
import { assertTold } from '../fixtures/told-event.mjs';
import { until } from '../fixtures/until.mjs';

const CLIENT = { client_id: '3MVG9.client', client_secret: 'salesforce-secret' };
const TOKEN = 'pat-eu1-hubspot';
const PACE = {
  ...FAST_PACE,
  sequences: [],
  quote_alerts: {
    to: ['hubspot', 'salesforce', 'endpoints'],
    after_ms: 1_000,
    external_id: 'Homing_Id__c',
  },
};

/** @type {HubspotPeer} */
let hubspot;
/** @type {SalesforcePeer} */
let salesforce;
/** @type {EndpointPeer} */
let endpoint;
/** @type {import('../fixtures/edge.mjs').Edge} */
let edge;
let signing = '';
before(async () => {
  hubspot = await HubspotPeer.start(TOKEN);
  salesforce = await SalesforcePeer.start(CLIENT);
  endpoint = await EndpointPeer.start();
  edge = await runEdge({
    demo: PACE,
    cronMs: 2_000,
    env: { HUBSPOT_URL: hubspot.url, SALESFORCE_URL: salesforce.url },
  });
  const instance = 'https://dovecote.my.salesforce.com';
  await asked('PUT', `/shops/${edge.shop}/connections/hubspot`, { access_token: TOKEN });
  await asked('PUT', `/shops/${edge.shop}/connections/salesforce`, { ...CLIENT, instance });
  const url = `${endpoint.url}/quotes`;
  ({ secret: signing } = await asked('POST', '/endpoints', {
    url,
    events: ['quote.*', 'alert.*'],
  }));
});
after(async () => {
  await edge?.end();
  await Promise.all([hubspot?.close(), salesforce?.close(), endpoint?.close()]);
});

/** @param {string} method @param {string} path @param {object} body @returns {Promise<any>} */
async function asked(method, path, body) {
  const response = await fetch(`${edge.url}/v1${path}`, {
    method,
    headers: { authorization: `Bearer ${edge.secret}` },
    body: JSON.stringify(body),
  });
  assert.equal(response.status, 200, await response.clone().text());
  return response.json();
}

/** A quote that somebody left. @param {string} email */
async function leftQuote(email) {
  hubspot.contacts.set(String(hubspot.contacts.size + 501), email);
  const device = new Device(edge);
  const add = device.add(MUG, 20);
  const quote = device.event('quote', { quote: true });
  await device.settle(add, quote, device.identify(email, false));
  return { device, dot: add.id };
}

/** @param {string} email @returns {Promise<any[]>} */
const alerts = async (email) => (await edge.lookup(email)).alerts;

/** @param {string} email @param {(states: Record<string, string>) => boolean} wanted @param {number} [within] */
const states = (email, wanted, within = 20_000) =>
  until(
    `the alerts about ${email}`,
    async () => {
      const all = await alerts(email);
      const by = Object.fromEntries(all.map(({ service, state }) => [service, state]));
      return wanted(by) && by;
    },
    { within },
  );

/** What the endpoint heard of somebody's quote. @param {string} email */
async function heard(email) {
  const { shopper } = await edge.lookup(email);
  return endpoint.at('/quotes').filter(({ body }) => body.includes(shopper));
}

describe('a quote that was left', { concurrency: true }, () => {
  test('is a task with its contact, a task in Salesforce and an event, with what to do next', async () => {
    const email = 'buyer@works.example';
    await leftQuote(email);
    await states(email, (by) => Object.values(by).join() === 'told,told,told');
    const [task] = hubspot.of(email);
    assert.equal(hubspot.of(email).length, 1);
    const { properties } = task?.email ?? {};
    assert.match(properties.hs_task_subject, /^Left quote by buyer@works\.example: 20 pieces, /);
    assert.match(properties.hs_task_body, /Write to buyer@works\.example with an offer/);
    assert.match(properties.hs_task_body, /Open the cart: http.*\/r\//);
    const [told] = salesforce.about(email);
    assert.equal(salesforce.about(email).length, 1);
    assert.equal(told.Status, 'Not Started');
    const call = await until('the endpoint hears', async () => (await heard(email))[0]);
    const event = /** @type {any} */ (new Webhook(signing).verify(call.body, call.headers));
    assert.equal(event.type, 'quote.left');
    assertTold(event);
    assert.match(event.data.cart, /^crt_/);
    assert.ok(event.data.total_minor > 0 && event.data.actions.length > 0);
    assert.ok(!call.body.includes('works.example'), 'it names nobody');
    // The link brings the cart back.
    const token = /\/r\/([\w-]+)/.exec(properties.hs_task_body)?.[1] ?? '';
    const restored = await edge.restore(token);
    assert.deepEqual([restored.quote, restored.lines[0].qty], [true, 20]);
    // No message brought them.
    assert.equal(restored.utm.medium, 'link');
  });

  test('is told by a shop’s server as well', async () => {
    const email = 'server@works.example';
    hubspot.contacts.set('900', email);
    const lines = [{ variant: MUG, qty: 3 }];
    const basket = { basket: 'quote-basket-1', version: 1, lines, email, quote: true };
    await asked('PUT', '/baskets', basket);
    await states(email, (by) => by.hubspot === 'told');
    // What is none any more, or is nothing but a cart, is told to nobody.
    const other = 'cart@works.example';
    await asked('PUT', '/baskets', { ...basket, basket: 'quote-basket-2', email: other });
    await asked('PUT', '/baskets', {
      ...basket,
      basket: 'quote-basket-2',
      email: other,
      version: 2,
      quote: false,
    });
    await states(email, (by) => by.salesforce === 'told');
    assert.deepEqual(hubspot.of(other), []);
  });

  test('of which nobody knows whether it was told is told again only where two are one', async () => {
    const email = 'unsure@works.example';
    hubspot.faults.set(email, ['reset']);
    salesforce.faults.set(email, ['reset']);
    await leftQuote(email);
    await states(
      email,
      ({ hubspot: one, salesforce: other }) => one === 'unknown' && other === 'told',
    );
    assert.equal(hubspot.callsFor(email).length, 1);
    assert.equal(salesforce.callsFor(email).length, 2);
    assert.equal(salesforce.about(email).length, 1);
    const { deliveries } = await (await edge.asServer('/v1/deliveries?state=alert_unknown')).json();
    const { shopper } = await edge.lookup(email);
    assert.ok(deliveries.some((/** @type {any} */ one) => one.shopper === shopper));
  });

  test('waits for a busy service, and one that is bought meanwhile is told to nobody', async () => {
    const [busy, bought] = ['busy@works.example', 'bought@works.example'];
    hubspot.faults.set(busy, [429]);
    hubspot.faults.set(bought, [{ status: 429, retryAfter: 600 }]);
    await leftQuote(busy);
    const { device, dot } = await leftQuote(bought);
    await states(busy, (by) => by.hubspot === 'told');
    assert.equal(hubspot.of(busy).length, 1);
    await until('it was refused once', () => hubspot.callsFor(bought).length === 1);
    await device.settle(device.order([dot], 'o-quote'));
    await states(bought, (by) => by.hubspot === 'needless');
  });
});

test('a worker that is killed while a task is made makes no second one', async () => {
  const email = 'killed@works.example';
  let release = () => {};
  const over = new Promise((resolve) => {
    release = () => resolve(undefined);
  });
  const who = new Set([email]);
  for (const peer of [hubspot, salesforce]) peer.hold = { phase: 'during', who, over };
  await leftQuote(email);
  await until('both are under way', () => [hubspot, salesforce].every((one) => one.of(email)[0]));
  await edge.stack.kill9();
  for (const peer of [hubspot, salesforce]) peer.hold = undefined;
  release();
  await edge.stack.restart();
  await states(email, (by) => by.hubspot === 'unknown' && by.salesforce === 'told', 60_000);
  assert.deepEqual([hubspot.of(email).length, salesforce.about(email).length], [1, 1]);
});

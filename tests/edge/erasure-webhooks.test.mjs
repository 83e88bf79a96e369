/** What platforms tell of people before and after they are erased, and what they ask for by law. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { forEveryCart } from '../../scripts/demo-shop.mjs';
import { cartId } from '../../scripts/keys.mjs';
import { Device, MUG } from '../fixtures/device.mjs';
import { runEdge, SLOW_PACE } from '../fixtures/edge.mjs';
import { asked, notUnderstood } from '../fixtures/privacy.mjs';
import { assertProblem } from '../fixtures/problem.mjs';
import { SmtpPeer } from '../fixtures/smtp-peer.mjs';
import { until } from '../fixtures/until.mjs';
import { shopifyCheckout, shopifyOrder } from '../fixtures/webhook-payloads.mjs';
import { connect, desk, putProducts, shopify, taken } from '../fixtures/webhooks.mjs';

const SECRET = 'shpss_0123456789abcdef0123456789abcdef';
const CUP = '41000001';
const SHOP = { shop_id: 954_889, shop_domain: 'dovecote.myshopify.com' };
const HOUR_AGO = 3_600_000;

/** @type {SmtpPeer} */
let smtp;
/** @type {import('../fixtures/edge.mjs').Edge} */
let edge;
/** Where nobody is written to while a test looks. @type {import('../fixtures/edge.mjs').Edge} */
let slow;
before(async () => {
  smtp = await SmtpPeer.start();
  edge = await runEdge({
    demo: {
      holdout_bp: 0,
      thresholds: { cart_ms: 1_000, checkout_ms: 1_000 },
      sequences: forEveryCart([{ after_ms: 1_000, template: 'reminder' }]),
      caps: { caps: [], min_gap_ms: 0 },
    },
    cronMs: 1_000,
    env: { SMTP_URL: smtp.url },
  });
  slow = await edge.anotherShop('shop_s10w0002', SLOW_PACE);
  for (const shop of [edge, slow]) {
    await connect(shop, 'shopify', { webhook_secret: SECRET });
    await putProducts(shop, [CUP]);
  }
});
after(async () => {
  await edge?.end();
  await smtp?.close();
});

/** @param {object} whom @param {import('../fixtures/edge.mjs').Edge} [shop] @returns {Promise<any[]>} */
const erase = async (whom, shop = edge) => (await asked(shop, '/v1/shoppers/erase', whom)).erasures;

/** @param {object} whom @param {import('../fixtures/edge.mjs').Edge} [shop] */
const access = (whom, shop = edge) => asked(shop, '/v1/shoppers/access', whom);

/** @param {string} topic @param {object} body @param {{ triggeredAt?: Date, to?: import('../fixtures/edge.mjs').Edge }} [options] */
const tell = (topic, body, { to = edge, ...options } = {}) =>
  taken(to, 'shopify', shopify(topic, body, SECRET, options));

/** @param {string} email @param {import('../fixtures/edge.mjs').Edge} [shop] */
const erased = (email, shop = edge) =>
  until(`${email} is erased`, async () => (await shop.lookup(email)).erasure?.state === 'erased', {
    within: 40_000,
  });

describe('what is asked for by law', () => {
  test('a platform has a customer erased, and told what is held', async () => {
    const email = 'redacted@shoppers.example';
    const shop = { shop_id: 954_889, shop_domain: 'dovecote.myshopify.com' };
    const customer = { id: 191_167, email, phone: '+4930123456' };
    const device = new Device(edge);
    await device.settle(device.add(MUG), device.identify(email));
    const tell = (
      /** @type {string} */ topic,
      /** @type {object} */ more,
      /** @type {object} */ options = {},
    ) => taken(edge, 'shopify', shopify(topic, { ...shop, customer, ...more }, SECRET, options));
    await tell('customers/data_request', { orders_requested: [1], data_request: { id: 9_999 } });
    const [request] = await until('the request is shown', async () => {
      const open = await desk(edge, 'open');
      return open.length === 1 && open;
    });
    assert.equal(request.code, 'customer_data');
    const { people } = await access({ request: request.id });
    assert.deepEqual(
      people.map((/** @type {any} */ one) => one.email),
      [email],
    );
    const asked = new Date();
    await tell('customers/redact', { orders_to_redact: [1] });
    await until(
      'she is erased',
      async () => (await edge.lookup(email)).erasure?.state === 'erased',
      {
        within: 30_000,
      },
    );
    assert.equal((await access({ email })).people[0].email, null);
    // That there was a request is still shown; whom it named is not held any more.
    assert.deepEqual(
      (await desk(edge, 'open')).map(({ code }) => code),
      ['customer_data'],
    );
    await assertProblem(
      await edge.asServer('/v1/shoppers/access', { request: request.id }),
      404,
      'not_found',
    );
    // She comes again; that the platform repeats itself does not erase her.
    await sleep(50);
    const anew = new Device(edge);
    await anew.settle(anew.add(MUG), anew.identify(email));
    await tell('customers/redact', { orders_to_redact: [1] }, { triggeredAt: asked });
    await sleep(3_000);
    assert.equal((await access({ email })).people[0].email, email);
    // Of whom nothing but an unknown id is said, a person has to look.
    const unknown = { customer: { id: 4_711 }, orders_to_redact: [] };
    await taken(edge, 'shopify', shopify('customers/redact', { ...shop, ...unknown }, SECRET));
    await until('it is shown', async () =>
      (await desk(edge, 'open')).some(({ code }) => code === 'customer_erasure'),
    );
  });

  test('a redact that leads to nobody is shown, and whom it names is erased all the same', async () => {
    const email = 'another-address@shoppers.example';
    const body = { ...SHOP, customer: { id: 99, email }, orders_to_redact: [7] };
    const before = (await desk(edge, 'open')).length;
    await tell('customers/redact', body);
    const open = await until('it is shown', async () => {
      const open = await desk(edge, 'open');
      return open.length > before && open;
    });
    assert.equal(open[0].code, 'customer_erasure');
    assert.equal((await edge.lookup(email)).erasure.state, 'erased');
    // A person can read whom it names, and have them erased by it. Then it says nothing any more, also where it comes once more.
    const request = open[0].id;
    const [erasure] = await erase({ request });
    assert.equal(erasure.shopper, (await edge.lookup(email)).erasure.shopper);
    await erased(email);
    await tell('customers/redact', body);
    await sleep(3_000);
    await assertProblem(await edge.asServer('/v1/shoppers/erase', { request }), 404, 'not_found');
  });

  test('a redact that could not be taken stays until everybody whom it names is erased', async () => {
    const [one, other] = ['redact-one@shoppers.example', 'redact-other@shoppers.example'];
    for (const email of [one, other]) {
      const device = new Device(slow);
      await device.settle(device.add(MUG), device.identify(email));
    }
    await tell('customers/redact', { ...SHOP, people: [one, other] }, { to: slow });
    const kept = async () => (await desk(slow)).filter(({ topic }) => topic === 'customers/redact');
    await until('it is kept', async () => (await kept()).length === 1);
    await erase({ email: one }, slow);
    await erased(one, slow);
    assert.equal((await kept()).length, 1, 'the other one is still to be erased');
    await erase({ email: other }, slow);
    await until('it is gone', async () => (await kept()).length === 0);
  });

  test('what is kept of one contact is shown under those that were joined to it', async () => {
    const emails = ['one@joined.example', 'other@joined.example'];
    for (const email of emails) {
      const device = new Device(slow);
      await device.settle(device.add(MUG), device.identify(email));
    }
    await asked(slow, '/v1/shoppers/join', { shoppers: emails.map((email) => ({ email })) });
    for (const email of emails) {
      await tell('checkouts/update', notUnderstood(email, '+4930999077'), { to: slow });
    }
    for (const email of emails) {
      await until(
        'both are shown',
        async () => (await access({ email }, slow)).webhooks.length === 2,
      );
    }
  });

  test('a request stands alone, and one to be told something erases nobody', async () => {
    const email = 'only-asks@shoppers.example';
    const device = new Device(slow);
    await device.settle(device.add(MUG), device.identify(email));
    const body = { ...SHOP, customer: { id: 5, email }, orders_requested: [1] };
    await tell('customers/data_request', body, { to: slow });
    const [{ id }] = await until('it is shown', async () => {
      const open = await desk(slow, 'open');
      return open.length > 0 && open;
    });
    for (const path of ['/v1/shoppers/erase', '/v1/shoppers/access']) {
      const both = await slow.asServer(path, { request: id, email: 'b@shoppers.example' });
      await assertProblem(both, 400, 'body_invalid');
    }
    const erasing = await slow.asServer('/v1/shoppers/erase', { request: id });
    await assertProblem(erasing, 400, 'body_invalid');
    assert.equal((await access({ request: id }, slow)).people[0].email, email);
  });

  test('a customer who has had two addresses is erased under both', async () => {
    const emails = ['first-42@shoppers.example', 'second-42@shoppers.example'];
    for (const email of emails) {
      const put = await fetch(`${slow.url}/v1/shoppers`, {
        method: 'PUT',
        headers: { authorization: `Bearer ${slow.secret}` },
        body: JSON.stringify({ email, customer_id: '42', name: 'Ada' }),
      });
      assert.equal(put.status, 200, await put.text());
    }
    assert.equal((await erase({ customer_id: '42' }, slow)).length, 2);
    for (const email of emails) {
      assert.equal((await slow.lookup(email)).erasure.state, 'erased');
    }
  });
});

describe('what comes late', () => {
  test('an order ends it however old the word on consent is that comes with it', async () => {
    const email = 'back-again@shoppers.example';
    const first = new Device(slow);
    await first.settle(first.add(MUG), first.identify(email));
    await erase({ email }, slow);
    await erased(email, slow);
    // An order's time is in whole seconds.
    await sleep(1_100);
    const again = new Device(slow);
    await again.settle(again.add(MUG), again.identify(email));
    assert.equal((await slow.lookup(email)).planned, true);
    // She has an account there since long ago, and buys by a checkout of which her page knows nothing.
    const account = { state: 'subscribed', consent_updated_at: '2024-05-01T10:00:00Z' };
    const order = {
      ...shopifyOrder('hWN-elsewhere', [[CUP, 1]], new Date(), email, 8_001),
      customer: { id: 8, email, email_marketing_consent: account },
    };
    await tell('orders/create', order, { to: slow });
    const shown = await slow.lookup(email);
    assert.deepEqual([shown.planned, shown.consent_email], [false, true]);
    assert.deepEqual(
      (await access({ email }, slow)).people.map((/** @type {any} */ one) => one.orders),
      [1],
    );
  });

  test('a checkout of before makes no cart that is hers when she comes again', async () => {
    const email = 'late-checkout@shoppers.example';
    const device = new Device(slow);
    const old = { at: Date.now() - HOUR_AGO };
    await erase({ email }, slow);
    const add = device.add(MUG, 1, { options: { Engraving: 'for zqx' } });
    await device.settle({ ...add, ...old }, { ...device.identify(email), ...old });
    const at = new Date(Date.now() - HOUR_AGO);
    const checkout = shopifyCheckout('hWN-late', [[CUP, 1]], at, email, 9_002);
    await tell('checkouts/create', checkout, { to: slow, triggeredAt: at });
    await until('what came late has forgotten', async () => {
      const { erasure } = await slow.lookup(email);
      return erasure.state === 'erased' && erasure.carts === 0;
    });
    const anew = new Device(slow);
    await anew.settle(anew.add(MUG), anew.identify(email));
    const id = `crt_${cartId(slow.shop, device.secret)}`;
    const shown = JSON.stringify(await asked(slow, `/v1/carts/${id}`));
    assert.ok(!shown.includes(email) && !shown.includes('zqx'), shown);
    const log = await (await slow.asServer(`/v1/carts/${id}/log`)).text();
    assert.ok(!log.includes('zqx'));
    const [person] = (await access({ email }, slow)).people;
    assert.equal(person.carts.length, 1);
    assert.ok(!JSON.stringify(person.carts).includes(CUP));
  });

  test('that an erasure has ended takes nothing from who has come since', async () => {
    const email = 'ends-late@shoppers.example';
    /** @type {(value: unknown) => void} */
    let open = () => {};
    smtp.rule(email, { gate: new Promise((resolve) => (open = resolve)) });
    const device = new Device(edge);
    await device.settle(device.add(MUG), device.identify(email));
    await until('a message is on its way', () => smtp.received.some(({ to }) => to === email), {
      within: 40_000,
    });
    await tell('checkouts/update', notUnderstood(email, '+4930999001'));
    await until('it is kept', async () => (await desk(edge)).length === 1);
    const [begun] = await erase({ email });
    assert.deepEqual([begun.state, begun.messages], ['erasing', 1]);
    await until('the desk has forgotten', async () => (await desk(edge)).length === 0);
    // She comes again before the message has arrived, and something of hers is kept.
    await sleep(50);
    await tell('checkouts/update', { ...notUnderstood(email, '+4930999001'), id: 2 });
    // Of before, said again by the platform.
    await tell('checkouts/update', notUnderstood(email, '+4930999001'), {
      triggeredAt: new Date(Date.now() - HOUR_AGO),
    });
    await until('it is kept', async () => (await desk(edge)).length === 1);
    open(undefined);
    await erased(email);
    await until('the desk has heard of the end', async () => {
      const { erasures } = await asked(edge, '/v1/erasures');
      const one = erasures.find((/** @type {any} */ known) => known.shopper === begun.shopper);
      return one?.ended_at;
    });
    assert.equal((await desk(edge)).length, 1);
  });
});

/** The trace of a cart is told with every kind of call that is made about it: as the header `traceparent`, or in a mail. */
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { forEveryCart } from '../../scripts/demo-shop.mjs';
import { Device, MUG } from '../fixtures/device.mjs';
import { FAST_PACE, runEdge } from '../fixtures/edge.mjs';
import { WooCommercePeer } from '../fixtures/platform-apis/woocommerce.mjs';
import { CloudflarePeer } from '../fixtures/providers/cloudflare.mjs';
import { PushPeer } from '../fixtures/providers/push.mjs';
import { HubspotPeer } from '../fixtures/services/hubspot.mjs';
import { MetaPeer } from '../fixtures/services/meta.mjs';
import { SalesforcePeer } from '../fixtures/services/salesforce.mjs';
import { parseMail, SmtpPeer } from '../fixtures/smtp-peer.mjs';
import { until } from '../fixtures/until.mjs';
import { connect, putConnection, putProducts } from '../fixtures/webhooks.mjs';

const CLIENT = { client_id: '3MVG9.client', client_secret: 'sf-secret-1' };
const OFFER = { code: 'BACK-{unique}', percent: 15 };

/** @typedef {import('../fixtures/edge.mjs').Edge} Edge */
/** @type {{ smtp: SmtpPeer, cloudflare: CloudflarePeer, push: PushPeer, hubspot: HubspotPeer, meta: MetaPeer, salesforce: SalesforcePeer, woo: WooCommercePeer }} */
let peers;
/** @type {Edge} */
let edge;
before(async () => {
  const woo = new WooCommercePeer();
  await woo.listen();
  peers = {
    smtp: await SmtpPeer.start(),
    cloudflare: await CloudflarePeer.start(),
    push: await PushPeer.start(),
    hubspot: await HubspotPeer.start('pat-traces'),
    meta: await MetaPeer.start('EAAB-traces'),
    salesforce: await SalesforcePeer.start(CLIENT),
    woo,
  };
  edge = await runEdge({
    demo: FAST_PACE,
    sendEmail: peers.cloudflare.config,
    env: {
      SMTP_URL: peers.smtp.url,
      HUBSPOT_URL: peers.hubspot.url,
      META_URL: peers.meta.url,
      SALESFORCE_URL: peers.salesforce.url,
    },
  });
});
after(async () => {
  await edge?.end();
  await Promise.all(Object.values(peers ?? {}).map((peer) => peer.close()));
});

/** The trace id of a `traceparent`, which has to be a whole one, and its span. @param {unknown} header */
function traceIn(header) {
  const [, trace, span] =
    /^00-([0-9a-f]{32})-((?!0{16})[0-9a-f]{16})-01$/.exec(String(header)) ?? [];
  return { trace, span };
}

/** A browser whose visit has a trace of its own. @param {Edge} shop */
function visit(shop) {
  const device = new Device(shop);
  const { body } = device;
  const trace = randomBytes(16).toString('hex');
  device.body = (events) => ({ ...body.call(device, events), trace });
  return { device, trace };
}

/** @template T @param {string} what @param {() => T | undefined} probe */
const soon = (what, probe) => until(what, async () => probe(), { within: 40_000 });

describe('a call', { concurrency: true }, () => {
  test('of a push service', async () => {
    const shop = await edge.anotherShop('shop_trace001', {
      ...FAST_PACE,
      push: {},
      sequences: forEveryCart([{ after_ms: 1_000, template: 'reminder', channels: ['push'] }]),
    });
    const { device, trace } = visit(shop);
    const { key } = /** @type {any} */ (await (await fetch(`${shop.url}/v1/push`)).json());
    const consent = { push: true, wording: 'push-v1', page: '/' };
    const said = device.event('push', { push: peers.push.subscribe('traced', key), consent });
    await device.settle(device.add(MUG), said);
    const call = await soon('a notification', () => peers.push.callsFor('traced')[0]);
    assert.equal(traceIn(call.headers.traceparent).trace, trace);
  });

  test('of an audience, of a CRM, and of who gives the token for it', async () => {
    const shop = await edge.anotherShop('shop_trace002', {
      ...FAST_PACE,
      holdout_bp: 0,
      sequences: [],
      audiences: [{ service: 'meta', list: '23850000000000001', after_ms: 1_000 }],
      quote_alerts: { to: ['hubspot', 'salesforce'], after_ms: 1_000 },
    });
    await putConnection(shop, 'meta', { access_token: peers.meta.token });
    await putConnection(shop, 'hubspot', { access_token: peers.hubspot.token });
    const instance = 'https://dovecote.my.salesforce.com';
    await putConnection(shop, 'salesforce', { ...CLIENT, instance });
    const email = 'traced@errands.example';
    peers.hubspot.contacts.set('1', email);
    const { device, trace } = visit(shop);
    const add = device.add(MUG, 5);
    const consent = { email: false, ads: true, wording: 'w1', page: '/' };
    const quote = device.event('quote', { quote: true });
    await device.settle(add, quote, device.identify(email, false, { consent }));
    const digest = createHash('sha256').update(email).digest('hex');
    const spans = [];
    for (const [peer, name] of /** @type {const} */ ([
      [peers.meta, digest],
      [peers.hubspot, email],
      [peers.salesforce, email],
    ])) {
      const call = await soon(`${name} is told of`, () => peer.callsFor(name)[0]);
      const found = traceIn(call.headers.traceparent);
      assert.equal(found.trace, trace, name);
      spans.push(found.span);
    }
    assert.equal(new Set(spans).size, 3, 'each call has its own span');
    // It ends under the same trace.
    await device.settle(device.order([add.id]));
    const end = await soon('the end is told', () => peers.meta.callsFor(digest)[1]);
    assert.equal(traceIn(end.headers.traceparent).trace, trace);
  });

  test("of a platform's own API: what is on the shelf, and a code", async () => {
    const { woo, smtp } = peers;
    const shop = await edge.anotherShop('shop_trace003', {
      ...FAST_PACE,
      sequences: forEveryCart([{ after_ms: 1_000, template: 'offer', offer: OFFER }]),
    });
    await connect(shop, woo.platform, woo.connection);
    await putProducts(shop, [woo.variant(1)]);
    woo.stock.set(woo.variant(1), { available: true, price: '15.00' });
    const email = 'traced@woo.example';
    const { device, trace } = visit(shop);
    await device.settle(device.add(woo.variant(1)), device.identify(email));
    const [mail] = await smtp.awaited(email, 1, 40_000);
    assert.ok(mail);
    for (const kind of /** @type {const} */ (['shelf', 'code'])) {
      const calls = woo.of(kind);
      assert.ok(calls.length > 0, kind);
      for (const { headers } of calls)
        assert.equal(traceIn(headers.traceparent).trace, trace, kind);
    }
    const parsed = await parseMail(mail);
    const inMail = parsed.headers.get('x-traceparent');
    assert.equal(traceIn(inMail).trace, trace, 'by SMTP');
  });

  test("of Cloudflare's email service, in the mail itself", async () => {
    const shop = await edge.anotherShop('shop_trace004', { ...FAST_PACE, provider: 'cloudflare' });
    const email = 'traced@cloudflare.example';
    const { device, trace } = visit(shop);
    await device.settle(device.add(MUG), device.identify(email));
    const [mail] = await soon(
      'a mail',
      () => peers.cloudflare.of(email)[0] && peers.cloudflare.of(email),
    );
    assert.equal(traceIn(mail?.email.headers['X-Traceparent']).trace, trace);
  });
});

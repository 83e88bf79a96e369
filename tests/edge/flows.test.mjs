/**
 * Marketing platforms are told of what is due and of what is over, by events as their APIs take them; their own flows do the rest.
 * Klaviyo's own client says what an event has to look like.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import {
  ApiKeySession,
  EventCreateQueryV2ResourceObjectAttributes,
  EventEnum,
  EventsApi,
  MetricEnum,
  ProfileEnum,
} from 'klaviyo-api';
import { forEveryCart } from '../../scripts/demo-shop.mjs';
import { Device, leftCart, MUG } from '../fixtures/device.mjs';
import { FAST_PACE, runEdge } from '../fixtures/edge.mjs';
import {
  connectionTo,
  connectPlatform,
  DUE,
  platformEnv,
  STOPPED,
  startPlatforms,
} from '../fixtures/flows.mjs';
import { assertProblem } from '../fixtures/problem.mjs';
import { SmtpPeer } from '../fixtures/smtp-peer.mjs';
import { until } from '../fixtures/until.mjs';

/** @typedef {import('../fixtures/flows.mjs').PlatformName} PlatformName */

const CLOSED = ['sent', 'skipped', 'unknown', 'dead_lettered'];

/** @type {import('../fixtures/flows.mjs').Platforms} */
let platforms;
/** @type {SmtpPeer} */
let smtp;
/** @type {import('../fixtures/edge.mjs').Edge} */
let edge;
/** @type {Record<string, import('../fixtures/edge.mjs').Edge>} */
const shops = {};

let number = 0;
/** Another shop, connected to one platform. @param {PlatformName} platform @param {object} changes */
async function shopWith(platform, changes) {
  number += 1;
  const shop = await edge.anotherShop(`shop_f10w000${number}`, { ...FAST_PACE, ...changes });
  await connectPlatform(shop, platforms, platform);
  return shop;
}

before(async () => {
  [platforms, smtp] = await Promise.all([startPlatforms(), SmtpPeer.start()]);
  edge = await runEdge({
    demo: { ...FAST_PACE },
    env: { SMTP_URL: smtp.url, ...platformEnv(platforms) },
  });
  for (const platform of /** @type {PlatformName[]} */ (Object.keys(platforms)))
    shops[platform] = await shopWith(platform, { flows: [{ platform }] });
});
after(async () => {
  await edge?.end();
  await Promise.all(Object.values(platforms ?? {}).map((peer) => peer.close()));
  await smtp?.close();
});

/** The first delivery to somebody, once it is closed. @param {import('../fixtures/edge.mjs').Edge} shop @param {string} email */
const closed = (shop, email, n = 0) =>
  until(
    `delivery ${n} to ${email} is closed`,
    async () => {
      const delivery = (await shop.deliveries(email))[n];
      return CLOSED.includes(delivery?.state) && delivery;
    },
    { within: 60_000 },
  );

/** The cart behind a link, as whoever follows it gets it. @param {string} url */
async function behind(url) {
  const token = url.split('/r/')[1] ?? '';
  assert.match(token, /^[A-Za-z0-9_-]{64}$/);
  const response = await fetch(url, { redirect: 'manual' });
  assert.equal(response.status, 302);
}

describe('marketing platforms', { concurrency: true }, () => {
  test('Klaviyo gets the event that its own client would send, and is told of the purchase', async () => {
    const shop = /** @type {import('../fixtures/edge.mjs').Edge} */ (shops.klaviyo);
    const { klaviyo } = platforms;
    const email = 'ada@klaviyo.example';
    const { device, dot } = await leftCart(shop, email);
    const delivery = await closed(shop, email);
    assert.deepEqual(
      [delivery.state, delivery.attempts, delivery.provider, delivery.channel],
      ['sent', 1, 'klaviyo', 'email'],
    );
    const [sent] = klaviyo.of(email);
    assert.ok(sent);
    const { name, properties, value, value_currency: currency, unique_id: id } = sent.email;
    assert.deepEqual([name, currency], [DUE, 'EUR']);
    assert.match(id, /^dlv_[0-9a-f]{32}_1_0$/);
    assert.equal(properties.total, value);
    assert.equal(properties.lines.length, 1);
    assert.equal(properties.lines[0].variant, MUG);
    assert.equal(properties.about, 'cart');
    assert.ok(!JSON.stringify(properties).includes(email));
    await behind(properties.recovery_url);
    assert.ok(properties.unsubscribe_url.startsWith(`${edge.url}/u/`));

    // The same event by Klaviyo's own client: byte for byte another spelling, field for field the same.
    const [ours] = klaviyo.callsFor(email);
    assert.ok(ours);
    const api = new EventsApi(new ApiKeySession(klaviyo.apiKey));
    api.basePath = klaviyo.url;
    const answer = await api.createEvent({
      data: {
        type: EventEnum.Event,
        attributes: Object.assign(new EventCreateQueryV2ResourceObjectAttributes(), {
          properties,
          time: new Date(sent.email.time),
          value,
          valueCurrency: currency,
          uniqueId: id,
          metric: { data: { type: MetricEnum.Metric, attributes: { name } } },
          profile: { data: { type: ProfileEnum.Profile, attributes: { email } } },
        }),
      },
    });
    assert.equal(answer.response.status, 202);
    const theirs = klaviyo.callsFor(email)[1];
    assert.ok(theirs);
    const told = JSON.parse(theirs.body);
    const own = JSON.parse(ours.body);
    told.data.attributes.time = new Date(told.data.attributes.time).toISOString();
    // Its client spells out what the API takes for granted.
    assert.equal(told.data.attributes.backfill, false);
    delete told.data.attributes.backfill;
    assert.deepEqual(own, told);
    for (const header of ['authorization', 'revision'])
      assert.equal(ours.headers[header], theirs.headers[header], header);
    assert.match(String(theirs.headers['content-type']), /json/);
    // It has the same `unique_id`, so it is the same event.
    assert.equal(klaviyo.of(email).length, 1);

    await device.settle(device.order([dot]));
    const recall = await closed(shop, email, 1);
    assert.deepEqual(
      [recall.state, recall.template, recall.provider, recall.crossed],
      ['sent', 'recall', 'klaviyo', false],
    );
    const stopped = klaviyo.of(email)[1];
    assert.deepEqual([stopped?.email.name, stopped?.email.properties.cause], [STOPPED, 'ordered']);
  });

  test('Braze, HubSpot and Attentive get it as their APIs take it', async () => {
    for (const platform of /** @type {const} */ (['braze', 'hubspot', 'attentive'])) {
      const shop = /** @type {import('../fixtures/edge.mjs').Edge} */ (shops[platform]);
      const email = `plain@${platform}.example`;
      const { device, dot } = await leftCart(shop, email);
      const delivery = await closed(shop, email);
      assert.deepEqual([delivery.state, delivery.attempts], ['sent', 1], platform);
      const [sent] = platforms[platform].of(email);
      await behind(sent?.email.properties.recovery_url);
      await device.settle(device.order([dot]));
      const recall = await closed(shop, email, 1);
      assert.equal(recall.state, 'sent', platform);
      assert.equal(platforms[platform].of(email)[1]?.email.properties.cause, 'ordered');
    }
    const [braze] = platforms.braze.of('plain@braze.example');
    assert.equal(braze?.email.name, DUE);
    const [hubspot, over] = platforms.hubspot.of('plain@hubspot.example');
    assert.equal(hubspot?.email.eventName, 'pe1234567_homing_reminder_due');
    assert.equal(over?.email.eventName, 'pe1234567_homing_reminder_stopped');
    assert.match(hubspot?.email.uuid, /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-/);
    assert.ok(platforms.hubspot.contacts.has('plain@hubspot.example'));
    const [attentive] = platforms.attentive.of('plain@attentive.example');
    assert.deepEqual(
      [attentive?.email.type, attentive?.email.user],
      [DUE, { email: 'plain@attentive.example' }],
    );
  });

  test('what is proved decides whether it is told again', async () => {
    /** @type {[PlatformName, import('../fixtures/providers/peer.mjs').Fault, string, string | null, number, number][]} */
    const cases = [
      ['klaviyo', 429, 'sent', null, 2, 1],
      ['klaviyo', { status: 429, retryAfter: 1 }, 'sent', null, 2, 1],
      ['klaviyo', 400, 'dead_lettered', 'klaviyo_400', 1, 0],
      ['klaviyo', 500, 'sent', null, 2, 1],
      ['klaviyo', 'reset', 'sent', null, 2, 1],
      ['braze', 429, 'sent', null, 2, 1],
      ['braze', 500, 'unknown', 'braze_500', 1, 0],
      ['braze', 'reset', 'unknown', 'braze_connection', 1, 1],
      ['braze', 'malformed', 'sent', null, 1, 1],
      ['hubspot', 429, 'sent', null, 2, 1],
      ['hubspot', 'reset', 'sent', null, 2, 1],
      ['attentive', 403, 'sent', null, 2, 1],
      ['attentive', 400, 'dead_lettered', 'attentive_400', 1, 0],
      ['attentive', 'reset', 'unknown', 'attentive_connection', 1, 1],
    ];
    await Promise.all(
      cases.map(async ([platform, fault, state, reason, calls, accepted], n) => {
        const shop = /** @type {import('../fixtures/edge.mjs').Edge} */ (shops[platform]);
        const email = `case-${n}@${platform}.example`;
        const peer = platforms[platform];
        peer.faults.set(email, [fault]);
        await leftCart(shop, email);
        const delivery = await closed(shop, email);
        const label = `${platform} ${JSON.stringify(fault)}`;
        assert.deepEqual([delivery.state, delivery.reason], [state, reason], label);
        assert.deepEqual(
          [peer.callsFor(email).length, peer.of(email).length],
          [calls, accepted],
          label,
        );
      }),
    );
  });

  test('an event that Braze leaves out under a status of success was not taken', async () => {
    const email = 'blocked@braze.example';
    platforms.braze.leftOut.add(email);
    await leftCart(/** @type {any} */ (shops.braze), email);
    const delivery = await closed(/** @type {any} */ (shops.braze), email);
    assert.deepEqual([delivery.state, delivery.reason], ['dead_lettered', 'braze_201']);
  });

  test("HubSpot's contact comes before its event, and may be asked for again", async () => {
    const email = 'busy@hubspot.example';
    platforms.hubspot.upsertFaults.set(email, [429, 503]);
    await leftCart(/** @type {any} */ (shops.hubspot), email);
    const delivery = await closed(/** @type {any} */ (shops.hubspot), email);
    assert.deepEqual([delivery.state, delivery.attempts], ['sent', 3]);
    assert.equal(platforms.hubspot.callsFor(email).length, 1);
  });

  test('a step is handed over, and another is not', async () => {
    const shop = await shopWith('klaviyo', {
      flows: [{ platform: 'klaviyo', sequences: ['left-carts'], steps: [1] }],
      sequences: forEveryCart([
        { after_ms: 1_000, template: 'reminder' },
        { after_ms: 2_000, template: 'offer', offer: { code: 'COMEBACK10', percent: 10 } },
      ]),
    });
    const email = 'both@steps.example';
    await leftCart(shop, email);
    const [first, second] = [await closed(shop, email), await closed(shop, email, 1)];
    assert.deepEqual([first.provider, second.provider], ['smtp', 'klaviyo']);
    assert.equal(smtp.of(email).length, 1);
    const [sent] = platforms.klaviyo.of(email);
    assert.deepEqual(
      [sent?.email.properties.step, sent?.email.properties.offer_code],
      [1, 'COMEBACK10'],
    );
  });

  test('texts go by a flow, or by Attentive as they stand, to whoever agreed to texts', async () => {
    const steps = forEveryCart([{ after_ms: 1_000, template: 'reminder', channels: ['sms'] }]);
    const byFlow = await shopWith('attentive', {
      flows: [{ platform: 'attentive', channel: 'sms' }],
      sequences: steps,
    });
    const asText = await shopWith('attentive', {
      sms: { provider: 'attentive', sender: '12345' },
      sequences: steps,
    });
    const left = async (/** @type {any} */ shop, /** @type {string} */ phone) => {
      const device = new Device(shop);
      const { body } = device;
      device.body = (events) => ({ ...body.call(device, events), page: { tz: 'Europe/Berlin' } });
      const said = { wording: 'checkout-v1', page: '/checkout', email: false, sms: true };
      await device.settle(device.add(MUG), device.event('identify', { phone, consent: said }));
      return until(`a text to ${phone}`, () => platforms.attentive.of(phone)[0], {
        within: 40_000,
      });
    };
    const event = await left(byFlow, '+4915799100001');
    assert.deepEqual(event.email.user, { phone: '+4915799100001' });
    assert.equal(event.email.type, DUE);
    const text = await left(asText, '+4915799100002');
    assert.match(
      text.email.body,
      new RegExp(`^Dovecote: .*${edge.url}/r/[1-9A-HJ-NP-Za-km-z]{12} Reply STOP`),
    );
    assert.deepEqual(
      [text.email.subscriptionType, text.email.dropped, text.email.useShortLinks],
      ['MARKETING', false, false],
    );
  });

  test('a shop that is not connected loses nothing silently', async () => {
    const shop = await edge.anotherShop('shop_f10wn0ne', {
      ...FAST_PACE,
      flows: [{ platform: 'klaviyo' }],
    });
    const email = 'nobody@none.example';
    await leftCart(shop, email);
    const delivery = await closed(shop, email);
    assert.deepEqual(
      [delivery.state, delivery.reason, delivery.attempts],
      ['dead_lettered', 'klaviyo_not_configured', 3],
    );
  });

  test('keys are taken, told of, and never shown', async () => {
    const shop = await edge.anotherShop('shop_f10wkeys', FAST_PACE);
    const at = `${edge.url}/v1/shops/${shop.shop}/connections`;
    const headers = { authorization: `Bearer ${shop.secret}` };
    const put = (/** @type {string} */ name, /** @type {object} */ body) =>
      fetch(`${at}/${name}`, { method: 'PUT', headers, body: JSON.stringify(body) });
    const { connections } = await connectPlatform(shop, platforms, 'braze');
    assert.deepEqual(
      connections.map((/** @type {any} */ one) => ({ ...one, since: 0 })),
      [{ platform: 'braze', set: ['access_token', 'host'], since: 0 }],
    );
    const secret = { access_token: 'secret-0123456789' };
    for (const [name, body, field] of /** @type {[string, object, string][]} */ ([
      ['klaviyo', { access_token: 'short' }, 'access_token'],
      ['klaviyo', { ...secret, account: '1' }, 'account'],
      ['braze', { ...secret, host: 'rest.evil.example' }, 'host'],
    ])) {
      const problem = await assertProblem(await put(name, body), 422, 'configuration_invalid');
      assert.equal(problem.field, field, name);
    }
    const list = await (await fetch(at, { headers })).text();
    const log = readFileSync(join(edge.stack.stateDir, 'logs', 'worker.log'), 'utf8');
    for (const name of /** @type {PlatformName[]} */ (Object.keys(platforms))) {
      const token = connectionTo(platforms, name).access_token;
      assert.ok(!list.includes(token) && !log.includes(token), name);
    }
    const gone = await fetch(`${at}/braze`, { method: 'DELETE', headers });
    assert.deepEqual(await gone.json(), { connections: [] });
  });
});

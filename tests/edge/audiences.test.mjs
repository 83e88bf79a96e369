/** Advertising audiences: who left a cart and agreed is in them, and nobody who has bought, said no or was suppressed. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import sdk from 'facebook-nodejs-business-sdk';
import { demoCatalogue } from '../../scripts/demo-shop.mjs';
import { Device, MUG } from '../fixtures/device.mjs';
import { FAST_PACE, runEdge } from '../fixtures/edge.mjs';
import { GooglePeer } from '../fixtures/services/google.mjs';
import { MetaPeer } from '../fixtures/services/meta.mjs';
import { until } from '../fixtures/until.mjs';

const META = '23850000000000001';
const MUGS = '23850000000000002';
const GOOGLE = '8000000001';
const CLIENT = {
  client_id: 'homing.apps.example',
  client_secret: 'GOCSPX-secret',
  refresh_token: '1//refresh',
};
const TOKEN = 'EAAB-meta-token';

/** A pace at which nothing is mailed while a test looks. */
const PACE = {
  ...FAST_PACE,
  holdout_bp: 0,
  sequences: [],
  audiences: [
    { service: 'meta', list: META, after_ms: 1_000 },
    { service: 'google', list: GOOGLE, after_ms: 1_000 },
    { service: 'meta', list: MUGS, after_ms: 1_000, products: ['no-such-variant'] },
  ],
};

/** @type {MetaPeer} */
let meta;
/** @type {GooglePeer} */
let google;
/** @type {import('../fixtures/edge.mjs').Edge} */
let edge;
before(async () => {
  meta = await MetaPeer.start(TOKEN);
  google = await GooglePeer.start(CLIENT, '1234567890');
  edge = await runEdge({
    demo: PACE,
    cronMs: 2_000,
    env: {
      META_URL: meta.url,
      GOOGLE_DATA_URL: google.url,
      GOOGLE_TOKEN_URL: `${google.url}/token`,
    },
  });
  await connect('meta', { access_token: TOKEN });
  await connect('google', { ...CLIENT, account: '1234567890' });
});
after(async () => {
  await edge?.end();
  await Promise.all([meta?.close(), google?.close()]);
});

/** @param {string} service @param {object} account */
async function connect(service, account) {
  const response = await fetch(`${edge.url}/v1/shops/${edge.shop}/connections/${service}`, {
    method: 'PUT',
    headers: { authorization: `Bearer ${edge.secret}` },
    body: JSON.stringify(account),
  });
  const text = await response.text();
  assert.equal(response.status, 200, text);
  assert.ok(!text.includes(TOKEN) && !text.includes(CLIENT.client_secret));
}

/** As Meta's own library writes it. @param {string} email */
const metaDigest = (email) => sdk.ServerSideUtils.normalizeAndHash(email, 'em');
/** @param {string} text */
const sha = (text) => createHash('sha256').update(text).digest('hex');

/** What somebody answers about advertising. @param {boolean} ads */
const agreed = (ads) => ({
  consent: { email: true, ads, wording: 'checkout-v2', page: '/checkout' },
});

/** Somebody who left a cart. @param {string} email @param {boolean} [ads] */
async function left(email, ads = true) {
  const device = new Device(edge);
  const add = device.add(MUG);
  await device.settle(add, device.identify(email, true, agreed(ads)));
  return { device, dot: add.id };
}

/** @param {string} email */
const holds = (email) => [meta.holds(META, metaDigest(email)), google.holds(GOOGLE, sha(email))];

/** @param {string} email @param {boolean} member @param {number} [within] */
const settled = (email, member, within = 20_000) =>
  until(
    `${email} is ${member ? 'a' : 'no'} member`,
    () => holds(email).every((one) => one === member),
    { within },
  );

/** @param {string} email @returns {Promise<any[]>} */
const shown = async (email) => (await edge.lookup(email)).audiences;

describe('audiences', { concurrency: true }, () => {
  test('hold who left a cart and agreed, under the digests that each service wants', async () => {
    await left('Ada.Lovelace+shop@gmail.com');
    const email = 'ada.lovelace+shop@gmail.com';
    const atGoogle = sha('adalovelace@gmail.com');
    await until('both hold her', () => {
      return meta.holds(META, metaDigest(email)) && google.holds(GOOGLE, atGoogle);
    });
    const { consent, termsOfService } = google.of(atGoogle)[0]?.email.asked ?? {};
    assert.deepEqual(consent, {
      adUserData: 'CONSENT_GRANTED',
      adPersonalization: 'CONSENT_GRANTED',
    });
    assert.deepEqual(termsOfService, { customerMatchTermsOfServiceStatus: 'ACCEPTED' });
    await until('it is shown', async () =>
      (await shown(email)).every(({ state }) => state === 'member'),
    );
    const [first] = await shown(email);
    assert.deepEqual([first.service, first.list, first.attempts], ['meta', META, 1]);
    assert.ok(first.until > Date.now() + 29 * 86_400_000);
    assert.equal((await edge.lookup(email)).consent_ads, true);
    // Nobody left what the third audience is about.
    assert.equal(meta.audiences.get(MUGS), undefined);
    assert.ok(meta.calls.every(({ body }) => !body.includes('@')));
  });

  test('never see who agreed to mails alone', async () => {
    const email = 'bob@shoppers.example';
    await left(email, false);
    await left('carl@shoppers.example');
    await settled('carl@shoppers.example', true);
    assert.deepEqual(
      [meta.callsFor(metaDigest(email)), google.callsFor(sha(email)), await shown(email)],
      [[], [], []],
    );
  });

  test('a purchase removes', async () => {
    const email = 'dora@shoppers.example';
    const { device, dot } = await left(email);
    await settled(email, true);
    await device.settle(device.order([dot], 'o-dora'));
    await settled(email, false);
    await until('it is shown', async () =>
      (await shown(email)).every(({ state }) => state === 'left'),
    );
  });

  test('consent that is taken back removes, and so does a suppression', async () => {
    const [eve, finn] = ['eve@shoppers.example', 'finn@shoppers.example'];
    const { device } = await left(eve);
    await left(finn);
    await Promise.all([settled(eve, true), settled(finn, true)]);
    await device.settle(device.identify(eve, true, agreed(false)));
    const answer = await edge.asServer('/v1/suppressions', { email: finn, cause: 'withheld' });
    assert.equal(answer.status, 200, await answer.clone().text());
    await Promise.all([settled(eve, false), settled(finn, false)]);
    // She may still be written to.
    assert.equal((await edge.lookup(eve)).consent_email, true);
  });

  test('an answer that is lost is asked for again, and twice is once', async () => {
    const email = 'gina@shoppers.example';
    meta.faults.set(metaDigest(email), ['reset', 429]);
    google.faults.set(sha(email), [500, 'malformed']);
    await left(email);
    await settled(email, true);
    await until('it is known', async () =>
      (await shown(email)).every(({ state }) => state === 'member'),
    );
    assert.equal(meta.callsFor(metaDigest(email)).length, 3);
    assert.equal(google.callsFor(sha(email)).length, 2);
  });

  test('a removal that fails goes on until it is done, and a person hears of it', async () => {
    const email = 'hugo@shoppers.example';
    const { device, dot } = await left(email);
    await settled(email, true);
    // Three tries, as the shop's schedule has it, and then daily.
    meta.faults.set(metaDigest(email), [500, 500, 500]);
    google.faults.set(sha(email), [500, 500]);
    await device.settle(device.order([dot], 'o-hugo'));
    await until('Google has removed him', () => !google.holds(GOOGLE, sha(email)));
    await until('it is told', async () => {
      const response = await edge.asServer('/v1/deliveries?state=audience_failed');
      const { deliveries } = /** @type {any} */ (await response.json());
      const { shopper } = await edge.lookup(email);
      return deliveries.some((/** @type {any} */ one) => one.shopper === shopper);
    });
    const [first] = await shown(email);
    assert.deepEqual([first.state, first.code], ['failed', 'meta_500']);
    const next = (await edge.lookup(email)).next_wake_at;
    assert.ok(next > Date.now() && next < Date.now() + 25 * 3_600_000);
  });
});

describe('a purchase while an addition is under way', () => {
  test('is followed by a removal that comes after it, though the answer hangs', async () => {
    const email = 'iris@shoppers.example';
    meta.faults.set(metaDigest(email), ['hang']);
    const { device, dot } = await left(email);
    await until('Meta has added her', () => meta.holds(META, metaDigest(email)));
    await device.settle(device.order([dot], 'o-iris'));
    await settled(email, false, 40_000);
    const methods = meta.of(metaDigest(email)).map(({ email: { method } }) => method);
    assert.deepEqual(methods, ['POST', 'DELETE']);
  });

  test('and a worker that is killed: nobody stays who has bought', async () => {
    const email = 'jon@shoppers.example';
    let release = () => {};
    const over = new Promise((resolve) => {
      release = () => resolve(undefined);
    });
    const who = new Set([metaDigest(email), sha(email)]);
    for (const peer of [meta, google]) peer.hold = { phase: 'during', who, over };
    const { device, dot } = await left(email);
    const waiting = () => meta.waiting.has(metaDigest(email)) && google.waiting.has(sha(email));
    await until('both are under way', waiting);
    await edge.stack.kill9();
    for (const peer of [meta, google]) peer.hold = undefined;
    release();
    await edge.stack.restart();
    await device.settle(device.order([dot], 'o-jon'));
    await settled(email, false, 60_000);
    const methods = meta.of(metaDigest(email)).map(({ email: { method } }) => method);
    assert.deepEqual(methods, ['POST', 'DELETE']);
  });
});

describe('a connection', () => {
  test('takes what its service needs, says what is set, and can be taken away', async () => {
    const at = `${edge.url}/v1/shops/${edge.shop}/connections`;
    const headers = { authorization: `Bearer ${edge.secret}` };
    const put = async (/** @type {string} */ service, /** @type {object} */ account) => {
      const init = { method: 'PUT', headers, body: JSON.stringify(account) };
      const response = await fetch(`${at}/${service}`, init);
      return [response.status, /** @type {any} */ (await response.json())];
    };
    const [status, problem] = await put('google', { access_token: 'ya29.12345678' });
    assert.deepEqual([status, problem.code], [422, 'configuration_invalid']);
    assert.equal((await put('endpoints', {}))[0], 404);
    const instance = 'https://127.0.0.1';
    const wrong = { client_id: '12345678', client_secret: '12345678', instance };
    assert.equal((await put('salesforce', wrong))[0], 422);
    const [, { connections }] = await put('hubspot', { access_token: 'pat-12345678', owner: '7' });
    const listed = connections.find((/** @type {any} */ one) => one.platform === 'hubspot');
    assert.deepEqual([listed.set, listed.webhooks], [['access_token', 'owner'], undefined]);
    const gone = await fetch(`${at}/hubspot`, { method: 'DELETE', headers });
    assert.equal(gone.status, 200);
  });
});

describe('the list of audiences', () => {
  test('has words that claim nothing for what each is about', async () => {
    const changes = {
      audiences: [{ service: 'meta', list: META, products: [MUG, 'no-such-variant'] }],
    };
    const shop = await edge.anotherShop('shop_00000009', changes);
    await asServer(shop, 'PUT', '/v1/catalogue', demoCatalogue(edge.url));
    const { audiences } = await asServer(shop, 'GET', '/v1/audiences');
    const [{ connected, copy, without_copy: without, days }] = audiences;
    assert.deepEqual([audiences.length, connected, days], [1, false, 30]);
    assert.deepEqual(without, [{ variant: 'no-such-variant', code: 'not_in_catalogue' }]);
    const [{ headline, text, url, image }] = copy;
    assert.ok(headline.length <= 30 && text.length <= 90);
    assert.match(text, /^Still thinking about the /);
    assert.ok(url.startsWith('http') && image.startsWith('http'));
  });
});

/** @param {import('../fixtures/edge.mjs').Edge} shop @param {string} method @param {string} path @param {object} [body] @returns {Promise<any>} */
async function asServer(shop, method, path, body) {
  const response = await fetch(shop.url + path, {
    method,
    headers: { authorization: `Bearer ${shop.secret}` },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  assert.equal(response.status, 200, await response.clone().text());
  return response.json();
}

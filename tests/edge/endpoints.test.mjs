/** A merchant's own servers are told what happens: Standard Webhooks, never lost, and only where it may go. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Webhook } from 'standardwebhooks';
import { Webhook as SvixWebhook } from 'svix';
import { leftCart } from '../fixtures/device.mjs';
import { FAST_PACE, runEdge } from '../fixtures/edge.mjs';
import { EndpointPeer } from '../fixtures/endpoint-peer.mjs';
import { SmtpPeer } from '../fixtures/smtp-peer.mjs';
import { assertTold } from '../fixtures/told-event.mjs';
import { until } from '../fixtures/until.mjs';

/** @type {EndpointPeer} */
let peer;
/** @type {SmtpPeer} */
let smtp;
/** @type {import('../fixtures/edge.mjs').Edge} */
let edge;
before(async () => {
  [peer, smtp] = await Promise.all([EndpointPeer.start(), SmtpPeer.start()]);
  edge = await runEdge({
    demo: FAST_PACE,
    env: {
      SMTP_URL: smtp.url,
      SHORT_URL: 'https://go.homing.example',
      OWN_HOSTS: 'Old.Homing.example, me.workers.dev,',
    },
  });
});
after(async () => {
  await edge?.end();
  await Promise.all([peer?.close(), smtp?.close()]);
});

/** @param {string} method @param {string} path @param {object} [body] @param {string} [secret] */
const call = (method, path, body, secret = edge.secret) =>
  fetch(`${edge.url}/v1/endpoints${path}`, {
    method,
    headers: { authorization: `Bearer ${secret}` },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });

/** @param {string} method @param {string} path @param {object} [body] @returns {Promise<any>} */
async function asked(method, path, body) {
  const response = await call(method, path, body);
  assert.equal(response.status, 200, await response.clone().text());
  return response.json();
}

/** An endpoint of its own for a test, which hears of tests alone unless it says otherwise. @param {string} path @param {object} [more] */
const made = (path, more = {}) =>
  asked('POST', '', { url: peer.url + path, events: ['survey.*'], ...more });

/** As the list shows it. @param {string} id @returns {Promise<any>} */
const shown = async (id) =>
  (await asked('GET', '')).endpoints.find((/** @type {any} */ one) => one.id === id);

/** The nth call at a path. @param {string} path @param {number} [n] */
const told = (path, n = 1) =>
  until(`call ${n} at ${path}`, () => peer.at(path)[n - 1], { within: 30_000 });

/** Both libraries take it, and it is what the document says; as one of them reads it. @param {string} secret @param {import('../fixtures/endpoint-peer.mjs').Call} call @returns {any} */
function verified(secret, { body, headers }) {
  new SvixWebhook(secret).verify(body, headers);
  const event = new Webhook(secret).verify(body, headers);
  assertTold(event);
  return event;
}

describe('an endpoint', { concurrency: true }, () => {
  test('hears what became of a message, signed as the specification says, and no contact', async () => {
    const { secret, id, events, enabled } = await made('/heard', { events: ['delivery.*'] });
    assert.deepEqual([events, enabled], [['delivery.*'], true]);
    const email = 'gone@shoppers.example';
    smtp.rule(email, { rcpt: [550] });
    await leftCart(edge, email);
    const first = await told('/heard');
    const event = verified(secret, first);
    assert.equal(event.type, 'delivery.dead_lettered');
    assert.ok(Math.abs(Date.parse(event.timestamp) - Date.now()) < 60_000);
    const { shopper } = await edge.lookup(email);
    assert.deepEqual([event.data.shopper, event.data.step], [shopper, 0]);
    assert.ok(!first.body.includes('shoppers.example'));
    assert.match(first.headers['content-type'] ?? '', /^application\/json/);
    assert.throws(() => verified(secret, { ...first, body: first.body.replace('0', '1') }));
    const other = await made('/other');
    assert.throws(() => verified(other.secret, first));
    await until('it is done', async () => (await shown(id)).waiting === 0);
    assert.equal(peer.at('/heard').length, 1);
    assert.equal((await shown(id)).tries.at(-1).status, 204);
    // The secret is shown where it is made, and never again.
    assert.equal((await shown(id)).secret, undefined);
    // A second endpoint that wants something else hears nothing of it.
    await asked('DELETE', `/${other.id}`);
  });

  test('that fails is tried again with the same id and body, after a while', async () => {
    const { id, secret } = await made('/flaky');
    peer.answers.set('/flaky', [500, 'reset']);
    await asked('POST', `/${id}/test`);
    const [first, second] = [await told('/flaky'), await told('/flaky', 2)];
    assert.equal(verified(secret, second).type, 'endpoint.test');
    assert.equal(first.headers['webhook-id'], second.headers['webhook-id']);
    assert.equal(first.body, second.body);
    assert.ok(second.at - first.at >= 4_900, `${second.at - first.at} ms`);
    const { tries, waiting, failing_since } = await until('the second try', async () => {
      const now = await shown(id);
      return now.tries.length === 2 && now;
    });
    assert.deepEqual(
      tries.map((/** @type {any} */ one) => one.status ?? one.error),
      [500, 'connection'],
    );
    assert.equal(waiting, 1);
    assert.ok(failing_since > 0);
  });

  test('that leads on is not followed', async () => {
    const { id } = await made('/moved');
    const location = `${peer.url}/elsewhere`;
    peer.answers.set('/moved', [{ status: 307, headers: { location } }]);
    await asked('POST', `/${id}/test`);
    await until('the try', async () => (await shown(id)).tries.length > 0);
    assert.equal((await shown(id)).tries[0].status, 307);
    assert.equal(peer.at('/elsewhere').length, 0);
  });

  test('that says 410 is switched off, and what it missed is told when it is back', async () => {
    const { id } = await made('/closed');
    peer.answers.set('/closed', [410]);
    await asked('POST', `/${id}/test`);
    await until('it is off', async () => !(await shown(id)).enabled);
    const off = await shown(id);
    assert.deepEqual([off.disabled_because, off.waiting, off.resting], ['gone', 0, 1]);
    await asked('POST', `/${id}/test`);
    await sleep(1_500);
    assert.equal(peer.at('/closed').length, 1);
    await asked('PUT', `/${id}`, { url: `${peer.url}/closed`, enabled: true });
    await asked('POST', `/${id}/replay`);
    await told('/closed', 3);
    await until('all is told', async () => {
      const { waiting, resting } = await shown(id);
      return waiting + resting === 0;
    });
  });

  test('that never answers is given up, and holds up no other one', async () => {
    const slow = await made('/slow');
    const quick = await made('/quick');
    peer.answers.set('/slow', ['hang']);
    const begin = Date.now();
    await asked('POST', `/${slow.id}/test`);
    await sleep(300);
    await asked('POST', `/${quick.id}/test`);
    await told('/quick');
    await until('it is given up', async () => (await shown(slow.id)).tries.length > 0, {
      within: 30_000,
    });
    assert.ok(Date.now() - begin >= 14_000);
    assert.equal((await shown(slow.id)).tries[0].error, 'timeout');
  });

  test('gets a new secret, and for a day the old one signs as well', async () => {
    const { id, secret } = await made('/rotated');
    const { secret: fresh } = await asked('POST', `/${id}/secret`);
    assert.notEqual(fresh, secret);
    await asked('POST', `/${id}/test`);
    const first = await told('/rotated');
    assert.equal(verified(secret, first).type, 'endpoint.test');
    assert.equal(verified(fresh, first).type, 'endpoint.test');
  });
});

test('where an endpoint may be', async () => {
  for (const url of [
    'http://shop.example/',
    'https://127.0.0.2/',
    'https://[::1]/',
    'https://2130706433/',
    'https://metadata.google.internal/',
    'https://user:pass@shop.example/',
    'https://shop.example:8443/',
    'http://127.0.0.1@shop.example/',
    'http://127.0.0.1.shop.example/',
    'file:///etc/passwd',
    '',
    // Other names of this deployment.
    'https://go.homing.example/r/x',
    'https://old.homing.example/v1/collect',
    'https://a.old.homing.example/',
    'https://homing.me.workers.dev/',
  ]) {
    const response = await call('POST', '', { url });
    assert.equal(response.status, 400, url);
    assert.equal((await response.json()).code, 'address_invalid', url);
  }
  for (const given of ['https://hooks.shop.example/homing?a=b', 'https://you.workers.dev/']) {
    const { id, url } = await asked('POST', '', { url: given });
    assert.equal(new URL(url).href, url);
    await asked('DELETE', `/${id}`);
  }
});

test('what is wrong is said, and nobody sees another shop’s', async () => {
  const code = async (/** @type {Response} */ response) => [
    response.status,
    (await response.json()).code,
  ];
  const good = `${peer.url}/x`;
  assert.deepEqual(await code(await call('POST', '', { url: good, events: ['carts.*'] })), [
    400,
    'event_type_unknown',
  ]);
  assert.deepEqual(await code(await call('POST', '', { url: good, events: [] })), [
    400,
    'body_invalid',
  ]);
  assert.deepEqual(await code(await call('POST', '', { url: good }, 'sk_no')), [
    401,
    'key_invalid',
  ]);
  assert.deepEqual(await code(await call('PUT', '/ep_0000000000000000', { url: good })), [
    404,
    'not_found',
  ]);
  assert.deepEqual(await code(await call('GET', '/ep_0000000000000000')), [
    405,
    'method_not_allowed',
  ]);
  assert.deepEqual(await code(await call('PATCH', '')), [405, 'method_not_allowed']);
  const { id } = await made('/mine');
  const stranger = await edge.anotherShop('shop_0000000z', {});
  for (const [method, path, body] of /** @type {const} */ ([
    ['PUT', `/${id}`, { url: good }],
    ['DELETE', `/${id}`],
    ['POST', `/${id}/test`],
    ['POST', `/${id}/secret`],
  ])) {
    const response = await call(method, path, body, stranger.secret);
    assert.equal(response.status, 404, `${method} ${path}`);
  }
  const list = await call('GET', '', undefined, stranger.secret);
  assert.deepEqual(await list.json(), { endpoints: [] });
  for (let n = (await asked('GET', '')).endpoints.length; n < 20; n += 1) await made(`/n${n}`);
  assert.deepEqual(await code(await call('POST', '', { url: good })), [409, 'endpoints_exhausted']);
});

test('what was owed is told after the worker was killed', async () => {
  const own = await runEdge({
    demo: FAST_PACE,
    env: { SMTP_URL: smtp.url },
  });
  try {
    const ask = (/** @type {string} */ path, /** @type {object} */ body) =>
      fetch(`${own.url}/v1/endpoints${path}`, {
        method: 'POST',
        headers: { authorization: `Bearer ${own.secret}` },
        body: JSON.stringify(body),
      }).then((response) => /** @type {Promise<any>} */ (response.json()));
    peer.answers.set('/killed', [503]);
    const { id, secret } = await ask('', { url: `${peer.url}/killed` });
    await ask(`/${id}/test`, {});
    await told('/killed');
    await own.stack.kill9();
    await own.stack.restart();
    assert.equal(verified(secret, await told('/killed', 2)).type, 'endpoint.test');
  } finally {
    await own.end();
  }
});

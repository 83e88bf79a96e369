/** Notifications by Web Push on real workerd: http_ece opens what a push service is sent, jose checks who has signed for it. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { forEveryCart } from '../../scripts/demo-shop.mjs';
import { cartId, newVapidKeys, parseToken } from '../../scripts/keys.mjs';
import { BAG, Device, MUG } from '../fixtures/device.mjs';
import { FAST_PACE, runEdge } from '../fixtures/edge.mjs';
import { assertProblem } from '../fixtures/problem.mjs';
import { PushPeer } from '../fixtures/providers/push.mjs';
import { SmtpPeer } from '../fixtures/smtp-peer.mjs';
import { until } from '../fixtures/until.mjs';

/** @type {any} */
const webpush = createRequire(import.meta.url)('web-push');

/** Who takes notifications gets one first; where none can go, a mail. */
const PACE = {
  ...FAST_PACE,
  push: {},
  sequences: forEveryCart([
    { after_ms: 1_000, template: 'reminder', channels: ['push', 'email'] },
    {
      after_ms: 6_000,
      template: 'offer',
      offer: { code: 'COMEBACK10', percent: 10 },
      channels: ['push', 'email'],
    },
  ]),
};

/** One message, by notification alone. */
const ALONE = {
  sequences: forEveryCart([{ after_ms: 1_000, template: 'reminder', channels: ['push'] }]),
};

/** @type {SmtpPeer} */
let smtp;
/** @type {PushPeer} */
let push;
/** @type {import('../fixtures/edge.mjs').Edge} */
let edge;
/** @type {import('../fixtures/edge.mjs').Edge} */
let single;
/** Under which browsers subscribe. */
let signer = '';
before(async () => {
  [smtp, push] = await Promise.all([SmtpPeer.start(), PushPeer.start()]);
  edge = await runEdge({ demo: PACE, env: { SMTP_URL: smtp.url } });
  single = await edge.anotherShop('shop_pvsh0001', { ...PACE, ...ALONE });
  const answer = await fetch(`${edge.url}/v1/push`, { headers: { origin: 'https://any.example' } });
  assert.equal(answer.headers.get('access-control-allow-origin'), '*');
  signer = /** @type {any} */ (await answer.json()).key;
});
after(async () => {
  await edge?.end();
  await push?.close();
  await smtp?.close();
});

const YES = { push: true, wording: 'push-v1', page: '/product' };

/**
 * What a browser says that has just been allowed to.
 * @param {Device} device
 * @param {string} name
 * @param {object} [consent]
 * @param {PushPeer} [at]
 */
function subscribed(device, name, consent = YES, at = push) {
  const { endpoint, p256dh, auth } = at.subscribe(name, signer);
  return device.event('push', { push: { endpoint, p256dh, auth }, consent });
}

/** A cart that was left in a browser of this name. @param {import('../fixtures/edge.mjs').Edge} at @param {string} name @param {string} [email] */
async function left(at, name, email, variant = MUG) {
  const device = new Device(at);
  const add = device.add(variant);
  const said = subscribed(device, name);
  const who = email ? [device.identify(email)] : [];
  await device.settle(add, ...who, said);
  return { device, dot: add.id, endpoint: /** @type {string} */ (said.push.endpoint) };
}

/** @param {string} name @param {number} [count] */
const shownTo = (name, count = 1) =>
  until(
    `${count} notifications in ${name}`,
    () => push.shown(name).length >= count && push.shown(name).slice(0, count),
    { within: 40_000 },
  );

/** What is known of whoever a link that stops messages belongs to. @param {import('../fixtures/edge.mjs').Edge} at @param {string} stop @returns {Promise<any>} */
async function behind(at, stop) {
  const subject = parseToken(at.master, stop.slice(-64))?.subject;
  const response = await at.asServer('/v1/shoppers/lookup', { shopper: `shp_${subject}` });
  assert.equal(response.status, 200, await response.clone().text());
  return response.json();
}

/** Their first delivery, once nothing will happen to it any more. @param {import('../fixtures/edge.mjs').Edge} at @param {string} email */
const closed = (at, email) =>
  until(
    'the first delivery is closed',
    async () => {
      const [delivery] = await at.deliveries(email);
      return ['sent', 'skipped', 'unknown', 'dead_lettered'].includes(delivery?.state) && delivery;
    },
    { within: 40_000 },
  );

test('the stand-in takes what the reference sender makes, and not what another key has signed', async () => {
  const keys = newVapidKeys();
  const { endpoint, ...subscription } = push.subscribe('reference', keys.VAPID_PUBLIC_KEY);
  const details = (/** @type {typeof keys} */ { VAPID_PUBLIC_KEY, VAPID_PRIVATE_KEY }) =>
    webpush.generateRequestDetails({ endpoint, keys: subscription }, '{"title":"x"}', {
      vapidDetails: {
        subject: 'mailto:hello@shop.example',
        publicKey: VAPID_PUBLIC_KEY,
        privateKey: VAPID_PRIVATE_KEY,
      },
      TTL: 60,
      topic: 'a'.repeat(32),
    });
  const send = (/** @type {any} */ { headers, body }) =>
    fetch(endpoint, { method: 'POST', headers, body });
  assert.equal((await send(details(keys))).status, 201);
  assert.deepEqual(push.shown('reference'), [{ title: 'x' }]);
  assert.equal((await send(details(newVapidKeys()))).status, 403);
  const { headers, body } = details(keys);
  const forged = headers.Authorization.replace(/\.[^.]{10}/, '.AAAAAAAAAA');
  const answer = await send({ headers: { ...headers, Authorization: forged }, body });
  assert.equal(answer.status, 401);
});

describe('notifications', { concurrency: true }, () => {
  test('a cart is left, a notification comes, its link brings the cart back, and its page ends them', async () => {
    const { device } = await left(edge, 'path', undefined, BAG);
    const [shown] = await shownTo('path');
    assert.equal(shown.title, 'Dovecote');
    assert.match(shown.text, /^You left the .+\. Your cart is waiting\.$/);
    assert.match(shown.image, /^http/);
    const [{ email: sent } = { email: {} }] = push.of('path');
    assert.deepEqual([sent.ttl, sent.urgency, sent.topic], [300, 'normal', shown.tag]);
    assert.ok(shown.tag.length === 32 && sent.size <= 4_096);
    const token = shown.url.split('/r/')[1];
    assert.equal(parseToken(edge.master, token)?.subject, cartId(edge.shop, device.secret));
    const click = await edge.click(token);
    assert.equal(click.headers.get('location'), `${edge.url}/store/cart#homing=${token}`);
    const { lines } = await edge.restore(token);
    assert.deepEqual(
      lines.map((/** @type {any} */ line) => line.variant),
      [BAG],
    );
    const view = await behind(edge, shown.stop);
    assert.deepEqual([view.consent_push, view.browsers, view.consent_email], [true, 1, false]);
    assert.deepEqual(
      [view.deliveries[0].channel, view.deliveries[0].provider, view.deliveries[0].state],
      ['push', 'webpush', 'sent'],
    );
    const page = await (await fetch(shown.stop)).text();
    assert.match(page, /formaction="\?channel=push"[^>]*>Stop notifications only</);
    assert.doesNotMatch(page, /text messages/, 'this shop sends none');
    const answer = await fetch(`${shown.stop}?channel=push`, { method: 'POST' });
    assert.match(await answer.text(), /will not send you notifications any more/);
    const skipped = await until(
      'the second step is skipped',
      async () => {
        const { deliveries } = await behind(edge, shown.stop);
        return deliveries[1]?.state === 'skipped' && deliveries[1];
      },
      { within: 40_000 },
    );
    assert.equal(skipped.reason, 'opted_out');
    assert.equal(push.callsFor('path').length, 1);
  });

  test('nothing follows an order', async () => {
    const { device, dot } = await left(edge, 'bought');
    const [shown] = await shownTo('bought');
    await device.settle(device.order([dot]));
    const skipped = await until(
      'the second step is skipped',
      async () => (await behind(edge, shown.stop)).deliveries[1]?.state === 'skipped',
      { within: 40_000 },
    );
    assert.ok(skipped);
    await sleep(6_500);
    assert.equal(push.callsFor('bought').length, 1);
  });

  test('somebody who is known by an address gets both, each by its own consent', async () => {
    const email = 'both@push.example';
    await left(edge, 'both', email);
    await shownTo('both', 2);
    const view = await edge.lookup(email);
    assert.deepEqual(
      view.deliveries.map((/** @type {any} */ one) => one.channel),
      ['push', 'push'],
    );
    assert.deepEqual([view.consent_email, view.consent_push], [true, true]);
    assert.deepEqual(smtp.of(email), []);
  });

  test('a permission that was taken back drops the browser, and the message goes by mail', async () => {
    const email = 'gone@push.example';
    await left(edge, 'gone', email);
    push.unsubscribe('gone');
    const [mail] = await smtp.awaited(email, 1, 40_000);
    assert.ok(mail);
    const view = await edge.lookup(email);
    assert.deepEqual([view.browsers, view.consent_push, view.suppressed], [0, true, null]);
    assert.deepEqual(view.refused, []);
    assert.equal(push.callsFor('gone').length, 1);
  });

  test('a browser that says so itself is not asked, and the no of the last one is one to notifications', async () => {
    const email = 'said@push.example';
    const { device, endpoint } = await left(single, 'said', email);
    const no = { push: false, wording: 'push-v1', page: '/' };
    await device.settle(device.event('push', { push: { endpoint }, consent: no }));
    const delivery = await closed(single, email);
    assert.deepEqual([delivery.state, delivery.reason], ['skipped', 'no_consent']);
    assert.equal((await single.lookup(email)).browsers, 0);
    assert.equal(push.callsFor('said').length, 0);
  });

  test('whoever knows an address neither ends nor crowds out the notifications of whose it is', async () => {
    const email = 'known@push.example';
    const device = new Device(single);
    await device.settle(device.identify(email), subscribed(device, 'theirs'));
    // Nine carts of a stranger's, each with browsers of its own.
    for (let n = 0; n < 9; n += 1) {
      const stranger = new Device(single);
      const name = `stranger-${n}`;
      await stranger.settle(stranger.identify(email), subscribed(stranger, name));
      const again = subscribed(stranger, `${name}-again`);
      await stranger.settle(again);
      if (n > 1) continue;
      const no = { push: false, wording: 'push-v1', page: '/' };
      const { endpoint } = again.push;
      await stranger.settle(stranger.event('push', { push: { endpoint }, consent: no }));
    }
    const view = await single.lookup(email);
    assert.deepEqual([view.browsers, view.consent_push, view.refused], [8, true, []]);
    await device.settle(device.add(BAG));
    await shownTo('theirs');
    assert.ok(push.calls.every(({ to }) => !to.startsWith('stranger')));
  });

  test('the other browser is told when one is gone, and only of its own cart', async () => {
    const email = 'two@push.example';
    const { device } = await left(single, 'first', email);
    await device.settle(subscribed(device, 'second'));
    const other = new Device(single);
    const add = other.add(BAG);
    await other.settle(add, other.identify(email), subscribed(other, 'elsewhere'));
    await other.settle(other.remove([add.id]));
    push.unsubscribe('second');
    await shownTo('first');
    assert.equal(push.callsFor('second').length, 1);
    assert.equal(push.callsFor('elsewhere').length, 0);
    assert.equal((await closed(single, email)).attempts, 2);
  });

  test('what was provably not taken is offered again, when the service wants it', async () => {
    push.faults.set('busy', [{ status: 429, retryAfter: 3 }]);
    const email = 'busy@push.example';
    const begin = Date.now();
    await left(single, 'busy', email);
    await shownTo('busy');
    assert.ok(Date.now() - begin > 3_900, 'not before it was asked to');
    const delivery = await closed(single, email);
    assert.deepEqual([delivery.state, delivery.attempts], ['sent', 2]);
  });

  test('a try of unknown outcome is never repeated', async () => {
    for (const [n, fault] of /** @type {const} */ ([500, 503, 'reset']).entries()) {
      const [name, email] = [`unknown-${n}`, `unknown-${n}@push.example`];
      push.faults.set(name, [fault]);
      await left(single, name, email);
      const delivery = await closed(single, email);
      assert.deepEqual([delivery.state, delivery.attempts], ['unknown', 1], String(fault));
      await sleep(1_000);
      assert.equal(push.callsFor(name).length, 1);
    }
  });

  test('what a service refuses for good, or does not know any more, is a dead letter', async () => {
    for (const [status, reason, browsers] of /** @type {const} */ ([
      [413, 'webpush_413', 1],
      [404, 'webpush_404', 0],
    ])) {
      const [name, email] = [`refused-${status}`, `refused-${status}@push.example`];
      push.faults.set(name, [status]);
      await left(single, name, email);
      const delivery = await closed(single, email);
      assert.deepEqual([delivery.state, delivery.reason], ['dead_lettered', reason]);
      assert.equal((await single.lookup(email)).browsers, browsers);
    }
  });

  test('a point that is on no curve is nobody that can be reached', async () => {
    const device = new Device(single);
    const email = 'curve@push.example';
    const said = subscribed(device, 'curve');
    said.push.p256dh = Buffer.concat([Buffer.of(4), Buffer.alloc(64, 7)]).toString('base64url');
    await device.settle(device.add(MUG), device.identify(email), said);
    const delivery = await closed(single, email);
    assert.deepEqual([delivery.state, delivery.reason], ['dead_lettered', 'webpush_keys']);
    assert.equal(push.callsFor('curve').length, 0);
  });

  test('only addresses of public services and whole keys are taken', async () => {
    const device = new Device(edge);
    const good = push.subscribe('shape', signer);
    const { host } = new URL(edge.url);
    for (const [wrong, code] of /** @type {[object, string][]} */ ([
      [{ endpoint: 'http://push.example.net/p' }, 'address_invalid'],
      [{ endpoint: 'https://169.254.169.254/p' }, 'address_invalid'],
      [{ endpoint: 'https://[::1]/p' }, 'address_invalid'],
      [{ endpoint: 'https://localhost.internal/p' }, 'address_invalid'],
      [{ endpoint: `https://user@${host}/p` }, 'address_invalid'],
      [{ endpoint: `https://push.example.net/${'p'.repeat(1_100)}` }, 'subscription_invalid'],
      [{ p256dh: good.p256dh.slice(2) }, 'subscription_invalid'],
      [{ p256dh: undefined }, 'subscription_invalid'],
      [{ auth: 'AAAA' }, 'subscription_invalid'],
    ])) {
      const event = device.event('push', { push: { ...good, ...wrong }, consent: YES });
      const answer = await edge.post('/v1/collect', device.body([event]));
      const problem = await assertProblem(answer, 400, 'event_invalid');
      assert.equal(problem.refused[0].code, code, JSON.stringify(wrong));
    }
    const nothing = device.event('push', { consent: YES });
    const answer = await edge.post('/v1/collect', device.body([nothing]));
    const problem = await assertProblem(answer, 400, 'event_invalid');
    assert.equal(problem.refused[0].code, 'field_missing');
  });

  test('a shop without notifications keeps nothing of them', async () => {
    const without = await edge.anotherShop('shop_n0pvsh01', FAST_PACE);
    const device = new Device(without);
    const said = subscribed(device, 'without');
    const answer = await device.send(device.add(MUG), said);
    assert.deepEqual(answer.refused, [{ id: said.id, code: 'push_off' }]);
  });
});

test('a push service that asks to be left alone is, by all of its browsers, and no other one is', async () => {
  const other = await PushPeer.start();
  try {
    const restS = 9;
    /** A cart that was left in a browser of the other service. @param {string} name */
    const leftThere = async (name) => {
      const device = new Device(single);
      const email = `${name}@push.example`;
      await device.settle(
        device.add(MUG),
        device.identify(email),
        subscribed(device, name, YES, other),
      );
      return email;
    };
    other.faults.set('first-there', [{ status: 429, retryAfter: restS }]);
    const first = await leftThere('first-there');
    await until('the first one is refused', () => other.callsFor('first-there').length === 1, {
      within: 30_000,
    });
    const refusedAt = Date.now();
    const second = await leftThere('second-there');
    await left(single, 'elsewhere-meanwhile', 'meanwhile@push.example');
    await shownTo('elsewhere-meanwhile');
    assert.ok(Date.now() - refusedAt < restS * 1_000, 'the other service does not wait');
    assert.equal(other.callsFor('second-there').length, 0);
    for (const [name, email, attempts] of /** @type {const} */ ([
      ['second-there', second, 1],
      ['first-there', first, 2],
    ])) {
      const sent = await until(
        `${name} is told`,
        async () => (await single.deliveries(email)).find(({ state }) => state === 'sent'),
        { within: 60_000 },
      );
      assert.equal(sent.attempts, attempts, `${name}: no try is spent meanwhile`);
      const [{ at } = { at: 0 }] = other.of(name);
      assert.ok(at - refusedAt >= restS * 1_000 - 500, `${name}: after ${at - refusedAt} ms`);
    }
  } finally {
    await other.close();
  }
});

test('where a browser is reached is written down nowhere but sealed', async () => {
  const email = 'planted@push.example';
  const { endpoint } = await left(single, 'planted', email);
  await shownTo('planted');
  const needle = Buffer.from(new URL(endpoint).pathname.slice(3));
  /** @type {string[]} */
  const hits = [];
  let files = 0;
  const entries = readdirSync(edge.stack.stateDir, { recursive: true, withFileTypes: true });
  for (const entry of entries) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    files += 1;
    if (readFileSync(path).includes(needle)) hits.push(path);
  }
  assert.ok(files > 10);
  // The local platform notes each address that is called, as the real one does where an operator has its traces turned on.
  assert.deepEqual(
    hits.filter((path) => !path.includes('trace-store')),
    [],
  );
});

// Apart, because the local queue has one consumer, which a silent server keeps waiting.
test('a service that never answers is given up before the lease ends', async () => {
  push.faults.set('silent', ['hang']);
  const email = 'silent@push.example';
  await left(single, 'silent', email);
  const delivery = await closed(single, email);
  assert.deepEqual([delivery.state, delivery.reason], ['unknown', 'webpush_timeout']);
  assert.equal(push.callsFor('silent').length, 1);
});

/**
 * Notifications from the click that asks for them to the click that follows one, in a real Chromium, against a running stack. Its push
 * service is Google's, which no test can reach: `PushManager` alone is stood in for, by browsers of the stand-in service, and what that
 * was sent is handed to the service worker by the browser's own debugger.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { forEveryCart } from '../../scripts/demo-shop.mjs';
import { FAST_PACE } from '../fixtures/edge.mjs';
import { PushPeer } from '../fixtures/providers/push.mjs';
import { until } from './sdk-storefront.mjs';
import { sdkSuite } from './sdk-suite.mjs';

const suite = sdkSuite(undefined, undefined, {
  ...FAST_PACE,
  push: {},
  sequences: forEveryCart([{ after_ms: 1_000, template: 'reminder', channels: ['push'] }]),
});

/** @typedef {import('./sdk-storefront.mjs').Tab} Tab */
/** @typedef {import('puppeteer-core').Page} Page */

/** @type {PushPeer} */
let push;
before(async () => {
  push = await PushPeer.start();
});
after(() => push?.close());

const SETTINGS = "homing('push', { wording: 'push-v1' });";
const ASK = `<script>${SETTINGS}</script><button id="ask" onclick="homing('push', 'ask')">Tell me</button>`;

let browsers = 0;

/** Somebody whose browser may or may not show notifications. @param {boolean} [isAllowed] */
async function shopper(isAllowed = true) {
  browsers += 1;
  const visitor = await suite.newVisitor();
  const allow = (/** @type {boolean} */ yes) =>
    yes
      ? visitor.overridePermissions(suite.shop.origin, ['notifications'])
      : visitor.clearPermissionOverrides();
  if (isAllowed) await allow(true);
  /** What its push service knows of it. @type {{ endpoint: string, p256dh: string, auth: string, signer: string } | undefined} */
  let subscription;
  const me = {
    visitor,
    name: `browser-${browsers}`,
    allow,
    subscribed: 0,
    /** Everywhere that it was ever reached. @type {string[]} */
    endpoints: [],
    /** What reached the edge of it, each once: a page that closes says what it has said already. */
    sent: () => {
      const own = suite.sent('push').filter((one) => me.endpoints.includes(one.push?.endpoint));
      return [...new Map(own.map((one) => [one.id, one])).values()];
    },
    get subscription() {
      return subscription;
    },
    /** The service gives it another address. */
    move() {
      const { signer = '' } = subscription ?? {};
      subscription = { ...push.subscribe(me.name, signer), signer };
      me.endpoints.push(subscription.endpoint);
    },
    /** @param {string} [path] */
    async open(path = '/shop') {
      suite.shop.control.body = ASK;
      return suite.open(visitor, path, async (page) => {
        await page.exposeFunction('subscribeThere', (/** @type {string} */ signer) => {
          me.subscribed += 1;
          subscription ??= { ...push.subscribe(me.name, signer), signer };
          me.endpoints.push(subscription.endpoint);
          return subscription;
        });
        await page.exposeFunction('subscriptionThere', () => subscription);
        await page.exposeFunction('unsubscribeThere', () => {
          push.unsubscribe(me.name);
          subscription = undefined;
        });
        await page.evaluateOnNewDocument(standIn);
      });
    },
  };
  return me;
}

/** Runs in a page: the part of the Push API that needs the browser's own push service. */
function standIn() {
  const scope = /** @type {any} */ (globalThis);
  const base64url = (/** @type {Uint8Array} */ bytes) =>
    btoa(String.fromCharCode(...bytes))
      .replace(/\+/g, '-')
      .replace(/\//g, '_')
      .replace(/=+$/, '');
  const bytes = (/** @type {string} */ text) =>
    Uint8Array.from(atob(text.replace(/-/g, '+').replace(/_/g, '/')), (c) => c.charCodeAt(0));
  const shown = (/** @type {any} */ known) =>
    known && {
      endpoint: known.endpoint,
      options: { applicationServerKey: bytes(known.signer).buffer },
      toJSON: () => ({
        endpoint: known.endpoint,
        keys: { p256dh: known.p256dh, auth: known.auth },
      }),
      unsubscribe: () => scope.unsubscribeThere(),
    };
  Object.assign(PushManager.prototype, {
    async subscribe(/** @type {any} */ { applicationServerKey, userVisibleOnly }) {
      // As Chromium has it.
      if (Notification.permission !== 'granted' || !userVisibleOnly)
        throw new DOMException('Registration failed - permission denied', 'NotAllowedError');
      const registration = await navigator.serviceWorker.getRegistration('/homing-push/');
      if (!registration?.active) throw new DOMException('no active worker', 'AbortError');
      return shown(await scope.subscribeThere(base64url(new Uint8Array(applicationServerKey))));
    },
    getSubscription: async () => shown(await scope.subscriptionThere()),
  });
}

/** @param {Tab} tab @param {string} state */
const stands = (tab, state) =>
  until(`notifications: ${state}`, async () => {
    const last = await tab.last('push');
    return last?.state === state && last;
  });

/** A page with a cart, where the shopper has said yes. @param {Awaited<ReturnType<typeof shopper>>} who */
async function agreed(who) {
  const tab = await who.open();
  await tab.call('cart', 'add', { variant: 'mug-blue' });
  await stands(tab, 'possible');
  await tab.page.click('#ask');
  await stands(tab, 'on');
  await tab.settled();
  return tab;
}

const fetchedParts = () => suite.shop.control.fetched.filter((path) => /push/.test(path));

test('a click asks, a cart is left, a notification is shown, and its click brings the cart back', async () => {
  const who = await shopper();
  const first = await who.open();
  await first.ready();
  await sleep(500);
  assert.deepEqual(fetchedParts(), [], 'who has no cart fetches nothing of it');
  await first.call('cart', 'add', { variant: 'mug-blue' });
  await stands(first, 'possible');
  assert.deepEqual(fetchedParts(), ['/sdk/v1/push.js']);
  await sleep(300);
  assert.equal(who.subscribed, 0, 'nothing is asked before the click');
  await first.page.click('#ask');
  await stands(first, 'on');
  await first.settled();
  const [said, ...others] = who.sent();
  assert.deepEqual(others, []);
  assert.deepEqual(said.consent, { push: true, wording: 'push-v1', page: '/shop' });
  assert.equal(said.push.endpoint, who.subscription?.endpoint);

  const shown = await until('the push service is sent it', () => push.shown(who.name)[0]);
  const worker = await deliver(first.page, shown);
  const shownHere = () =>
    worker.evaluate(async () => {
      const { registration } = /** @type {any} */ (globalThis);
      const all = await registration.getNotifications();
      return all.map((/** @type {any} */ { title, body, tag }) => ({ title, body, tag }));
    });
  const [notification] = await until('it is shown', async () => {
    const all = await shownHere();
    return all.length > 0 && all;
  });
  assert.deepEqual(notification, { title: 'Dovecote', body: shown.text, tag: shown.tag });
  const opened = await click(worker);
  assert.equal(opened, shown.url);
  assert.equal(await click(worker, 'homing-stop'), shown.stop);

  // What the browser would open: the shop's restore address is its own here, the token is the same.
  const token = shown.url.split('/r/')[1];
  const back = await suite.open(await suite.newVisitor(), `/shop#homing=${token}`);
  await back.shows({ 'mug-blue': 1 });
});

/**
 * Hands a message to the page's service worker, decrypted, as the browser does.
 * @param {Page} page
 * @param {object} shown
 */
async function deliver(page, shown) {
  const { origin } = suite.shop;
  const client = await page.createCDPSession();
  /** @type {string | undefined} */
  let registrationId;
  client.on('ServiceWorker.workerRegistrationUpdated', ({ registrations }) => {
    const ours = registrations.find(({ scopeURL }) => scopeURL === `${origin}/homing-push/`);
    registrationId ??= ours?.registrationId;
  });
  await client.send('ServiceWorker.enable');
  await until('the registration', () => registrationId);
  const data = JSON.stringify(shown);
  await client.send('ServiceWorker.deliverPushMessage', {
    origin,
    registrationId: registrationId ?? '',
    data,
  });
  const target = await page
    .browserContext()
    .waitForTarget((one) => one.type() === 'service_worker' && /homing-push/.test(one.url()));
  const worker = await target.worker();
  assert.ok(worker);
  return worker;
}

/**
 * What a click on the notification that is shown opens. A window may be opened only in a person's click, which no program can make
 * outside of a page: it is looked at where the worker asks for it.
 * @param {import('puppeteer-core').WebWorker} worker
 * @param {string} [action]
 */
const click = (worker, action = '') =>
  worker.evaluate(async (which) => {
    const scope = /** @type {any} */ (globalThis);
    const options = { body: 'x', data: scope.last, tag: 'x' };
    const [shown] = await scope.registration.getNotifications();
    // The first click closes it.
    scope.last ??= shown.data;
    if (!shown) await scope.registration.showNotification('x', { ...options, data: scope.last });
    const [notification] = await scope.registration.getNotifications();
    let opened = '';
    scope.clients.openWindow = async (/** @type {string} */ url) => {
      opened = url;
    };
    const init = { notification, action: which };
    scope.dispatchEvent(new scope.NotificationEvent('notificationclick', init));
    return opened;
  }, action);

test('without a click nothing is asked', async () => {
  const who = await shopper();
  const tab = await who.open();
  await tab.call('cart', 'add', { variant: 'mug-blue' });
  await tab.settled();
  await tab.page.close();
  suite.shop.control.body = `<script>${SETTINGS} homing('push', 'ask')</script>`;
  const next = await who.visitor.newPage();
  await next.goto(`${suite.shop.origin}/shop`);
  // Whatever a program evaluates in a page counts as a click: it is looked at afterwards.
  await sleep(3_000);
  const states = await next.evaluate(() => /** @type {any} */ (window).seen.push);
  assert.ok(
    states.some((/** @type {any} */ { reason }) => reason === 'gesture_missing'),
    JSON.stringify(states),
  );
  assert.equal(who.subscribed, 0);
});

test('a browser whose user has said no is not asked', async () => {
  const who = await shopper(false);
  const tab = await who.open();
  await tab.call('cart', 'add', { variant: 'mug-blue' });
  const before = await until('the state', () => tab.last('push'));
  await tab.page.click('#ask');
  await sleep(800);
  assert.equal(who.subscribed, 0);
  assert.ok(['possible', 'denied'].includes(before.state));
  assert.deepEqual(who.sent(), []);
});

test('pages that follow say nothing new, and a new address of the push service is told', async () => {
  const who = await shopper();
  await agreed(who);
  const next = await who.open();
  await stands(next, 'on');
  await next.settled();
  assert.equal(who.sent().length, 1);
  const old = who.subscription?.endpoint;
  who.move();
  const third = await who.open();
  await stands(third, 'on');
  await until('both are told', () => who.sent().length >= 3);
  const [said, gone, anew] = who.sent();
  assert.deepEqual(gone.push, { endpoint: old });
  assert.equal(anew.push.endpoint, who.subscription?.endpoint);
  assert.equal(anew.at, said.at, 'it is the same answer');
});

test('a cart that goes on under another name takes the browser along', async () => {
  const who = await shopper();
  const tab = await agreed(who);
  const { cart } = await tab.last('status');
  await tab.call('identify', { email: 'moved@push.example', consent: { email: true } });
  const moved = await until('another cart', async () => {
    const status = await tab.last('status');
    return status.cart !== cart && status.cart;
  });
  await until('it is told there', () => who.sent().some((one) => one.cart === moved));
  const [said, gone, anew] = who.sent();
  assert.deepEqual([said.cart, gone.cart, anew.cart], [cart, cart, moved]);
  assert.deepEqual(gone.push, { endpoint: said.push.endpoint });
  assert.deepEqual(anew.consent, said.consent);
  await tab.settled();
  await until('one notification, about the cart that it is now', () => push.shown(who.name)[0]);
  await sleep(3_000);
  assert.equal(push.shown(who.name).length, 1);
});

test('a permission that was taken back is told, and so is a no', async () => {
  const who = await shopper();
  const tab = await agreed(who);
  await tab.page.close();
  await who.allow(false);
  const next = await who.open();
  await until('it is told', () => who.sent().length > 1);
  assert.deepEqual(who.sent()[1].push, { endpoint: who.subscription?.endpoint });
  assert.notEqual((await until('the state', () => next.last('push'))).state, 'on');
  await next.page.close();

  const other = await shopper();
  const page = await agreed(other);
  const { endpoint } = other.subscription ?? {};
  const earlier = other.sent().length;
  await page.call('push', 'stop');
  await until('the no is told', () => other.sent().length > earlier);
  const no = other.sent().at(-1);
  assert.deepEqual([no.push, no.consent.push], [{ endpoint }, false]);
  assert.equal(other.subscription, undefined);
  await stands(page, 'possible');
  const told = await page.page.evaluate(() => localStorage['homing.push']);
  assert.equal(told, undefined);
});

test('what is forgotten is shown to nobody who comes after', async () => {
  for (const forget of [['reset'], ['consent', false]]) {
    const who = await shopper();
    const tab = await agreed(who);
    const worker = () =>
      tab.page.evaluate(
        async () => !!(await navigator.serviceWorker.getRegistration('/homing-push/')),
      );
    assert.equal(await worker(), true);
    await tab.call(...forget);
    await until('its worker is gone', async () => !(await worker()));
    await until(
      'and what was told',
      async () => !(await tab.page.evaluate(() => localStorage['homing.push'])),
    );
  }
  // A page that has not loaded this part knows of it as well.
  const who = await shopper();
  const tab = await agreed(who);
  await tab.page.close();
  suite.shop.control.body = '';
  const next = await suite.open(who.visitor, '/shop');
  await next.ready();
  await next.call('consent', false);
  await until('its worker is gone', () =>
    next.page.evaluate(
      async () => !(await navigator.serviceWorker.getRegistration('/homing-push/')),
    ),
  );
});

test('where the edge cannot sign it says what is wrong, and keeps nothing', async () => {
  const who = await shopper();
  const tab = await who.open();
  await tab.call('cart', 'add', { variant: 'mug-blue' });
  await stands(tab, 'possible');
  suite.shop.control.failing.set('/v1/push', 1);
  await tab.page.click('#ask');
  assert.ok((await stands(tab, 'failed')).reason);
  assert.deepEqual(who.sent(), []);
  await tab.page.click('#ask');
  await stands(tab, 'on');
});

/**
 * Notifications in Firefox with nothing stood in for but its push service's server: the browser subscribes by itself, and opens by
 * itself what the worker has encrypted for it.
 */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { forEveryCart } from '../../scripts/demo-shop.mjs';
import { FAST_PACE } from '../fixtures/edge.mjs';
import { PushSocket } from '../fixtures/providers/push-socket.mjs';
import { firefox } from './engines/puppeteer.mjs';
import { until } from './sdk-storefront.mjs';
import { sdkSuite } from './sdk-suite.mjs';

const push = await PushSocket.start();
after(() => push.close());

/** Firefox with a push service of ours. @type {import('./engines/engine.mjs').Engine} */
const engine = {
  ...firefox,
  launch: (options) =>
    firefox.launch({
      ...options,
      prefs: {
        'dom.push.serverURL': `ws://${push.host}/`,
        'dom.push.testing.allowInsecureServerURL': true,
        'dom.push.connection.enabled': true,
        // This machine has no desktop that shows anything: Firefox does it by itself.
        'alerts.useSystemBackend': false,
      },
    }),
};

const suite = sdkSuite(undefined, engine, {
  ...FAST_PACE,
  push: {},
  sequences: forEveryCart([{ after_ms: 1_000, template: 'reminder', channels: ['push'] }]),
});

/** What the page's own worker shows. @param {import('./sdk-storefront.mjs').Tab} tab */
const shownIn = (tab) =>
  tab.page.evaluate(async () => {
    const registration = await navigator.serviceWorker.getRegistration('/homing-push/');
    const all = (await registration?.getNotifications()) ?? [];
    return all.map(({ title, body, data, tag }) => ({ title, body, data, tag }));
  });

test('Firefox subscribes, opens what it is sent, and shows it', async () => {
  suite.shop.control.body =
    '<script>homing("push", { wording: "push-v1" })</script><button id="ask" onclick="homing(\'push\', \'ask\')">Tell me</button>';
  const visitor = await suite.newVisitor();
  await visitor.overridePermissions(suite.shop.origin, ['notifications']);
  const tab = await suite.open(visitor);
  await tab.call('cart', 'add', { variant: 'mug-blue' });
  await until('that it may be asked', async () => (await tab.last('push'))?.state === 'possible');
  await tab.page.click('#ask');
  const stands = await until('an answer', async () => {
    const last = await tab.last('push');
    return last?.state !== 'possible' && last;
  });
  assert.deepEqual([stands.state, push.subscribed], ['on', 1], JSON.stringify(stands));
  await tab.settled();
  await until('the push service is sent it', () => push.answers.length > 0);
  assert.deepEqual(push.answers, [201]);
  const shown = await until('it is shown', async () => (await shownIn(tab))[0]);
  assert.equal(shown.title, 'Dovecote');
  assert.match(shown.body, /^You left the .+\. Your cart is waiting\.$/);
  assert.match(shown.data.homing.url, /\/r\/[\w-]{64}$/);
  await until('Firefox has said that it took it', () => push.taken === 1);

  await tab.call('push', 'stop');
  await until('it has unsubscribed', () => push.subscribed === 0);
  await until('the no is told', () =>
    suite.sent('push').some((one) => one.consent?.push === false),
  );
});

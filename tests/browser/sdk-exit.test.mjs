/** Signs that a visitor is about to leave, from a real pointer. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { until } from './sdk-storefront.mjs';
import { idsOf, sdkSuite } from './sdk-suite.mjs';

const suite = sdkSuite();

test('exit intent fires once a visit, after a while, and never on the thank-you page', async () => {
  const visitor = await suite.newVisitor();
  const tab = await suite.open(visitor);
  await tab.ready();
  await tab.leaveByTheTop();
  await tab.call('cart', 'add', { variant: 'mug-blue' });
  await tab.settled();
  assert.equal(await tab.last('exit'), undefined, 'too early');
  await sleep(3_000);
  const thanks = await suite.open(visitor, '/shop/thanks');
  await thanks.ready();
  await sleep(3_100);
  await thanks.leaveByTheTop();
  await sleep(200);
  assert.equal(await thanks.last('exit'), undefined, 'on the thank-you page');
  await thanks.page.close();

  await tab.page.bringToFront();
  // Upwards, but out by the side.
  await tab.page.mouse.move(300, 400);
  await tab.page.mouse.move(100, 250);
  await tab.page.mouse.move(-5, 100);
  await sleep(100);
  assert.equal(await tab.last('exit'), undefined, 'sideways');
  await tab.leaveByTheTop();
  assert.deepEqual(await until('the exit', () => tab.last('exit')), { how: 'pointer' });
  await tab.leaveByTheTop();
  await until('the event', () =>
    suite
      .sent()
      .map(({ t }) => t)
      .includes('exit'),
  );
  await tab.page.reload();
  await tab.ready();
  await sleep(3_100);
  await tab.leaveByTheTop();
  await sleep(300);
  assert.equal(await tab.last('exit'), undefined, 'a second time in the same visit');
  // A reload repeats what is not acknowledged, under the same id.
  assert.equal(idsOf(suite.sent('exit')).size, 1);
});

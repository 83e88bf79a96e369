/** An engine that has no notifications says so, and is asked nothing. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { canHaveWebkit } from '../../scripts/webkit.mjs';
import { webkit } from './engines/webkit.mjs';
import { until } from './sdk-storefront.mjs';
import { sdkSuite } from './sdk-suite.mjs';

if (canHaveWebkit) {
  const suite = sdkSuite(undefined, webkit, { push: {} });
  test('where there are no notifications it is told', async () => {
    suite.shop.control.body = '<script>homing("push", {})</script>';
    const tab = await suite.open(await suite.newVisitor());
    await tab.call('cart', 'add', { variant: 'mug-blue' });
    const { state } = await until('the state', () => tab.last('push'));
    assert.equal(state, 'unsupported');
    await tab.call('push', 'ask');
    await tab.call('push', 'stop');
    await tab.settled();
    assert.deepEqual(suite.sent('push'), []);
    assert.equal((await tab.last('push')).state, 'unsupported');
  });
} else test('WebKit', { skip: 'WebKitGTK exists for Linux alone' });

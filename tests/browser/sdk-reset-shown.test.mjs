/** What is shown goes with what is forgotten, by a reset or by a no, and does nothing more. */
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Card, linkTo } from './sdk-card.mjs';
import { kept } from './sdk-kept.mjs';
import { Slow } from './sdk-slow.mjs';
import { until } from './sdk-storefront.mjs';
import { sdkSuite } from './sdk-suite.mjs';

const suite = sdkSuite();

/** @typedef {import('./sdk-storefront.mjs').Tab} Tab */
/** @typedef {import('./sdk-suite.mjs').Visitor} Visitor */

/** Longer than anything takes that would be shown after all. */
const LONG_MS = 1_200;

/** What makes a browser forget. */
/** @type {[string, unknown[]][]} */
const FORGETTING = [
  ['a reset', ['reset']],
  ['a no', ['consent', false]],
];

/** What somebody else left, whose payment failed. */
let link = '';

/** @param {Visitor} visitor @param {(page: import('./sdk-suite.mjs').Page) => Promise<unknown>} [prepare] */
async function shopping(visitor, prepare, path = '/shop') {
  const tab = await suite.open(visitor, path, prepare);
  await tab.call('cart', 'add', { variant: 'lamp-coral' });
  await tab.settled();
  return tab;
}

/** Waits until the browser has forgotten. @param {Tab} tab @param {unknown[]} call */
async function forget(tab, call) {
  const { cart } = await tab.last('status');
  await tab.call(...call);
  await until('the end of it', async () => !(await kept(tab.page)).includes(cart));
}

/** @param {Tab} tab */
const isBare = async (tab) => {
  await sleep(LONG_MS);
  assert.equal(await tab.page.$('homing-card'), null);
};

beforeEach(async () => {
  const tab = await suite.open(await suite.newVisitor());
  await tab.call('cart', 'add', { variant: 'mug-blue' });
  await tab.call('checkout', 'payment_failed');
  link = linkTo(suite.stack, (await tab.settled()).cart);
  await tab.page.close();
});

for (const [name, call] of FORGETTING) {
  test(`after ${name} a prompt that was open hears no key, and no answer of it is kept`, async () => {
    suite.shop.control.snippet = 'data-prompt';
    const tab = await shopping(await suite.newVisitor());
    await tab.call('prompt', 'show');
    const card = await Card.of(tab, 'prompt');
    await forget(tab, call);
    await card.isGone();
    await tab.page.evaluate(() =>
      addEventListener('keydown', ({ defaultPrevented }) => {
        /** @type {any} */ (window).isTaken = defaultPrevented;
      }),
    );
    await tab.page.keyboard.press('Escape');
    assert.equal(await tab.page.evaluate('window.isTaken'), false, 'the key is the page’s');
    assert.doesNotMatch(await kept(tab.page), /homing\.quiet/);
  });

  test(`after ${name} nobody writes down when the page was last seen`, async () => {
    suite.shop.control.snippet = 'data-banner';
    const tab = await shopping(await suite.newVisitor());
    await until('the time', async () => (await kept(tab.page)).includes('homing.here'));
    await forget(tab, call);
    await tab.page.evaluate(() =>
      document.dispatchEvent(new Event('visibilitychange', { bubbles: true })),
    );
    assert.doesNotMatch(await kept(tab.page), /homing\.here/);
  });

  test(`after ${name} nothing is shown whose words or pictures come late`, async () => {
    const words = new Slow(/ui-text/);
    const visitor = await suite.newVisitor();
    await (await shopping(visitor)).page.close();
    const tab = await suite.open(visitor, `/shop#homing=${link}`, (page) => words.hold(page));
    await words.asked;
    await forget(tab, call);
    words.release();
    await isBare(tab);

    suite.shop.control.snippet = 'data-banner';
    const other = await suite.newVisitor();
    const first = await shopping(other);
    const pictures = new Slow(/v1\/restore/);
    const later = await suite.open(other, '/shop', async (page) => {
      await page.evaluateOnNewDocument(() => {
        localStorage['homing.here'] = Date.now() - 86_400_000;
      });
      await pictures.hold(page);
    });
    await pictures.asked;
    // The other tab forgets, and this one with it.
    await forget(first, call);
    pictures.release();
    await isBare(later);
  });

  test(`after ${name} the question what is to become of two carts has no answer`, async () => {
    suite.shop.control.snippet = 'data-meet="ask" data-checkout="/shop/checkout"';
    const visitor = await suite.newVisitor();
    await (await shopping(visitor)).page.close();
    const tab = await suite.open(visitor, `/shop#homing=${link}`);
    const card = await Card.of(tab, 'notice');
    await forget(tab, call);
    await card.isGone();
    await tab.page.keyboard.press('Escape');
    await isBare(tab);
    assert.equal(tab.page.url(), `${suite.shop.origin}/shop`);
    assert.equal(await tab.last('restored'), undefined);
    assert.doesNotMatch(await kept(tab.page), /utm|homing\.moved/);
    assert.deepEqual(suite.sent('fork'), []);
  });
}

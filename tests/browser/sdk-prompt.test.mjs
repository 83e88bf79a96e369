/** The "save my cart" prompt, in a real browser, against a running stack. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { text as english } from '../../client-sdk/js/ui/text/en.js';
import { LANGUAGES } from '../../client-sdk/js/ui/text.js';
import { Card, countShifts } from './sdk-card.mjs';
import { until } from './sdk-storefront.mjs';
import { sdkSuite } from './sdk-suite.mjs';

const suite = sdkSuite();

/** @typedef {import('./sdk-storefront.mjs').Tab} Tab */

/** A page with a cart that has been open for long enough to be left. @param {import('./sdk-suite.mjs').Visitor} visitor */
async function shopping(visitor, path = '/shop') {
  const tab = await suite.open(visitor, path, countShifts);
  await tab.call('cart', 'add', { variant: 'mug-blue' });
  await tab.settled();
  await tab.page.waitForFunction(() => performance.now() > 3_100);
  return tab;
}

/** Moves the pointer up and out of the window. @param {Tab} tab */
async function leave(tab) {
  await tab.leaveByTheTop();
  await until('the exit', () => tab.last('exit'));
}

/** What was shown of the SDK. */
const shown = () => suite.shop.control.fetched.filter((path) => path.includes('/ui-'));

/** @param {Tab} tab */
const isPromptless = async (tab) => {
  await sleep(600);
  assert.equal(await new Card(tab, 'prompt').isThere(), false);
};

test('who is about to leave is asked, and what they agree to is kept with the words that they read', async () => {
  suite.shop.control.snippet = 'data-prompt';
  const tab = await shopping(await suite.newVisitor());
  assert.deepEqual(shown(), [], 'before it is shown nothing of it is fetched');
  await leave(tab);
  const card = await Card.of(tab, 'prompt');
  assert.deepEqual(shown().sort(), ['/sdk/v1/ui-prompt.js', '/sdk/v1/ui-text-en.js']);
  assert.equal(await card.focus(), undefined, 'the focus stays where it was');
  await until('it to be read out', async () => (await card.said())?.includes('Save this cart'));
  const isTicked = await (await card.$('#mail'))?.evaluate(
    (box) => /** @type {any} */ (box).checked,
  );
  assert.equal(isTicked, false);
  await card.isFlawless();

  await card.click('[type="submit"]');
  assert.equal(await card.focus(), 'email');
  assert.match(await card.text(), /Please enter an e-mail address/);
  await card.isFlawless();
  await card.type('#email', 'ada@example');
  await card.click('[type="submit"]');
  assert.match(await card.text(), /Please enter an e-mail address/);
  await card.type('#email', '.com');
  assert.doesNotMatch(await card.text(), /Please enter/, 'while it is mended nothing is wrong');
  await card.click('[type="submit"]');
  assert.equal(await card.focus(), 'mail');
  assert.match(await card.text(), /Please tick the box/);
  assert.equal(suite.sent('identify').length, 0);
  await card.isFlawless();

  await card.click('#mail');
  const button = await card.$('[type="submit"]');
  await button?.evaluate((one) => {
    for (let n = 0; n < 3; n += 1) /** @type {HTMLElement} */ (one).click();
  });
  await until('the thanks', async () => (await card.text()).includes('Your cart is saved'));
  await card.isFlawless();
  await until('the word', () => suite.sent('identify').length > 0);
  await tab.settled();
  const said = suite.sent('identify');
  assert.deepEqual(
    said.map(({ email, consent }) => ({ email, consent })),
    [{ email: 'ada@example.com', consent: { email: true, wording: 'homing-1.en', page: '/shop' } }],
  );
  // The thanks goes by itself, but not from under the pointer.
  await tab.page.mouse.move(150, 540);
  assert.equal(await tab.page.$eval('homing-card', (host) => host.matches(':hover')), true);
  await sleep(9_000);
  assert.equal(await card.isThere(), true);
  await tab.page.mouse.move(700, 100);
  await card.isGone();
});

test('who says no is not asked again until the days are over', async () => {
  suite.shop.control.snippet = 'data-prompt';
  const visitor = await suite.newVisitor();
  const tab = await shopping(visitor);
  await leave(tab);
  const card = await Card.of(tab, 'prompt');
  await tab.page.keyboard.press('Escape');
  await card.isGone();
  const next = await shopping(visitor);
  await leave(next);
  await isPromptless(next);
  const until = Number(await next.page.evaluate(() => localStorage['homing.quiet']));
  assert.ok(Math.abs(until - Date.now() - 30 * 86_400_000) < 60_000);
  await next.page.evaluate(() => {
    localStorage['homing.quiet'] = Date.now() - 1;
  });
  const third = await shopping(visitor);
  await leave(third);
  await Card.of(third, 'prompt');
});

test('where it has no place it is not shown', async () => {
  suite.shop.control.snippet = 'data-prompt data-prompt-except="/shop/checkout, /shop/account/*"';
  for (const path of ['/shop/checkout/', '/shop/account/orders/7']) {
    const tab = await shopping(await suite.newVisitor(), path);
    await leave(tab);
    await isPromptless(tab);
  }
  const known = await shopping(await suite.newVisitor());
  await known.call('identify', { email: 'known@example.com' });
  await leave(known);
  await isPromptless(known);
  const bought = await shopping(await suite.newVisitor());
  await bought.call('order', { order: 'A-1' });
  await bought.shows({});
  await bought.leaveByTheTop();
  await isPromptless(bought);
  suite.shop.control.snippet = '';
  const unasked = await shopping(await suite.newVisitor());
  await leave(unasked);
  await isPromptless(unasked);
});

test('a shopper who asks for it gets the focus there and back; a number has a consent of its own', async () => {
  suite.shop.control.snippet =
    'data-prompt="phone" data-prompt-consent="Write to me about this." data-prompt-wording="save-7"';
  const tab = await shopping(await suite.newVisitor());
  await tab.page.focus('button');
  await tab.call('prompt', 'show');
  const card = await Card.of(tab, 'prompt');
  await until('the focus', async () => (await card.focus()) === 'email');
  assert.match(await card.text(), /Write to me about this\./);
  await card.isFlawless();
  await tab.page.keyboard.press('Escape');
  await card.isGone();
  assert.equal(await tab.page.evaluate(() => document.activeElement?.textContent), 'Buy');

  await tab.call('prompt', 'show');
  await Card.of(tab, 'prompt');
  await card.type('#email', 'bea@example.com');
  await card.click('#mail');
  await card.type('#phone', '0171 1234567');
  await card.click('[type="submit"]');
  assert.equal(await card.focus(), 'phone');
  assert.match(await card.text(), /country code/);
  await (await card.$('#phone'))?.evaluate((input) => {
    /** @type {any} */ (input).value = '';
  });
  await card.type('#phone', '+49 171 1234567');
  await tab.page.keyboard.press('Enter');
  assert.equal(await card.focus(), 'text');
  await tab.page.keyboard.press('Space');
  await tab.page.keyboard.press('Enter');
  await until('the thanks', async () => (await card.text()).includes('Your cart is saved'));
  await until('the word', () => suite.sent('identify').length > 0);
  const [{ email, phone, consent }] = suite.sent('identify');
  assert.deepEqual(
    { email, phone, consent },
    {
      email: 'bea@example.com',
      phone: '+491711234567',
      consent: { email: true, sms: true, wording: 'save-7', page: '/shop' },
    },
  );
});

test('every language says everything, and one of them is fetched', async () => {
  for (const language of LANGUAGES) {
    const { text } = await import(`../../client-sdk/js/ui/text/${language}.js`);
    assert.deepEqual(Object.keys(text), Object.keys(english), language);
    for (const [name, words] of Object.entries(english)) {
      const places = (/** @type {string} */ one) => (one.match(/\{\w+\}/g) || []).sort();
      assert.deepEqual(places(text[name]), places(words), `${language}: ${name}`);
    }
  }
  suite.shop.control.snippet = 'data-prompt="phone"';
  suite.shop.control.html = 'lang="ar" dir="rtl"';
  suite.shop.control.body = '<meta name="viewport" content="width=device-width">';
  const tab = await shopping(await suite.newVisitor());
  await tab.page.setViewport({ width: 320, height: 640, isMobile: true, hasTouch: true });
  await tab.page.reload();
  await tab.ready();
  await tab.call('texts', { promptTitle: 'سلة المتجر' });
  await tab.call('prompt', 'show');
  const card = await Card.of(tab, 'prompt');
  assert.deepEqual(shown().sort(), ['/sdk/v1/ui-prompt.js', '/sdk/v1/ui-text-ar.js']);
  assert.match(await card.text(), /سلة المتجر/, "the shop's own words");
  const { dir, lang, left, right } = await tab.page.$eval('homing-card', (host) => {
    const { left, right } = host.getBoundingClientRect();
    const { dir, lang } = /** @type {HTMLElement} */ (host);
    return { dir, lang, left, right };
  });
  assert.deepEqual({ dir, lang }, { dir: 'rtl', lang: 'ar' });
  assert.ok(left >= 8 && right <= 312, `${left} to ${right}`);
  await card.isFlawless();
});

test('it is dark where the page is, whatever the system likes, and still where nothing may move', async () => {
  suite.shop.control.snippet = 'data-prompt';
  suite.shop.control.body =
    '<style>body { background: #101418; --homing-accent: #ffd166; --homing-on-accent: #201a05 }</style>';
  const tab = await shopping(await suite.newVisitor());
  await tab.page.emulateMediaFeatures([
    { name: 'prefers-color-scheme', value: 'light' },
    { name: 'prefers-reduced-motion', value: 'reduce' },
  ]);
  await tab.call('prompt', 'show');
  const card = await Card.of(tab, 'prompt');
  assert.equal(
    await tab.page.$eval('homing-card', (host) => host.shadowRoot?.getAnimations().length),
    0,
  );
  assert.equal(
    await tab.page.$eval('homing-card', (host) => /** @type {HTMLElement} */ (host).dataset.scheme),
    'dark',
  );
  const button = await card.$('.main');
  assert.equal(
    await button?.evaluate((one) => getComputedStyle(one).backgroundColor),
    'rgb(255, 209, 102)',
  );
  await card.click('[type="submit"]');
  await card.isFlawless();
});

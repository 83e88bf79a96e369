/** Signs that a visitor on a touch screen is about to leave, from Chromium's own gestures. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Card } from './sdk-card.mjs';
import { until } from './sdk-storefront.mjs';
import { sdkSuite } from './sdk-suite.mjs';

const suite = sdkSuite();

/** @typedef {import('./sdk-storefront.mjs').Tab} Tab */

const PHONE = { width: 390, height: 700, isMobile: true, hasTouch: true };

/** A long page with a cart on a phone, open for long enough to be left. @param {string} [path] */
async function onAPhone(path = '/shop', visitor = suite.newVisitor()) {
  suite.shop.control.body ||=
    '<meta name="viewport" content="width=device-width"><div style="height: 6000px">…</div><input id="search">';
  const tab = await suite.open(await visitor, path, (page) => page.setViewport(PHONE));
  await tab.call('cart', 'add', { variant: 'mug-blue' });
  await tab.settled();
  await tab.page.waitForFunction(() => performance.now() > 3_100);
  await tab.page.touchscreen.tap(200, 500);
  return tab;
}

/**
 * Moves a finger from one place to another, px.
 * @param {Tab} tab
 * @param {[number, number]} from
 * @param {[number, number]} to
 * @param {{ steps?: number, pause?: number }} [pace] between two steps, ms
 */
async function swipe(tab, [x, y], [toX, toY], { steps = 10, pause = 0 } = {}) {
  const session = await tab.page.createCDPSession();
  const at = (/** @type {number} */ n) => [
    { x: x + ((toX - x) * n) / steps, y: y + ((toY - y) * n) / steps },
  ];
  const send = (/** @type {any} */ type, /** @type {any[]} */ touchPoints) =>
    session.send('Input.dispatchTouchEvent', { type, touchPoints });
  await send('touchStart', at(0));
  for (let n = 1; n <= steps; n += 1) {
    await send('touchMove', at(n));
    await sleep(pause);
  }
  await send('touchEnd', []);
  await session.detach();
}

/** Flicks the page upwards. @param {Tab} tab */
const flick = (tab) => swipe(tab, [200, 80], [200, 620]);

/** @param {Tab} tab @param {number} [y] */
const goTo = (tab, y = 3_000) => tab.page.evaluate((to) => window.scrollTo(0, to), y);

/** Events that have reached the edge, once each. @param {string} t @param {number} [count] @returns {Promise<any[]>} */
async function told(t, count = 1) {
  // What is said twice, by a page that closes for example, has the same id.
  const events = () => [...new Map(suite.sent(t).map((event) => [event.id, event])).values()];
  await until(`${count} of ${t}`, () => events().length >= count);
  return events();
}

/** @param {Tab} tab @param {string} why */
async function stays(tab, why) {
  await sleep(300);
  assert.equal(await tab.last('exit'), undefined, why);
}

test('a fast flick upwards from down the page is a sign; what only looks like one is not', async () => {
  suite.shop.control.snippet = 'data-prompt';
  const tab = await onAPhone();
  await goTo(tab);
  await swipe(tab, [200, 620], [200, 80]);
  await stays(tab, 'downwards');
  await sleep(1_500);
  await goTo(tab);
  await swipe(tab, [200, 300], [200, 600], { steps: 20, pause: 60 });
  assert.ok((await tab.page.evaluate(() => scrollY)) < 2_900, 'the page has moved');
  await stays(tab, 'slowly');
  await sleep(1_500);
  await goTo(tab, 0);
  await stays(tab, 'the page’s own doing');
  await goTo(tab, 600);
  await flick(tab);
  await stays(tab, 'near the top, where the menu is');
  await sleep(1_500);
  await goTo(tab);
  await tab.page.evaluate(() => document.querySelector('input')?.focus({ preventScroll: true }));
  await flick(tab);
  await stays(tab, 'while somebody writes');
  await tab.page.evaluate(() => document.querySelector('input')?.blur());
  await sleep(1_500);
  await goTo(tab);
  // A bar or a keyboard that comes or goes, while the finger is at it.
  await tab.page.evaluate(() => {
    addEventListener('touchmove', () => window.dispatchEvent(new Event('resize')));
  });
  await flick(tab);
  await stays(tab, 'while the window changes');
  await sleep(1_500);
  await tab.page.reload();
  await tab.ready();
  await tab.page.waitForFunction(() => performance.now() > 3_100);
  // On a machine that is busy a finger may come along too slowly for a flick.
  for (let tries = 0; tries < 5 && !(await tab.last('exit')); tries += 1) {
    await goTo(tab);
    await flick(tab);
    await sleep(1_500);
  }
  assert.deepEqual(await tab.last('exit'), { how: 'scroll' });
  const card = await Card.of(tab, 'prompt');
  assert.equal(await card.focus(), undefined);
  await until('the event', () => suite.sent('exit').length === 1);
  // A finger that stops a page which still moves does nothing else.
  await sleep(1_500);
  await (await card.$('.bare'))?.tap();
  await card.isGone();
});

test('the way back is never barred, and a gesture from the side is a sign', async () => {
  const tab = await onAPhone();
  const entries = await tab.page.evaluate(() => history.length);
  await swipe(tab, [150, 300], [300, 300]);
  await stays(tab, 'from the middle');
  await swipe(tab, [5, 300], [20, 500]);
  await stays(tab, 'along the side');
  await swipe(tab, [6, 300], [140, 304]);
  assert.deepEqual(await until('the exit', () => tab.last('exit')), { how: 'back' });
  assert.equal(await tab.page.evaluate(() => history.length), entries, 'no entry of ours');
});

test('to go back to the page before is told, and goes through', async () => {
  const visitor = await suite.newVisitor();
  const tab = await onAPhone('/shop', Promise.resolve(visitor));
  await tab.page.goto(`${suite.shop.origin}/shop/product`);
  await tab.ready();
  await tab.page.waitForFunction(() => performance.now() > 3_100);
  await tab.page.touchscreen.tap(200, 500);
  await Promise.all([
    tab.page.waitForNavigation(),
    tab.page.evaluate(() => setTimeout(() => history.back())),
  ]);
  assert.equal(tab.page.url(), `${suite.shop.origin}/shop`);
  const [exit] = await told('exit');
  assert.equal(exit.how, 'back');
});

test('a phone that is put down is a sign, and one that is away for more than a glance', async () => {
  suite.shop.control.snippet = 'data-exit-idle="2"';
  const idle = await onAPhone();
  await sleep(1_200);
  await idle.page.touchscreen.tap(200, 500);
  await sleep(1_200);
  await stays(idle, 'somebody is there');
  assert.deepEqual(await until('the exit', () => idle.last('exit')), { how: 'idle' });

  suite.shop.control.snippet = 'data-exit-idle="0"';
  const visitor = await suite.newVisitor();
  const away = await onAPhone('/shop', Promise.resolve(visitor));
  const other = await visitor.newPage();
  await other.bringToFront();
  assert.equal(await away.page.evaluate(() => document.hidden), true);
  await sleep(1_000);
  await away.page.bringToFront();
  await stays(away, 'a glance');
  await other.bringToFront();
  await sleep(8_500);
  await away.page.bringToFront();
  assert.deepEqual(await until('the exit', () => away.last('exit')), { how: 'hidden' });
});

test('some pages may be left without a word, and what is left by mouse is not taken for a phone', async () => {
  suite.shop.control.snippet = 'data-exit-idle="1" data-exit-except="/shop/help*"';
  const help = await onAPhone('/shop/help/returns');
  await sleep(1_500);
  await stays(help, 'a page that the shop has named');
  const desk = await suite.open(await suite.newVisitor());
  await desk.call('cart', 'add', { variant: 'mug-blue' });
  await desk.settled();
  await desk.page.waitForFunction(() => performance.now() > 3_100);
  await desk.page.mouse.click(300, 300);
  await sleep(1_500);
  await stays(desk, 'a mouse that rests');
});

test('a person is known by what they write, even without a key or a pointer', async () => {
  const first = await suite.open(await suite.newVisitor());
  await first.call('cart', 'add', { variant: 'mug-blue' });
  const { token } = await first.settled();
  suite.shop.control.body = '<input id="search">';
  const tab = await suite.open(await suite.newVisitor(), `/shop#homing=${token}`);
  await tab.shows({ 'mug-blue': 1 });
  await tab.page.evaluate(() => {
    const search = /** @type {HTMLInputElement} */ (document.querySelector('#search'));
    search.focus();
    // A script's own word is nobody's.
    search.dispatchEvent(new InputEvent('input', { bubbles: true }));
    search.click();
  });
  await sleep(800);
  assert.equal(suite.sent('fork').length, 0);
  const session = await tab.page.createCDPSession();
  // As dictation and other assistive technology do.
  await session.send('Input.insertText', { text: 'mug' });
  await tab.settled();
  assert.equal(suite.sent('fork').length, 1);
});

test('a product that is seen again after another tab counts for all the time that it was seen', async () => {
  const visitor = await suite.newVisitor();
  const tab = await suite.open(visitor);
  await tab.call('cart', 'add', { variant: 'bag-red' });
  await tab.call('track', 'view', { variant: 'mug-blue' });
  await tab.settled();
  const other = await visitor.newPage();
  await sleep(1_000);
  await other.bringToFront();
  const [first] = await told('view');
  await sleep(3_000);
  await tab.page.bringToFront();
  await sleep(5_600);
  await other.bringToFront();
  const views = await told('view', 2);
  const last = views.at(-1);
  assert.notEqual(last.id, first.id);
  assert.equal(last.variant, 'mug-blue');
  assert.ok(
    last.ms >= first.ms + 5_000 && last.ms < first.ms + 8_500,
    `${first.ms}, then ${last.ms}`,
  );
  // Who only looks by is not told of again.
  await tab.page.bringToFront();
  await sleep(500);
  await other.bringToFront();
  await sleep(800);
  assert.equal(new Set(suite.sent('view').map(({ id }) => id)).size, 2);
});

test('the next product ends the look at the one before, called in the same breath too', async () => {
  const tab = await suite.open(await suite.newVisitor());
  await tab.call('cart', 'add', { variant: 'mug-blue' });
  await tab.settled();
  await tab.page.evaluate(() => {
    const { homing } = /** @type {any} */ (window);
    homing('track', 'view', { variant: 'mug-blue' });
    homing('track', 'view', { variant: 'bag-red' });
  });
  await until('the first look', () => suite.sent('view').length > 0);
  const variants = () => suite.sent('view').map(({ variant }) => variant);
  assert.deepEqual(variants(), ['mug-blue']);
  await tab.page.close();
  await until('the other', () => variants().includes('bag-red'));
});

test('of two products on one page each counts for its own time', async () => {
  const visitor = await suite.newVisitor();
  const tab = await suite.open(visitor);
  await tab.call('cart', 'add', { variant: 'bag-red' });
  await tab.settled();
  await tab.call('track', 'view', { variant: 'mug-blue' });
  await sleep(2_000);
  await tab.call('track', 'view', { variant: 'teapot-rust' });
  await sleep(400);
  await tab.page.close();
  const views = await told('view', 2);
  const ms = (/** @type {string} */ variant) => views.find((one) => one.variant === variant).ms;
  assert.ok(ms('mug-blue') >= 1_900, `${ms('mug-blue')}`);
  assert.ok(ms('teapot-rust') < 1_500, `${ms('teapot-rust')}`);
});

/** The main job in a real browser, through the demo shop: a left cart comes back through a clicked link. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { forEveryCart } from '../../scripts/demo-shop.mjs';
import { startStack } from '../../scripts/stack.mjs';
import { openBrowser, until } from './sdk-storefront.mjs';

const stateDir = mkdtempSync(join(tmpdir(), 'homing-main-'));

/** Short enough to wait for; the third step is there so that "no more mail" has something to prevent. */
const PACE = {
  thresholds: { cart_ms: 3_000, checkout_ms: 2_000 },
  sequences: forEveryCart([
    { after_ms: 3_000, template: 'reminder' },
    { after_ms: 30_000, template: 'offer', offer: { code: 'COMEBACK10', percent: 10 } },
    { after_ms: 34_000, template: 'last_chance' },
  ]),
};

/** @type {Awaited<ReturnType<typeof startStack>>} */
let stack;
/** @type {import('./engines/engine.mjs').Browser} */
let browser;

/**
 * A page that does not scroll smoothly: a click would miss what is still moving.
 * @param {import('puppeteer-core').BrowserContext} visitor
 */
async function calmPage(visitor) {
  const page = await visitor.newPage();
  await page.emulateMediaFeatures([{ name: 'prefers-reduced-motion', value: 'reduce' }]);
  return page;
}

before(async () => {
  stack = await startStack({ stateDir, demo: PACE });
  browser = await openBrowser();
});

after(async () => {
  await browser?.close();
  await stack?.stop();
  rmSync(stateDir, { recursive: true, force: true });
});

/**
 * What the demo's cart page shows: each line's text and quantity.
 * @param {import('puppeteer-core').Page} page
 */
const shownCart = (page) =>
  page.$$eval('#lines .line', (lines) =>
    lines.map((line) => {
      const input = line.querySelector('input');
      return `${line.querySelector('a')?.getAttribute('href')} ${input?.value ?? ''} ${line.textContent?.includes('Ada') ? 'Ada' : ''}`;
    }),
  );

/**
 * @param {import('puppeteer-core').Page} page
 * @param {string} path
 */
const visit = (page, path) =>
  page.goto(`${stack.url}/store/${path}`, { waitUntil: 'networkidle0' });

/** @param {import('puppeteer-core').Page} page */
const cartCount = (page) => page.$eval('#cart-count', (count) => count.textContent?.trim());

/** @param {import('puppeteer-core').Page} page @param {string} text */
const countBecomes = (page, text) =>
  until(`${text} in the cart`, async () => (await cartCount(page))?.includes(text));

test('a left cart comes back through a clicked link, is bought, and is not written about again', async () => {
  const shopper = await browser.createBrowserContext();
  const page = await calmPage(shopper);
  /** @type {string[]} */
  const faults = [];
  page.on('pageerror', (error) => faults.push(String(error)));

  // Two variants, one of them engraved.
  await visit(page, 'product.html?p=mug&v=blue');
  await page.type('#engraving', 'Ada');
  await page.click('#add-to-cart');
  await countBecomes(page, '1');
  await visit(page, 'product.html?p=bag&v=red');
  await page.click('#add-to-cart');
  await countBecomes(page, '2');

  // Offline: change the cart, reload nothing, and come back.
  await page.setOfflineMode(true);
  await page.click('#add-to-cart');
  await countBecomes(page, '3');
  await page.setOfflineMode(false);
  await visit(page, 'cart.html');
  await until('two lines', async () => (await shownCart(page)).length === 2);
  const left = await shownCart(page);

  // Leave an address at the checkout, and leave.
  await visit(page, 'checkout.html');
  await page.waitForSelector('#email', { visible: true });
  await page.type('#email', 'ada@example.com');
  await page.click('#consent');
  await page.click('#to-shipping');
  await page.waitForSelector('#name', { visible: true });
  await page.close();

  const mail = await until('the reminder', async () => (await stack.readMail())[0]);
  assert.deepEqual(mail.to, ['ada@example.com']);
  for (const part of [mail.html, mail.text]) {
    assert.match(part, /Enamel mug, blue/);
    assert.match(part, /€38\.00|€19\.00/);
  }
  assert.match(mail.html, /img\/mug-blue\.png/);
  const link = mail.text.match(/http:\/\/\S+\/r\/[A-Za-z0-9_-]{64}/)?.[0];
  assert.ok(link, 'the mail has a recovery link');

  // A browser that has never seen the shop.
  const elsewhere = await browser.createBrowserContext();
  const phone = await calmPage(elsewhere);
  phone.on('pageerror', (error) => faults.push(String(error)));
  await phone.setViewport({ width: 360, height: 740, isMobile: true, hasTouch: true });
  await phone.goto(link, { waitUntil: 'networkidle0' });
  assert.ok(!phone.url().includes(link.slice(-64)), 'the token is gone from the address bar');
  await until('the same cart', async () => (await shownCart(phone)).length === 2);
  assert.deepEqual(await shownCart(phone), left);

  // Buy it there.
  await visit(phone, 'checkout.html');
  await phone.waitForSelector('#email', { visible: true });
  await phone.type('#email', 'ada@example.com');
  await phone.click('#to-shipping');
  await phone.waitForSelector('#name', { visible: true });
  await phone.type('#name', 'Ada');
  await phone.type('#street', '1 Lane');
  await phone.type('#postcode', '1000');
  await phone.type('#city', 'Bath');
  await phone.click('#to-payment');
  await phone.waitForSelector('#pay', { visible: true });
  await phone.click('#pay');
  await phone.waitForSelector('#order', { visible: true });

  // The steps that would have followed were due meanwhile.
  const view = await until('the plan to end', async () => {
    const answer = await fetch(`${stack.url}/v1/shoppers/lookup`, {
      method: 'POST',
      headers: { authorization: `Bearer ${stack.keys.secret}` },
      body: JSON.stringify({ email: 'ada@example.com' }),
    });
    const found = await answer.json();
    return found.planned === false && found;
  });
  assert.deepEqual(
    view.deliveries.map((/** @type {any} */ delivery) => [
      delivery.template,
      delivery.state,
      delivery.reason,
    ]),
    [
      ['reminder', 'sent', null],
      ['offer', 'skipped', 'ordered'],
    ],
  );
  const due = view.deliveries[1].due_at;
  await sleep(Math.max(0, due - Date.now()) + 6_000);
  assert.equal((await stack.readMail()).length, 1, 'no more mail');
  assert.deepEqual(faults, []);
});

test('the demo shop shows an empty cart to who says no, in every tab, and goes on after a yes', async () => {
  const visitor = await browser.createBrowserContext();
  const page = await calmPage(visitor);
  await visit(page, 'product.html?p=bag&v=red');
  await page.click('#add-to-cart');
  await countBecomes(page, '1');
  const other = await calmPage(visitor);
  await visit(other, 'cart.html');
  await until('the lines', async () => (await shownCart(other)).length === 1);
  await other.click('#panel-toggle');
  const events = () => other.$$eval('.journal li', (all) => all.length);
  await until('the journal', async () => (await events()) > 0);
  await other.click('#answer');
  await until('no lines', async () => (await shownCart(other)).length === 0);
  assert.equal(await events(), 0);
  await page.bringToFront();
  await countBecomes(page, '0');
  await other.bringToFront();
  await other.click('#answer');
  await page.bringToFront();
  await page.click('#add-to-cart');
  await countBecomes(page, '1');
  await other.bringToFront();
  await until('the lines', async () => (await shownCart(other)).length === 1);
  await visitor.close();
});

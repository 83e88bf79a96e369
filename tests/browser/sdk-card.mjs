/** What shoppers see of the SDK, as tests look at it. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { cartId, signToken } from '../../scripts/keys.mjs';
import { until } from './sdk-storefront.mjs';

/** @typedef {import('./sdk-storefront.mjs').Tab} Tab */

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** A cart's link, as a message carries it. @param {Pick<import('../../scripts/stack.mjs').Stack, 'keys'>} stack @param {string} cart its secret */
export const linkTo = (stack, cart) =>
  signToken(stack.keys.master, {
    purpose: 'recovery',
    shop: stack.keys.shop,
    subject: cartId(stack.keys.shop, cart),
    expiresAt: Math.floor(Date.now() / 1_000) + 3_600,
  });

/** Notes what moves in a page from its beginning. @param {import('puppeteer-core').Page} page */
export const countShifts = (page) =>
  page.evaluateOnNewDocument(() => {
    const scope = /** @type {any} */ (window);
    scope.shifts = [];
    new PerformanceObserver((list) => {
      for (const entry of /** @type {any[]} */ (list.getEntries())) {
        // As browsers count it: what somebody has just asked for may move.
        if (entry.hadRecentInput) continue;
        scope.shifts.push(
          ...entry.sources.map((/** @type {any} */ { node, previousRect, currentRect }) => [
            entry.value,
            node?.outerHTML ?? node?.textContent,
            ...[previousRect, currentRect].map((at) => [at.x, at.y, at.width, at.height]),
          ]),
        );
      }
    }).observe({ type: 'layout-shift', buffered: true });
  });

/**
 * Which rules of accessibility a page breaks, by which elements.
 * @param {import('puppeteer-core').Page} page
 * @param {string} [within]
 */
export async function violationsIn(page, within) {
  await page.evaluate(axe);
  const found = await page.evaluate(
    async (place) => (await /** @type {any} */ (window).axe.run(place ?? document)).violations,
    within,
  );
  return found.map((/** @type {any} */ { id, nodes }) => [
    id,
    nodes.map((/** @type {any} */ { html }) => html),
  ]);
}

export class Card {
  /** @param {Tab} tab @param {string} kind */
  constructor(tab, kind) {
    this.page = tab.page;
    this.host = `homing-card[data-kind="${kind}"]`;
  }

  /** Waits until it is there. @param {Tab} tab @param {string} kind */
  static async of(tab, kind) {
    const card = new Card(tab, kind);
    await until(`a ${kind}`, () => card.isThere());
    return card;
  }

  async isThere() {
    return !!(await this.page.$(this.host));
  }

  async isGone() {
    await until('the card to go', async () => !(await this.isThere()));
  }

  /** @param {string} selector */
  $(selector) {
    return this.page.waitForSelector(`${this.host} >>> ${selector}`);
  }

  /** @param {string} selector */
  async click(selector) {
    await (await this.$(selector))?.click();
  }

  /** @param {string} selector @param {string} text */
  async type(selector, text) {
    await (await this.$(selector))?.type(text);
  }

  /** All that can be read in it. */
  text() {
    return this.page.$eval(this.host, (host) => {
      const card = host.shadowRoot?.querySelector('.card,.pill');
      return card?.textContent ?? '';
    });
  }

  /** What a screen reader was told. */
  said() {
    return this.page.$eval(
      this.host,
      (host) => host.shadowRoot?.querySelector('[role="status"]')?.textContent,
    );
  }

  /** The id of what has the focus in it; undefined while the focus is in the page. */
  focus() {
    return this.page.$eval(this.host, (host) => host.shadowRoot?.activeElement?.id);
  }

  /** No rule of accessibility is broken, and nothing in the page has moved. */
  async isFlawless() {
    await this.page.evaluate(() =>
      Promise.all(document.getAnimations().map((one) => one.finished)),
    );
    await this.page.$eval(this.host, (host) =>
      Promise.all((host.shadowRoot?.getAnimations() || []).map((one) => one.finished)),
    );
    assert.deepEqual(await violationsIn(this.page, this.host), []);
    assert.deepEqual(
      await this.page.evaluate(() => /** @type {any} */ (window).shifts),
      [],
      'layout shift',
    );
  }
}

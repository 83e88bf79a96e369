/** What the tests of the snippet share: a stack, a storefront before it, a browser, and visitors. */
import { after, afterEach, before } from 'node:test';
import { claimPorts } from '../../scripts/ports.mjs';
import { shopOfOwn } from '../fixtures/shared-stack.mjs';
import { chromium } from './engines/puppeteer.mjs';
import { startStorefront, Tab } from './sdk-storefront.mjs';

/** @typedef {import('puppeteer-core').BrowserContext} Visitor */
/** @typedef {import('puppeteer-core').Page} Page */

/**
 * Registers the hooks of a test file; what it returns is there once the first test runs.
 * @param {import('../fixtures/platforms/session.mjs').Platform} [platform]
 * @param {import('./engines/engine.mjs').Engine} [engine]
 * @param {object} [changes] to the demo shop's configuration
 */
export function sdkSuite(platform, engine = chromium, changes = {}) {
  /** @type {import('../fixtures/shared-stack.mjs').OwnShop} */
  let stack;
  /** @type {import('./engines/engine.mjs').Browser} */
  let browser;
  /** @type {Visitor[]} */
  let visitors = [];

  const suite = {
    /** @type {Awaited<ReturnType<typeof startStorefront>>} */
    shop: /** @type {any} */ (undefined),
    /** The edge and its keys. */
    get stack() {
      return stack;
    },
    /** Another browser. @param {import('./engines/engine.mjs').LaunchOptions} [options] */
    launch: (options) =>
      engine.launch({
        cut(isCut) {
          suite.shop.control.isCut = isCut;
        },
        ...options,
      }),
    /** Somebody who has never been here. */
    async newVisitor() {
      const visitor = await browser.createBrowserContext();
      visitors.push(visitor);
      return visitor;
    },
    /**
     * Opens a page of the shop in a new tab.
     * @param {Visitor} visitor
     * @param {string} [path]
     * @param {(page: Page) => Promise<unknown>} [prepare]
     */
    open: (visitor, path = '/shop', prepare = async () => {}) =>
      Tab.open(visitor, suite.shop.origin + path, prepare),
    /**
     * The events that reached the edge, each as often as it did, with their cart.
     * @param {string} [t]
     * @returns {any[]}
     */
    sent: (t) =>
      suite.shop.control.collected
        .flatMap(({ cart, events }) => events.map((/** @type {any} */ e) => ({ ...e, cart })))
        .filter((e) => !t || e.t === t),
  };

  before(async () => {
    const port = await claimPorts(0);
    stack = await shopOfOwn({ origins: [`http://127.0.0.1:${port}`], ...changes });
    suite.shop = await startStorefront(
      { url: stack.url, key: stack.keys.publishable },
      port,
      platform,
    );
    browser = await suite.launch();
  });

  afterEach(async () => {
    const fresh = {
      isCut: false,
      held: new Set(),
      failing: new Map(),
      altered: new Set(),
      lostAnswers: 0,
      collected: [],
      instead: undefined,
      offer: undefined,
      snippet: '',
      html: '',
      body: '',
      fetched: [],
      asked: 0,
    };
    Object.assign(suite.shop.control, fresh);
    await Promise.all(visitors.map((visitor) => visitor.close()));
    visitors = [];
  });

  after(async () => {
    await browser?.close();
    await suite.shop?.stop();
    await stack?.stop();
  });

  return suite;
}

/**
 * The different ids of events.
 * @param {any[]} events
 */
export const idsOf = (events) => new Set(events.map(({ id }) => id));

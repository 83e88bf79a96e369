/** The storefront's cart page (examples/vendure/cart.html), and people who open it in a real browser. */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { inRoot } from '../../scripts/paths.mjs';
import { chromium } from '../browser/engines/puppeteer.mjs';

/** Where the page as it stands in the repository looks for the shop. */
const EXAMPLE = 'http://127.0.0.1:3000/shop-api';

export class Storefront {
  /** Of Vendure, once that is known. */
  shopApi = '';
  #page = readFileSync(inRoot('examples', 'vendure', 'cart.html'), 'utf8');
  #server = createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'text/html' });
    response.end(this.#page.replace(EXAMPLE, this.shopApi));
  });
  /** @type {import('puppeteer-core').Browser | undefined} */
  #browser;

  static async start() {
    const storefront = new Storefront();
    await new Promise((resolve) => {
      storefront.#server.listen(0, '127.0.0.1', () => resolve(undefined));
    });
    storefront.#browser = /** @type {any} */ (await chromium.launch());
    return storefront;
  }

  get url() {
    const address = this.#server.address();
    return `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`;
  }

  /**
   * Opens a link on a device that was never here.
   * @param {string} link
   */
  async open(link) {
    const context = await this.#browser?.createBrowserContext();
    const page = await context?.newPage();
    if (!page) throw new Error('no browser');
    await page.goto(link);
    return {
      /** What the page shows once it is done. */
      async shows() {
        await page.waitForSelector('body[data-ready]');
        return page.evaluate(() => ({
          address: location.href,
          note: document.querySelector('#note')?.textContent,
          lines: [...document.querySelectorAll('#lines li')].map((item) => item.textContent).sort(),
          session: localStorage.getItem('session') ?? '',
        }));
      },
      reload: () => page.reload(),
      again: () => page.goto(link),
      close: () => context?.close(),
    };
  }

  async close() {
    await this.#browser?.close();
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

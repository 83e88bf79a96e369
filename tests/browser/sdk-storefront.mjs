/** A bare storefront in front of a running stack, and a browser that visits it. */
import { createServer, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { createGzip } from 'node:zlib';
import { chromium } from './engines/puppeteer.mjs';
import { shopPage } from './sdk-page.mjs';

/** Everything that takes longer than this has gone wrong. */
const PATIENCE_MS = 15_000;

/** @typedef {import('../fixtures/platforms/session.mjs').Platform} Platform */

/**
 * Serves the shop's pages and passes everything else on, so that a test can hold requests back and lose answers.
 * @param {{ url: string, key: string }} edge
 * @param {number} [port]
 * @param {Platform} [platform]
 */
export async function startStorefront({ url, key }, port = 0, platform = undefined) {
  const control = {
    /** Whether the line is cut: every request ends as if there were no network. */
    isCut: false,
    /** Paths that are not answered; the SDK's directory counts as /sdk/v1. */
    held: new Set(),
    /** Paths that fail, and how often still; the SDK's directory counts as /sdk/v1. */
    /** @type {Map<string, number>} */
    failing: new Map(),
    /** Files of the SDK that somebody has changed, by paths as above. */
    altered: new Set(),
    /** How many answers of /v1/collect get lost on the way back. */
    lostAnswers: 0,
    /** Answers /v1/collect in the edge's stead, when it gives something. */
    /** @type {((body: any) => { status: number, answer: object } | undefined) | undefined} */
    instead: undefined,
    /** Added to what /v1/restore answers. */
    /** @type {import('../../client-sdk/js/index.d.ts').Offer | undefined} */
    offer: undefined,
    /** Further attributes of the script tag, of the html element, and what the page shows. */
    snippet: '',
    html: '',
    body: '',
    /** Paths of the SDK that were fetched. */
    /** @type {string[]} */
    fetched: [],
    /** How often the platform has been asked. */
    asked: 0,
    /** Bodies of /v1/collect that reached the edge. */
    /** @type {any[]} */
    collected: [],
  };
  const server = createServer(async (incoming, answer) => {
    const { pathname } = new URL(incoming.url ?? '/', 'http://shop');
    if (control.isCut) {
      incoming.socket.destroy();
      return;
    }
    const path = pathname.replace(/^\/sdk\/v1\/[0-9a-f]+\//, '/sdk/v1/');
    if (control.held.has(path)) return;
    if (path.startsWith('/sdk/')) control.fetched.push(path);
    const fails = control.failing.get(path) ?? 0;
    if (fails > 0) {
      control.failing.set(path, fails - 1);
      answer.writeHead(503).end();
      return;
    }
    if (pathname.startsWith('/shop')) {
      const thanks = pathname === '/shop/thanks' ? ' data-homing-page="thanks"' : '';
      const attributes = `${thanks} ${control.html}`;
      answer.writeHead(200, { 'content-type': 'text/html', ...platform?.headers });
      answer.end(
        platform?.page?.(key, pathname) ??
          shopPage(key, attributes, platform, control.snippet, control.body),
      );
      return;
    }
    if (pathname === '/homing-push.js') {
      answer.writeHead(200, { 'content-type': 'text/javascript' });
      answer.end(`importScripts('${url}/sdk/v1/push-worker.js');`);
      return;
    }
    const chunks = [];
    for await (const chunk of incoming) chunks.push(chunk);
    const body = Buffer.concat(chunks);
    const own = platform?.answer({
      method: incoming.method ?? 'GET',
      url: new URL(incoming.url ?? '/', 'http://shop'),
      headers: incoming.headers,
      body,
    });
    if (own) {
      control.asked += 1;
      answer.writeHead(own.status, { 'content-type': 'application/json', ...own.headers });
      answer.end(own.status === 204 ? undefined : JSON.stringify(own.json));
      return;
    }
    const isCollect = pathname === '/v1/collect' && incoming.method === 'POST';
    const instead = isCollect ? control.instead?.(JSON.parse(body.toString())) : undefined;
    if (instead) {
      answer.writeHead(instead.status, { 'content-type': 'application/json' });
      answer.end(JSON.stringify(instead.answer));
      return;
    }
    const { method } = incoming;
    // What is changed on the way has to be readable.
    const headers = {
      ...incoming.headers,
      ...((control.offer || pathname.startsWith('/sdk/')) && { 'accept-encoding': 'identity' }),
    };
    const outgoing = request(url + incoming.url, { method, headers }, (reply) => {
      if (isCollect) {
        if (reply.statusCode === 200) control.collected.push(JSON.parse(body.toString()));
        if (control.lostAnswers > 0) {
          control.lostAnswers -= 1;
          reply.resume();
          answer.destroy();
          return;
        }
      }
      const { offer } = control;
      if (offer && pathname === '/v1/restore' && reply.statusCode === 200) {
        const { 'content-length': _, ...kept } = reply.headers;
        answer.writeHead(200, kept);
        text(reply).then((body) => answer.end(JSON.stringify({ ...JSON.parse(body), offer })));
        return;
      }
      if (pathname.startsWith('/sdk/') && reply.statusCode === 200) {
        // As the edge does, which this machine's stand-in does not.
        const { 'content-length': _, ...kept } = reply.headers;
        answer.writeHead(200, { ...kept, 'content-encoding': 'gzip' });
        const zip = createGzip();
        if (control.altered.has(path)) zip.write(';globalThis.altered = true;');
        reply.pipe(zip).pipe(answer);
        return;
      }
      answer.writeHead(reply.statusCode ?? 502, reply.headers);
      reply.pipe(answer);
    });
    outgoing.on('error', () => answer.destroy());
    outgoing.end(body);
  });
  await new Promise((resolve) => server.listen(port, '127.0.0.1', () => resolve(undefined)));
  const address = server.address();
  const origin = `http://127.0.0.1:${typeof address === 'object' ? address?.port : port}`;
  return {
    origin,
    /** Where the edge is by itself, which is another origin. */
    edge: url,
    control,
    /**
     * What the edge has of a cart.
     * @param {string} cart its secret
     */
    async edgeCart(cart) {
      const response = await fetch(`${url}/v1/collect`, {
        method: 'POST',
        headers: { 'content-type': 'text/plain', origin },
        body: JSON.stringify({ v: 1, key, cart, seen: 0, events: [] }),
      });
      const reply = await response.json();
      /** @type {Record<string, number>} */
      const lines = {};
      for (const { variant, qty, gone } of reply.dots ?? []) {
        if (!gone) lines[variant] = (lines[variant] ?? 0) + qty;
      }
      return { lines, epoch: reply.epoch, seq: reply.seq };
    },
    /** Ends what is not answered, as a line does that has been silent for long. */
    hangUp: () => server.closeAllConnections(),
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export const openBrowser = () => chromium.launch();

/**
 * Asks until the answer is truthy.
 * @template T
 * @param {string} what for the message when it never is
 * @param {() => Promise<T> | T} ask
 * @returns {Promise<NonNullable<T>>}
 */
export async function until(what, ask) {
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    const answer = await ask();
    if (answer) return answer;
    if (Date.now() > deadline) throw new Error(`waited in vain for: ${what}`);
    await sleep(50);
  }
}

/** Runs in a page: it may keep nothing, as in a browser whose owner refuses all storage. */
export function withoutStorage() {
  for (const name of ['localStorage', 'sessionStorage', 'indexedDB']) {
    Object.defineProperty(window, name, {
      get() {
        throw new DOMException('refused', 'SecurityError');
      },
    });
  }
  navigator.locks.request = () => Promise.reject(new DOMException('refused', 'SecurityError'));
}

/** @param {import('puppeteer-core').Page} page */
export const refuseStorage = (page) => page.evaluateOnNewDocument(withoutStorage);

/**
 * Keeps a page's requests to itself until they are let go.
 * @param {import('puppeteer-core').Page} page
 * @param {RegExp} pattern of their addresses
 */
export async function holdBack(page, pattern) {
  /** @type {import('puppeteer-core').HTTPRequest[]} */
  const held = [];
  let isOver = false;
  const letGo = (/** @type {import('puppeteer-core').HTTPRequest} */ one) =>
    // A page that is gone asks for nothing any more.
    one.continue().catch(() => {});
  await page.setRequestInterception(true);
  page.on('request', (one) => {
    if (!isOver && pattern.test(one.url())) held.push(one);
    else letGo(one);
  });
  return {
    /** Waits until there is one. */
    asked: () => until(`a request for ${pattern}`, () => held.length),
    end() {
      isOver = true;
      held.splice(0).forEach(letGo);
    },
  };
}

/** A tab of the shop. */
export class Tab {
  /** @param {import('puppeteer-core').Page} page */
  constructor(page) {
    this.page = page;
  }

  /**
   * @param {import('puppeteer-core').Browser | import('puppeteer-core').BrowserContext} browser
   * @param {string} url
   * @param {(page: import('puppeteer-core').Page) => Promise<unknown>} [prepare]
   */
  static async open(browser, url, prepare) {
    const page = await browser.newPage();
    await prepare?.(page);
    await page.goto(url, { waitUntil: 'domcontentloaded' });
    return new Tab(page);
  }

  /**
   * Calls the snippet.
   * @param {...unknown} args
   */
  call(...args) {
    return this.page.evaluate((list) => {
      const homing = /** @type {any} */ (window).homing;
      homing(...list);
    }, args);
  }

  /**
   * The latest value that listeners heard.
   * @param {'change' | 'status' | 'restored' | 'placed' | 'exit' | 'warning' | 'push'} name
   * @returns {Promise<any>}
   */
  last(name) {
    return this.page.evaluate((event) => /** @type {any} */ (window).seen[event].at(-1), name);
  }

  /** Variants and quantities as the storefront sees them. */
  async lines() {
    const cart = await this.last('change');
    /** @type {[string, number][]} */
    const pairs = (cart?.lines ?? []).map((/** @type {any} */ line) => [
      line.variant,
      line.quantity,
    ]);
    return Object.fromEntries(pairs);
  }

  /** Somebody moves the pointer on a first visit, for which the SDK has waited to fetch what a cart needs. */
  async stir() {
    const fetched = this.page.waitForResponse((answer) => answer.url().endsWith('/homing.wasm'));
    await this.page.mouse.move(40, 40);
    await (await fetched).buffer();
  }

  /** The pointer leaves the page by the top, where the tabs and the address bar are. */
  async leaveByTheTop() {
    for (const y of [200, 90, 10, -5]) await this.page.mouse.move(300, y);
  }

  ready() {
    return until('the runtime', async () => (await this.last('status'))?.ready);
  }

  /** Waits until the edge has acknowledged everything. */
  settled() {
    return until('an acknowledgement of everything', async () => {
      const status = await this.last('status');
      return status?.pending === 0 && status.acked > 0 && status;
    });
  }

  /**
   * Waits until the storefront sees exactly these lines.
   * @param {Record<string, number>} lines
   */
  shows(lines) {
    const wanted = JSON.stringify(Object.entries(lines).sort());
    return until(`the lines ${wanted}`, async () => {
      return JSON.stringify(Object.entries(await this.lines()).sort()) === wanted;
    });
  }
}

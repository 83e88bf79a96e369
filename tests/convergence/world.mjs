/**
 * Devices whose pages run the shipped journal, transport and wasm, in one process and without waiting: timers fire when the history says so,
 * requests arrive when it says so, and pages end in the middle of whatever they do.
 *
 * The modules find a browser's globals in their places while a world stands; each step is one device's, and runs until nothing more
 * follows from it.
 */
import { readFileSync } from 'node:fs';
import { commandOf } from '../../client-sdk/js/command.js';
import { newEngine } from '../../client-sdk/js/engine.js';
import { Journal } from '../../client-sdk/js/journal.js';
import { CART, SIGHT, sight } from '../../client-sdk/js/local.js';
import { Transport } from '../../client-sdk/js/transport.js';
import { loadWasm } from '../../client-sdk/js/wasm.js';
import { sdkFile } from '../../scripts/build-sdk.mjs';

/** @typedef {import('../fixtures/random.mjs').Random} Random */

/** The one cart that all devices write to: 16 zero bytes. */
const SECRET = 'AAAAAAAAAAAAAAAAAAAAAA';

/** @type {ReturnType<typeof newEngine> | undefined} */
let engine;

/** The module keeps nothing, so that all pages can share it. */
async function sharedEngine() {
  const headers = { 'content-type': 'application/wasm' };
  const wasm = () => loadWasm(new Response(readFileSync(sdkFile('homing.wasm')), { headers }));
  engine ??= newEngine(wasm, () => {});
  await engine.load();
  return engine;
}

/** Nothing is loaded here. @returns {Promise<any>} */
const nothing = () => new Promise(() => {});

/** Everything that follows at once has happened. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

/**
 * A request on its way.
 * @typedef {object} Request
 * @property {Page} page
 * @property {string} body
 * @property {((reply: any) => void) | undefined} answer none: nobody waits for one
 * @property {() => void} fail
 */

/** A page's view of its device's database: transactions one after the other, none of them after the page's end. */
class Store {
  kind = /** @type {const} */ ('indexeddb');

  /** @param {Page} page */
  constructor(page) {
    this.page = page;
  }

  /** @param {import('../../client-sdk/js/storage.js').Change} change */
  async change(change) {
    const { device } = this.page;
    const before = device.transaction;
    let done = () => {};
    device.transaction = new Promise((resolve) => {
      done = () => resolve(undefined);
    });
    await before;
    if (this.page.isOver) {
      done();
      // Nobody is there to hear of it.
      return new Promise(() => {});
    }
    const outcome = change(device.read(), device.entries());
    const commit = () => device.write(outcome);
    if (!device.world.isCalm && device.world.random.happens(0.1)) {
      // It is durable some time later, and until then nobody knows.
      await new Promise((resolve) => {
        device.open = { page: this.page, commit, go: () => resolve(undefined) };
      });
    } else commit();
    done();
    return this.page.isOver ? new Promise(() => {}) : undefined;
  }
}

/** A tab. */
export class Page {
  isOver = false;
  /** Timers that it has set. @type {Map<number, () => void>} */
  timers = new Map();

  /**
   * @param {Device} device
   * @param {number} number
   * @param {ReturnType<typeof newEngine>} engine
   */
  constructor(device, number, engine) {
    this.device = device;
    /** @type {import('../../client-sdk/js/loader.js').Boot} */
    const boot = {
      // Each page has an address of its own, so that a request says whose it is.
      config: { key: 'pk', endpoint: `http://page-${number}` },
      cart: SECRET,
      known: !!sight(),
      commandOf,
      arrival: () => ({}),
      module: nothing,
      wasm: nothing,
      take: () => [],
      held: [],
      begin() {},
      close() {},
      life: 0,
    };
    this.journal = new Journal(new Store(this), engine, boot, {
      changed: (isOurs) => {
        if (this.isOver || !isOurs) return;
        device.tell(this);
        this.transport.schedule();
      },
      refused: (code) => device.world.refusals.push(code),
      warned: (code) => {
        throw new Error(`a page warned of ${code}`);
      },
      failed(error) {
        throw error;
      },
      renewed() {
        throw new Error('nobody has asked a page to forget');
      },
    });
    this.transport = new Transport(this.journal, boot, () => {});
  }

  /** What its shopper sees. */
  get view() {
    return this.journal.view;
  }

  /** Calls the snippet. @param {...unknown} call */
  call(...call) {
    const command = commandOf(call, Date.now());
    if (command) this.journal.write(command).catch(() => {});
  }

  /** Looks at a product: that is told once it is known for how long. @param {string} variant */
  look(variant) {
    this.journal.release(500);
    this.call('track', 'view', { variant });
  }

  /** Says something that changes no line, to hear what the others have done. */
  greet() {
    this.journal.release(500);
    this.journal.write({ t: 'exit', at: Date.now(), how: 'pointer' });
  }

  /** Whatever it does, it does no more. */
  end() {
    this.isOver = true;
    this.timers.clear();
  }
}

/** A browser. */
export class Device {
  /** @type {Map<string, string>} */
  local = new Map();
  /** @type {Page[]} */
  pages = [];
  /** @type {Promise<unknown>} */
  transaction = Promise.resolve();
  /** A transaction that is not durable yet. @type {{ page: Page, commit: () => void, go: () => void } | undefined} */
  open;
  #book = '';
  /** @type {Map<number, string>} */
  #entries = new Map();
  #next = 1;

  /**
   * @param {World} world
   * @param {number} skew of its clock, ms
   */
  constructor(world, skew) {
    this.world = world;
    this.skew = skew;
    this.local.set(CART, SECRET);
    this.local.set(SIGHT, '{"e":0,"d":[]}');
  }

  read() {
    return this.#book ? JSON.parse(this.#book) : undefined;
  }

  /** @returns {import('../../client-sdk/js/storage.js').Entry[]} */
  entries() {
    return [...this.#entries.values()].map((text) => JSON.parse(text));
  }

  /** @param {import('../../client-sdk/js/storage.js').Outcome} outcome */
  write({ book, put, drop }) {
    this.#book = JSON.stringify(book);
    for (const entry of put) {
      const n = entry.n ?? this.#next++;
      this.#entries.set(n, JSON.stringify({ ...entry, n }));
      this.world.kept.set(entry.e.id, entry.e);
    }
    for (const { n } of drop) if (n) this.#entries.delete(n);
  }

  /** The other tabs hear that the journal has changed. @param {Page} teller */
  tell(teller) {
    for (const page of this.pages) if (page !== teller) page.journal.look().catch(() => {});
  }

  /** A transaction under way ends: well, or with its page. @param {boolean} isCommitted */
  closeTransaction(isCommitted) {
    const { open } = this;
    this.open = undefined;
    if (isCommitted) open?.commit();
    open?.go();
  }
}

/** All devices, and the line between them and the edge. */
export class World {
  /** @type {Device[]} */
  devices = [];
  /** @type {Request[]} */
  underWay = [];
  /** Events that some device had stored, or a closing page had left. @type {Map<string, any>} */
  kept = new Map();
  /** @type {string[]} */
  refusals = [];
  now = 1_700_000_000_000;
  /** Whether every transaction is durable at once. */
  isCalm = false;
  /** @type {Device | undefined} */
  #current;
  #timers = 0;
  #pages = 0;
  /** @type {Map<string, Page>} */
  #pageOf = new Map();
  /** @type {[object, string, PropertyDescriptor | undefined][]} */
  #replaced = [];

  /** @param {Random} random */
  constructor(random) {
    this.random = random;
  }

  /** Puts a browser's globals in their places. */
  stand() {
    const device = () => /** @type {Device} */ (this.#current);
    const put = (
      /** @type {any} */ on,
      /** @type {string} */ name,
      /** @type {unknown} */ value,
    ) => {
      this.#replaced.push([on, name, Object.getOwnPropertyDescriptor(on, name)]);
      Object.defineProperty(on, name, { value, configurable: true, writable: true });
    };
    put(Date, 'now', () => this.now + (this.#current?.skew ?? 0));
    put(Math, 'random', () => this.random.below(2 ** 32) / 2 ** 32);
    put(crypto, 'getRandomValues', (/** @type {Uint8Array} */ bytes) => {
      bytes.set(this.random.bytes(bytes.length));
      return bytes;
    });
    put(globalThis, 'localStorage', storageOf(device));
    put(globalThis, 'location', { pathname: '/' });
    put(globalThis, 'matchMedia', () => ({ matches: false }));
    put(globalThis, 'navigator', {
      onLine: true,
      sendBeacon: (/** @type {string} */ url, /** @type {string} */ body) => {
        this.#send(url, body);
        return true;
      },
    });
    put(globalThis, 'fetch', (/** @type {string} */ url, /** @type {any} */ init) =>
      this.#fetch(url, init),
    );
    put(globalThis, 'setTimeout', (/** @type {() => void} */ work) => {
      this.#timers += 1;
      this.#pageAtWork?.timers.set(this.#timers, work);
      return this.#timers;
    });
    put(globalThis, 'clearTimeout', (/** @type {number} */ timer) => {
      for (const { pages } of this.devices) for (const page of pages) page.timers.delete(timer);
    });
  }

  /** Takes them away again. */
  fall() {
    for (const [on, name, before] of this.#replaced.reverse()) {
      if (before) Object.defineProperty(on, name, before);
      else Reflect.deleteProperty(on, name);
    }
    this.#replaced = [];
  }

  /** Whose timers are being set. @type {Page | undefined} */
  #pageAtWork;

  /**
   * Something happens to a page, and all that follows from it.
   * @param {Page} page
   * @param {() => unknown} work
   */
  async at(page, work) {
    this.#current = page.device;
    this.#pageAtWork = page;
    work();
    await settled();
    this.now += 1 + this.random.below(400);
  }

  /** @param {number} skew */
  addDevice(skew) {
    const device = new Device(this, skew);
    this.devices.push(device);
    return device;
  }

  /** Opens a page. @param {Device} device */
  async open(device) {
    this.#current = device;
    this.#pages += 1;
    const page = new Page(device, this.#pages, await sharedEngine());
    this.#pageOf.set(page.transport.boot.config.endpoint, page);
    device.pages.push(page);
    await this.at(page, () => page.journal.look().then(() => page.transport.hurry()));
    return page;
  }

  /** The page is gone, without a word. @param {Page} page @param {boolean} isCommitted */
  async kill(page, isCommitted) {
    const { device } = page;
    page.end();
    device.pages = device.pages.filter((other) => other !== page);
    if (device.open?.page === page) await this.at(page, () => device.closeTransaction(isCommitted));
  }

  /** The page is closed, and told so. @param {Page} page @param {boolean} isCommitted */
  async close(page, isCommitted) {
    await this.at(page, () => {
      page.journal.leave(0);
      page.transport.leave();
      // No task of the page runs any more.
      page.end();
    });
    for (const [key, text] of page.device.local) {
      if (!key.startsWith('homing.q.')) continue;
      for (const e of JSON.parse(text).events) this.kept.set(e.id, e);
    }
    await this.kill(page, isCommitted);
  }

  /** @param {string} url @param {string} body */
  #send(url, body) {
    const page = /** @type {Page} */ (this.#pageOf.get(new URL(url).origin));
    const fail = () => {};
    this.underWay.push({ page, body, answer: undefined, fail });
  }

  /** @param {string} url @param {{ body: string, signal: AbortSignal }} init */
  #fetch(url, { body, signal }) {
    const page = /** @type {Page} */ (this.#pageOf.get(new URL(url).origin));
    if (page.isOver) return new Promise(() => {});
    return new Promise((resolve, reject) => {
      const fail = () => reject(new TypeError('network'));
      signal.addEventListener('abort', fail);
      const answer = (/** @type {any} */ reply) =>
        resolve({ ok: true, status: 200, json: async () => reply });
      this.underWay.push({ page, body, answer, fail });
    });
  }
}

/** `localStorage` of whichever device is at work. @param {() => Device} device */
const storageOf = (device) =>
  new Proxy(
    {
      getItem: (/** @type {string} */ key) => device().local.get(key) ?? null,
      setItem: (/** @type {string} */ key, /** @type {string} */ value) => {
        device().local.set(key, value);
      },
      removeItem: (/** @type {string} */ key) => {
        device().local.delete(key);
      },
    },
    {
      ownKeys: () => [...device().local.keys()],
      getOwnPropertyDescriptor: (_, key) => ({
        value: device().local.get(String(key)),
        enumerable: true,
        configurable: true,
      }),
    },
  );

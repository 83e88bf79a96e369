/**
 * Tabs and browsers that are ended without a warning while a shopper changes the cart. Whatever the edge has acknowledged is still
 * there afterwards, and whatever was done more than a quarter of a second before.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { claimPorts } from '../../scripts/ports.mjs';
import { randomFrom } from '../fixtures/random.mjs';
import { startTestStack } from '../fixtures/test-stack.mjs';
import { killIn } from './engines/processes.mjs';
import { startStorefront, Tab, until } from './sdk-storefront.mjs';

/** What is done later than this before the end may be lost. */
export const SAFE_MS = 250;

/** The page is ended at most so long after it was asked for. */
const LONGEST_MS = 1_500;
/** A driver that has not answered by then does not. */
const DRIVER_MS = 10_000;
/** Between two changes. */
const PAUSE_MS = 120;

/**
 * close: the tab is closed. crash: the processes that run pages are killed. browser: the browser is, with all its processes.
 * @typedef {'close' | 'crash' | 'browser'} Way
 *
 * silent: nothing comes to the edge. deaf: the edge's answers get lost.
 * @typedef {'good' | 'silent' | 'deaf'} Line
 *
 * @typedef {object} Change
 * @property {string} variant
 * @property {number} qty what it makes of the line; 0: it is gone
 * @property {number} [at] the page's clock when it was done; none: nobody knows whether it was
 *
 * @typedef {object} Kill
 * @property {string} engine
 * @property {Way} way
 * @property {Line} line
 * @property {number} after ms from when the page was asked for
 * @property {number} changes
 * @property {number} acked how many of them the edge had taken
 * @property {number} late how many were done in the last moment
 * @property {number} saved how many of those are there all the same
 * @property {string[]} lost what should be there and is not, or the other way round
 */

/** @param {import('puppeteer-core').Page} page */
const close = (page) => Promise.race([page.close(), sleep(DRIVER_MS)]);

/** A shopper's changes, and what may have become of them. */
class Cart {
  /** @type {Change[]} */
  changes = [];

  /** @param {string} prefix @param {import('../fixtures/random.mjs').Random} random */
  constructor(prefix, random) {
    this.prefix = prefix;
    this.random = random;
  }

  /** The quantity that a line comes to. @param {string} variant */
  #qty(variant) {
    return this.changes.findLast((change) => change.variant === variant)?.qty ?? 0;
  }

  /** The variants so far. */
  get variants() {
    return [...new Set(this.changes.map(({ variant }) => variant))];
  }

  /** Something that a shopper may do next. @returns {{ call: unknown[], change: Change }} */
  next() {
    const { random } = this;
    const live = this.variants.filter((variant) => this.#qty(variant) > 0);
    const kind = live.length === 0 ? 'add' : random.pick(['add', 'add', 'set', 'remove']);
    const variant = kind === 'add' ? `${this.prefix}-${this.variants.length}` : random.pick(live);
    const before = this.#qty(variant);
    const qty = { add: 1, set: before + 1 + random.below(3), remove: 0 }[kind] ?? 0;
    const change = { variant, qty };
    this.changes.push(change);
    return { call: ['cart', kind, { variant, quantity: qty }], change };
  }

  /**
   * How many of a line's changes are sure to be there.
   * @param {Change[]} own
   * @param {number} acked
   * @param {number} end
   */
  #sure(own, acked, end) {
    const isSafe = (/** @type {Change} */ { at }) => at !== undefined && at < end - SAFE_MS;
    return Math.max(own.filter(isSafe).length, acked);
  }

  /**
   * Compares what is there with what has to be.
   * @param {Record<string, number>} lines
   * @param {Map<string, number>} acked changes of each line that the edge had taken
   * @param {number} end
   */
  compare(lines, acked, end) {
    /** @type {string[]} */
    const lost = [];
    let late = 0;
    let saved = 0;
    for (const variant of this.variants) {
      const own = this.changes.filter((change) => change.variant === variant);
      const sure = this.#sure(own, acked.get(variant) ?? 0, end);
      const found = lines[variant] ?? 0;
      // The line stands as after one of its changes, and after all that are sure.
      const stages = [0, ...own.map(({ qty }) => qty)];
      const reached = stages.lastIndexOf(found);
      if (reached < sure) {
        const age = end - (own[reached]?.at ?? end);
        lost.push(
          `${variant}: ${stages.join('→')}, ${sure} sure, found ${found}, ${age} ms after it`,
        );
      }
      const done = own.filter(({ at }) => at !== undefined).length;
      late += Math.max(0, done - sure);
      saved += Math.max(0, Math.min(reached, done) - sure);
    }
    const strangers = Object.keys(lines).filter((variant) => !this.variants.includes(variant));
    lost.push(...strangers.map((variant) => `${variant}: ${lines[variant]}, back from the dead`));
    return { lost, late, saved };
  }
}

/** How many changes of each line the edge has taken. @param {any[]} requests */
function takenOf(requests) {
  /** @type {Map<string, string>} which line an add made */
  const lineOf = new Map();
  /** @type {Map<string, Set<string>>} */
  const taken = new Map();
  const events = requests.flatMap((request) => request.events);
  for (const { id, t, variant } of events) if (t === 'add') lineOf.set(id, variant);
  for (const { id, t, dot, dots = [] } of events) {
    const of = { add: [id], set: [dot], remove: dots }[/** @type {string} */ (t)] ?? [];
    for (const name of of) {
      const variant = lineOf.get(name) ?? '';
      taken.set(variant, (taken.get(variant) ?? new Set()).add(id));
    }
  }
  return new Map([...taken].map(([variant, ids]) => [variant, ids.size]));
}

/** One browser with one profile, that is killed again and again. */
class Victim {
  /** @type {import('./engines/engine.mjs').Browser | undefined} */
  #browser;
  /** @type {any} whose storage it is */
  #visitor;
  #profile = mkdtempSync(join(tmpdir(), 'homing-kills-'));

  /** @param {import('./engines/engine.mjs').Engine} engine */
  constructor(engine) {
    this.engine = engine;
  }

  /** How it can be killed and still have what it stored. @returns {Way[]} */
  get ways() {
    const { keepsProfiles, crash } = this.engine;
    return [
      'close',
      ...(crash ? /** @type {const} */ (['crash']) : []),
      ...(keepsProfiles ? /** @type {const} */ (['browser']) : []),
    ];
  }

  async #open() {
    const profile = this.engine.keepsProfiles ? this.#profile : undefined;
    this.#browser ??= await this.engine.launch({ profile });
    // Where storage ends with the browser, the visitor stays; else it is the profile.
    this.#visitor ??= profile ? this.#browser : await this.#browser.createBrowserContext();
    return this.#visitor;
  }

  /** @returns {Promise<import('puppeteer-core').Page>} */
  async newPage() {
    return (await this.#open()).newPage();
  }

  /**
   * A driver may wait for ever for a page whose process was killed while it was being made.
   * @param {string} url
   * @returns {Promise<Tab>}
   */
  async openAgain(url, tries = 3) {
    const opened = Tab.open(/** @type {any} */ (this), url);
    const tab = await Promise.race([opened.catch(() => {}), sleep(DRIVER_MS)]);
    if (tab) return tab;
    if (tries === 1) throw new Error(`${this.engine.name} opens no page any more`);
    return this.openAgain(url, tries - 1);
  }

  /** @param {Way} way @param {import('puppeteer-core').Page} page */
  async kill(way, page) {
    const browser = /** @type {import('./engines/engine.mjs').Browser} */ (this.#browser);
    if (way === 'close') return close(page);
    if (way === 'crash') {
      if (!this.engine.crash?.(browser)) throw new Error('there was no process to kill');
      return undefined;
    }
    killIn(browser.process()?.pid);
    await Promise.race([browser.close().catch(() => {}), sleep(DRIVER_MS)]);
    this.#browser = this.#visitor = undefined;
    return undefined;
  }

  async end() {
    await this.#browser?.close();
    rmSync(this.#profile, { recursive: true, force: true, maxRetries: 5 });
  }
}

/**
 * @param {object} options
 * @param {{ engine: import('./engines/engine.mjs').Engine, kills: number }[]} options.plan
 * @param {number} options.seed of what is done and how it ends; how far the browser comes until then is up to the machine
 * @param {(kill: Kill) => void} [options.say]
 * @returns {Promise<Kill[]>}
 */
export async function killAgainAndAgain({ plan, seed, say = () => {} }) {
  const stateDir = mkdtempSync(join(tmpdir(), 'homing-kills-'));
  const port = await claimPorts(0);
  const stack = await startTestStack({ stateDir, demo: { origins: [`http://127.0.0.1:${port}`] } });
  const shop = await startStorefront({ url: stack.url, key: stack.keys.publishable }, port);
  const random = randomFrom(seed);
  /** @type {Kill[]} */
  const done = [];
  try {
    for (const { engine, kills } of plan) {
      const victim = new Victim(engine);
      try {
        for (let n = 0; n < kills; n += 1) {
          const kill = await killOnce(victim, shop, `k${n}`, randomFrom(random.below(2 ** 32)));
          done.push(kill);
          say(kill);
        }
      } finally {
        await victim.end();
      }
    }
  } finally {
    await shop.stop();
    await stack.stop();
    rmSync(stateDir, { recursive: true, force: true });
  }
  return done;
}

/**
 * @param {Victim} victim
 * @param {Awaited<ReturnType<typeof startStorefront>>} shop
 * @param {string} name
 * @param {import('../fixtures/random.mjs').Random} random
 * @returns {Promise<Kill>}
 */
async function killOnce(victim, shop, name, random) {
  const way = random.pick(victim.ways);
  const line = random.pick(/** @type {Line[]} */ (['good', 'good', 'silent', 'deaf']));
  const after = random.below(LONGEST_MS);
  const cart = new Cart(name, random);
  const { control } = shop;

  control.collected = [];
  if (line === 'silent') control.held.add('/v1/collect');
  if (line === 'deaf') control.lostAnswers = Number.POSITIVE_INFINITY;
  const page = await victim.newPage();
  let isOver = false;
  const begin = Date.now();
  // A page that is ended while it loads never answers.
  const opened = page.goto(`${shop.origin}/shop`, { waitUntil: 'domcontentloaded' });
  const shopping = opened
    .then(async () => {
      while (!isOver) {
        const { call, change } = cart.next();
        const at = await page.evaluate((list) => {
          /** @type {any} */ (window).homing(...list);
          return Date.now();
        }, call);
        change.at = Number(at);
        await sleep(random.below(PAUSE_MS));
      }
    })
    // It was ended in the middle of it.
    .catch(() => {});
  await sleep(Math.max(0, begin + after - Date.now()));
  isOver = true;
  const end = Date.now();
  await victim.kill(way, page);
  await Promise.race([shopping, sleep(1_000)]);
  // What was on its way arrives or does not.
  await sleep(300);
  const acked = takenOf(control.collected);
  control.held.clear();
  control.lostAnswers = 0;
  // Browsers have only so many connections to a host, and some keep those of closed tabs.
  shop.hangUp();

  const tab = await victim.openAgain(`${shop.origin}/shop`);
  await tab.ready();
  const status = await until('everything at the edge', async () => {
    const latest = await tab.last('status');
    return latest?.pending === 0 && latest;
  });
  const lines = await tab.lines();
  const found = cart.compare(lines, acked, end);
  const atEdge = (await shop.edgeCart(status.cart)).lines;
  const text = (/** @type {object} */ some) => JSON.stringify(Object.entries(some).sort());
  if (text(atEdge) !== text(lines)) {
    found.lost.push(`shown ${text(lines)}, at the edge ${text(atEdge)}`);
  }
  // The next one begins with an empty cart.
  await tab.call('cart', 'clear');
  await tab.shows({});
  await until('the clear at the edge', async () => (await tab.last('status')).pending === 0);
  await close(tab.page);
  const changes = cart.changes.filter(({ at }) => at !== undefined).length;
  const taken = [...acked.values()].reduce((sum, some) => sum + some, 0);
  return { engine: victim.engine.name, way, line, after, changes, acked: taken, ...found };
}

/**
 * Histories as in history.mjs through real browsers: their storage, tabs, reloads and closing beacons. Nobody is killed here, so that not
 * a single call may get lost.
 */
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { Tab, until } from '../browser/sdk-storefront.mjs';
import { randomFrom } from '../fixtures/random.mjs';
import { EdgeCart } from './edge.mjs';
import { expected, seen } from './expected.mjs';
import { Line, openShops } from './shop.mjs';

/** @typedef {import('../browser/engines/engine.mjs').Engine} Engine */
/** @typedef {import('../fixtures/random.mjs').Random} Random */

const VARIANTS = ['mug', 'bag', 'lamp'];

/** Between two things that happen, ms. */
const PAUSE_MS = 120;

/** How long an answer may take before it is asked for again, ms. */
const LOOK_MS = 3_000;

/** A browser with its tabs of one shop. */
class Device {
  /** @type {Tab[]} */
  tabs = [];

  /** @param {any} visitor @param {string} address */
  constructor(visitor, address) {
    this.visitor = visitor;
    this.address = address;
  }

  async open() {
    const open = () => Tab.open(this.visitor, this.address);
    // Firefox's driver now and then loses a tab that it makes while another one closes.
    const tab = await open().catch(open);
    this.tabs.push(tab);
    return tab;
  }

  /** @param {Tab} tab */
  async close(tab) {
    this.tabs = this.tabs.filter((other) => other !== tab);
    await tab.page.close();
  }
}

/** One history. */
class History {
  adds = 0;
  orders = 0;

  /**
   * @param {Device[]} devices
   * @param {EdgeCart} edge
   * @param {Line} line
   * @param {Random} random
   */
  constructor(devices, edge, line, random) {
    this.devices = devices;
    this.edge = edge;
    this.line = line;
    this.random = random;
  }

  /** Something that a shopper does. @returns {unknown[]} */
  call() {
    const { random } = this;
    const variant = random.pick(VARIANTS);
    const kind = random.pick(['add', 'add', 'add', 'set', 'set', 'remove', 'clear', 'order']);
    if (kind === 'order') {
      this.orders += 1;
      return ['order', { order: `A-${this.orders}` }];
    }
    if (kind === 'add') this.adds += 1;
    return ['cart', kind, { variant, quantity: 1 + random.below(5) }];
  }

  async step() {
    const { random } = this;
    const device = random.pick(this.devices);
    const tab = device.tabs.length > 0 ? random.pick(device.tabs) : await device.open();
    const what = random.below(10);
    if (what < 6) {
      for (let n = random.below(3); n >= 0; n -= 1) await tab.call(...this.call());
    } else if (what < 7) await tab.page.reload();
    else if (what < 8) await device.close(tab);
    else if (device.tabs.length < 2) await device.open();
    await sleep(random.below(PAUSE_MS));
  }

  /** The line is good again, and everybody hears of everything. */
  async calm() {
    this.line.isGood = true;
    for (const device of this.devices) if (device.tabs.length === 0) await device.open();
    const tabs = this.devices.flatMap((device) => device.tabs);
    for (const tab of tabs) await tab.call('flush');
    await Promise.all(tabs.map((tab) => this.#isEmpty(tab)));
    for (const tab of tabs) await this.#look(tab);
    await Promise.all(tabs.map((tab) => this.#sees(tab)));
  }

  /** What is looked at is told with the next look. @param {Tab} tab */
  async #look(tab) {
    await tab.call('track', 'view', { variant: 'mug' });
    await tab.call('track', 'view', { variant: 'bag' });
    await tab.call('flush');
  }

  /** @param {Tab} tab */
  #isEmpty(tab) {
    return until('everything at the edge', async () => {
      const status = await tab.last('status');
      return status?.ready && status.pending === 0;
    });
  }

  /** @param {Tab} tab */
  async #sees(tab) {
    const view = async () => {
      const { lines, epoch } = (await tab.last('change')) ?? { lines: [], epoch: 0 };
      return seen({ lines, epoch });
    };
    const sees = async () =>
      JSON.stringify(await view()) === JSON.stringify(seen(this.edge.view()));
    try {
      let looked = Date.now();
      await until('the lines of the edge', async () => {
        if (await sees()) return true;
        // A closing tab's beacon may reach the edge after everybody has asked it.
        if (Date.now() - looked > LOOK_MS) {
          looked = Date.now();
          await this.#look(tab);
        }
        return false;
      });
    } catch {
      assert.deepEqual(await view(), seen(this.edge.view()), 'all see what the edge has');
    }
  }

  check() {
    const taken = [...this.edge.taken.values()];
    assert.deepEqual(seen(this.edge.view()), expected(taken), 'that is what was done');
    const adds = taken.filter(({ event }) => event.t === 'add').length;
    assert.ok(adds >= this.adds, `${this.adds} adds, ${adds} of them at the edge`);
    const orders = taken.filter(({ event }) => event.t === 'order').length;
    assert.equal(orders, this.orders, 'orders at the edge');
    assert.deepEqual([...this.edge.refused], []);
  }
}

/**
 * Plays histories, some beside one another.
 * @param {object} options
 * @param {Engine} options.engine
 * @param {number} options.histories
 * @param {number} options.seed of the first; each has its own
 * @param {number} [options.atOnce]
 * @param {(line: string) => void} [options.say]
 * @returns {Promise<string[]>} what went wrong
 */
export async function playInBrowser({ engine, histories, seed, atOnce = 2, say = () => {} }) {
  const shops = await openShops();
  const browser = await engine.launch();
  /** @type {string[]} */
  const wrong = [];
  let next = 0;
  const worker = async () => {
    const visitor = await browser.createBrowserContext();
    while (next < histories) {
      const number = next;
      next += 1;
      const random = randomFrom(seed + number);
      const edge = await EdgeCart.open();
      const line = new Line(edge, random);
      const devices = shops
        .addressesOf(number, line)
        .map((address) => new Device(visitor, address));
      const history = new History(devices, edge, line, random);
      try {
        for (let n = 6 + random.below(8); n > 0; n -= 1) await history.step();
        await history.calm();
        history.check();
      } catch (error) {
        wrong.push(`${engine.name}, seed ${seed + number}: ${error}`);
      }
      for (const device of devices) for (const tab of device.tabs) await tab.page.close();
      say(`${engine.name}: ${number + 1} of ${histories}, ${wrong.length} wrong`);
    }
  };
  try {
    await Promise.all(Array.from({ length: atOnce }, worker));
  } finally {
    await browser.close();
    await shops.stop();
  }
  return wrong;
}

/**
 * Random histories of one cart on three devices: what shoppers do, while the line loses, repeats and reorders, and pages are reloaded,
 * closed and killed. Whatever happens, all end with the edge's lines, and those are what was done: nothing lost, nothing back.
 */
import assert from 'node:assert/strict';
import { randomFrom } from '../fixtures/random.mjs';
import { EdgeCart } from './edge.mjs';
import { expected, seen } from './expected.mjs';
import { World } from './world.mjs';

/** @typedef {import('./world.mjs').Page} Page */
/** @typedef {import('./world.mjs').Device} Device */
/** @typedef {import('../fixtures/random.mjs').Random} Random */

/** Right, an hour slow, and ten minutes fast. */
const SKEWS = [0, -3_600_000, 600_000];

/** After that many rounds on a good line something does not come to an end. */
const MOST_ROUNDS = 60;

/** Longer than a held event waits for its page. */
const LONG_MS = 2 * 3_600_000;

const VARIANTS = ['mug', 'bag', 'lamp'];
const SIZES = [undefined, { Size: 'S' }, { Size: 'L' }];

/** What happened, for a table. */
const COUNTS = /** @type {const} */ ([
  'calls',
  'requests',
  'repeated',
  'lost requests',
  'lost answers',
  'beacons',
  'reloads',
  'kills',
]);

/** @typedef {Record<typeof COUNTS[number], number>} Counts */

/** @returns {Counts} */
export const noCounts = () =>
  /** @type {Counts} */ (Object.fromEntries(COUNTS.map((name) => [name, 0])));

export class History {
  /**
   * @param {EdgeCart} edge
   * @param {World} world
   * @param {Random} random
   * @param {Counts} counts
   */
  constructor(edge, world, random, counts) {
    this.edge = edge;
    this.world = world;
    this.random = random;
    this.counts = counts;
    this.orders = 0;
  }

  get pages() {
    return this.world.devices.flatMap(({ pages }) => pages);
  }

  /** Something that a shopper does. @param {Page} page */
  call(page) {
    const { random } = this;
    this.counts.calls += 1;
    const item = {
      variant: random.pick(VARIANTS),
      options: random.pick(SIZES),
      quantity: 1 + random.below(5),
    };
    const kind = random.pick([
      'add',
      'add',
      'add',
      'set',
      'set',
      'remove',
      'clear',
      'order',
      'view',
    ]);
    if (kind === 'view') page.look(item.variant);
    else if (kind === 'clear') page.call('cart', 'clear');
    else if (kind === 'order') {
      this.orders += 1;
      page.call('order', { order: `A-${this.orders}` });
    } else {
      const quantity = kind === 'set' ? random.below(5) : item.quantity;
      page.call('cart', kind, { ...item, quantity });
    }
  }

  /** @param {number} index of a request under way; it may come again */
  async arrive(index) {
    const { world, random, counts } = this;
    const [request] = world.underWay.splice(index, 1);
    if (!request) return;
    const { page, body, answer, fail } = request;
    counts.requests += 1;
    if (random.happens(0.15)) {
      counts['lost requests'] += 1;
      await world.at(page, fail);
      return;
    }
    const reply = this.edge.collect(body, world.now);
    if (random.happens(0.15)) {
      counts.repeated += 1;
      world.underWay.push({ page, body, answer: undefined, fail: () => {} });
    }
    if (!answer) {
      counts.beacons += 1;
      return;
    }
    if (random.happens(0.2)) {
      counts['lost answers'] += 1;
      await world.at(page, fail);
    } else if (random.happens(0.5)) await world.at(page, () => answer(reply));
    else {
      // It takes a while, and others overtake it.
      const late = () => answer(reply);
      this.late.push({ page, late });
    }
  }

  /** Answers on their way. @type {{ page: Page, late: () => void }[]} */
  late = [];

  /** One thing that happens. */
  async step() {
    const { world, random } = this;
    const device = random.pick(world.devices);
    const page = device.pages.length > 0 ? random.pick(device.pages) : await world.open(device);
    const what = random.below(20);
    if (what < 6) {
      const calls = 1 + random.below(3);
      await world.at(page, () => {
        for (let n = 0; n < calls; n += 1) this.call(page);
      });
    } else if (what < 10) await this.fire(page);
    else if (what < 14) await this.arrive(random.below(world.underWay.length || 1));
    else if (what < 16) await this.answerLate(random.below(this.late.length || 1));
    else if (what < 17) await world.at(page, () => device.closeTransaction(true));
    else if (what < 18) {
      if (device.pages.length < 2) await world.open(device);
    } else if (what < 19) {
      this.counts.reloads += 1;
      await world.close(page, random.happens(0.5));
      await world.open(device);
    } else {
      this.counts.kills += 1;
      await world.kill(page, random.happens(0.5));
    }
  }

  /** A timer of a page is over. @param {Page} page */
  async fire(page) {
    const timers = [...page.timers];
    if (timers.length === 0) return;
    const [timer, work] = this.random.pick(timers);
    page.timers.delete(timer);
    await this.world.at(page, work);
  }

  /** @param {number} index */
  async answerLate(index) {
    const [answer] = this.late.splice(index, 1);
    if (answer) await this.world.at(answer.page, answer.late);
  }

  /** The line is good again: what is under way arrives, every device says what it has left, and hears what the others have said. */
  async calm() {
    const { world } = this;
    world.isCalm = true;
    // What a killed page was looking at is told without it.
    world.now += LONG_MS;
    for (const device of world.devices) {
      if (device.pages.length === 0) await world.open(device);
    }
    await this.empty();
    for (const page of this.pages) await world.at(page, () => page.greet());
    await this.empty();
  }

  /** Sends what waits until nothing does any more. */
  async empty() {
    const { world } = this;
    for (let round = 0; round < MOST_ROUNDS; round += 1) {
      for (const page of this.pages) {
        await world.at(page, () => page.device.closeTransaction(true));
        await world.at(page, () => page.journal.look().then(() => page.transport.flush()));
      }
      while (this.late.length > 0) await this.answerLate(0);
      for (const { page, body, answer } of world.underWay.splice(0)) {
        const reply = this.edge.collect(body, world.now);
        if (answer) await world.at(page, () => answer(reply));
      }
      const isDone = (/** @type {Page} */ { device, journal }) =>
        journal.pending.length === 0 && !journal.isCold && !device.open;
      if (this.pages.every(isDone) && world.underWay.length === 0) return;
    }
    assert.fail('it does not come to an end');
  }

  check() {
    const { edge, world } = this;
    const atEdge = edge.view();
    for (const page of this.pages) assert.deepEqual(page.view, atEdge, 'all see what the edge has');
    assert.deepEqual(seen(atEdge), expected(edge.taken.values()), 'that is what was done');
    const lost = [...world.kept.keys()].filter((id) => !edge.taken.has(id));
    assert.deepEqual(lost, [], 'what was stored is at the edge');
    for (const [id, event] of world.kept) {
      // An event that was stored unfinished goes out later with more in it.
      const { ms, ...told } = /** @type {any} */ (edge.taken.get(id)?.event ?? {});
      const { ms: _, ...stored } = event;
      assert.deepEqual(told, JSON.parse(JSON.stringify(stored)), 'one name, one event');
    }
    assert.deepEqual([...edge.refused], []);
    assert.deepEqual(world.refusals, []);
  }
}

/**
 * Plays the history of a seed to its end, and checks it.
 * @param {number} seed
 * @param {Counts} [counts]
 */
export async function play(seed, counts = noCounts()) {
  const random = randomFrom(seed);
  const edge = await EdgeCart.open();
  const world = new World(random);
  const history = new History(edge, world, random, counts);
  for (const skew of SKEWS) world.addDevice(skew);
  world.stand();
  try {
    const steps = 10 + random.below(80);
    for (let n = 0; n < steps; n += 1) await history.step();
    await history.calm();
  } finally {
    world.fall();
  }
  history.check();
  edge.end();
}

/** Load that does not wait for answers: what was to come at a time comes then, however slow the edge is. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Pool } from './pool.mjs';

/** @typedef {import('./visitor.mjs').Visitor} Visitor */
/** @typedef {import('./visitor.mjs').Act} Act */

/** How often what is due is looked for, ms. */
const TICK_MS = 5;

/** A storefront gives a request up after this, ms. */
const PATIENCE_MS = 20_000;

/** The first wait before the same is asked again, ms; it doubles, scattered. */
const BACKOFF_MS = 250;

/** What came of one kind of request. */
export class Tally {
  offered = 0;
  done = 0;
  shed = 0;
  failed = 0;
  /** Asked again, because the edge said so or a connection broke. */
  repeated = 0;
  /** From the time at which it was to come to its last answer, ms. @type {number[]} */
  took = [];
  /** When something of this kind was shed first and last, epoch ms. @type {[number, number] | undefined} */
  shedAt;

  /** @param {number} share of 1 */
  quantile(share) {
    const sorted = this.took.toSorted((a, b) => a - b);
    return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
  }
}

/** Visitors that are not at anything, and requests that come from them. */
export class Crowd {
  /** What went wrong, the first few. @type {string[]} */
  failures = [];
  #pool;
  #idle;
  /** @type {((visitor: Visitor) => void)[]} */
  #waiting = [];
  #wheel;
  #turn = 0;
  /** People who got a message that they can unsubscribe from. @type {Visitor[]} */
  #leavers;
  #underWay = 0;

  /**
   * @param {number} port
   * @param {Visitor[]} visitors
   * @param {Visitor[]} leavers
   * @param {Record<string, number>} mix kinds of requests with their shares
   */
  constructor(port, visitors, leavers, mix) {
    this.#pool = new Pool(port, 1_024);
    this.#idle = visitors.slice();
    this.#leavers = leavers.slice();
    this.#wheel = spread(mix);
  }

  /**
   * Offers `rate` requests a second for a while.
   * @param {number} rate
   * @param {number} seconds
   */
  async offer(rate, seconds) {
    /** @type {Map<string, Tally>} */
    const tallies = new Map();
    const begin = performance.now();
    const total = Math.round(rate * seconds);
    for (let sent = 0; sent < total; ) {
      const passed = performance.now() - begin;
      const due = Math.min(total, Math.floor((passed / 1_000) * rate));
      for (; sent < due; sent += 1) this.#send(tallies, begin + (sent / rate) * 1_000);
      await sleep(TICK_MS);
    }
    const took = (performance.now() - begin) / 1_000;
    await this.#drained();
    return { tallies, seconds: took };
  }

  /**
   * Keeps so many requests under way for a while: what the machine holds.
   * @param {number} underWay
   * @param {number} seconds
   */
  async hold(underWay, seconds) {
    /** @type {Map<string, Tally>} */
    const tallies = new Map();
    const begin = performance.now();
    const work = async () => {
      while (performance.now() < begin + seconds * 1_000) {
        await this.#send(tallies, performance.now());
      }
    };
    await Promise.all(Array.from({ length: underWay }, work));
    return { tallies, seconds: (performance.now() - begin) / 1_000 };
  }

  /**
   * @param {Map<string, Tally>} tallies
   * @param {number} due
   */
  async #send(tallies, due) {
    this.#underWay += 1;
    const [kind, visitor] = await this.#draw();
    const act = actOf(kind, visitor);
    const tally = tallies.get(act.kind) ?? new Tally();
    tallies.set(act.kind, tally);
    tally.offered += 1;
    try {
      const outcome = await this.perform(act, tally);
      tally[outcome] += 1;
      if (outcome === 'shed') tally.shedAt = [tally.shedAt?.[0] ?? Date.now(), Date.now()];
    } catch (error) {
      tally.failed += 1;
      if (this.failures.length < 10) this.failures.push(String(error));
    }
    tally.took.push(performance.now() - due);
    this.#underWay -= 1;
    if (kind === 'unsubscribe') return;
    const next = this.#waiting.shift();
    if (next) next(visitor);
    else this.#idle.push(visitor);
  }

  /** @returns {Promise<[string, Visitor]>} */
  async #draw() {
    this.#turn += 1;
    const kind = this.#wheel[this.#turn % this.#wheel.length] ?? 'view';
    if (kind === 'unsubscribe') {
      const leaver = this.#leavers.pop();
      return leaver ? [kind, leaver] : ['view', await this.#someone()];
    }
    return [kind, await this.#someone()];
  }

  /** Whoever is not at anything; what is due waits when everybody is. @returns {Promise<Visitor>} */
  async #someone() {
    return this.#idle.shift() ?? new Promise((resolve) => this.#waiting.push(resolve));
  }

  /**
   * Asks until it is answered for good, as the SDK does.
   * @param {Act} act
   * @param {{ repeated: number }} [tally]
   */
  async perform(act, tally) {
    const deadline = performance.now() + PATIENCE_MS;
    for (let attempt = 0; ; attempt += 1) {
      const answer = await this.#pool.ask(act.request).catch(() => ({ status: 503, body: '' }));
      const outcome = act.take(answer);
      if (outcome !== 'again') return outcome;
      if (performance.now() > deadline) throw new Error(`${act.kind} was not taken in time`);
      if (tally) tally.repeated += 1;
      await sleep(BACKOFF_MS * 2 ** attempt * (0.5 + Math.random() / 2));
    }
  }

  /** @param {string} request */
  ask(request) {
    return this.#pool.ask(request);
  }

  async #drained() {
    while (this.#underWay > 0) await sleep(20);
  }

  close() {
    this.#pool.close();
  }
}

/**
 * @param {string} kind
 * @param {Visitor} visitor
 * @returns {Act}
 */
function actOf(kind, visitor) {
  switch (kind) {
    case 'view':
      return visitor.view();
    case 'exit':
      return visitor.exit();
    case 'stage':
      return visitor.stage();
    case 'order':
      return visitor.order();
    case 'restore':
      return visitor.restore();
    case 'unsubscribe':
      return visitor.unsubscribing();
    default:
      return visitor.change();
  }
}

/**
 * Kinds in their shares, well mixed and always in the same order.
 * @param {Record<string, number>} mix
 */
function spread(mix) {
  const places = Object.entries(mix).flatMap(([kind, share]) =>
    Array.from({ length: share }, (_, n) => ({ kind, at: (n + 0.5) / share })),
  );
  return places.sort((a, b) => a.at - b.at).map(({ kind }) => kind);
}

/**
 * Does something for each, a few at once.
 * @template T
 * @param {T[]} all
 * @param {number} atOnce
 * @param {(one: T) => Promise<unknown>} act
 */
export async function forEach(all, atOnce, act) {
  const rest = all.values();
  const work = async () => {
    for (const one of rest) await act(one);
  };
  await Promise.all(Array.from({ length: atOnce }, work));
}

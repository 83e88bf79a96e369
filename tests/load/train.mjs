/** Webhooks in the order in which they come: repeated, and not in that in which they happened. */
import { Basket, PLATFORMS } from './baskets.mjs';

/** @typedef {import('./baskets.mjs').Word} Word */

/** Of all webhooks, how many have come before. */
const REPEATED = 0.2;

/** How often a basket changes, its order among them. */
const CHANGES = 8;

/** How many baskets are bought. */
const BOUGHT = 0.3;

/** Of a burst, what comes with the next one only. */
const LATE = 0.1;

/**
 * A webhook that may be sent again as it is.
 * @typedef {object} Sent
 * @property {Basket} basket
 * @property {Word} word
 * @property {string} request
 */

/** So many that each changes eight times, all platforms alike. @param {import('../fixtures/random.mjs').Random} random @param {number} webhooks */
export function makeBaskets(random, webhooks) {
  const originals = webhooks - Math.round(webhooks * REPEATED);
  const count = Math.max(1, Math.floor(originals / CHANGES));
  const begin = Date.now() - 600_000;
  return Array.from({ length: count }, (_, n) => {
    const platform = PLATFORMS[n % PLATFORMS.length] ?? 'shopify';
    const isBought = random.happens(BOUGHT);
    // What does not go into eight is told of the first ones.
    const more = n < originals - count * CHANGES ? 1 : 0;
    const changes = CHANGES + more - (isBought ? 1 : 0);
    const life = { begin: begin + random.below(300_000), changes, isBought };
    return new Basket(platform, `bursts-${n}@shoppers.example`, random, life);
  });
}

/** Everything that is told, in the order in which it comes. */
export class Train {
  sent = 0;
  repeats = 0;
  #random;
  #baskets;
  #request;
  #webhooks;
  /** Told, but not sent yet. @type {{ basket: Basket, word: Word }[]} */
  #held = [];
  /** What may come again: of this burst and of the one before. @type {Sent[]} */
  #recent = [];

  /**
   * @param {import('../fixtures/random.mjs').Random} random
   * @param {Basket[]} baskets
   * @param {number} webhooks in all
   * @param {(basket: Basket, word: Word) => string} request
   */
  constructor(random, baskets, webhooks, request) {
    this.#random = random;
    this.#baskets = baskets.values();
    this.#webhooks = webhooks;
    this.#request = request;
  }

  get left() {
    return this.#webhooks - this.sent;
  }

  /** The next so many: a few baskets' changes at a time, and none in its order. @param {number} count @returns {Sent[]} */
  next(count) {
    const random = this.#random;
    const isLast = count === this.left;
    const repeats = isLast
      ? Math.round(this.#webhooks * REPEATED) - this.repeats
      : Math.round(count * REPEATED);
    const originals = count - repeats;
    while (this.#held.length < originals * (1 + LATE)) {
      const { value: basket } = this.#baskets.next();
      if (!basket) break;
      this.#held.push(...basket.words.map((word) => ({ basket, word })));
    }
    const chosen = shuffled(random, this.#held);
    this.#held = chosen.splice(originals);
    const made = chosen.map(({ basket, word }) => ({
      basket,
      word,
      request: this.#request(basket, word),
    }));
    const known = [...this.#recent, ...made];
    const again = Array.from({ length: repeats }, () => random.pick(known));
    this.#recent = made;
    this.sent += count;
    this.repeats += repeats;
    return shuffled(random, [...made, ...again]);
  }
}

/** @template T @param {import('../fixtures/random.mjs').Random} random @param {T[]} list @returns {T[]} */
const shuffled = (random, list) =>
  list
    .map((one) => /** @type {const} */ ([random.below(1e9), one]))
    .sort(([a], [b]) => a - b)
    .map(([, one]) => one);

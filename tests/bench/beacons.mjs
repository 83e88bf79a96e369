/** What storefronts send: the events of shopping carts, in bodies as the SDK makes them. */
import { createHash } from 'node:crypto';

const VARIANTS = ['mug-blue', 'mug-sand', 'tee-navy-m', 'tee-navy-l', 'print-a3', 'tote-natural'];

const WRONG_ANSWER = 'the answer is not what the cart should say';

/** Every request of a visit says the same about its page. */
const PAGE = {
  device: 'phone',
  tz: 'Europe/Dublin',
  locale: 'en-IE',
  currency: 'EUR',
  referrer: 'https://search.example',
  utm: { source: 'newsletter', medium: 'email', campaign: 'autumn' },
};

/** @typedef {{ id: string, t: string, at: number, [field: string]: unknown }} Event */

/** One browser with one cart: goes through a shop, buys, and begins again. */
class Visit {
  #shop;
  #host;
  #secret;
  #replica;
  #counter = 0;
  #step = 0;
  #epoch = 0;
  #seq = 0;
  /** @type {string[]} the adds that are in the cart now */
  #dots = [];

  /**
   * @param {import('./shops.mjs').BenchShop} shop
   * @param {string} host
   * @param {string} seed the same seed makes the same visit
   */
  constructor(shop, host, seed) {
    const random = createHash('sha256').update(seed).digest();
    this.#shop = shop;
    this.#host = host;
    this.#secret = random.subarray(0, 16).toString('base64url');
    this.#replica = random.subarray(16, 24).toString('hex');
  }

  /** @returns {import('./load.mjs').Exchange} */
  next() {
    const now = Date.now();
    const events = STEPS[this.#step % STEPS.length]?.(this, now) ?? [];
    this.#step += 1;
    const body = JSON.stringify({
      v: 1,
      key: this.#shop.key,
      cart: this.#secret,
      seen: this.#seq,
      sent_at: now,
      page: PAGE,
      events,
    });
    const head = `POST /v1/collect HTTP/1.1\r\nhost: ${this.#host}\r\norigin: ${this.#shop.origin}\r\ncontent-type: text/plain;charset=UTF-8\r\ncontent-length: ${body.length}\r\n\r\n`;
    return {
      request: head + body,
      check: (status, _head, text) => {
        const answer = status === 200 ? JSON.parse(text) : undefined;
        const acked = answer?.acked?.join() === events.map(({ id }) => id).join();
        if (!acked || answer.refused.length > 0 || answer.epoch !== this.#epoch) {
          throw new Error(`${WRONG_ANSWER}: ${status} ${text}\nto ${body}`);
        }
        this.#seq = answer.seq;
      },
    };
  }

  /** @param {number} now @param {string} t @param {object} fields @returns {Event} */
  event(now, t, fields) {
    this.#counter += 1;
    return { id: `${this.#replica}-${this.#counter}`, t, at: now - 150, ...fields };
  }

  /** @param {number} now */
  #clock(now) {
    return String((BigInt(now) << 16n) + BigInt(this.#counter));
  }

  get variant() {
    return VARIANTS[this.#counter % VARIANTS.length];
  }

  /** @param {number} now */
  add(now) {
    const fields = {
      epoch: this.#epoch,
      clock: this.#clock(now),
      variant: this.variant,
      options: { engraving: 'Ada' },
      qty: 1,
    };
    const event = this.event(now, 'add', fields);
    this.#dots.push(event.id);
    return event;
  }

  /** @param {number} now @param {number} qty */
  set(now, qty) {
    return this.event(now, 'set', { clock: this.#clock(now), dot: this.#dots.at(-1), qty });
  }

  /** @param {number} now */
  remove(now) {
    return this.event(now, 'remove', { dots: [this.#dots.shift()] });
  }

  /** @param {number} now */
  order(now) {
    const event = this.event(now, 'order', { dots: this.#dots, order: `A-${this.#counter}` });
    this.#dots = [];
    this.#epoch += 1;
    return event;
  }
}

/** @type {((visit: Visit, now: number) => Event[])[]} */
const STEPS = [
  (visit, now) => [visit.event(now, 'view', { variant: visit.variant, ms: 8_400 }), visit.add(now)],
  (visit, now) => [visit.event(now, 'view', { variant: visit.variant, ms: 3_100 })],
  (visit, now) => [visit.add(now)],
  (visit, now) => [visit.set(now, 2)],
  (visit, now) => [visit.event(now, 'view', { variant: visit.variant, ms: 5_900 }), visit.add(now)],
  (visit, now) => [visit.remove(now)],
  (visit, now) => [visit.event(now, 'exit', { how: 'pointer' })],
  (visit, now) => [visit.event(now, 'checkout', { stage: 'started' }), visit.set(now, 3)],
  (visit, now) => [visit.event(now, 'checkout', { stage: 'contact' })],
  (visit, now) => [visit.event(now, 'checkout', { stage: 'payment_started', ms: 340 })],
  (visit, now) => [
    visit.event(now, 'checkout', { stage: 'payment_succeeded', ms: 910 }),
    visit.order(now),
  ],
];

/**
 * @typedef {object} BeaconData
 * @property {string} host
 * @property {import('./shops.mjs').BenchShop[]} shops
 * @property {string} seed
 * @property {number} carts how many are open at once
 * @property {number} firstShop
 * @property {number} [requestsPerCart] then a fresh cart takes its place; for ever when not given
 */

/**
 * Carts that take turns, each in the next shop.
 * @param {BeaconData} data
 * @returns {import('./load.mjs').Scenario}
 */
export function beaconScenario({ host, shops, seed, carts, firstShop, requestsPerCart = 0 }) {
  let opened = 0;
  const open = () => {
    const shop = shops[(firstShop + opened) % shops.length];
    opened += 1;
    if (!shop) throw new Error('no shops');
    return { visit: new Visit(shop, host, `${seed}/${opened}`), left: requestsPerCart };
  };
  const places = Array.from({ length: carts }, open);
  let at = 0;
  return {
    next() {
      at = (at + 1) % places.length;
      let place = places[at] ?? open();
      if (requestsPerCart > 0 && place.left === 0) {
        place = open();
        places[at] = place;
      }
      place.left -= 1;
      return place.visit.next();
    },
  };
}

/** A browser with a cart, which knows what the edge has acknowledged and so what must be there afterwards. */
import { createHash } from 'node:crypto';
import { clockAt } from '../fixtures/device.mjs';
import { pagePost } from './pool.mjs';

/** Of the demo catalogue. */
const VARIANTS = ['mug-blue', 'mug-green', 'bag-navy', 'bag-red', 'clock-blue', 'vase-sky'];

/** Lines that one visitor keeps. */
const MOST_LINES = 4;

/** What can be done without, and what cannot. */
export const OPTIONAL = ['view', 'exit'];
export const CAPTURES = ['change', 'stage', 'order', 'restore', 'unsubscribe'];

/**
 * @typedef {object} Act
 * @property {string} kind
 * @property {string} request
 * @property {(answer: import('./pool.mjs').Answer) => 'done' | 'shed' | 'again'} take says what came of it; `again` to ask again
 */

/** @typedef {{ id: string, t: string, at: number, [name: string]: unknown }} Event */

export class Visitor {
  /** Acknowledged adds that are in the cart, by dot. @type {Map<string, { variant: string, qty: number }>} */
  lines = new Map();
  epoch = 0;
  seq = 0;
  token = '';
  /** The token of an unsubscribe link that this person got. @type {string | undefined} */
  unsubscribe;
  hasUnsubscribed = false;
  #counter = 0;

  /**
   * @param {import('./deployment.mjs').Shop} shop
   * @param {string} seed the same seed makes the same visitor
   * @param {string} [email]
   */
  constructor(shop, seed, email) {
    const random = createHash('sha256').update(seed).digest();
    this.shop = shop;
    this.email = email;
    this.secret = random.subarray(0, 16).toString('base64url');
    this.replica = random.subarray(16, 24).toString('hex');
  }

  /** @param {string} t @param {object} fields @returns {Event} */
  #event(t, fields) {
    this.#counter += 1;
    return { id: `${this.replica}-${this.#counter}`, t, at: Date.now(), ...fields };
  }

  /**
   * @param {string} kind
   * @param {Event[]} events
   * @param {(dots: any[]) => void} taken
   * @returns {Act}
   */
  #collect(kind, events, taken) {
    const { key, host, origin } = this.shop;
    const sent_at = Date.now();
    const body = { v: 1, key, cart: this.secret, seen: this.seq, sent_at, events };
    return {
      kind,
      request: pagePost(host, origin, '/v1/collect', JSON.stringify(body)),
      take: ({ status, body }) => {
        if (status === 503) return 'again';
        const answer = status === 200 ? JSON.parse(body) : {};
        if (status !== 200 || answer.refused.length > 0) {
          throw new Error(`${kind} was answered with ${status} ${body}`);
        }
        if (!events.every(({ id }) => answer.acked.includes(id))) return 'again';
        // The answer to what was put aside knows nothing of the cart.
        if (!answer.dots) return 'shed';
        this.seq = answer.seq;
        this.epoch = answer.epoch;
        this.token = answer.token ?? this.token;
        taken(answer.dots);
        return 'done';
      },
    };
  }

  /** The first words of a visit; with a contact, if there is one. @returns {Act} */
  arrive() {
    const { event, place } = this.#add();
    const events = [event];
    if (this.email) {
      const consent = { email: true, sms: false, wording: 'checkout-v1', page: '/checkout' };
      events.push(this.#event('identify', { email: this.email, consent }));
    }
    return this.#collect('arrive', events, place);
  }

  #add() {
    const variant = VARIANTS[this.#counter % VARIANTS.length] ?? 'mug-blue';
    const fields = {
      epoch: this.epoch,
      clock: clockAt(Date.now(), this.#counter),
      variant,
      qty: 1,
    };
    const event = this.#event('add', fields);
    return { event, place: () => this.lines.set(event.id, { variant, qty: 1 }) };
  }

  /** @returns {Act} */
  change() {
    const [dot] = this.lines.keys();
    if (!dot || this.lines.size < MOST_LINES) {
      const { event, place } = this.#add();
      return this.#collect('change', [event], place);
    }
    if (this.#counter % 2 === 0) {
      const event = this.#event('remove', { dots: [dot] });
      return this.#collect('change', [event], () => this.lines.delete(dot));
    }
    const qty = 1 + (this.#counter % 5);
    const event = this.#event('set', { clock: clockAt(Date.now(), this.#counter), dot, qty });
    return this.#collect('change', [event], () => {
      const line = this.lines.get(dot);
      if (line) line.qty = qty;
    });
  }

  /** @returns {Act} */
  order() {
    const dots = [...this.lines.keys()];
    if (dots.length === 0) return this.change();
    const event = this.#event('order', { dots, order: `A-${this.#counter}` });
    return this.#collect('order', [event], () => this.lines.clear());
  }

  view() {
    const event = this.#event('view', { variant: 'mug-blue', ms: 4_200 });
    return this.#collect('view', [event], () => {});
  }

  exit() {
    return this.#collect('exit', [this.#event('exit', { how: 'pointer' })], () => {});
  }

  stage() {
    return this.#collect(
      'stage',
      [this.#event('checkout', { stage: 'started', ms: 80 })],
      () => {},
    );
  }

  /** @returns {Act} */
  restore() {
    const { key, host, origin } = this.shop;
    const body = JSON.stringify({ key, token: this.token });
    return {
      kind: 'restore',
      request: pagePost(host, origin, '/v1/restore', body),
      take: ({ status, body }) => {
        if (status === 503) return 'again';
        const answer = status === 200 ? JSON.parse(body) : {};
        const quantity = (/** @type {Iterable<{ qty: number }>} */ lines) =>
          [...lines].reduce((sum, { qty }) => sum + qty, 0);
        const right = quantity(answer.lines ?? []) === quantity(this.lines.values());
        if (status !== 200 || !right) {
          throw new Error(`a restore was answered with ${status} ${body}`);
        }
        return 'done';
      },
    };
  }

  /** @returns {Act} */
  unsubscribing() {
    const { host, origin } = this.shop;
    return {
      kind: 'unsubscribe',
      request: pagePost(host, origin, `/u/${this.unsubscribe}`, 'List-Unsubscribe=One-Click'),
      take: ({ status }) => {
        if (status === 503) return 'again';
        if (status !== 200) throw new Error(`an unsubscribe was answered with ${status}`);
        this.hasUnsubscribed = true;
        return 'done';
      },
    };
  }

  /** Asks the edge for the whole cart, as a browser that knows nothing of it, and says what is not as it should be. */
  inspect() {
    const { key, host, origin } = this.shop;
    const body = { v: 1, key, cart: this.secret, seen: 0, sent_at: Date.now(), events: [] };
    return {
      request: pagePost(host, origin, '/v1/collect', JSON.stringify(body)),
      /** @param {import('./pool.mjs').Answer} answer @returns {string | undefined} */
      verdict: ({ status, body }) => {
        if (status !== 200) return `answered with ${status} ${body}`;
        const { dots, epoch } = JSON.parse(body);
        const live = dots.filter((/** @type {any} */ dot) => !dot.gone);
        const found = live.map((/** @type {any} */ dot) => `${dot.variant} ${dot.qty}`);
        const known = [...this.lines.values()].map(({ variant, qty }) => `${variant} ${qty}`);
        if (epoch !== this.epoch) return `stands in epoch ${epoch}, not ${this.epoch}`;
        const [is, should] = [found.sort().join(), known.sort().join()];
        return is === should ? undefined : `holds ${is || 'nothing'}, not ${should || 'nothing'}`;
      },
    };
  }
}

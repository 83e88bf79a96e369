/** Webhooks of four platforms in bursts, repeated and out of order: in the end every cart is as its platform has it. */
import { setTimeout as sleep } from 'node:timers/promises';
import { BigCommerceApi } from '../fixtures/bigcommerce-api.mjs';
import { SLOW_PACE } from '../fixtures/edge.mjs';
import { randomFrom } from '../fixtures/random.mjs';
import { connect } from '../fixtures/webhooks.mjs';
import { Signer } from './baskets.mjs';
import { startDeployment } from './deployment.mjs';
import { forEach } from './offer.mjs';
import { Pool } from './pool.mjs';
import { makeBaskets, Train } from './train.mjs';

/** @typedef {import('./baskets.mjs').Basket} Basket */
/** @typedef {import('./baskets.mjs').Word} Word */
/** @typedef {import('./train.mjs').Sent} Sent */

const SHOP = 'shop_bvrsts01';

/** Webhooks that are made before they are sent, so that making them takes no time from anybody. */
const BURST = 2_000;

/** Requests under way at a peak. */
const UNDER_WAY = 64;

/** The share of all that comes slowly, at a tenth of the peak's rate. */
const SLOW_SHARE = 0.1;

/** How long nothing happens until the queue counts as empty, and the CPU time of half a second in which nothing does, s. */
const QUIET_MS = 3_000;
const QUIET_SECONDS = 0.02;

/** How long carts may still come right after that, ms: what a queue gives back waits for a while. */
const PATIENCE_MS = 60_000;

/**
 * @typedef {object} Options
 * @property {string} [variant] of the built worker
 * @property {number} webhooks
 * @property {number} [seed]
 * @property {(line: string) => void} say
 */

/** @typedef {{ count: number, rate: number, p50: number, p99: number, max: number, again: number }} Speed */

/**
 * @param {Options} options
 * @returns {Promise<{ webhooks: number, repeats: number, baskets: number, peak: Speed, tenth: Speed, drainSeconds: number, wrong: string[], unknown: number, kept: number }>}
 */
export async function bursts({ variant, webhooks, seed = 20_261_130, say }) {
  const random = randomFrom(seed);
  const api = await BigCommerceApi.start(Signer.store, Signer.token);
  const deployment = await startDeployment({
    name: 'bursts',
    variant,
    vars: { BIGCOMMERCE_URL: api.url },
  }).catch(async (error) => {
    await api.close();
    throw error;
  });
  /** Baskets that the platform shows no more. @type {Set<string>} */
  const gone = new Set();
  const pool = new Pool(deployment.port, UNDER_WAY * 4);
  try {
    const { id: shop, secret, host } = await deployment.putShop(SHOP, SLOW_PACE);
    const at = /** @type {import('../fixtures/edge.mjs').Edge} */ (
      /** @type {unknown} */ ({ url: deployment.url, shop, secret })
    );
    const signer = new Signer();
    for (const [platform, connection] of Object.entries(signer.connections)) {
      await connect(at, platform, connection);
    }
    const baskets = makeBaskets(random, webhooks);
    const train = new Train(random, baskets, webhooks, (basket, word) =>
      requestOf(host, shop, basket, signer.sign(basket.platform, word)),
    );
    /** @param {Sent} one */
    const send = async ({ basket, word, request }) => {
      shownBy(api, gone, basket, word);
      return deliver(pool, request);
    };

    const slow = Math.round(webhooks * SLOW_SHARE);
    const peaks = new Times();
    while (train.left > slow) {
      const burst = train.next(Math.min(BURST, train.left - slow));
      await peaks.during(() =>
        forEach(burst, UNDER_WAY, async (one) => {
          const begin = performance.now();
          const again = await send(one);
          peaks.add(performance.now() - begin, again);
        }),
      );
    }
    const peak = peaks.speed();
    say(`${peak.count} webhooks in bursts, ${peak.rate.toFixed(0)} a second.`);
    const drainSeconds = await quiet(deployment);
    say(`The queue was empty ${drainSeconds.toFixed(1)} s after the last one.`);

    const tenths = new Times();
    const rate = peak.rate / 10;
    while (train.left > 0) {
      // A minute's at a time: a signature is good for five.
      const some = train.next(Math.min(train.left, Math.ceil(rate * 60)));
      await tenths.during(() => offer(some, rate, tenths, send));
    }
    await quiet(deployment);
    say(`${slow} more at ${rate.toFixed(0)} a second.`);

    // What BigCommerce does not show any more when it is asked names nobody; each of the others has said whose it is.
    /** @param {Basket} basket */
    const isNamed = ({ platform, id }) =>
      platform !== 'bigcommerce' || api.callsFor(id).some(({ status }) => status === 200);
    const { wrong, unknown } = await wrongAfterwards(deployment.url, secret, baskets, isNamed);
    const kept = await keptAt(deployment.url, secret);
    return {
      ...{ webhooks: train.sent, repeats: train.repeats, baskets: baskets.length },
      ...{ peak, tenth: tenths.speed(), drainSeconds, wrong, unknown, kept },
    };
  } finally {
    pool.close();
    await deployment.stop();
    await api.close();
  }
}

/** @param {string} host @param {string} shop @param {Basket} basket @param {import('../fixtures/webhooks.mjs').Delivery} delivery */
function requestOf(host, shop, { platform }, { body, headers }) {
  const lines = Object.entries({ host, ...headers, 'content-length': String(body.length) });
  const head = lines.map(([name, value]) => `${name}: ${value}\r\n`).join('');
  return `POST /webhooks/${platform}/${shop} HTTP/1.1\r\n${head}\r\n${body}`;
}

/** The platform's own interface is never behind what it has told. @param {BigCommerceApi} api @param {Set<string>} gone @param {Basket} basket @param {Word} word */
function shownBy(api, gone, { id }, { stored, at }) {
  if (stored === undefined) return;
  const shown = api.carts.get(id);
  if (gone.has(id) || (shown && Date.parse(shown.updated_time) >= at)) return;
  if (stored) api.carts.set(id, stored);
  else {
    api.carts.delete(id);
    gone.add(id);
  }
}

/**
 * Delivers until it is taken, as platforms do.
 * @param {Pool} pool
 * @param {string} request
 * @returns {Promise<number>} how often it had to be sent again
 */
async function deliver(pool, request) {
  for (let again = 0; ; again += 1) {
    const { status, body } = await pool.ask(request).catch(() => ({ status: 503, body: '' }));
    if (status === 202) return again;
    if (status < 500 || again > 20) throw new Error(`a webhook was answered ${status}: ${body}`);
    await sleep(250 * (1 + Math.random()));
  }
}

/** Sends what is due at a time then, however slow the edge is. @param {Sent[]} all @param {number} rate a second @param {Times} times @param {(one: Sent) => Promise<number>} send */
async function offer(all, rate, times, send) {
  const begin = performance.now();
  /** @type {Promise<void>[]} */
  const underWay = [];
  for (const [n, one] of all.entries()) {
    const due = begin + (n / rate) * 1_000;
    const wait = due - performance.now();
    if (wait > 0) await sleep(wait);
    // A timer of the runner's that came late is no slowness of the worker's.
    const sent = performance.now();
    underWay.push(send(one).then((again) => times.add(performance.now() - sent, again)));
  }
  await Promise.all(underWay);
}

/** How long answers took. */
class Times {
  /** @type {number[]} */
  #took = [];
  #seconds = 0;
  #again = 0;

  /** @param {number} ms @param {number} again */
  add(ms, again) {
    this.#took.push(ms);
    this.#again += again;
  }

  /** @param {() => Promise<unknown>} work */
  async during(work) {
    const begin = performance.now();
    await work();
    this.#seconds += (performance.now() - begin) / 1_000;
  }

  /** @returns {Speed} */
  speed() {
    const sorted = this.#took.toSorted((a, b) => a - b);
    const at = (/** @type {number} */ share) =>
      sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
    return {
      count: sorted.length,
      rate: sorted.length / this.#seconds,
      ...{ p50: at(0.5), p99: at(0.99), max: at(1), again: this.#again },
    };
  }
}

/** Waits until the worker has nothing left to do. @param {import('./deployment.mjs').Deployment} deployment @returns {Promise<number>} for how long it had, s */
async function quiet({ cpuSeconds }) {
  const begin = Date.now();
  let since = begin;
  for (let before = cpuSeconds(); Date.now() - since < QUIET_MS; ) {
    await sleep(500);
    const now = cpuSeconds();
    // Where the system does not say, only the carts themselves do.
    if (before !== undefined && now !== undefined && now - before > QUIET_SECONDS) {
      since = Date.now();
    }
    before = now;
  }
  return (since - begin) / 1_000;
}

/**
 * Carts that are not as their platform has them or nobody's though it has named somebody, and how many are nobody's because it has not.
 * @param {string} url
 * @param {string} secret
 * @param {Basket[]} baskets
 * @param {(basket: Basket) => boolean} isNamed whether its platform has said whose it is
 */
async function wrongAfterwards(url, secret, baskets, isNamed) {
  const deadline = Date.now() + PATIENCE_MS;
  let unknown = 0;
  for (let rest = baskets; ; ) {
    /** @type {{ basket: Basket, found: string }[]} */
    const wrong = [];
    await forEach(rest, 16, async (basket) => {
      const { found, isKnown } = await foundAt(url, secret, basket);
      const isNobodys = !isKnown && isNamed(basket);
      if (isNobodys) wrong.push({ basket, found: `nobody's, ${found}` });
      else if (found !== wantedOf(basket)) wrong.push({ basket, found });
      else if (!isKnown) unknown += 1;
    });
    if (wrong.length === 0 || Date.now() > deadline) {
      const told = wrong.map(
        ({ basket, found }) => `${basket.platform}: ${found} instead of ${wantedOf(basket)}`,
      );
      return { wrong: told, unknown };
    }
    rest = wrong.map(({ basket }) => basket);
    await sleep(2_000);
  }
}

/** How many webhooks could not be taken. @param {string} url @param {string} secret @returns {Promise<number>} */
async function keptAt(url, secret) {
  const headers = { authorization: `Bearer ${secret}` };
  const response = await fetch(`${url}/v1/webhooks?state=kept`, { headers });
  const { webhooks } = /** @type {any} */ (await response.json());
  return webhooks.length;
}

/** @param {string} state @param {string[]} lines */
const said = (state, lines) => `${state} [${lines.sort().join(' ')}]`;

/** @param {Basket} basket */
const wantedOf = ({ isBought, last }) =>
  said(
    isBought ? 'bought' : 'left',
    last.map(([variant, quantity]) => `${variant}×${quantity}`),
  );

const STATES = ['open', 'idle', 'abandoned', 'returned', 'recovered', 'ordered', 'empty'];

/**
 * What the edge says of a basket, and whether it knows whose it is.
 * @param {string} url
 * @param {string} secret
 * @param {Basket} basket
 */
async function foundAt(url, secret, { platform, id, email }) {
  /** @param {string} method @param {string} path @param {object} [body] @returns {Promise<any>} */
  const ask = async (method, path, body) => {
    const headers = { authorization: `Bearer ${secret}` };
    const response = await fetch(url + path, { method, headers, body: JSON.stringify(body) });
    return response.json();
  };
  const { carts, code } = await ask('POST', '/v1/carts/search', { email, state: STATES });
  if (carts?.length === 1) return { found: shown(carts[0]), isKnown: true };
  if (carts?.length !== 0) return { found: `${carts?.length ?? code} carts`, isKnown: true };
  // Whose it is, nobody has said. What is told of it under the lowest number changes nothing, and is
  // answered with the cart.
  const probe = { basket: `${platform}/cart/${id}`, version: 1, lines: [] };
  const { cart } = await ask('PUT', '/v1/baskets', probe);
  return { found: shown(await ask('GET', `/v1/carts/${cart}`)), isKnown: false };
}

/** @param {{ state: string, lines?: { variant: string, qty: number }[] }} cart */
const shown = ({ state, lines = [] }) =>
  said(
    state === 'ordered' ? 'bought' : state === 'empty' ? 'empty' : 'left',
    lines.map(({ variant, qty }) => `${variant}×${qty}`),
  );

/**
 * How long somebody waits, at a steady rate of requests that come whether the ones before have been answered or not. Each time counts from
 * when the request was to come, so a server that stands still is charged with all who came meanwhile.
 */
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { forEveryCart } from '../../scripts/demo-shop.mjs';
import { cartId, signToken } from '../../scripts/keys.mjs';
import { ResendPeer } from '../fixtures/providers/resend.mjs';
import { until } from '../fixtures/until.mjs';
import { shopify } from '../fixtures/webhooks.mjs';
import { startDeployment } from './deployment.mjs';
import { forEach } from './offer.mjs';
import { Pool, pagePost } from './pool.mjs';
import { Visitor } from './visitor.mjs';

/** How often what is due is looked for, ms. */
const TICK_MS = 2;

/** What a visitor or a server waits for at most in most cases, ms. */
export const BAR_MS = 200;

/** From the webhook or beacon to the provider's acceptance of an immediate message, ms. */
export const SEND_BAR_MS = 60_000;

/** Before a measurement, s: what is compiled and cached on the way. */
const WARM_UP_S = 2;

/** Of so many webhooks one is followed to its trigger: asking takes the machine's time, too. */
const FOLLOWED = 10;

/** How often it is asked whether the trigger has seen it, ms. */
const ASK_MS = 10;

/**
 * Carts and people that the requests are about. So few that the runtime keeps their objects open: what is measured is no new object's
 * files, of which the platform has one machine's worth nowhere.
 */
const CARTS = 300;

/** The wait before what has not been acknowledged is sent again, ms. */
const AGAIN_MS = 25;

const SHOP = 'shop_1atency1';
const NOW_SHOP = 'shop_1atency2';
const SECRET = 'a-secret-of-a-shopify-app';

/** What webhooks tell of. */
const VARIANT = 441;

/** Nothing is sent while the others are measured. */
const SLOW = {
  provider: 'resend',
  thresholds: { cart_ms: 3_600_000, checkout_ms: 3_600_000 },
  sequences: forEveryCart([{ after_ms: 86_400_000, template: 'reminder' }]),
};

/** A message at once: as soon as a cart can count as left at all. */
const AT_ONCE = {
  provider: 'resend',
  thresholds: { cart_ms: 1_000, checkout_ms: 1_000 },
  sequences: forEveryCart([{ after_ms: 0, template: 'reminder' }]),
};

/** How long the shop of immediate messages waits until a cart counts as left, ms: not the edge's time. */
export const LEFT_MS = AT_ONCE.thresholds.cart_ms;

/**
 * @typedef {object} Row
 * @property {string} name
 * @property {number} rate a second
 * @property {number} bar of the 95th percentile, ms
 * @property {number[]} times ms, sorted
 * @property {string[]} failures the first few
 * @property {number} failed
 * @property {number} [cpuMs] the worker's CPU time for each
 */

/** @typedef {(begun: number) => Promise<void>} Act done once; throws when an answer is not right */

/** @param {number[]} sorted @param {number} share of 1 */
export const quantile = (sorted, share) =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;

/**
 * @param {object} options
 * @param {string} [options.variant] of the built worker
 * @param {number} options.rate requests a second
 * @param {number} options.seconds of each measurement
 * @param {number} [options.carts] that the requests are about
 * @param {(line: string) => void} options.say
 * @returns {Promise<Row[]>}
 */
export async function latency({ variant, rate, seconds, carts: count = CARTS, say }) {
  const peer = await ResendPeer.start('re_latency');
  const vars = { RESEND_API_KEY: peer.apiKey, RESEND_URL: peer.url };
  const deployment = await startDeployment({ name: 'latency', variant, vars });
  const pool = new Pool(deployment.port, 512);
  try {
    const shop = await deployment.putShop(SHOP, SLOW);
    const now = await deployment.putShop(NOW_SHOP, AT_ONCE);
    for (const one of [shop, now]) await connect(one);
    const stocked = ['latency-a', 'latency-b'];
    await asServer(pool, shop, 'PUT', '/v1/catalogue', { products: stocked.map(product) });
    // A message names nothing that the shop has not pushed.
    await asServer(pool, now, 'PUT', '/v1/catalogue', { products: [product(String(VARIANT))] });
    const numbers = Array.from({ length: count }, (_, n) => n);
    const visitors = numbers.map((n) => new Visitor(shop, `latency/${n}`, `v${n}@latency.example`));
    await forEach(visitors, 16, (visitor) => perform(pool, visitor));
    say(`${count} carts are there.`);
    /** @param {string} name @param {Act} act @param {number} [bar] @param {number} [slower] */
    const measure = async (name, act, bar = BAR_MS, slower = rate) => {
      await offer(name, slower, WARM_UP_S, act);
      const before = deployment.cpuSeconds() ?? Number.NaN;
      const row = await offer(name, slower, seconds, act);
      const cpuSeconds = (deployment.cpuSeconds() ?? Number.NaN) - before;
      say(`${name}: ${row.times.length} measured, ${row.failed} failed`);
      return { ...row, bar, cpuMs: (cpuSeconds * 1_000) / row.times.length };
    };
    const carts = visitors.map(({ secret }) => cartId(SHOP, secret));
    const links = carts.map((subject) =>
      signToken(deployment.master, {
        ...{ purpose: 'recovery', shop: SHOP, subject },
        expiresAt: Math.floor(Date.now() / 1_000) + 3_600,
      }),
    );
    /** @type {Row[]} */
    const rows = [];
    const [link, cart] = [turns(links), turns(carts)];
    rows.push(await measure('link and restore', () => restored(pool, shop, link())));
    const reservation = (/** @type {string} */ key) => () =>
      reserved(pool, shop, { cart: `crt_${cart()}`, variants: stocked, key });
    rows.push(await measure('reservation', reservation('id')));
    rows.push(await measure('reservation with an Idempotency-Key', reservation('header')));
    const someone = turns(visitors);
    rows.push(await measure('beacon → seen by its trigger', () => perform(pool, someone())));
    const names = numbers.map((n) => `w${n}`);
    const told = followed(pool, shop, names);
    await told.prepare();
    say(`${names.length} baskets are there.`);
    // Some hundreds of carts that nobody asks for any more are closed ten seconds later, one after the other, each with files to be written:
    // on a disk a second or two in which the runtime answers nobody, and nothing that a webhook waits for elsewhere.
    await deployment.settle();
    await offer('warm up', rate, WARM_UP_S, told.act);
    await told.begin();
    const all = await offer('webhooks', rate, seconds, told.act);
    say(`webhooks: ${all.times.length} measured, ${all.failed} failed`);
    rows.push(...(await told.rows(rate, all)));
    const sends = sent(pool, now, peer);
    // As many as one machine can send at once are few; what counts here is each one's way.
    await offer('sends', Math.min(20, rate), seconds, sends.act);
    rows.push(...(await sends.rows()));
    return rows;
  } finally {
    pool.close();
    await deployment.stop();
    await peer.close();
  }
}

/**
 * Does something at a steady rate, whether it is answered or not.
 * @param {string} name
 * @param {number} rate
 * @param {number} seconds
 * @param {Act} act
 * @returns {Promise<Row>}
 */
async function offer(name, rate, seconds, act) {
  /** @type {Row} */
  const row = { name, rate, bar: Number.NaN, times: [], failures: [], failed: 0 };
  /** @type {Promise<void>[]} */
  const all = [];
  const begin = performance.now();
  const total = Math.round(rate * seconds);
  const one = async (/** @type {number} */ due) => {
    try {
      await act(due);
      row.times.push(performance.now() - due);
    } catch (error) {
      row.failed += 1;
      if (row.failures.length < 3) row.failures.push(String(error));
    }
  };
  for (let begun = 0; begun < total; ) {
    const due = Math.min(total, ((performance.now() - begin) / 1_000) * rate);
    for (; begun < due; begun += 1) all.push(one(begin + (begun / rate) * 1_000));
    await sleep(TICK_MS);
  }
  await Promise.all(all);
  row.times.sort((a, b) => a - b);
  return row;
}

/**
 * One after the other, round and round.
 * @template T
 * @param {T[]} all
 */
function turns(all) {
  let turn = 0;
  return () => {
    turn += 1;
    return /** @type {T} */ (all[turn % all.length]);
  };
}

/**
 * Somebody puts something into a cart and says who they are. The answer acknowledges that once their Shopper has it; until then it is sent
 * again.
 * @param {Pool} pool
 * @param {Visitor} visitor
 */
async function perform(pool, visitor) {
  const act = visitor.arrive();
  for (let tries = 0; tries < 200; tries += 1) {
    if (act.take(await pool.ask(act.request)) === 'done') return;
    await sleep(AGAIN_MS);
  }
  throw new Error('a beacon was never acknowledged');
}

/** @param {string} variant */
const product = (variant) => ({
  ...{ variant, title: variant, price_minor: 1_500, currency: 'EUR', stock: 100_000_000 },
  ...{ image: 'https://shop.example/i.png', url: 'https://shop.example/p' },
});

/**
 * A call of a shop's server; its answer.
 * @param {Pool} pool
 * @param {import('./deployment.mjs').Shop} shop
 * @param {string} method
 * @param {string} path
 * @param {object} body
 * @param {string} [key]
 * @returns {Promise<any>}
 */
async function asServer(pool, { host, secret }, method, path, body, key) {
  const text = JSON.stringify(body);
  const headers = [
    ...[`${method} ${path} HTTP/1.1`, `host: ${host}`, `authorization: Bearer ${secret}`],
    ...[`content-type: application/json`, `content-length: ${text.length}`],
    ...(key ? [`idempotency-key: ${key}`] : []),
  ];
  const answer = await pool.ask(`${headers.join('\r\n')}\r\n\r\n${text}`);
  if (answer.status !== 200) throw new Error(`${path}: ${answer.status} ${answer.body}`);
  return JSON.parse(answer.body);
}

/** @param {import('./deployment.mjs').Shop} shop */
async function connect({ origin, id, secret }) {
  const response = await fetch(`${origin}/v1/shops/${id}/connections/shopify`, {
    method: 'PUT',
    headers: { authorization: `Bearer ${secret}` },
    body: JSON.stringify({ webhook_secret: SECRET }),
  });
  if (!response.ok) throw new Error(`connections: ${response.status} ${await response.text()}`);
}

/** A click on the link in a message, and the page that it leads to. @param {Pool} pool @param {import('./deployment.mjs').Shop} shop @param {string} token */
async function restored(pool, { host, origin, key }, token) {
  const clicked = await pool.ask(`GET /r/${token} HTTP/1.1\r\nhost: ${host}\r\n\r\n`);
  if (clicked.status !== 302) throw new Error(`a link: ${clicked.status} ${clicked.body}`);
  const body = JSON.stringify({ key, token });
  const answer = await pool.ask(pagePost(host, origin, '/v1/restore', body));
  const cart = answer.status === 200 ? JSON.parse(answer.body) : {};
  if (cart.status !== 'ok' || cart.lines.length === 0) {
    throw new Error(`a restore: ${answer.status} ${answer.body}`);
  }
}

/**
 * Payment begins: two lines are held for a cart, in the place of what was held for it before.
 * @param {Pool} pool
 * @param {import('./deployment.mjs').Shop} shop
 * @param {{ cart: string, variants: string[], key: string }} options
 */
async function reserved(pool, shop, { cart, variants, key }) {
  const name = randomBytes(12).toString('hex');
  const lines = variants.map((variant) => ({ variant, qty: 1 }));
  const body = { cart, lines, ...(key === 'id' ? { id: name } : {}) };
  const header = key === 'id' ? undefined : name;
  const made = await asServer(pool, shop, 'POST', '/v1/reservations', body, header);
  if (made.state !== 'held') throw new Error(`a reservation is ${made.state}`);
}

/**
 * What Shopify tells.
 * @param {Pool} pool
 * @param {import('./deployment.mjs').Shop} shop
 * @param {string} topic
 * @param {object} payload
 */
async function webhook(pool, { host, id }, topic, payload) {
  const { body, headers } = shopify(topic, payload, SECRET);
  const head = Object.entries({ ...headers, host, 'content-length': String(body.length) });
  const lines = head.map(([field, value]) => `${field}: ${value}`).join('\r\n');
  const path = `/webhooks/shopify/${id}`;
  const answer = await pool.ask(`POST ${path} HTTP/1.1\r\n${lines}\r\n\r\n${body}`);
  if (answer.status !== 202) throw new Error(`${topic}: ${answer.status} ${answer.body}`);
}

/** What a checkout and an order have in common. @param {string} name */
const bought = (name) => ({
  ...{ email: `${name}@latency.example`, cart_token: `cart-of-${name}` },
  ...{ currency: 'EUR', presentment_currency: 'EUR', updated_at: new Date().toISOString() },
  line_items: [
    {
      ...{ id: 1, key: '441:x', variant_id: VARIANT, product_id: 8_000, title: 'A product' },
      ...{ quantity: 1, price: '15.00', line_price: '15.00', properties: {} },
    },
  ],
});

/** @param {Pool} pool @param {import('./deployment.mjs').Shop} shop @param {string} name */
const checkout = (pool, shop, name) =>
  webhook(pool, shop, 'checkouts/update', {
    ...bought(name),
    ...{ id: 9_000_001, token: `checkout-of-${name}`, buyer_accepts_marketing: true },
    ...{ completed_at: null, created_at: '2026-11-01T10:00:00Z' },
    ...{ subtotal_price: '15.00', total_price: '15.00' },
  });

/** @param {Pool} pool @param {import('./deployment.mjs').Shop} shop @param {string} name @param {number} number */
const order = (pool, shop, name, number) =>
  webhook(pool, shop, 'orders/create', {
    ...bought(name),
    ...{ id: number, name: `#${number}`, checkout_token: `checkout-of-${name}` },
    ...{ financial_status: 'paid', cancelled_at: null, created_at: new Date().toISOString() },
  });

/** @param {string} name @returns {Row} */
const empty = (name) => ({ name, rate: 0, bar: BAR_MS, times: [], failures: [], failed: 0 });

/**
 * Checkouts and orders of some baskets in turn. A checkout begins a plan and its order ends it; the order is in force when the platform
 * is answered, some of the checkouts are followed until the plan is there.
 * @param {Pool} pool
 * @param {import('./deployment.mjs').Shop} shop
 * @param {string[]} names of baskets
 */
function followed(pool, shop, names) {
  // Half of them begin with a checkout, half with an order.
  const baskets = names.map((name, n) => ({ name, isOpen: n % 2 === 0, isFollowed: false }));
  const next = turns(baskets);
  /** @type {Promise<void>[]} */
  let following = [];
  let number = 0;
  let told = 0;
  let rows = {
    checkouts: empty('webhook, checkout → 202'),
    seen: empty('webhook, checkout → seen by its trigger'),
    orders: empty('webhook, order → in force and answered'),
  };
  const hasPlan = async (/** @type {string} */ email) =>
    (await asServer(pool, shop, 'POST', '/v1/shoppers/lookup', { email })).planned === true;
  const follow = async (/** @type {typeof baskets[0]} */ basket, /** @type {number} */ begun) => {
    const email = `${basket.name}@latency.example`;
    const { seen } = rows;
    basket.isFollowed = true;
    try {
      await until(`a plan of ${email}`, () => hasPlan(email), { every: ASK_MS, within: 30_000 });
      seen.times.push(performance.now() - begun);
    } catch (error) {
      seen.failed += 1;
      seen.failures.push(String(error));
    }
    basket.isFollowed = false;
  };
  return {
    /** All of them are known before they are told of. */
    prepare: () =>
      forEach(baskets, 8, async (basket) => {
        await checkout(pool, shop, basket.name);
        await follow(basket, 0);
        number += 1;
        if (!basket.isOpen) await order(pool, shop, basket.name, number);
      }),
    /** @type {Act} */
    act: async (begun) => {
      let basket = next();
      while (basket.isFollowed) basket = next();
      const { checkouts, orders } = rows;
      basket.isOpen = !basket.isOpen;
      if (basket.isOpen) {
        await checkout(pool, shop, basket.name);
        checkouts.times.push(performance.now() - begun);
        told += 1;
        if (told % FOLLOWED === 0) following.push(follow(basket, begun));
      } else {
        number += 1;
        await order(pool, shop, basket.name, number);
        orders.times.push(performance.now() - begun);
      }
    },
    /** What came so far was to warm up. */
    async begin() {
      await Promise.all(following);
      following = [];
      rows = {
        checkouts: empty(rows.checkouts.name),
        seen: empty(rows.seen.name),
        orders: empty(rows.orders.name),
      };
    },
    /** @param {number} rate @param {Row} all @returns {Promise<Row[]>} */
    async rows(rate, { failed, failures }) {
      await Promise.all(following);
      const { checkouts, seen, orders } = rows;
      Object.assign(orders, { failed, failures });
      return [checkouts, seen, orders].map((row) => ({
        ...row,
        rate: row === seen ? rate / 2 / FOLLOWED : rate / 2,
        times: row.times.toSorted((a, b) => a - b),
      }));
    },
  };
}

/**
 * Webhooks and beacons in turn, each of which makes a message.
 * @param {Pool} pool
 * @param {import('./deployment.mjs').Shop} shop
 * @param {ResendPeer} peer
 */
function sent(pool, shop, peer) {
  /** When each was to come, epoch ms, by address. @type {Map<string, { kind: string, at: number }>} */
  const begun = new Map();
  return {
    /** @type {Act} */
    act: async (due) => {
      const isWebhook = begun.size % 2 === 0;
      const name = `s${randomBytes(8).toString('hex')}`;
      const at = Date.now() - (performance.now() - due);
      const email = `${name}@latency.example`;
      begun.set(email, { kind: isWebhook ? 'webhook' : 'beacon', at });
      if (isWebhook) await checkout(pool, shop, name);
      else await perform(pool, new Visitor(shop, name, email));
    },
    /** @returns {Promise<Row[]>} */
    async rows() {
      /** Each address with its first message. */
      const accepted = () => {
        /** @type {Map<string, number>} */
        const times = new Map();
        for (const { email, at } of peer.sent) {
          const to = String(email.to[0]);
          if (!times.has(to)) times.set(to, at);
        }
        return times;
      };
      await until('every message', () => accepted().size >= begun.size, { within: 90_000 }).catch(
        () => {},
      );
      const arrived = accepted();
      return ['webhook', 'beacon'].map((kind) => {
        const own = [...begun].filter(([, one]) => one.kind === kind);
        const times = own.flatMap(([email, { at }]) => {
          const then = arrived.get(email);
          return then === undefined ? [] : [then - at];
        });
        const failed = own.length - times.length;
        return {
          ...{ name: `${kind} → accepted by the provider`, rate: 10, bar: SEND_BAR_MS },
          ...{ times: times.sort((a, b) => a - b), failed },
          failures: failed > 0 ? ['a message never came'] : [],
        };
      });
    },
  };
}

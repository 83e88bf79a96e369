// The collection of a cart's events as a JavaScript developer would write it on the same platform: a worker that checks the
// request, and an object with SQLite that takes each event once, keeps lines and log in one row, and spills the log into pages.
import { DurableObject } from 'cloudflare:workers';

/** @typedef {{ SHOPS: string, MASTER_KEY: string, KID: string, CART: any }} Env */
/** @typedef {{ id: string, t: string, at: number, [field: string]: any }} Event */
/** @typedef {{ variant: string, options: Record<string, string> | undefined, qty: number, clock: string, by: string, gone: boolean, seq: number }} Line */

const MAX_BODY = 65_536;
const MAX_EVENTS = 200;
const KEY_BYTES = 18;
const HEAD_BYTES = 7;
const SPILL_CHARS = 8_192;
const EVENT_ID = /^[0-9a-f]{16}-[1-9]\d{0,9}$/;
const STAGES = new Set([
  ...['started', 'contact', 'shipping', 'price'],
  ...['payment_started', 'payment_failed', 'payment_succeeded'],
]);

const utf8 = new TextEncoder();

/** @type {Map<number, { origins: string[] }> | undefined} */
let shops;

/** @type {Map<number, CryptoKey>} */
const keys = new Map();

/**
 * The key that vouches for a shop's publishable keys.
 * @param {Env} env
 * @param {Uint8Array} shop
 */
async function deriveKey(env, shop) {
  const master = await crypto.subtle.importKey(
    'raw',
    Uint8Array.fromBase64(env.MASTER_KEY, { alphabet: 'base64url' }),
    'HKDF',
    false,
    ['deriveKey'],
  );
  return crypto.subtle.deriveKey(
    {
      name: 'HKDF',
      hash: 'SHA-256',
      salt: utf8.encode('homing/v1'),
      info: new Uint8Array([...utf8.encode('publishable'), 0, ...shop]),
    },
    master,
    { name: 'HMAC', hash: 'SHA-256', length: 256 },
    false,
    ['sign'],
  );
}

/**
 * The number of the shop whose publishable key this is.
 * @param {Env} env
 * @param {unknown} text
 */
async function shopOfKey(env, text) {
  if (typeof text !== 'string' || !text.startsWith('pk_')) return undefined;
  let bytes;
  try {
    bytes = Uint8Array.fromBase64(text.slice(3), { alphabet: 'base64url' });
  } catch {
    return undefined;
  }
  if (bytes.length !== KEY_BYTES || bytes[0] !== Number(env.KID)) return undefined;
  const view = new DataView(bytes.buffer);
  const shop = view.getUint8(1) * 2 ** 32 + view.getUint32(2);
  let key = keys.get(shop);
  if (key === undefined) {
    key = await deriveKey(env, bytes.subarray(1, 6));
    keys.set(shop, key);
  }
  const mac = await crypto.subtle.sign('HMAC', key, bytes.subarray(0, HEAD_BYTES));
  const tag = new Uint8Array(mac, 0, KEY_BYTES - HEAD_BYTES);
  return crypto.subtle.timingSafeEqual(tag, bytes.subarray(HEAD_BYTES)) ? shop : undefined;
}

/** @param {Event} event */
function isValid({ id, t, at, clock, variant, qty, dot, dots, stage, order }) {
  if (typeof id !== 'string' || !EVENT_ID.test(id) || !Number.isInteger(at)) return false;
  const quantity = Number.isInteger(qty) && qty >= 1 && qty <= 9_999;
  const named = Array.isArray(dots) && dots.every((one) => EVENT_ID.test(one));
  switch (t) {
    case 'add':
      return typeof variant === 'string' && typeof clock === 'string' && quantity;
    case 'set':
      return EVENT_ID.test(dot) && typeof clock === 'string' && quantity;
    case 'remove':
      return named;
    case 'order':
      return named && typeof order === 'string';
    case 'view':
      return typeof variant === 'string';
    case 'checkout':
      return STAGES.has(stage);
    case 'exit':
      return true;
    default:
      return false;
  }
}

/**
 * @param {number} status
 * @param {string} code
 */
const problem = (status, code) =>
  Response.json(
    { type: `urn:bench:problem:${code}`, status, code },
    { status, headers: { 'content-type': 'application/problem+json' } },
  );

/**
 * @param {Request} request
 * @param {Env} env
 */
async function collect(request, env) {
  const text = await request.text();
  if (text.length > MAX_BODY) return problem(413, 'body_too_large');
  let beacon;
  try {
    beacon = JSON.parse(text);
  } catch {
    return problem(400, 'body_invalid');
  }
  const number = await shopOfKey(env, beacon.key);
  if (number === undefined) return problem(401, 'key_invalid');
  shops ??= new Map(JSON.parse(env.SHOPS));
  const origin = request.headers.get('origin') ?? '';
  if (!shops.get(number)?.origins.includes(origin)) return problem(403, 'origin_refused');
  const { cart, events, seen, page, sent_at } = beacon;
  if (typeof cart !== 'string' || cart.length !== 22) return problem(400, 'cart_invalid');
  if (!Array.isArray(events) || events.length > MAX_EVENTS || !events.every(isValid)) {
    return problem(400, 'event_invalid');
  }
  const now = Date.now();
  const skew = now - (sent_at ?? now);
  for (const event of events) event.at = Math.min(event.at + skew, now);
  const hash = await crypto.subtle.digest('SHA-256', utf8.encode(`${number}/${cart}`));
  const stub = env.CART.getByName(new Uint8Array(hash, 0, 16).toHex());
  const answer = await stub.collect(events, seen ?? 0, page, now);
  return Response.json(answer, {
    headers: {
      'cache-control': 'no-store',
      'access-control-allow-origin': origin,
      vary: 'origin',
      'x-content-type-options': 'nosniff',
    },
  });
}

export default {
  /** @param {Request} request @param {Env} env */
  fetch(request, env) {
    const { pathname } = new URL(request.url);
    if (pathname !== '/v1/collect') return problem(404, 'not_found');
    if (request.method !== 'POST') return problem(405, 'method_not_allowed');
    return collect(request, env);
  },
};

export class Cart extends DurableObject {
  /** @param {any} ctx @param {Env} env */
  constructor(ctx, env) {
    super(ctx, env);
    this.sql = ctx.storage.sql;
    this.sql.exec(
      'CREATE TABLE IF NOT EXISTS packed (id INTEGER PRIMARY KEY, value TEXT NOT NULL)',
    );
    const [row] = this.sql.exec('SELECT value FROM packed WHERE id = 0').toArray();
    this.state = row ? JSON.parse(row.value) : emptyCart();
  }

  /**
   * @param {Event[]} events
   * @param {number} seen
   * @param {object | undefined} page
   * @param {number} now
   */
  collect(events, seen, page, now) {
    const { state } = this;
    const before = state.seq;
    if (page && JSON.stringify(page) !== JSON.stringify(state.page)) {
      state.page = page;
      this.append({ taken_at: now, page });
    }
    const acked = [];
    for (const event of events) {
      acked.push(event.id);
      if (this.isRepeated(event.id)) continue;
      this.append({ taken_at: now, ...event });
      this.apply(event);
    }
    if (state.seq !== before) this.persist();
    const full = seen === 0 || seen < state.floor || seen > state.seq;
    const dots = Object.entries(state.lines)
      .filter(([, line]) => (full ? !line.gone : line.seq > seen))
      .map(([dot, line]) => ({ dot, ...line }));
    const { seq, epoch, clock } = state;
    return { acked, refused: [], seq, epoch, full, dots, clock, now };
  }

  /**
   * A journal counts its events; one that was counted has been taken.
   * @param {string} id
   */
  isRepeated(id) {
    const [replica = '', digits] = id.split('-');
    const counter = Number(digits);
    if (counter <= (this.state.counters[replica] ?? 0)) return true;
    this.state.counters[replica] = counter;
    return false;
  }

  /** @param {object} entry */
  append(entry) {
    const { state } = this;
    state.seq += 1;
    state.log.push({ seq: state.seq, ...entry });
  }

  /** @param {Event} event */
  apply(event) {
    const { state } = this;
    switch (event.t) {
      case 'add': {
        const { variant, options, qty, clock, id } = event;
        state.lines[id] = { variant, options, qty, clock, by: id, gone: false, seq: state.seq };
        this.tick(clock);
        break;
      }
      case 'set': {
        const line = state.lines[event.dot];
        if (line && BigInt(event.clock) > BigInt(line.clock)) {
          Object.assign(line, { qty: event.qty, clock: event.clock, by: event.id, seq: state.seq });
        }
        this.tick(event.clock);
        break;
      }
      case 'remove':
        this.remove(event.dots);
        break;
      case 'order':
        this.remove(event.dots);
        state.lines = Object.fromEntries(
          Object.entries(state.lines).filter(([, line]) => !line.gone),
        );
        state.epoch += 1;
        state.floor = state.seq;
        state.ordered = { order: event.order, at: event.at };
        break;
      case 'checkout':
        state.stage = event.stage;
        break;
    }
    if (event.t !== 'exit') state.last_activity_at = Math.max(state.last_activity_at, event.at);
  }

  /** @param {string[]} dots */
  remove(dots) {
    for (const dot of dots) {
      const line = this.state.lines[dot];
      if (line) Object.assign(line, { gone: true, seq: this.state.seq });
    }
  }

  /** @param {string} clock */
  tick(clock) {
    if (BigInt(clock) > BigInt(this.state.clock)) this.state.clock = clock;
  }

  persist() {
    let value = JSON.stringify(this.state);
    if (value.length > SPILL_CHARS) {
      const { state } = this;
      state.pages += 1;
      const page = JSON.stringify(state.log);
      this.sql.exec('INSERT OR REPLACE INTO packed (id, value) VALUES (?, ?)', state.pages, page);
      state.log = [];
      value = JSON.stringify(state);
    }
    this.sql.exec('INSERT OR REPLACE INTO packed (id, value) VALUES (0, ?)', value);
  }
}

function emptyCart() {
  return {
    seq: 0,
    epoch: 0,
    floor: 0,
    clock: '0',
    last_activity_at: 0,
    stage: '',
    ordered: /** @type {{ order: string, at: number } | undefined} */ (undefined),
    page: /** @type {object | undefined} */ (undefined),
    lines: /** @type {Record<string, Line>} */ ({}),
    counters: /** @type {Record<string, number>} */ ({}),
    pages: 0,
    log: /** @type {object[]} */ ([]),
  };
}

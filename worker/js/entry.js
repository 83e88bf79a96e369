// The entry point: hands each event to wasm and turns what it throws into an answer. A panic unwinds into an exception, so
// only the call that caused it fails.
import { DurableObject } from 'cloudflare:workers';
import build, { CartHost } from '../../build/worker/index.js';
import { wake } from './alarm.js';
import { isMachine } from './machine.js';
import { readBody, readPage, redirect, respond } from './platform.js';

// worker-build hangs every export on the class that it would have the platform instantiate; taking them from there spares each
// request that class, its proxies and an asynchronous step.
const wasm = build.prototype;

// A trap (an exhausted stack or memory), unlike a panic, leaves the module unusable. The build hears of it by an error event, too,
// and begins a new instance when one of its classes is constructed; objects of the old one must not be called any more.
let instance = 0;
const isTrap = (/** @type {unknown} */ error) =>
  error instanceof WebAssembly.RuntimeError ||
  (error instanceof RangeError && /stack/i.test(error.message));
// The platform's types do not know this event.
const scope = /** @type {EventTarget} */ (/** @type {unknown} */ (globalThis));
scope.addEventListener('error', (event) => {
  if (!isTrap(/** @type {ErrorEvent} */ (event).error)) return;
  instance += 1;
  new CartHost();
});

/**
 * A trap that was caught here makes no event by itself.
 * @param {unknown} error
 */
function reportTrap(error) {
  if (isTrap(error)) scope.dispatchEvent(new ErrorEvent('error', { error }));
}

/**
 * @param {unknown} error
 * @returns {Response}
 */
function failed(error) {
  reportTrap(error);
  console.error(
    JSON.stringify({ level: 'error', event: 'request_failed', error: String(error).slice(0, 300) }),
  );
  const problem = {
    type: 'urn:homing:problem:internal',
    title: 'Something went wrong on our side',
    status: 500,
    code: 'internal',
    detail: 'This request failed on our side. Nothing of it was kept; it may be sent again.',
  };
  return new Response(JSON.stringify(problem), {
    status: 500,
    headers: { 'content-type': 'application/problem+json', 'cache-control': 'no-store' },
  });
}

/** One object; what it remembers is forgotten when a call fails, and read again from its storage. */
class Hosted extends DurableObject {
  /** @type {any} */
  #host;
  #instance = instance;

  /** @param {(ctx: unknown, env: unknown) => any} open @param {(host: any) => any} act */
  act(open, act) {
    try {
      if (this.#instance !== instance) {
        this.#host = undefined;
        this.#instance = instance;
      }
      this.#host ??= open(this.ctx, this.env);
      const answer = act(this.#host);
      return answer instanceof Promise ? answer.catch((error) => this.#fail(error)) : answer;
    } catch (error) {
      return this.#fail(error);
    }
  }

  /** An alarm. @param {(ctx: unknown, env: unknown) => any} open */
  wake(open) {
    return wake(this.ctx, () => this.act(open, (host) => host.alarm()));
  }

  // The host itself stays: other calls may be waiting inside it, and two of them would write over each other.
  /** @param {unknown} error @returns {never} */
  #fail(error) {
    try {
      this.#host?.forget();
    } catch {
      this.#host = undefined;
    }
    reportTrap(error);
    throw error instanceof Error ? error : new Error(String(error));
  }
}

export class Cart extends Hosted {
  /** @param {Uint8Array} message */
  call(message) {
    return this.act(wasm.open_cart, (host) => host.call(message));
  }

  // Pages do not change: they need no host.
  /** @param {number} number */
  page(number) {
    return readPage(this.ctx, number);
  }
}

export class Shopper extends Hosted {
  /** @param {Uint8Array} message */
  call(message) {
    return this.act(wasm.open_shopper, (host) => host.call(message));
  }

  // Never fails: the platform gives an alarm up after six tries, the object's own schedule does not.
  alarm() {
    return this.wake(wasm.open_shopper);
  }
}

export class Shop extends Hosted {
  /** @param {Uint8Array} message */
  call(message) {
    return this.act(wasm.open_shop, (host) => host.call(message));
  }

  // Never fails, as above: what is owed stands in the tables.
  alarm() {
    return this.wake(wasm.open_shop);
  }
}

/** Remembers which requests of one shop's servers were done, and what was answered. */
export class Requests extends Hosted {
  /** @param {Uint8Array} message */
  call(message) {
    return this.act(wasm.open_requests, (host) => host.call(message));
  }

  // Never fails, as above: what is outdated is looked for again.
  alarm() {
    return this.wake(wasm.open_requests);
  }
}

/** What is left of a shop's variants, and who holds some of it. */
export class Stock extends Hosted {
  /** @param {Uint8Array} message */
  call(message) {
    return this.act(wasm.open_stock, (host) => host.call(message));
  }

  // Never fails, as above.
  alarm() {
    return this.wake(wasm.open_stock);
  }
}

export { ShortLinks } from './short-links.js';

/** `https://` and the first character of the host are not the path. */
const AFTER_SCHEME = 8;

/**
 * What of an address stands from `start` on, without its query.
 * @param {string} url
 * @param {number} start
 */
function untilQuery(url, start) {
  const query = url.indexOf('?', start);
  return query < 0 ? url.slice(start) : url.slice(start, query);
}

const LINK = '/r/';
const MAX_BEACON = wasm.max_beacon();

/**
 * A beacon. Waiting is done here: each promise that wasm waits for costs it several calls, and closures to be collected.
 * @param {Request} request
 * @param {unknown} env
 * @returns {Promise<Response>}
 */
async function collect(request, env) {
  const origin = request.headers.get('origin') ?? undefined;
  const body = await readBody(request, MAX_BEACON).catch(() => undefined);
  if (!body) return wasm.unread(body === null, origin);
  const begun = Date.now();
  // Only the platform sets this header, and overwrites what a client says there.
  const address = request.headers.get('cf-connecting-ip') ?? undefined;
  const isAutomated = address !== undefined && isMachine(request.headers.get('user-agent'));
  const taken = wasm.collect(body, origin, env, begun, address, isAutomated);
  // What an object will answer is a promise by its manners alone.
  if (typeof taken === 'string' || taken instanceof Response) return answered(taken, 0, origin);
  try {
    const answer = await taken;
    return answered(answer, wasm.answered(begun, Date.now()), origin);
  } catch (error) {
    reportTrap(error);
    return wasm.unanswered(error, body, origin, begun, Date.now());
  }
}

/**
 * @param {string | Response} answer JSON, or a whole answer already
 * @param {number} slowDown for how long the storefront should keep still, ms
 * @param {string | undefined} origin
 */
function answered(answer, slowDown, origin) {
  if (typeof answer !== 'string') return answer;
  const json = slowDown > 0 ? `${answer.slice(0, -1)},"slow_down_ms":${slowDown}}` : answer;
  return respond(200, 'application/json', json, origin);
}

/**
 * `GET /v1/region`: where the platform takes the request to come from, which no other code of this worker gets to see. Empty where it
 * does not know, as for Tor and some networks. It is nobody's secret, and the answer is not kept.
 * @param {Request & { cf?: any }} request
 */
function region({ cf }) {
  const { country = '', regionCode } = cf ?? {};
  const isKnown = /^(?!XX|T1)[A-Z]{2}$/.test(country);
  const text = isKnown && regionCode ? `${country}-${regionCode}` : country;
  return respond(200, 'application/json', JSON.stringify({ region: isKnown ? text : '' }), '*');
}

/**
 * `GET /v1/push`: under which key a browser subscribes; empty where the deployment has none. It is nobody's secret.
 * @param {{ VAPID_PUBLIC_KEY?: string }} env
 */
const pushKey = ({ VAPID_PUBLIC_KEY: key = '' }) =>
  respond(200, 'application/json', JSON.stringify({ key }), '*');

export default {
  /** @param {Request} request @param {unknown} env @param {unknown} ctx */
  fetch(request, env, ctx) {
    try {
      // Nearly all requests are clicks and beacons: they take the shortest way through, with few and small values to carry over.
      const { url } = request;
      const path = url.indexOf('/', AFTER_SCHEME);
      if (url.startsWith(LINK, path)) {
        if (request.method === 'GET') {
          const token = untilQuery(url, path + LINK.length);
          const prefix = wasm.lead(token, Date.now());
          if (prefix !== undefined) return redirect(prefix, token);
        }
      } else if (untilQuery(url, path) === '/v1/collect' && request.method === 'POST') {
        return collect(request, env).catch(failed);
      } else if (untilQuery(url, path) === '/v1/region' && request.method === 'GET') {
        return region(request);
      } else if (untilQuery(url, path) === '/v1/push' && request.method === 'GET') {
        return pushKey(/** @type {any} */ (env));
      }
      const answer = wasm.serve(request, env, ctx);
      return answer instanceof Promise ? answer.catch(failed) : answer;
    } catch (error) {
      return failed(error);
    }
  },

  /** @param {{ queue: string, messages: readonly any[] }} batch @param {unknown} env */
  async queue(batch, env) {
    await Promise.all(
      batch.messages.map(async (message) => {
        try {
          // Ours are texts; what the platform itself tells is not.
          const { body } = message;
          const text = typeof body === 'string' ? body : JSON.stringify(body);
          const again = await wasm.consume(batch.queue, text, message.attempts, env);
          if (again === undefined) message.ack();
          else message.retry({ delaySeconds: again });
        } catch (error) {
          console.error(
            JSON.stringify({
              level: 'error',
              event: 'message_failed',
              queue: batch.queue,
              error: String(error).slice(0, 300),
            }),
          );
          message.retry({ delaySeconds: 10 });
        }
      }),
    );
  },

  /** @param {unknown} _controller @param {unknown} env */
  async scheduled(_controller, env) {
    await wasm.sweep(env);
  },
};

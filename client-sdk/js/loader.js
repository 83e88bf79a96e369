// The snippet: keeps calls until the runtime is there, and sends them by itself when the page closes before that.
import { commandOf } from './command.js';
import { CART, PARCEL, read, SIGHT, sight, write } from './local.js';
import { pageContext } from './page.js';
import { newReplica, newSecret } from './random.js';

/**
 * @typedef {{ call: ArrayLike<any>, at: number }} Call
 * @typedef {{ id: string, t: string } & Record<string, any>} Event
 * @typedef {{ key: string, cart: string, events: Event[], calls: import('./command.js').Command[] }} Parcel
 */

/**
 * What the loader hands to the runtime.
 * @typedef {object} Boot
 * @property {{ key: string, endpoint: string, currency?: string }} config
 * @property {string} cart the secret that this page writes with
 * @property {boolean} known whether the secret is from an earlier page
 * @property {Promise<Response>} wasm
 * @property {typeof commandOf} commandOf shared, so that it is loaded once
 * @property {typeof pageContext} pageContext
 * @property {(receive: (call: Call) => void) => { calls: Call[], parcels: Parcel[] }} take
 *   from here on the runtime receives all calls and answers for their delivery
 * @property {() => void} failed the runtime cannot start on this page
 */

const scope = /** @type {any} */ (window);
const script = /** @type {HTMLScriptElement} */ (document.currentScript);

/** Commands that need to know the cart's lines; they wait for a page with the runtime. */
const WAITS = ['set', 'remove', 'reset'];

function start() {
  const { dataset, src } = script;
  const config = {
    key: dataset.key || '',
    endpoint: dataset.endpoint || new URL(src).origin,
    currency: dataset.currency,
  };
  /** @type {Call[]} */
  const calls = [];
  /** @type {Parcel[]} */
  const unkept = [];
  /** @type {((call: Call) => void) | undefined} */
  let receive;
  let replica = '';
  let counter = 0;
  /** @type {HTMLScriptElement | undefined} */
  let loading;

  // A browser without storage still has the history entry's state, which outlives a reload.
  const state = history.state?.homing;
  const earlier = read(CART) || state?.cart;
  /** @type {Boot} */
  const boot = {
    config,
    cart: earlier || newSecret(),
    known: !!earlier,
    wasm: Promise.reject(),
    commandOf,
    pageContext,
    take(next) {
      receive = next;
      return { calls: calls.splice(0), parcels: unkept };
    },
    failed() {
      loading = undefined;
    },
  };
  boot.wasm.catch(() => {});

  /** @param {ArrayLike<any>} call */
  const accept = (call) => {
    const [name, options] = [call[0], call[1]];
    if (name === 'init') Object.assign(config, options);
    else if (receive) receive({ call, at: Date.now() });
    else calls.push({ call, at: Date.now() });
  };

  const load = () => {
    if (loading) return;
    const base = new URL('.', src);
    boot.wasm = fetch(`${base}homing.wasm`);
    boot.wasm.catch(() => {});
    loading = document.createElement('script');
    loading.type = 'module';
    loading.src = `${base}runtime.js`;
    loading.onerror = boot.failed;
    document.head.append(loading);
  };

  /** Turns the calls so far into events, as far as that is possible without knowing the cart. */
  const pack = () => {
    const seen = sight() || { e: 0, d: [] };
    let dots = seen.d;
    let epoch = seen.e;
    /** @type {Parcel} */
    const parcel = { key: '', cart: boot.cart, events: [], calls: [] };
    const left = calls.splice(0).filter(({ call, at }) => {
      const command = call[0] === 'reset' ? { t: 'reset', at } : commandOf(call, at);
      if (!command) return true;
      if (WAITS.includes(command.t)) {
        parcel.calls.push(command);
        return false;
      }
      replica = replica || newReplica();
      counter += 1;
      /** @type {Event} */
      const event = { id: `${replica}-${counter}`, ...command };
      if (event.t === 'add') {
        event.epoch = epoch;
        // Milliseconds and 16 bits: exact in a double, but only toFixed writes all digits.
        event.clock = (at * 65536).toFixed();
        dots = dots.concat(event.id);
      } else if (event.t === 'view') {
        event.ms = Date.now() - at;
      } else if (event.t === 'order' || event.t === 'clear') {
        event.dots = dots.slice(0, 500);
        dots = [];
        epoch += 1;
        // What was asked of lines that are bought or cleared now has no object any more.
        parcel.calls = [];
      }
      parcel.events.push(event);
      return false;
    });
    calls.push(...left);
    if (parcel.events.length) write(SIGHT, JSON.stringify({ ...seen, e: epoch, d: dots }));
    return parcel;
  };

  /** The page is closing or hidden, and may never be seen again: no await from here on. */
  const leave = () => {
    if (receive) return;
    const parcel = pack();
    const { events } = parcel;
    if (!events.length && !parcel.calls.length) return;
    parcel.key = `${PARCEL}${newReplica()}`;
    // A visitor without a cart leaves no trace at the edge: views wait until there is one.
    const isCart = boot.known || events.some(({ t }) => t !== 'view');
    if (isCart) write(CART, boot.cart);
    else parcel.cart = '';
    if (!write(parcel.key, JSON.stringify(parcel))) unkept.push(parcel);
    // Nor is anything said of a cart that a link brought before a person has touched it.
    if (!isCart || !events.length || sight()?.q) return;
    navigator.sendBeacon(
      `${config.endpoint}/v1/collect`,
      JSON.stringify({
        v: 1,
        key: config.key,
        cart: boot.cart,
        sent_at: Date.now(),
        page: pageContext(config.currency),
        events,
      }),
    );
  };

  const stub = scope.homing;
  scope.homing = function homing() {
    // biome-ignore lint/complexity/noArguments: the queue stub that pages carry hands over `arguments` as well
    accept(arguments);
  };
  scope.homing.boot = boot;
  Array.from(stub?.q || []).forEach(accept);
  addEventListener('pagehide', leave);
  addEventListener('visibilitychange', () => document.visibilityState === 'hidden' && leave());
  addEventListener('online', () => receive || load());
  load();
}

// A page that carries the snippet twice has one journal all the same.
if (!scope.homing?.boot) start();

// The snippet: keeps calls until the runtime is there, and sends them by itself when the page closes before that.
import { commandOf } from './command.js';
import { CART, PARCEL, read, SIGHT, sight, write } from './local.js';
import { pageContext } from './page.js';
import { newReplica, newSecret } from './random.js';

/**
 * @typedef {import('./command.js').Command} Command
 * @typedef {{ id: string, t: string } & Record<string, any>} Event
 */

/**
 * A call that waits for the runtime.
 * @typedef {object} Call
 * @property {ArrayLike<any>} call
 * @property {number} at
 * @property {string} [key] its parcel's
 * @property {boolean} [isKept] whether that parcel is in localStorage
 */

/**
 * What a page leaves for the next one: commands, or events that are out already and must keep their ids.
 * @typedef {object} Parcel
 * @property {string} key
 * @property {string} cart whose events; empty: whichever cart there will be
 * @property {Event[]} events
 * @property {Command[]} calls
 * @property {boolean} [isTaken] another page is writing the commands into the journal
 */

/**
 * What the loader hands to the runtime.
 * @typedef {object} Boot
 * @property {{ key: string, endpoint: string, currency?: string, platform?: string }} config
 * @property {string} cart the secret that this page writes with
 * @property {boolean} known whether an earlier page had a cart under it
 * @property {Promise<Response>} [wasm]
 * @property {typeof commandOf} commandOf shared, so that it is loaded once
 * @property {typeof pageContext} pageContext
 * @property {(next: (call: Call) => void) => { calls: Call[], parcels: Parcel[] }} take
 *   from here on the runtime receives all calls and answers for their delivery; parcels: those that could not be kept
 */

const scope = /** @type {any} */ (window);
/** Where the snippet stands as a module or in another file, the tag that has the key speaks for it. */
const script = /** @type {HTMLScriptElement | null} */ (
  document.currentScript || document.querySelector('script[data-key]')
);

/** Tries for the runtime before it is left to the next page. */
const MOST_TRIES = 8;

/** Commands that need to know the cart's lines: they wait for a page with the runtime. */
const WAITS = ['set', 'remove', 'reset'];

function start() {
  /** @type {DOMStringMap} */
  const dataset = script?.dataset || {};
  const src = script?.src;
  const config = {
    key: dataset.key || '',
    endpoint: dataset.endpoint || new URL(src || location.href).origin,
    currency: dataset.currency,
    platform: dataset.platform,
  };
  /** @type {Call[]} */
  let calls = [];
  /** @type {Parcel[]} */
  const unkept = [];
  /** @type {((call: Call) => void) | undefined} */
  let receive;
  /** @type {Promise<unknown> | undefined} */
  let loading;
  const replica = newReplica();
  let counter = 0;
  let tries = 0;
  let parcels = 0;

  // A browser without storage still has the history entry's state, which outlives a reload.
  const remembered = history.state?.homing?.cart;
  const cart = read(CART) || remembered || newSecret();
  // At once, so that the next page and the other tabs have the same.
  write(CART, cart);
  /** @type {Boot} */
  const boot = {
    config,
    cart,
    known: !!(sight() || remembered),
    commandOf,
    pageContext,
    take(next) {
      receive = next;
      return { calls, parcels: unkept };
    },
  };

  /** Sorts by time, and by the order inside this page. */
  const newKey = () => {
    parcels += 1;
    return `${PARCEL}${Date.now() * 1000 + parcels}.${replica}`;
  };

  /** Whether a runtime, this tab's or another's, has found a call and writes it into the journal. @param {Call} waiting */
  const isTaken = ({ key = '', isKept }) =>
    isKept && JSON.parse(read(key) || '{"isTaken":1}').isTaken;

  /** @param {Call} waiting */
  const commandIn = ({ at, call }) =>
    call[0] === 'reset' ? { t: 'reset', at } : commandOf(call, at);

  /** @param {ArrayLike<any>} call */
  const accept = (call) => {
    /** @type {Call} */
    const waiting = { call, at: Date.now() };
    if (call[0] === 'init') Object.assign(config, call[1]);
    else if (receive) receive(waiting);
    else {
      /** @type {Command | undefined} */
      let command;
      try {
        command = commandIn(waiting);
      } catch (error) {
        // What cannot be read now cannot be read later, and must not stand in the way of the others.
        return console.warn('homing:', error);
      }
      calls.push(waiting);
      // A tab that is closed while its page still loads is ended without a word: what must not get lost is kept at once.
      if (!command || command.t === 'view') return;
      const key = newKey();
      waiting.key = key;
      waiting.isKept = write(key, JSON.stringify({ cart: '', events: [], calls: [command] }));
      // A page that is closed while it loads is not told, and an order cannot wait for the next visit: reminders would go on.
      // A runtime that writes down what came before it, at this moment, knows better what the order covers.
      if (command.t === 'order' && !calls.some(isTaken)) send();
    }
  };

  const load = () => {
    if (loading || receive) return;
    const base = new URL('.', src || `${config.endpoint}/sdk/v1/`);
    // A browser may remember that a module could not be had.
    const again = tries ? `?${tries}` : '';
    boot.wasm = fetch(`${base}homing.wasm`);
    // Unlike a script element, an import does not hold back the page's load event.
    const runtime = import(`${base}runtime.js${again}`).then(({ start }) => start(boot));
    loading = Promise.all([runtime, boot.wasm]).catch((error) => {
      loading = undefined;
      tries += 1;
      if (tries < MOST_TRIES) setTimeout(load, 500 * 2 ** tries);
      console.warn('homing:', error);
    });
  };

  /**
   * An event for a call, as far as that is possible without knowing the cart.
   * @param {Command} command
   * @param {{ e: number, d: string[] }} seen
   */
  const eventOf = (command, seen) => {
    counter += 1;
    /** @type {Event} */
    const event = { id: `${replica}-${counter}`, ...command };
    if (event.t === 'add') {
      event.epoch = seen.e;
      // Milliseconds and 16 bits: exact in a double, but only toFixed writes all digits.
      event.clock = (command.at * 65536).toFixed();
      seen.d.push(event.id);
    } else if (event.t === 'view') {
      event.ms = Math.max(0, Date.now() - command.at);
    } else if (event.t === 'order' || event.t === 'clear') {
      event.dots = seen.d.splice(0).slice(0, 500);
      seen.e += 1;
    }
    return event;
  };

  /** The page may never be seen again: no await from here on. */
  const send = () => {
    if (receive) return;
    /** @type {NonNullable<ReturnType<typeof sight>>} */
    const seen = { e: 0, d: [], ...sight() };
    /** @type {Event[]} */
    const events = [];
    let isBehind = false;
    calls = calls.filter((waiting) => {
      const command = commandIn(waiting);
      if (!command) return true;
      const { key = newKey(), isKept } = waiting;
      if (WAITS.includes(command.t)) return !isKept;
      if (isTaken(waiting)) {
        isBehind = true;
        return false;
      }
      const event = eventOf(command, seen);
      events.push(event);
      // A view by itself makes no cart.
      const cart = command.t === 'view' ? '' : boot.cart;
      // What is still being written down has no names here: whoever takes this in clears it as well.
      const after = isBehind && event.dots ? [{ t: 'clear', at: command.at }] : [];
      const parcel = { key, cart, events: [event], calls: after };
      if (!write(key, JSON.stringify(parcel))) unkept.push(parcel);
      return false;
    });
    const isCart = boot.known || events.some(({ t }) => t !== 'view');
    // A visitor without a cart leaves no trace at the edge; nor is anything said of a cart that a link brought before a
    // person has touched it.
    if (!isCart || !events.length || seen.q) return;
    boot.known = true;
    write(SIGHT, JSON.stringify(seen));
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
  addEventListener('pagehide', send);
  addEventListener('visibilitychange', () => document.visibilityState === 'hidden' && send());
  addEventListener('online', load);
  load();
}

// A page that carries the snippet twice has one journal all the same.
if (!scope.homing?.boot) start();

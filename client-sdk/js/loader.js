// The snippet: keeps calls until the runtime is there, and sends them by itself when the page closes before that. Until it may
// keep anything, calls wait in memory.
import { commandOf, ON_KNOWN_LINES } from './command.js';
import {
  CART,
  CONSENT,
  DENIED,
  GRANTED,
  ORDERS,
  PARCEL,
  parsed,
  read,
  SIGHT,
  sight,
  write,
} from './local.js';
import { arrival } from './page.js';
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
 * @property {boolean} [isHeard] whether another tab has said it, and sees to what all of them share
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
 * What the script tag and `init` say.
 * @typedef {object} Config
 * @property {string} [key] nothing begins without
 * @property {string} endpoint
 * @property {string} [currency]
 * @property {string} [platform]
 * @property {string} [consent] the shop's rule
 * @property {string} [consentManager]
 * @property {string} [consentPurposes]
 * @property {string} [region]
 * @property {import('./index.d.ts').PushSettings | null} [push]
 */

/**
 * Where the SDK's other files are.
 * @typedef {object} Files
 * @property {(name: string, attempt: number) => Promise<any>} module a browser may remember what it could not use: each attempt, from
 *   0, has an address of its own
 * @property {(attempt: number) => Promise<Response>} wasm
 */

/**
 * What the loader hands to the runtime, and to the module that asks for consent.
 * @typedef {object} Boot
 * @property {Config} config
 * @property {string} cart the secret that this page writes with, once it may
 * @property {unknown} [known] whether an earlier page had a cart under it
 * @property {Files['module']} module
 * @property {Files['wasm']} wasm
 * @property {typeof commandOf} commandOf shared, so that it is loaded once
 * @property {typeof arrival} arrival
 * @property {string} [trace] the visit's, once somebody has asked for it
 * @property {(parcel: Parcel) => void} [keep] set by the runtime: takes a copy of what is in localStorage, which a browser that is killed
 *   may not have written to its disk
 * @property {(next: (call: Call) => boolean) => Parcel[]} take
 *   from here on the runtime receives the calls and answers for the delivery of those that it does not turn away; it asks again
 *   when it can take them. Answers the parcels that could not be kept
 * @property {Call[]} held what may not be kept yet, and what is said of consent
 * @property {() => void} begin from here on things may be kept and sent
 * @property {() => void} close nothing may be kept or sent any more; what is held must not count
 * @property {number} life each time that the browser has to forget another one begins; what began in an earlier one may not go on
 * @property {() => void} [over] called when one ends
 * @property {import('./index.d.ts').Restored} [news] of a link, as far as the shopper is told of it
 * @property {Call[]} [lasting] calls that say nothing of a shopper, and hold in each life
 * @property {import('./journal.js').Journal} [journal] the runtime's, also when that is over
 * @property {Promise<unknown>} [turn] all that was said of consent has been carried out
 */

/** Tries for the runtime before it is left to the next page. */
const MOST_TRIES = 8;

/**
 * A page that carries the snippet twice has one journal all the same.
 * @param {Config} config
 * @param {Files} files
 */
export function start(config, { module, wasm }) {
  const scope = /** @type {any} */ (window);
  if (scope.homing?.boot) return;
  const replica = newReplica();
  let counter = 0;
  let tries = 0;
  let parcels = 0;
  /** Whether somebody has something to say of consent. */
  let isAsked = false;
  /** Whether anything may be kept and sent. */
  let isOpen = false;
  /** @type {Call[]} */
  let calls = [];
  /** @type {Parcel[]} */
  let unkept = [];
  /** @type {((call: Call) => boolean) | undefined} */
  let receive;
  /** @type {Promise<Response> | undefined} */
  let early;
  /** @type {Promise<unknown> | undefined} */
  let loading;

  /** @type {Boot} */
  const boot = {
    config,
    cart: '',
    module,
    wasm(attempt) {
      const asked = early || wasm(attempt);
      early = undefined;
      return asked;
    },
    commandOf,
    arrival,
    take(next) {
      receive = next;
      // What listeners call meanwhile comes in as well.
      for (const call of calls.splice(0)) if (!next(call)) calls.push(call);
      return unkept.splice(0);
    },
    held: [],
    life: 0,
    begin() {
      if (isOpen) return;
      isOpen = true;
      // A browser without storage still has the history entry's state, which outlives a reload.
      const remembered = history.state?.homing?.cart;
      boot.cart = read(CART) || remembered || newSecret();
      // At once, so that the next page and the other tabs have the same.
      write(CART, boot.cart);
      boot.known = sight() || remembered;
      arrival();
      boot.held.splice(0).forEach(record);
      load();
    },
    close() {
      if (!isOpen) return;
      isOpen = false;
      boot.life += 1;
      boot.over?.();
      receive = loading = undefined;
      boot.held.push(...calls.splice(0));
      unkept = [];
      ask();
    },
  };

  /** Sorts by time, and by the order inside this page. */
  const newKey = () => {
    parcels += 1;
    return `${PARCEL}${Date.now() * 1000 + parcels}.${replica}`;
  };

  /** Whether a runtime, this tab's or another's, has found a call and writes it into the journal. @param {Call} waiting */
  const isTaken = ({ key = '', isKept }) => isKept && (parsed(read(key)) || { isTaken: 1 }).isTaken;

  /** @param {Parcel} parcel @returns {boolean} whether it is kept */
  const keep = (parcel) => {
    const isKept = write(parcel.key, JSON.stringify(parcel));
    if (isKept) boot.keep?.(parcel);
    return isKept;
  };

  /** @param {Call} waiting */
  const record = (waiting) => {
    if (receive?.(waiting)) return;
    /** @type {Command | undefined} */
    let command;
    try {
      command = commandOf(waiting.call, waiting.at);
    } catch (error) {
      // What cannot be read now cannot be read later, and must not stand in the way of the others.
      return console.warn('homing:', error);
    }
    // A page that confirms an order may be loaded again, and by then another cart may have begun.
    if (parsed(read(ORDERS))?.includes?.(command?.order)) return;
    calls.push(waiting);
    // A tab that is closed while its page still loads is ended without a word: what must not get lost is kept at once.
    if (!command || command.t === 'view') return;
    const parcel = { key: newKey(), cart: '', events: [], calls: [command] };
    waiting.key = parcel.key;
    waiting.isKept = keep(parcel);
    // A page that is closed while it loads is not told, and an order cannot wait for the next visit: reminders would go on.
    // A runtime that writes down what came before it, at this moment, knows better what the order covers.
    if (command.t === 'order' && !calls.some(isTaken)) send();
  };

  /** @param {ArrayLike<any>} call */
  const accept = (call) => {
    /** @type {Call} */
    const waiting = { call, at: Date.now() };
    const name = call[0];
    if (name === 'init') Object.assign(config, call[1]);
    else if (name === 'consent') {
      // At once, whether the module can be had or not.
      if (!call[1]) {
        write(CONSENT, DENIED);
        boot.close();
      }
      boot.held.push(waiting);
      ask();
    } else if (isOpen) record(waiting);
    else boot.held.push(waiting);
  };

  /**
   * @param {unknown} error
   * @param {() => void} again
   */
  const failed = (error, again) => {
    tries += 1;
    if (tries < MOST_TRIES) setTimeout(again, 500 << tries);
    console.warn('homing:', error);
  };

  /** What not every shop needs: its rule, the shopper's answer, and who else knows of one. */
  const ask = () => {
    isAsked = true;
    module('consent', tries)
      .then(({ gate }) => gate(boot))
      .catch((error) => failed(error, ask));
  };

  const decide = () => {
    if (isAsked || isOpen || !config.key) return;
    const { consent, consentManager } = config;
    const answer = read(CONSENT);
    // Where no region forbids it, a yes needs no rule.
    const isFree =
      answer === GRANTED
        ? !consent?.includes(DENIED)
        : !(answer || consent || scope.navigator.globalPrivacyControl);
    if (isFree && !consentManager) boot.begin();
    // Beside it as well: it hears of a no in another tab.
    if (!isOpen || consent) ask();
  };

  const load = () => {
    if (!isOpen || loading || receive) return;
    const { life } = boot;
    // The rules are for those who have a cart; beside the runtime, which asks for them otherwise.
    if (boot.known || calls.some(({ key }) => key)) early ||= wasm(0);
    early?.catch(() => {});
    loading = module('runtime', tries)
      .then((runtime) => runtime.start(boot, life))
      .catch((error) => {
        loading = undefined;
        failed(error, load);
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
    if (!isOpen) return;
    /** @type {NonNullable<ReturnType<typeof sight>>} */
    const seen = { e: 0, d: [], ...sight() };
    /** @type {Event[]} */
    const events = [];
    let isBehind = false;
    let isAnew = false;
    calls = calls.filter((waiting) => {
      const command = commandOf(waiting.call, waiting.at);
      if (!command) return true;
      const { key = newKey(), isKept } = waiting;
      // What comes after a reset is said of another cart, and what is about lines waits for a page with the runtime.
      isAnew ||= command.t === 'reset';
      if (isAnew || ON_KNOWN_LINES.includes(command.t)) return !isKept;
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
      if (!keep(parcel)) unkept.push(parcel);
      return false;
    });
    const isCart = events.length && (boot.known || events.some(({ t }) => t !== 'view'));
    // A visitor without a cart leaves no trace at the edge; nor is anything said of a cart that a link brought before a
    // person has touched it.
    if (!isCart || seen.q) return;
    boot.known = true;
    write(SIGHT, JSON.stringify(seen));
    navigator.sendBeacon(
      `${config.endpoint}/v1/collect`,
      JSON.stringify({
        v: 1,
        key: config.key,
        cart: boot.cart,
        sent_at: Date.now(),
        page: arrival(),
        events,
      }),
    );
  };

  const stub = scope.homing;
  scope.homing = function homing() {
    // biome-ignore lint/complexity/noArguments: the queue stub that pages carry hands over `arguments` as well
    accept(arguments);
    decide();
  };
  stub?.q?.forEach(accept);
  scope.homing.boot = boot;
  addEventListener('pagehide', send);
  addEventListener('visibilitychange', () => document.hidden && send());
  addEventListener('online', () => {
    load();
    if (isAsked) ask();
  });
  decide();
}

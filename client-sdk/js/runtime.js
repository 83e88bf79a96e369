// What the snippet loads: puts the parts together.
import { again } from './again.js';
import { Listeners } from './api.js';
import { LASTING, SHOWN } from './calls.js';
import { dwell } from './dwell.js';
import { newEngine } from './engine.js';
import { Journal } from './journal.js';
import { remember, takeToken } from './link.js';
import { sight } from './local.js';
import { oncePerVisit } from './once.js';
import * as problems from './problem.js';
import { openStore } from './storage.js';
import { tabs } from './tabs.js';
import { Transport } from './transport.js';
import { loadWasm } from './wasm.js';

/** @typedef {import('./loader.js').Call} Call */

/** What a product was looked at beyond what was told when the page was hidden counts from here on, ms. */
const LONGER_MS = 5_000;

/** Tries for a module before it is left to the next page. */
const MOST_TRIES = 6;

/** What a visitor does before something is put into a cart. */
const SIGNS = ['pointermove', 'pointerdown', 'keydown'];

/** A person's doing. Assistive technology clicks and writes without a pointer or a key. */
const BY_HAND = ['pointerdown', 'keydown', 'click', 'input'];

/**
 * @param {import('./loader.js').Boot} boot
 * @param {number} life that it is for
 * @param {import('./loader.js').Parcel[]} [left] what was said since the browser has forgotten
 */
export async function start(boot, life, left = []) {
  /** Whether nothing of this may go on. */
  const isPast = () => boot.life !== life;
  if (isPast()) return;
  /** What not every page needs. @param {string} name @returns {Promise<any>} */
  const part = (name) => again((attempt) => boot.module(name, attempt), MOST_TRIES);

  /** The same in JavaScript, for pages whose policy or browser refuses WebAssembly. */
  const plain = async () => (await part('plain')).rules();

  /** @param {number} attempt */
  async function rules(attempt) {
    if (!('WebAssembly' in window)) return plain();
    const answer = await boot.wasm(attempt);
    if (!answer.ok) throw new Error(`wasm_http_${answer.status}`);
    return loadWasm(answer).catch(plain);
  }

  const { platform } = boot.config;
  const { arrival: cameAs } = boot;
  let isReady = false;
  /** Whether the loader keeps calls because the rules are not there. */
  let isBehind = false;
  /** Whether another life follows at once. */
  let isAnew = false;
  // Beside the module; whoever needs it asks once more.
  if (platform) part(platform).catch(() => {});
  const engine = newEngine(
    () => again(rules),
    () => takeOver(),
  );
  const [store] = await Promise.all([openStore(), boot.known && engine.load()]);
  // There may have been a no meanwhile.
  if (isPast()) return;
  const listeners = new Listeners();
  const exit = oncePerVisit(isPast);
  /** @type {Promise<(name: string, detail: unknown) => void> | undefined} */
  let watching;
  /** What was wrong with a call or a link. */
  /** @type {problems.Problem | undefined} */
  let refusal;
  /** @type {ReturnType<typeof dwell> | undefined} */
  let looking;
  /** @type {Promise<void>} */
  let arrival = Promise.resolve();
  /** @type {Promise<import('./restore.js').Shop> | undefined} */
  let following;

  /** Something is not as it should be, and it goes on all the same. @param {string} code */
  function warned(code) {
    listeners.emit('warning', /** @type {import('./index.d.ts').Warning} */ ({ code }));
  }

  /** A mistake of ours, in which the page has no part. @param {unknown} error */
  function failed(error) {
    // What may say nothing more does not tell of its mistakes either.
    if (!isPast()) mistaken(error);
  }

  /** @param {unknown} error */
  function mistaken(error) {
    console.warn('homing:', error);
    part('report').then(
      ({ report }) => report(boot, error),
      () => {},
    );
  }

  const journal = new Journal(store, engine, boot, {
    changed(isOurs, isEnd) {
      if (isOurs) {
        channel.tell('change');
        transport.schedule();
      }
      // What begins now tells of its own.
      if (!isEnd) tell();
    },
    refused(code) {
      refusal = new problems.Problem(0, code);
    },
    warned,
    failed,
    renewed(cart, said) {
      isAnew = true;
      boot.life += 1;
      boot.over?.();
      Object.assign(boot, { cart, known: false });
      start(boot, boot.life, said).catch(mistaken);
    },
  });
  if (store.kind !== 'indexeddb') warned(`storage_${store.kind}`);
  const transport = new Transport(journal, boot, () => tell());
  const channel = tabs((word) => {
    if (word === 'denied') {
      boot.close();
      boot.held.push({ call: ['consent', false], at: Date.now(), isHeard: true });
    }
    // Where tabs have no store in common, each has to forget by itself.
    else if (word === 'reset' && journal.store.kind === 'memory') {
      journal.write({ t: word, at: Date.now() });
    } else journal.look();
  });
  boot.journal = journal;
  boot.over = () => {
    looking?.stop();
    channel.close();
    // The next life does not begin with what this one knew of the visit.
    Object.assign(boot, { arrival: cameAs, trace: undefined, news: undefined });
    // What is on the screen was about what is forgotten.
    for (const card of document.querySelectorAll('homing-card'))
      card.dispatchEvent(new Event('homing-close'));
    // Whoever draws the cart draws an empty one; where all begins anew, what begins tells of its own.
    if (!isAnew) listeners.emit('change', { lines: [], epoch: 0, seq: 0 });
    listeners.end();
  };

  /**
   * Listens to the window as long as this lasts.
   * @param {string} name
   * @param {(event: any) => unknown} heard
   * @param {AddEventListenerOptions} [options]
   */
  const on = (name, heard, options) =>
    addEventListener(name, (event) => isPast() || heard(event), options);
  /** @type {import('./ui/settings.js').Lent} */
  const lent = {
    ...{ boot, journal, listeners, part, failed, arrived: () => arrival },
    isBack: !!sight()?.d?.length,
  };

  /** Tells listeners what is new. */
  function tell() {
    if (!isReady) return;
    const { book, entries, pending, view } = journal;
    const { lines, epoch } = view;
    if (lines.length) watch();
    listeners.emit('change', { lines, epoch, seq: book.seq }, { lines, epoch });
    const status = {
      ready: true,
      online: transport.isOnline,
      pending: pending.length,
      acked: book.seq,
      epoch,
      journal: [
        ...book.recent.map((event) => ({ ...event, acked: true })),
        ...entries.map(({ e }) => ({ id: e.id, t: e.t, acked: false })),
      ],
      token: transport.token,
      cart: book.cart,
      last_error: (transport.problem || refusal)?.toJSON() || null,
    };
    listeners.emit('status', status, status);
  }

  /** Loads what watches for the visitor's leaving, and shows what the shop wants; where it cannot be had, nobody misses it. */
  function watch() {
    const leaving = (/** @type {import('./index.d.ts').Events['exit']['how']} */ how) => {
      journal.write({ t: 'exit', at: Date.now(), how });
      listeners.emit('exit', { how });
    };
    watching ??= part('exit_intent')
      .then(({ watchExit }) => watchExit(leaving, exit, lent))
      .catch(() => () => {});
    return watching;
  }

  /**
   * @param {Call} waiting
   * @returns {boolean} whether the loader need not keep it any more
   */
  function receive(waiting) {
    const { call, at, ...parcel } = waiting;
    const [name, detail] = [call[0], call[1]];
    if (isPast()) return false;
    if (LASTING.includes(name)) {
      boot.lasting = [...(boot.lasting || []), waiting];
      last(waiting);
    } else if (name === 'open') came(detail);
    else if (SHOWN.includes(name)) {
      const isSaid = typeof detail === 'object';
      if (isSaid) Object.assign(boot.config, { [name]: detail });
      // What is said before there is a cart is looked at when there is one.
      if (watching || !isSaid) watch().then((called) => called(name, detail));
    } else if (name === 'flush') journal.look().then(() => transport.hurry());
    else {
      const command = boot.commandOf(call, at);
      if (!command) return true;
      if (command.t === 'order') {
        exit.end();
        // The loader would send it once more.
        if (journal.book.orders?.includes(`${command.order}`)) return true;
      }
      // The loader sends it by itself if the page closes before the rules are there.
      // A reset needs no rules, but must not overtake what does.
      const isFree = command.t === 'view' || (command.t === 'reset' && !isBehind);
      if (!engine.isThere && !isFree) {
        isBehind = true;
        engine.load();
        return false;
      }
      if (name === 'reset') channel.tell(name);
      if (command.t === 'view') {
        if (looking) journal.release(lookAway());
        looking?.stop();
        looking = dwell(command);
      }
      journal.write(command, parcel);
    }
    return true;
  }

  /** @param {Call} waiting */
  function last({ call }) {
    const [name, detail, listener] = [call[0], call[1], call[2]];
    if (name === 'platform') follow('custom', detail);
    else listeners[/** @type {'on' | 'off'} */ (name)](detail, listener);
  }

  /** From here on a closing page is ours to care for, as far as the calls are that need no rules or find them there. */
  function takeOver() {
    if (!isReady || isPast()) return;
    journal.accept(boot.take(receive));
    journal.look().then(() => transport.hurry());
  }

  /**
   * @param {string} name
   * @param {import('./index.d.ts').Platform} [own] a shop's that is none of the known ones
   */
  function follow(name, own) {
    boot.config.platform = name;
    const sdk = { ...lent, ordered: exit.end };
    following = part(name).then((adapter) => adapter.start(sdk, own));
    following.catch(failed);
  }

  /** @param {string} token */
  async function arrive(token) {
    engine.load();
    const refused = (/** @type {problems.Problem} */ problem) => {
      refusal = problem.isTransient ? refusal : problem;
      tell();
    };
    /** @type {typeof import('./restore.js')} */
    const { restore } = await part('restore');
    // What has begun before a reset must not bring the cart back after it: it waits for ever.
    /** @type {typeof problems.post} */
    const post = async (...asked) => {
      const answer = isPast() || (await problems.post(...asked));
      return isPast() ? new Promise(() => {}) : answer;
    };
    const shop = async () => following;
    const restored = await restore(token, { ...lent, refused, remember, shop, ...problems, post });
    listeners.emit('restored', restored);
  }

  /** @param {string} [token] */
  function came(token) {
    if (token) arrival = arrive(token).catch(failed);
  }

  /** How long the product was looked at, ms. A page that was hidden and is seen again says so once more. */
  function lookAway() {
    if (!looking) return 0;
    const { ms, told, view } = looking;
    if (told != null && ms > told + LONGER_MS) journal.write({ ...view, ms });
    if (told == null || ms > told + LONGER_MS) looking.told = ms;
    return ms;
  }

  /** The page is closing or hidden, perhaps for ever. */
  function leave() {
    journal.leave(lookAway());
    transport.leave();
  }

  function comeBack() {
    journal.look().then(() => transport.comeBack());
  }

  /** @param {Event} event */
  function touched({ isTrusted }) {
    const { link } = journal.book;
    if (!isTrusted || !link) return;
    journal.book.link = undefined;
    journal.change((draft) => {
      draft.book.link = undefined;
      draft.isChanged = true;
    });
  }

  await journal.look();
  if (journal.isOver) return boot.over();
  // Where localStorage keeps nothing, each page begins with a secret of its own; what it sends by itself belongs to the cart all the same.
  boot.cart = journal.book.cart;
  if (store.kind === 'indexeddb') boot.keep = (parcel) => journal.keep(parcel);
  on('pagehide', () => {
    leave();
    channel.close();
  });
  on('visibilitychange', () => (document.visibilityState === 'hidden' ? leave() : comeBack()));
  on('pageshow', ({ persisted }) => {
    if (!persisted) return;
    channel.open();
    comeBack();
  });
  on('online', () => {
    tell();
    journal.look().then(() => transport.hurry());
  });
  on('offline', tell);
  on('hashchange', () => came(takeToken(true)));
  for (const name of BY_HAND) on(name, touched, { capture: true });
  // Who pays by the byte waits a moment longer instead.
  const { saveData } = /** @type {any} */ (navigator).connection || {};
  for (const name of saveData ? [] : SIGNS) on(name, engine.load, { capture: true, once: true });

  // No pause between this and the listeners above.
  isReady = true;
  journal.accept(left);
  boot.lasting?.forEach(last);
  takeOver();
  tell();
  came(takeToken());
  // A shop's own functions are among what lasts.
  if (platform && platform !== 'custom') follow(platform);
  await arrival;
}

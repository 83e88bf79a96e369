// What the snippet loads: puts the parts together.
import { Listeners } from './api.js';
import { dwell } from './dwell.js';
import { loadEngine } from './engine.js';
import { Journal } from './journal.js';
import { remember, takeToken } from './link.js';
import { oncePerVisit } from './once.js';
import * as problems from './problem.js';
import { openStore } from './storage.js';
import { tabs } from './tabs.js';
import { Transport } from './transport.js';

/** @typedef {import('./loader.js').Call} Call */

/** Tries for a module before it is left to the next page. */
const MOST_TRIES = 6;

/**
 * What not every page needs. A browser may remember that a module could not be had, so that each try has an address of its own.
 * @param {string} name
 * @returns {Promise<any>}
 */
async function part(name, attempt = 0) {
  const url = new URL(`${name}.js${attempt ? `?${attempt}` : ''}`, import.meta.url);
  try {
    return await import(`${url}`);
  } catch (error) {
    if (attempt >= MOST_TRIES) throw error;
    await new Promise((resolve) => setTimeout(resolve, problems.backoffMs(attempt)));
    return part(name, attempt + 1);
  }
}

/** @param {import('./loader.js').Boot} boot */
export async function start(boot) {
  const { platform } = boot.config;
  // Beside the module; whoever needs it asks once more.
  if (platform) part(platform).catch(() => {});
  const [engine, store] = await Promise.all([loadEngine(boot.wasm), openStore()]);
  const listeners = new Listeners();
  const exit = oncePerVisit();
  let isReady = false;
  let isWatched = false;
  /** What was wrong with a call or a link. */
  /** @type {problems.Problem | undefined} */
  let refusal;
  /** @type {ReturnType<typeof dwell> | undefined} */
  let looking;
  /** @type {Promise<void>} */
  let arrival = Promise.resolve();

  /** Something is not as it should be, and it goes on all the same. @param {string} code */
  function warned(code) {
    listeners.emit('warning', /** @type {import('./index.d.ts').Warning} */ ({ code }));
  }

  const journal = new Journal(store, engine, boot, {
    changed(isOurs) {
      if (isOurs) {
        channel.tell();
        transport.schedule();
      }
      tell();
    },
    refused(code) {
      refusal = new problems.Problem(0, code);
    },
    warned,
  });
  if (store.kind !== 'indexeddb') warned(`storage_${store.kind}`);
  const transport = new Transport(journal, boot, () => tell());
  const channel = tabs(() => journal.look());

  /** Tells listeners what is new. */
  function tell() {
    if (!isReady) return;
    const { book, entries, pending, view } = journal;
    const { lines, epoch } = view;
    if (lines.length && !isWatched) watch();
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
      token: book.token || null,
      cart: book.cart,
      last_error: (transport.problem || refusal)?.toJSON() || null,
    };
    listeners.emit('status', status, status);
  }

  /** Loads what watches for the visitor's leaving; where it cannot be had, nobody misses it. */
  function watch() {
    isWatched = true;
    const leaving = (/** @type {string} */ how) => {
      journal.write({ t: 'exit', at: Date.now(), how });
      listeners.emit('exit', { how });
    };
    part('exit_intent').then(
      ({ watchExit }) => watchExit(leaving, exit),
      () => {},
    );
  }

  /** @param {Call} call */
  function receive({ call, at, ...parcel }) {
    const [name, detail, listener] = [call[0], call[1], call[2]];
    if (name === 'on') listeners.on(detail, listener);
    else if (name === 'platform') follow('custom', detail);
    else if (name === 'flush') journal.look().then(() => transport.hurry());
    else {
      const command = name === 'reset' ? { t: name, at } : boot.commandOf(call, at);
      if (!command) return;
      if (command.t === 'order') exit.end();
      if (command.t === 'view') {
        if (looking) journal.release(looking.ms);
        looking?.stop();
        looking = dwell();
      }
      journal.write(command, parcel);
    }
  }

  /**
   * @param {string} name
   * @param {import('./index.d.ts').Platform} [own] a shop's that is none of the known ones
   */
  function follow(name, own) {
    boot.config.platform = name;
    const sdk = { journal, listeners, arrived: () => arrival, ordered: exit.end };
    part(name).then(
      (adapter) => adapter.start(sdk, own),
      (error) => console.warn('homing:', error),
    );
  }

  async function arrive() {
    const token = takeToken();
    if (!token) return;
    const failed = (/** @type {problems.Problem} */ problem) => {
      refusal = problem.isTransient ? refusal : problem;
      tell();
    };
    /** @type {typeof import('./restore.js')} */
    const { restore } = await part('restore');
    const restored = await restore(token, { journal, boot, failed, remember, ...problems });
    listeners.emit('restored', restored);
  }

  /** The page is closing or hidden, perhaps for ever. */
  function leave() {
    journal.leave(looking?.ms || 0);
    looking?.stop();
    looking = undefined;
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
  addEventListener('pagehide', () => {
    leave();
    channel.close();
  });
  addEventListener('visibilitychange', () =>
    document.visibilityState === 'hidden' ? leave() : comeBack(),
  );
  addEventListener('pageshow', ({ persisted }) => {
    if (!persisted) return;
    channel.open();
    comeBack();
  });
  addEventListener('online', () => {
    tell();
    journal.look().then(() => transport.hurry());
  });
  addEventListener('offline', tell);
  addEventListener('hashchange', arrive);
  for (const name of ['pointerdown', 'keydown']) addEventListener(name, touched, { capture: true });

  // No pause between this and the listeners above: from here on a closing page is ours to care for.
  const { calls, parcels } = boot.take(receive);
  journal.accept(parcels);
  isReady = true;
  calls.forEach(receive);
  tell();
  journal.look().then(() => transport.hurry());
  arrival = arrive();
  if (platform) follow(platform);
  await arrival;
}

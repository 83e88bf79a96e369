// The journal of this browser: what the edge knows (base) and what it has not acknowledged (entries), shared by all tabs.
// Ids are given and events stored in one transaction; a page that closes before that makes a parcel under a name of its own.
import { Draft, ENDS, isColdIn } from './draft.js';
import { CART, forget, PARCEL, read, remove, SIGHT, write } from './local.js';
import { newReplica } from './random.js';
import { forgetLesser, lesserStore } from './storage.js';

/**
 * @typedef {import('./command.js').Command} Command
 * @typedef {import('./engine.js').Engine} Engine
 * @typedef {import('./records.js').View} View
 * @typedef {import('./loader.js').Boot} Boot
 * @typedef {import('./loader.js').Parcel} Parcel
 * @typedef {import('./storage.js').Book} Book
 * @typedef {import('./storage.js').Entry} Entry
 * @typedef {import('./storage.js').Store} Store
 */

/** A held event whose page never came back to finish it goes out as it is. */
const HELD_MS = 3_600_000;

export class Journal {
  /** @type {Book} */
  book;
  /** @type {Entry[]} */
  entries = [];
  /** @type {View} */
  view = { epoch: 0, dots: [], lines: [] };
  /** @type {{ command: Command, key?: string, isKept?: boolean }[]} */
  #waiting = [];
  /** @type {Promise<unknown> | undefined} */
  #writing;
  /** What a transaction under way has written. */
  /** @type {Entry[]} */
  #uncommitted = [];
  /** @type {Parcel[]} */
  #unkept;
  /** @type {Promise<unknown>} */
  #tail = Promise.resolve();
  #page = newReplica();
  /** A name that no other page uses, for events that cannot be numbered in a transaction. */
  #own = { cart: '', after: '', replica: '', counter: 1 };

  /**
   * @param {Store} store
   * @param {Engine} engine
   * @param {Boot} boot
   * @param {{ changed: (local: boolean) => void, refused: (code: string) => void, warned: (code: string) => void }} listener
   */
  constructor(store, engine, boot, listener) {
    this.store = store;
    this.engine = engine;
    this.boot = boot;
    this.listener = listener;
    this.#unkept = [];
    this.book = Draft.blank(boot.cart);
  }

  /** Whether the edge may know a cart that this browser has lost. */
  get isCold() {
    return isColdIn(this.book, this.boot);
  }

  /** @param {Entry} entry */
  #isHeld = (entry) => !!entry.hold && Date.now() - (entry.e.at || 0) < HELD_MS;

  /** What the shopper did that the edge has not acknowledged. */
  get pending() {
    return this.entries.filter((entry) => !this.#isHeld(entry) && !this.#isIdle(entry));
  }

  /** What may be sent now: nothing that a link brought before a person has touched it. */
  get due() {
    const { cart, link } = this.book;
    return this.pending.filter((entry) => !link || entry.cart !== cart);
  }

  /**
   * Views and exits of a visitor without a cart stay here: they would only leave an empty cart at the edge.
   * @param {Entry} entry
   */
  #isIdle({ cart, e }) {
    if (this.book.base || cart !== this.book.cart || !Draft.isIdle(e)) return false;
    return this.entries.every((other) => Draft.isIdle(other.e));
  }

  /** @param {Parcel[]} parcels what the loader could not keep */
  accept(parcels) {
    this.#unkept.push(...parcels);
  }

  /** Reads what other tabs have written, and takes in parcels. */
  look() {
    return this.change(() => {});
  }

  /**
   * Writes what a call asks for.
   * @param {Command} command
   * @param {{ key?: string, isKept?: boolean }} [parcel] where the loader has kept the call
   */
  write(command, parcel) {
    this.#waiting.push({ command, ...parcel });
    // Calls that come in a row share a transaction.
    this.#writing ??= this.change(() => {
      this.#writing = undefined;
    }).catch((error) => {
      this.#writing = undefined;
      // The page has no part in it.
      console.warn('homing:', error);
    });
    return this.#writing;
  }

  /** Writes what waits and need not wait any more. @param {Draft} draft */
  #drain(draft) {
    for (const waiting of this.#waiting.splice(0)) {
      const { command, key } = waiting;
      if (draft.mustWait(command)) this.#waiting.push(waiting);
      else if (!key || draft.take(key)) this.#writeInto(draft, command);
    }
  }

  /**
   * @param {Draft} draft
   * @param {Command} command
   */
  #writeInto(draft, command) {
    if (command.t === 'reset') draft.reset();
    // A product that is being looked at is held until it is known for how long.
    else draft.write(command, command.t === 'view' && command.ms == null ? this.#page : '');
  }

  /** Ends what is held for this page, with the time that it took. @param {number} ms */
  release(ms) {
    return this.change((draft) => draft.release(this.#page, ms));
  }

  /**
   * Runs a change after those before it. The draft's outcome counts at once in this tab; the promise waits until it is durable.
   * @param {(draft: Draft) => void} work
   */
  change(work) {
    const next = this.#tail.then(() => this.#commit(work));
    this.#tail = next.catch(() => {});
    return next;
  }

  /** @param {(draft: Draft) => void} work */
  async #commit(work) {
    /** @type {Draft | undefined} */
    let draft;
    const unkept = this.#unkept.slice();
    let isAtWork = false;
    /** @type {import('./storage.js').Change} */
    const change = (book, entries) => {
      isAtWork = true;
      const fresh = Draft.of(this, book, entries);
      draft = fresh;
      fresh.takeIn(unkept, (command) => this.#writeInto(fresh, command));
      this.#drain(fresh);
      work(fresh);
      this.#uncommitted = fresh.put;
      this.#show(fresh);
      isAtWork = false;
      return fresh;
    };
    try {
      await this.store.change(change);
    } catch (error) {
      // A mistake in the work is no failure of the store.
      if (isAtWork || this.store.kind === 'memory') throw error;
      this.store = lesserStore(this.store.kind);
      this.listener.warned(`storage_${this.store.kind}`);
      // What the broken store had, as far as this tab knows it; then the change, unless it is in there already.
      const { book, entries } = this;
      const done = !!draft;
      await this.store.change(() => ({
        book,
        put: entries.map(({ n, ...entry }) => entry),
        drop: [],
      }));
      if (!done) await this.store.change(change);
    }
    this.#uncommitted = [];
    this.#unkept = this.#unkept.filter((parcel) => !unkept.includes(parcel));
    if (draft) this.#settled(draft);
  }

  /** @param {Draft} draft */
  #show(draft) {
    this.book = draft.book;
    this.entries = draft.entries;
    this.view = draft.look();
  }

  /** @param {Draft} draft */
  #settled(draft) {
    draft.parcels.forEach(remove);
    if (draft.isReset) {
      forget();
      if (this.store.kind === 'indexeddb') forgetLesser();
    }
    this.#mirror();
    if (draft.isCorrupt) this.listener.warned('storage_corrupt');
    draft.errors.forEach(this.listener.refused);
    this.listener.changed(draft.isChanged);
  }

  /** Keeps at hand what the loader of the next page needs at once. */
  #mirror() {
    const { cart, base, link } = this.book;
    if (read(CART) !== cart) write(CART, cart);
    if (!base && this.entries.every(({ e }) => Draft.isIdle(e))) return;
    const { epoch, dots } = this.view;
    // Of a cart that cannot be seen yet, what an earlier page saw says more, unless that has ended.
    const isSeen = !this.isCold || this.entries.some(({ e }) => ENDS.includes(e.t));
    if (isSeen) write(SIGHT, JSON.stringify({ e: epoch, d: dots, q: link && 1 }));
    // Without storage, the state of the history entry at least outlives a reload.
    if (this.store.kind !== 'memory') return;
    history.replaceState({ ...history.state, homing: link ? { link } : { cart } }, '');
  }

  /**
   * The name of the next event: common to all tabs where the store lets only one at a time count.
   * @param {Book} book
   */
  names(book) {
    if (this.store.kind === 'indexeddb') return book;
    return this.#ownNames(book);
  }

  /** @param {Book} book */
  #ownNames({ cart, replica: after }) {
    if (this.#own.cart !== cart || this.#own.after !== after) {
      this.#own = { cart, after, replica: newReplica(), counter: 1 };
    }
    return this.#own;
  }

  /**
   * The page is closing: everything that no transaction has stored yet becomes events now, and a parcel for the next page.
   * @param {number} ms how long the product of this page was looked at
   */
  leave(ms) {
    const draft = new Draft(this, this.book, this.entries);
    draft.names = () => this.#ownNames(draft.book);
    /** @type {Command[]} */
    const calls = [];
    // What the loader has kept, the next page finds.
    this.#waiting = this.#waiting.filter(({ command, isKept }) => {
      if (isKept) return true;
      if (draft.mustWait(command)) calls.push(command);
      else this.#writeInto(draft, command);
      return false;
    });
    draft.release(this.#page, ms);
    const unsure = this.#uncommitted;
    // A fork that is not stored has not been sent either: the next page makes it anew.
    const stored = unsure.some(({ e }) => e.t === 'fork') ? [] : unsure;
    const events = new Map([...stored, ...draft.put].map(({ e }) => [e.id, e]));
    this.#show(draft);
    if (!events.size && !calls.length) return;
    const key = `${PARCEL}${Date.now() * 1000}.${newReplica()}`;
    const parcel = { key, cart: draft.book.cart, events: [...events.values()], calls };
    if (!write(key, JSON.stringify(parcel))) this.#unkept.push(parcel);
  }
}

// The journal of this browser: what the edge knows (base) and what it has not acknowledged (entries), shared by all tabs.
// Ids are given and events stored in one transaction; a page that closes before that makes a parcel under a name of its own.
import { Draft, ENDS, isColdIn } from './draft.js';
import { ABSENT } from './engine.js';
import { CART, forget, isRefused, ORDERS, PARCEL, read, remove, SIGHT, write } from './local.js';
import { newReplica } from './random.js';
import { forgetDatabase, forgetLesser, lesserStore } from './storage.js';

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
  /** Each with the name that holds it, if it is looked at. */
  /** @type {{ command: Command, hold: string, key?: string, isKept?: boolean }[]} */
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
  #parcels = 0;
  #life;
  /** When the book began that this page goes on with, epoch ms. */
  /** @type {number | undefined} */
  #began;
  /** Looks that have ended and may not be written down yet: the name that holds each, and how long it took. */
  /** @type {Map<string, number>} */
  #ended = new Map();
  /** A name that no other page uses, for events that cannot be numbered in a transaction. */
  #own = { cart: '', after: '', replica: '', counter: 1 };

  /**
   * @param {Store} store
   * @param {Engine} engine
   * @param {Boot} boot
   * @param {{ changed: (isOurs: boolean, isEnd: boolean) => void, refused: (code: string) => void, warned: (code: string) => void, failed: (error: unknown) => void, renewed: (cart: string, left: Parcel[]) => void }} listener
   */
  constructor(store, engine, boot, listener) {
    this.store = store;
    this.engine = engine;
    this.boot = boot;
    this.#life = boot.life;
    this.listener = listener;
    this.#unkept = [];
    this.book = Draft.blank(boot.cart);
  }

  /** Whether this page may keep and say nothing more: it has begun anew, or consent was withdrawn, in whichever tab. */
  get isOver() {
    if (!isRefused()) return this.boot.life !== this.#life;
    this.boot.close();
    return true;
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

  /**
   * What may be sent now: nothing that a link brought before a person has touched it, and nothing that is not stored yet. If the page
   * ended before it is, another event would get its name.
   */
  get due() {
    const { cart, link } = this.book;
    return this.pending.filter(
      (entry) => (!link || entry.cart !== cart) && !this.#uncommitted.includes(entry),
    );
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

  /** Stores what waits for the rules as it is; what the page has sent of it since says more. @param {Parcel} parcel */
  keep(parcel) {
    return this.change(({ book }) => {
      const others = (book.parcels || []).filter(({ key }) => key !== parcel.key);
      book.parcels = [...others, parcel];
    });
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
    if (command.t === 'reset' && !parcel?.key) {
      // A page that closes in the middle of it must not have forgotten that.
      const key = this.#newKey();
      const calls = [command];
      parcel = { key, isKept: write(key, JSON.stringify({ cart: '', events: [], calls })) };
    }
    this.#waiting.push({ command, hold: this.#page, ...parcel });
    // Calls that come in a row share a transaction.
    this.#writing ??= this.change(() => {
      this.#writing = undefined;
    }).catch((error) => {
      this.#writing = undefined;
      this.listener.failed(error);
    });
    return this.#writing;
  }

  /** Writes what waits and need not wait any more. @param {Draft} draft */
  #drain(draft) {
    for (const waiting of this.#waiting.splice(0)) {
      const { command, key, hold } = waiting;
      if (draft.isIn(waiting)) continue;
      if (draft.isFull || draft.mustWait(command)) this.#waiting.push(waiting);
      else if (!key || draft.take(key))
        draft.under(key, () => this.#writeInto(draft, command, hold));
    }
  }

  /**
   * @param {Draft} draft
   * @param {Command} command
   * @param {string} [hold] the name of the look that was under way when it was called
   */
  #writeInto(draft, command, hold = this.#page) {
    if (command.t === 'reset') draft.reset(command.at);
    // A product that is being looked at is held until it is known for how long.
    else draft.write(command, command.t === 'view' && command.ms == null ? hold : '');
  }

  /** Ends what is held for this page, with the time that it took. What is looked at from here on is held by another name. @param {number} ms */
  release(ms) {
    const page = this.#page;
    this.#page = newReplica();
    this.#ended.set(page, ms);
    return this.change((draft) => draft.release(page, ms)).then(() => this.#ended.delete(page));
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

  /** @param {(draft: Draft) => void} work begun anew where it turns out that the rules are needed */
  async #commit(work) {
    for (;;) {
      try {
        return await this.#try(work);
      } catch (error) {
        if (error !== ABSENT) throw error;
        await this.engine.load();
      }
    }
  }

  /** @param {(draft: Draft) => void} work */
  async #try(work) {
    if (this.isOver) return;
    /** What another tab has begun anew. */
    /** @type {Book | undefined} */
    let other;
    /** @type {Draft | undefined} */
    let draft;
    const unkept = this.#unkept.slice();
    let isAtWork = false;
    /** @type {import('./storage.js').Change} */
    const change = (book, entries) => {
      // Consent may have been withdrawn since the transaction was asked for.
      if (this.isOver || this.#isOther(book)) {
        other = book;
        return { book, put: [], drop: [] };
      }
      isAtWork = true;
      const fresh = Draft.of(this, book, entries);
      const waiting = this.#waiting.slice();
      try {
        const isOurs = (/** @type {Parcel} */ parcel) =>
          waiting.some(({ key }) => key === parcel.key);
        fresh.takeIn(unkept, isOurs, (command) => this.#writeInto(fresh, command));
        this.#drain(fresh);
        fresh.compact();
        work(fresh);
        this.#show(fresh);
      } catch (error) {
        if (error === ABSENT) this.#waiting = waiting;
        throw error;
      }
      draft = fresh;
      this.#uncommitted = fresh.put;
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
      await this.store.change((found) => {
        // Another tab may have left the broken store as well, and begun anew.
        if (found?.isRenewed && this.#isOther(found)) {
          other = found;
          return { book: found, put: [], drop: [] };
        }
        return { book, put: entries.map(({ n, ...entry }) => entry), drop: [] };
      });
      if (!done && !other) await this.store.change(change);
    }
    this.#uncommitted = [];
    if (other) {
      if (!this.isOver) forget(other.began, true);
      return this.#renew(other.cart);
    }
    if (draft) this.#settled(draft);
  }

  /** @param {Draft} draft */
  #show(draft) {
    this.view = draft.look();
    this.book = draft.book;
    this.#began ||= draft.book.began;
    this.entries = draft.entries;
  }

  /** @param {Draft} draft */
  #settled(draft) {
    if (this.isOver) return;
    draft.parcels.forEach(remove);
    this.#unkept = this.#unkept.filter(({ key }) => !draft.parcels.includes(key));
    if (draft.isReset) {
      forget(draft.book.began);
      // Whatever a page has left in the other store comes home no more.
      if (this.store.kind === 'indexeddb') forgetLesser();
      else forgetDatabase();
    }
    this.#mirror();
    if (draft.isCorrupt) this.listener.warned('storage_corrupt');
    draft.errors.forEach(this.listener.refused);
    this.listener.changed(draft.isChanged, draft.isReset);
    if (draft.isReset) this.#renew(draft.book.cart);
    else if (draft.isFull) this.look();
  }

  /** What this page was about is forgotten; what it was told since is not. @param {string} cart that comes next */
  #renew(cart) {
    if (this.isOver) return;
    const left = this.#waiting.filter(({ isKept }) => !isKept);
    this.listener.renewed(
      cart,
      left.map(({ command }) => ({ key: this.#newKey(), cart: '', events: [], calls: [command] })),
    );
  }

  /** @param {Book | undefined} book */
  #isOther = (book) => !!this.#began && !!book?.began && book.began !== this.#began;

  /** Sorts by time, and by the order inside this page. */
  #newKey() {
    this.#parcels += 1;
    return `${PARCEL}${Date.now() * 1000 + this.#parcels}.${newReplica()}`;
  }

  /** Keeps at hand what the loader of the next page needs at once. */
  #mirror() {
    const { cart, base, link, orders } = this.book;
    if (read(CART) !== cart) write(CART, cart);
    const told = JSON.stringify(orders);
    if (told && read(ORDERS) !== told) write(ORDERS, told);
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
    if (this.isOver) return;
    const draft = new Draft(this, this.book, this.entries);
    draft.names = () => this.#ownNames(draft.book);
    /** @type {Command[]} */
    const calls = [];
    // What the loader has kept, the next page finds.
    let isReset = false;
    this.#waiting = this.#waiting.filter(({ command, hold, isKept }) => {
      isReset ||= command.t === 'reset';
      if (isKept) return true;
      // What comes after a reset is said of the cart that the next page begins.
      if (isReset || draft.mustWait(command)) calls.push(command);
      else this.#writeInto(draft, command, hold);
      return false;
    });
    for (const [page, took] of this.#ended.set(this.#page, ms)) draft.release(page, took);
    this.#ended.delete(this.#page);
    const unsure = this.#uncommitted;
    // A fork that is not stored has not been sent either: the next page makes it anew.
    const stored = unsure.some(({ e }) => e.t === 'fork') ? [] : unsure;
    const events = new Map([...stored, ...draft.put].map(({ e }) => [e.id, e]));
    this.#show(draft);
    if (!events.size && !calls.length) return;
    const key = this.#newKey();
    // Of a cart that a reset has begun nobody knows yet whether it will be stored: the next page may begin another.
    const cart = this.#isOther(draft.book) ? '' : draft.book.cart;
    const parcel = { key, cart, events: [...events.values()], calls };
    if (!write(key, JSON.stringify(parcel))) this.#unkept.push(parcel);
    // What is in the parcel keeps its name.
    if (stored === unsure) this.#uncommitted = [];
  }
}

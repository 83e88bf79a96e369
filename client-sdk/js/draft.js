// One change of the journal in the making: what was found in the store, and what is to be written.
import { ON_KNOWN_LINES } from './command.js';
import { passAbsent } from './engine.js';
import { keptParcels, read, sight } from './local.js';
import { newReplica, newSecret } from './random.js';
import { isOnLines } from './records.js';

/**
 * @typedef {import('./command.js').Command} Command
 * @typedef {import('./records.js').Event} Event
 * @typedef {import('./journal.js').Journal} Journal
 * @typedef {import('./loader.js').Parcel} Parcel
 * @typedef {import('./storage.js').Book} Book
 * @typedef {import('./storage.js').Entry} Entry
 */

/** Idle events that are kept of a visitor who has no cart. */
const MOST_IDLE = 20;
/** Names of parcels, tokens and acknowledged events that are remembered. */
const MOST_REMEMBERED = 40;

/** With so many events that are not acknowledged, those that say nothing any more are left out. */
const MOST_ENTRIES = 400;
/** Gaps that may come of it in a name's numbers. */
const MOST_GAPS = 200;

/** Adds that an event may name. */
const MOST_DOTS = 500;

/** Events that end what the cart holds. */
export const ENDS = ['order', 'clear'];

/** Events after which an arrival by link is certainly a person's. */
const BY_A_PERSON = ['order', 'identify'];

/**
 * @param {Book} book
 * @param {import('./loader.js').Boot} boot
 */
export const isColdIn = (book, boot) => !!boot.known && !book.base && book.cart === boot.cart;

export class Draft {
  /** @type {Entry[]} */
  put = [];
  /** @type {Entry[]} */
  drop = [];
  /** @type {string[]} */
  errors = [];
  /** Keys of the parcels that are in the journal now. */
  /** @type {string[]} */
  parcels = [];
  isChanged = false;
  /** Whether something that was stored could not be read. */
  isCorrupt = false;
  isReset = false;

  /**
   * @param {Journal} journal
   * @param {Book | undefined} book
   * @param {Entry[]} entries
   */
  constructor(journal, book, entries) {
    this.engine = journal.engine;
    this.boot = journal.boot;
    /** @type {Book} */
    this.book = book ? { ...book } : Draft.blank(journal.boot.cart);
    this.entries = entries.slice();
    /** @type {() => { replica: string, counter: number }} */
    this.names = () => journal.names(this.book);
    try {
      this.look();
    } catch (error) {
      passAbsent(error);
      // A base that cannot be read is one that the edge has to tell again.
      this.isCorrupt = true;
      Object.assign(this.book, { base: '', seq: 0 });
    }
  }

  /**
   * Of what a store has; whatever has become of it there, this browser goes on.
   * @param {Journal} journal
   * @param {any} book
   * @param {any[]} entries
   */
  static of(journal, book, entries) {
    const readable = entries.filter((entry) => entry?.cart && entry.e?.id && entry.e.t);
    const isBook =
      book?.cart &&
      book.replica &&
      book.counter &&
      [book.forked, book.taken, book.recent].every(Array.isArray);
    const draft = new Draft(journal, isBook ? book : undefined, readable);
    draft.drop.push(...entries.filter((entry) => entry?.n && !readable.includes(entry)));
    draft.isCorrupt ||= (!!book && !isBook) || readable.length < entries.length;
    return draft;
  }

  /**
   * @param {string} cart
   * @returns {Book}
   */
  static blank(cart) {
    const replica = newReplica();
    const blank = { base: '', seq: 0, forked: [], taken: [], recent: [] };
    return { cart, replica, counter: 1, ...blank, began: Date.now() };
  }

  /**
   * Whether an event says nothing about a cart.
   * @param {{ t: string }} event
   */
  static isIdle({ t }) {
    return t === 'view' || t === 'exit';
  }

  /** The cart's unacknowledged events. */
  get pending() {
    return this.entries.filter(({ cart }) => cart === this.book.cart).map(({ e }) => e);
  }

  /** Whether the edge may know a cart that this browser has lost. */
  get isCold() {
    return isColdIn(this.book, this.boot);
  }

  /**
   * What is said of lines that cannot be seen yet has to wait until the edge has told of them.
   * @param {Command} command
   */
  mustWait({ t }) {
    return this.isCold && ON_KNOWN_LINES.includes(t);
  }

  /** What the shopper sees. */
  look() {
    return this.engine.look(this.book.base, this.pending);
  }

  /**
   * Writes a command as events of the cart.
   * @param {Command} command
   * @param {string} [hold]
   */
  write(command, hold) {
    const { book, pending } = this;
    const isFull = pending.length >= MOST_IDLE && pending.every(Draft.isIdle);
    if (Draft.isIdle(command) && !book.base && isFull) return;
    if (!this.#isNewOrder(command)) return;
    const names = this.names();
    const id = `${names.replica}-${names.counter}`;
    try {
      const events = isOnLines(command)
        ? this.engine.write(book.base, pending, command, id)
        : [{ id }];
      names.counter += events.length;
      const { at, order } = command;
      // The module writes what an event says of lines; everything else of it is here.
      const rest = isOnLines(command) ? { at } : command;
      for (const event of events) {
        const e = /** @type {Event} */ ({ ...rest, ...event });
        if (e.t === 'order') e.order = order;
        // What this page cannot show, an earlier one has seen.
        if (this.isCold && ENDS.includes(e.t)) {
          e.dots = [...new Set([...e.dots, ...(sight()?.d || [])])].slice(0, MOST_DOTS);
        }
        this.#add(e, hold);
      }
    } catch (error) {
      passAbsent(error);
      this.errors.push(/** @type {Error} */ (error).message);
    }
  }

  /**
   * Whether it is no order that was told before: a page that confirms one may be loaded again.
   * @param {{ t: string } & Record<string, any>} told
   */
  #isNewOrder({ t, order }) {
    const { book } = this;
    if (t !== 'order' || !order) return true;
    if (book.orders?.includes(order)) return false;
    book.orders = [...(book.orders || []), order].slice(-9);
    return true;
  }

  /**
   * @param {Event} e
   * @param {string} [hold]
   */
  #add(e, hold) {
    const { cart } = this.book;
    this.#put(hold ? { cart, e, hold } : { cart, e });
    this.#heed(e);
  }

  /** Remembers what follows from an event beside the lines. @param {Event} e */
  #heed(e) {
    const { book } = this;
    if (BY_A_PERSON.includes(e.t)) book.link = undefined;
    // For what is shown: who is known is not asked who they are.
    if (e.t === 'identify') book.isNamed = true;
    if (e.stage || ENDS.includes(e.t)) book.stage = e.stage;
  }

  /** @param {Entry} entry */
  #put(entry) {
    this.isChanged = true;
    this.put.push(entry);
    const at = this.entries.findIndex(({ e }) => e.id === entry.e.id);
    if (at < 0) this.entries.push(entry);
    else this.entries[at] = entry;
  }

  /** @param {Entry[]} entries */
  remove(entries) {
    this.isChanged ||= entries.length > 0;
    this.drop.push(...entries);
    const isLeft = (/** @type {Entry} */ entry) => !entries.includes(entry);
    this.entries = this.entries.filter(isLeft);
    // What was written in this very draft has no place in the store yet.
    this.put = this.put.filter(isLeft);
  }

  /**
   * Finishes the events that a page holds.
   * @param {string} page
   * @param {number} ms
   */
  release(page, ms) {
    for (const { hold, ...entry } of this.entries.filter(({ hold }) => hold === page)) {
      this.#put({ ...entry, e: { ...entry.e, ms } });
    }
  }

  /**
   * Takes in what pages could not write before they closed.
   * @param {Parcel[]} unkept parcels that exist only in this page's memory
   * @param {(parcel: Parcel) => boolean} isOurs whose turn comes with the page's other calls
   * @param {(command: Command) => void} write
   */
  takeIn(unkept, isOurs, write) {
    // What needs the rules is taken in when they are there: until then the page that has left it may still send it by itself.
    const isWanted = (/** @type {Parcel} */ parcel) => {
      const { events, calls } = parcel;
      const { isThere, load } = this.engine;
      if (isOurs(parcel)) return false;
      if (isThere || [...events, ...calls].every(Draft.isIdle)) return true;
      load();
      return false;
    };
    const { book } = this;
    const others = [...unkept, ...(book.parcels || [])];
    // What is in localStorage says more: a closing page writes down there what it has sent of it.
    const parcels = [...keptParcels(isWanted), ...others.filter(isWanted)];
    // A transaction that died with its page had taken these numbers; nobody may take them again, whenever they are taken in.
    for (const { id } of parcels.flatMap(({ events }) => events)) {
      const [replica, counter] = id.split('-');
      if (replica === book.replica) book.counter = Math.max(book.counter, Number(counter) + 1);
    }
    for (const { key, cart, events, calls } of parcels) {
      if (this.isFull) break;
      if (calls.some((command) => this.mustWait(command)) || !this.take(key)) continue;
      for (const e of events) this.#adopt(e, cart || this.book.cart);
      const told = calls.filter((command) => !this.#isForgotten(command));
      this.under(key, () => told.forEach(write));
    }
    if (book.parcels) {
      this.book.parcels = book.parcels.filter(({ key }) => !this.parcels.includes(key));
    }
  }

  /**
   * Whether a page still tells of the time before a reset; that something was bought counts all the same.
   * @param {{ t: string, at?: number }} told
   */
  #isForgotten({ t, at = 0 }) {
    const { isRenewed, began = 0 } = this.book;
    return isRenewed && at < began && t !== 'order';
  }

  /**
   * Writes what a parcel asks for. Where other tabs see late what this one has stored, two may write the same one: under a name that
   * follows from the parcel's it is the same event.
   * @param {string | undefined} key
   * @param {() => void} write
   */
  under(key, write) {
    const { names } = this;
    if (key && names() !== this.book) {
      const [stamp = '', replica = ''] = key.split('.').slice(-2);
      // Not the name that the page before us has used for what it sent by itself; and one call may be several events.
      const name = {
        replica: [...replica].reverse().join(''),
        counter: (Number(stamp) % 1000) * 8 + 1,
      };
      this.names = () => name;
    }
    write();
    this.names = names;
  }

  /** Whether the names of more parcels could not be remembered: they have their turn when these are out of the way. */
  get isFull() {
    return this.parcels.length >= MOST_REMEMBERED;
  }

  /**
   * Whether a call's parcel has been taken in: just now, or by a page that has had so many since that its name is forgotten.
   * @param {{ key?: string, isKept?: boolean }} parcel
   */
  isIn({ key = '', isKept }) {
    if (this.parcels.includes(key)) return true;
    return !!isKept && this.book.taken.length >= MOST_REMEMBERED && read(key) === null;
  }

  /**
   * Whether a parcel's content has to be written now: once, however many tabs find it.
   * @param {string} key
   */
  take(key) {
    this.parcels.push(key);
    if (this.book.taken.includes(key)) return false;
    this.book.taken = [...this.book.taken, key].slice(-MOST_REMEMBERED);
    this.isChanged = true;
    return true;
  }

  /**
   * @param {Event} e
   * @param {string} cart
   */
  #adopt(e, cart) {
    const known = this.entries.find((entry) => entry.e.id === e.id);
    if ((known && !known.hold) || !this.#isNewOrder(e)) return;
    const { book } = this;
    if (this.#isForgotten(e)) return;
    // A page that came before this journal had a cart sent under another secret: it is the cart now.
    if (!book.isRenewed && !book.base && this.entries.every((entry) => Draft.isIdle(entry.e)))
      this.#moveTo(cart);
    this.#put(known ? { n: known.n, cart, e } : { cart, e });
    this.#heed(e);
  }

  /** @param {string} cart */
  #moveTo(cart) {
    if (cart === this.book.cart) return;
    this.book.cart = cart;
    for (const entry of this.entries.slice()) this.#put({ ...entry, cart });
  }

  /**
   * Goes on in a new cart that begins as a copy of this one.
   * @param {{ token?: string, dots: string[] }} parent the link, and what it copies
   * @param {{ variant: string, qty: number, options?: Record<string, string> }[]} lines that the link brings
   * @param {boolean} [isAlone] whether it begins with those alone
   */
  fork(parent, lines, isAlone) {
    const { book, pending } = this;
    const merged = !isAlone && lines.length > 0 && this.look().lines.length > 0;
    const replica = newReplica();
    const own = isAlone ? { base: '', pending: [] } : { base: book.base, pending };
    const adds = this.engine.copy(own.base, own.pending, lines, `${replica}-2`);
    this.book = {
      ...book,
      ...{ cart: newSecret(), replica, counter: adds.length + 2 },
      ...{ base: '', seq: 0, token: undefined, link: undefined },
    };
    const at = Date.now();
    const dots = parent.dots.slice(0, MOST_DOTS);
    this.#add({ id: `${replica}-1`, t: 'fork', at, ...parent, dots, merged });
    for (const add of adds) this.#add({ at, ...add });
  }

  /** A quantity that was set anew since says nothing: who is offline for long need not keep, and send, each step. */
  compact() {
    if (this.entries.length < MOST_ENTRIES) return;
    const seen = new Set();
    /** @type {Entry[]} */
    const old = [];
    let gaps = 0;
    let isGap = false;
    for (const entry of this.entries.slice().reverse()) {
      const { t, dot } = entry.e;
      const isOld = t === 'set' && gaps < MOST_GAPS && seen.has(dot);
      if (isOld) old.push(entry);
      if (isOld && !isGap) gaps += 1;
      isGap = isOld;
      if (t === 'set') seen.add(dot);
    }
    this.remove(old);
    if (old.length) this.rename();
  }

  /** The next events get a new name: the edge remembers gaps in a name's numbers, but only so many. */
  rename() {
    Object.assign(this.book, { replica: newReplica(), counter: 1 });
  }

  /**
   * Forgets everything, but that something was bought: reminders would go on, and a page that confirms it may be loaded again.
   * @param {number} at what happened earlier is forgotten
   */
  reset(at) {
    const isOrder = (/** @type {Entry} */ { e }) => e.t === 'order';
    this.remove(this.entries.filter((entry) => !isOrder(entry)));
    this.put = this.put.filter(isOrder);
    const { taken, orders } = this.book;
    this.book = { ...Draft.blank(newSecret()), taken, orders, began: at, isRenewed: true };
    this.isChanged = true;
    this.isReset = true;
  }
}

// Where the journal lives: IndexedDB; localStorage where that is missing; the page's memory where all is refused.
// Each store runs a change as one transaction that the other tabs cannot come between.
import { alone } from './alone.js';
import { parsed, remove } from './local.js';

/** @typedef {import('./records.js').Event} Event */

/**
 * What is kept beside the events.
 * @typedef {object} Book
 * @property {string} cart the secret of the cart in use
 * @property {string} replica
 * @property {number} counter of the next event
 * @property {string} base as the wasm module writes it
 * @property {number} seq that the base stands at
 * @property {string} [token] the latest intent token
 * @property {string} [link] a link's token, as long as no person has touched what it brought
 * @property {{ cart: string, dots: string[] }[]} forked carts that have been copied, and what of them
 * @property {string[]} taken parcels that are in the journal
 * @property {{ id: string, t: string }[]} recent what was acknowledged last
 * @property {import('./adapters/lines.js').Lines} [platform] the shop's own cart when an adapter last looked
 * @property {Todo} [todo] what a link brought and the shop's own cart has not
 * @property {import('./loader.js').Parcel[]} [parcels] what waits for the rules
 * @property {string[]} [orders] names of the latest ones
 * @property {number} [heard] when the edge last told of this cart, epoch ms
 * @property {number} [began] epoch ms; another one than before: the browser has forgotten meanwhile
 * @property {boolean} [isRenewed] whether it began because the browser has forgotten
 * @property {Previous} [previous] the cart before two met
 * @property {boolean} [isNamed] the shopper has said who they are
 * @property {string} [stage] how far the checkout has come
 */

/**
 * @typedef {object} Previous
 * @property {string} cart
 * @property {string} base
 * @property {number} seq
 * @property {string} [token]
 * @property {{ cart: string, dots: string[] }[]} forked
 * @property {boolean} [isNamed]
 * @property {string} [stage]
 * @property {Entry[]} entries that were not acknowledged
 * @property {string} from the link's cart
 * @property {'merge' | 'replace' | 'keep'} way
 * @property {string} into the cart that came in its place
 * @property {import('./records.js').Line[]} lines of that, when it came
 * @property {import('./records.js').Line[]} [added] what of them had not been here
 * @property {number} at epoch ms
 */

/**
 * A line that a link brings, and the adds behind it.
 * @typedef {{ variant: string, qty: number, options?: Record<string, string>, dots: string[] }} Copied
 */

/**
 * @typedef {object} Todo
 * @property {string} token
 * @property {{ variant: string, qty: number, options?: Record<string, string> }[]} lines
 * @property {string} [coupon]
 * @property {import('./index.d.ts').Line[]} [out] how much of lines has to be taken out of the shop's own cart
 */

/**
 * An event that is not acknowledged.
 * @typedef {object} Entry
 * @property {number} [n] its place, given by the store
 * @property {string} cart whose event it is
 * @property {Event} e
 * @property {string} [hold] the page that has not finished it
 */

/**
 * What a change makes of what it found; entries without `n` are new.
 * @typedef {{ book: Book | undefined, put: Entry[], drop: Entry[] }} Outcome no book: nothing is known any more
 * @typedef {(book: Book | undefined, entries: Entry[]) => Outcome} Change
 */

/**
 * @typedef {object} Store
 * @property {'indexeddb' | 'localstorage' | 'memory'} kind
 * @property {(change: Change) => Promise<unknown>} change resolves when it is durable
 */

const BASE = 'homing.base';
const ENTRY = 'homing.e.';

/** An open request may hang for ever (a WebKit bug; a tab that blocks an upgrade). */
const OPEN_MS = 2_000;

/** @returns {Promise<IDBDatabase>} */
const database = () =>
  new Promise((resolve, reject) => {
    const request = indexedDB.open('homing', 1);
    request.onupgradeneeded = () => {
      request.result.createObjectStore('base');
      request.result.createObjectStore('events', { keyPath: 'n', autoIncrement: true });
    };
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
    setTimeout(reject, OPEN_MS, new Error('indexeddb_timeout'));
  });

/**
 * @param {IDBDatabase} db
 * @returns {Store}
 */
const indexedDbStore = (db) => ({
  kind: 'indexeddb',
  change: (change) =>
    new Promise((resolve, reject) => {
      const transaction = db.transaction(['base', 'events'], 'readwrite');
      const [base, events] = [transaction.objectStore('base'), transaction.objectStore('events')];
      const book = base.get(0);
      const entries = events.getAll();
      entries.onsuccess = () => {
        try {
          const outcome = change(book.result, entries.result);
          base.put(outcome.book, 0);
          for (const entry of outcome.put) events.put(entry);
          for (const { n } of outcome.drop) if (n) events.delete(n);
        } catch (error) {
          reject(error);
          transaction.abort();
        }
      };
      transaction.oncomplete = resolve;
      transaction.onabort = () => reject(transaction.error);
    }),
});

/**
 * One key an event, so that two tabs that write at once lose nothing even where there are no locks.
 * @param {Pick<Storage, 'getItem' | 'setItem' | 'removeItem'> & Record<string, any>} storage
 * @param {'localstorage' | 'memory'} kind
 * @returns {Store}
 */
const keyedStore = (storage, kind) => ({
  kind,
  change: (change) =>
    alone('homing', () => {
      /** @param {Entry} entry */
      const keyOf = ({ n, e }) => `${ENTRY}${n}.${e.id}`;
      /** @type {Entry[]} */
      const entries = Object.keys(storage)
        .filter((key) => key.startsWith(ENTRY))
        // What cannot be read is not worth the rest.
        .map((key) => parsed(storage.getItem(key)))
        .filter((entry) => entry?.n)
        .sort((a, b) => a.n - b.n);
      let last = entries.length ? (entries[entries.length - 1]?.n ?? 0) : 0;
      const outcome = change(parsed(storage.getItem(BASE)), entries);
      for (const entry of outcome.put) {
        last += 1;
        entry.n = entry.n ?? last;
        storage.setItem(keyOf(entry), JSON.stringify(entry));
      }
      if (outcome.book) storage.setItem(BASE, JSON.stringify(outcome.book));
      for (const entry of outcome.drop) storage.removeItem(keyOf(entry));
    }),
});

/** A stand-in with the shape of `localStorage`. */
function memory() {
  const storage = Object.create({
    /** @param {string} key */
    getItem: (key) => storage[key] ?? null,
    /**
     * @param {string} key
     * @param {string} value
     */
    setItem: (key, value) => {
      storage[key] = value;
    },
    /** @param {string} key */
    removeItem: (key) => delete storage[key],
  });
  return storage;
}

/**
 * The best store that can be had instead of one that fails.
 * @param {Store['kind']} [failing]
 */
export function lesserStore(failing) {
  try {
    // There may be room for a word and none for a cart.
    if (failing === 'localstorage') throw failing;
    localStorage.setItem(`${BASE}?`, '');
    localStorage.removeItem(`${BASE}?`);
    return keyedStore(localStorage, 'localstorage');
  } catch {
    return keyedStore(memory(), 'memory');
  }
}

/** What the journal has in localStorage. */
function lesserKeys() {
  try {
    return Object.keys(localStorage).filter((key) => key === BASE || key.startsWith(ENTRY));
  } catch {
    // Refused storage holds nothing.
    return [];
  }
}

/** Forgets what the journal has in IndexedDB. */
export function forgetDatabase() {
  try {
    indexedDB.deleteDatabase('homing');
  } catch {
    // Where it is refused there is none.
  }
}

/** Forgets what the journal has in localStorage. */
export const forgetLesser = () => lesserKeys().forEach(remove);

/**
 * What a page wrote while IndexedDB could not be had goes on in there.
 * @param {Store} store
 */
async function bringHome(store) {
  if (!lesserKeys().length) return;
  const lesser = lesserStore();
  if (lesser.kind === 'memory') return;
  /** @type {{ book?: Book, entries: Entry[] }} */
  const left = { entries: [] };
  await lesser.change((book, entries) => {
    Object.assign(left, { book, entries });
    return { book, put: [], drop: [] };
  });
  await store.change((book, entries) => ({
    book: book ?? left.book,
    put: left.entries
      .filter(({ e }) => !entries.some((known) => known.e.id === e.id))
      .map(({ n, ...entry }) => entry),
    drop: [],
  }));
  forgetLesser();
}

/** @returns {Promise<Store>} */
export async function openStore() {
  try {
    const db = await database();
    db.onversionchange = () => db.close();
    const store = indexedDbStore(db);
    // What cannot be brought now may be another time.
    await bringHome(store).catch(() => {});
    return store;
  } catch {
    return lesserStore();
  }
}

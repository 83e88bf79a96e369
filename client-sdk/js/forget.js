// Takes everything out of the browser that any page of Homing has kept. Only loaded when consent is withdrawn.
import { again } from './again.js';
import { DENIED, forget, keptParcels, remove, sight } from './local.js';
import { post } from './problem.js';
import { newReplica } from './random.js';
import { forgetDatabase, forgetLesser, openStore } from './storage.js';
import { tabs } from './tabs.js';

/**
 * @typedef {import('./storage.js').Book} Book
 * @typedef {import('./storage.js').Entry} Entry
 * @typedef {{ book: Book, entries: Entry[] }} Left
 */

/** Tries to say what still has to be said, after the first. */
const MOST_TRIES = 5;

/** @param {{ t: string }} event */
const isOrder = ({ t }) => t === 'order';

/**
 * What the journal has in a store, which is empty from then on.
 * @param {() => boolean} isAnew
 * @returns {Promise<Left | undefined>}
 */
async function emptied(isAnew) {
  const store = await openStore();
  /** @type {Left | undefined} */
  let left;
  await store.change((book, entries) => {
    if (isAnew()) return { book, put: [], drop: [] };
    if (book) left = { book, entries };
    return { book: undefined, put: [], drop: entries };
  });
  return left;
}

/**
 * Orders that closed pages have left, as events.
 * @param {Book | undefined} book
 * @returns {Entry[]}
 */
function parcelled(book) {
  const cart = book?.cart;
  /** The journal has copies of some. @type {Map<string, import('./loader.js').Parcel>} */
  const all = new Map(
    [...(book?.parcels || []), ...keptParcels(() => true)].map((p) => [p.key, p]),
  );
  return [...all.values()].flatMap(({ cart: of, events, calls }) => [
    ...events.filter(isOrder).map((e) => ({ cart: of || cart || '', e: /** @type {any} */ (e) })),
    // What the cart held is known from what the last page saw of it.
    ...calls.filter(isOrder).map((call) => ({
      cart: cart || '',
      e: { ...call, id: `${newReplica()}-1`, dots: sight()?.d || [] },
    })),
  ]);
}

/**
 * That something was bought has to be known, or reminders would go on; it is said once more, from memory, as long as the page is
 * open.
 * @param {import('./loader.js').Config} config
 * @param {string} cart
 * @param {Entry['e'][]} events
 */
function tell({ endpoint, key }, cart, events) {
  const body = JSON.stringify({ v: 1, key, cart, seen: 0, sent_at: Date.now(), events });
  again(() => post(`${endpoint}/v1/collect`, body, true), MOST_TRIES).catch(() => {});
}

/**
 * @param {import('./loader.js').Config} config
 * @param {Left | undefined} ran what a runtime of this page had, which may have had no store at all
 * @param {() => boolean} isAnew whether another tab, which has forgotten what all of them share, has begun anew since
 */
export async function forgetAll(config, ran, isAnew) {
  const left = (await emptied(isAnew).catch(() => undefined)) || ran;
  if (isAnew()) return forget(Number.POSITIVE_INFINITY, true);
  const { book, entries = [] } = left || {};
  const orders = [...entries.filter(({ e }) => isOrder(e)), ...parcelled(book)];
  // Notifications end with their worker.
  navigator.serviceWorker
    ?.getRegistrations()
    .then((all) => {
      for (const one of all) if (one.scope.endsWith('/homing-push/')) one.unregister();
    })
    .catch(() => {});
  forgetDatabase();
  forgetLesser();
  forget();
  for (const { key } of keptParcels(() => true)) remove(key);
  // Tabs that share no store with this one hear of it as well.
  const channel = tabs(() => {});
  channel.tell(DENIED);
  channel.close();
  for (const cart of new Set(orders.map((one) => one.cart))) {
    if (cart) {
      const of = orders.filter((one) => one.cart === cart);
      tell(config, cart, [...new Map(of.map(({ e }) => [e.id, e])).values()]);
    }
  }
}

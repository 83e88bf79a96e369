// localStorage may be refused, full or missing: every access can throw. What is kept there helps;
// nothing depends on it.

/** The shopper's answer, one of these words and nothing else. Its name is not the others': it is no part of what is forgotten. */
export const CONSENT = 'homing-consent';
export const GRANTED = 'granted';
export const DENIED = 'denied';
/** A consent manager's no: it holds until the manager says something else, if only that there is nobody to be asked. */
export const DENIED_BY_MANAGER = 'denied-by-manager';

/** The cart's secret. */
export const CART = 'homing.cart';
/** Epoch and dots of the cart, for a page that closes before the runtime is there. */
export const SIGHT = 'homing.s';
/** Names of the latest orders, for a page that is told of one again before the runtime is there. */
export const ORDERS = 'homing.o';
/** Each key with this prefix is a parcel: what a closing page could not bring into the journal. */
export const PARCEL = 'homing.q.';

/** @param {string} key */
export function read(key) {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

/**
 * @param {string} key
 * @param {string} value
 * @returns {boolean} whether it is kept
 */
export function write(key, value) {
  try {
    localStorage.setItem(key, value);
    return true;
  } catch {
    return false;
  }
}

/** Whether the answer is a no, whoever has said it. */
export const isRefused = () => !!read(CONSENT)?.startsWith(DENIED);

/** @param {string} key */
export function remove(key) {
  try {
    localStorage.removeItem(key);
  } catch {
    // Nothing is kept where nothing may be kept.
  }
}

/**
 * Epoch and dots as last seen by any page of this browser; `q`: nothing may be sent before a
 * person has touched the page.
 * @returns {{ e: number, d: string[], q?: number } | undefined}
 */
export const sight = () => parsed(read(SIGHT));

/**
 * What a text says; nothing where it says nothing, whoever has written it.
 * @param {any} text null is one that says so
 */
export function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * The parcels of closed pages, oldest first. Commands among them are marked, so that a page that has left them only for fear of
 * being closed does not send them as well.
 * @param {(parcel: import('./loader.js').Parcel) => boolean} isWanted
 * @returns {import('./loader.js').Parcel[]}
 */
export function keptParcels(isWanted) {
  try {
    const keys = Object.keys(localStorage).filter((key) => key.startsWith(PARCEL));
    const parcels = keys
      .sort()
      .map((key) => ({ cart: '', events: [], calls: [], ...parsed(read(key)), key }));
    return parcels.filter((parcel) => {
      if (!isWanted(parcel)) return false;
      if (parcel.calls.length) write(parcel.key, JSON.stringify({ ...parcel, isTaken: true }));
      return true;
    });
  } catch {
    // Refused storage holds no parcels.
    return [];
  }
}

/**
 * Forgets what any page kept, but for what the journal's own store has at these keys, and for parcels with an order: whoever takes
 * them in leaves out what else they tell of the time before.
 * @param {number} [since] epoch ms: what pages have left from then on is no part of it
 * @param {boolean} [isTold] whether another tab has forgotten what tabs share: the rest each has for itself
 */
export function forget(since = Number.POSITIVE_INFINITY, isTold = false) {
  for (const name of /** @type {const} */ (['sessionStorage', 'localStorage'])) {
    if (isTold && name === 'localStorage') continue;
    try {
      const storage = window[name];
      for (const key of Object.keys(storage)) {
        const isOurs = /^homing\.(?!base|e\b)/.test(key);
        // A parcel's name begins with its time.
        const isLater = Number(key.split('.')[2]) >= since * 1000;
        if (isOurs && !isLater && !/"t":"order"/.test(storage[key])) storage.removeItem(key);
      }
    } catch {
      // Nothing is kept where nothing may be kept.
    }
  }
  if (history.state?.homing) history.replaceState({ ...history.state, homing: 0 }, '');
}

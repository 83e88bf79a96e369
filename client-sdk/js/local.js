// localStorage may be refused, full or missing: every access can throw. What is kept there helps;
// nothing depends on it.

/** The cart's secret. */
export const CART = 'homing.cart';
/** Epoch and dots of the cart, for a page that closes before the runtime is there. */
export const SIGHT = 'homing.s';
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
 * What a text says; undefined where it says nothing, whoever has written it.
 * @param {string | null} text
 */
export function parsed(text) {
  try {
    return JSON.parse(text || 'null') || undefined;
  } catch {
    return undefined;
  }
}

/**
 * The parcels of closed pages, oldest first. Commands among them are marked, so that a page that has left them only for fear of
 * being closed does not send them as well.
 * @returns {import('./loader.js').Parcel[]}
 */
export function keptParcels() {
  try {
    const keys = Object.keys(localStorage).filter((key) => key.startsWith(PARCEL));
    return keys.sort().map((key) => {
      const parcel = { cart: '', events: [], calls: [], ...parsed(read(key)), key };
      if (parcel.calls.length) write(key, JSON.stringify({ ...parcel, isTaken: true }));
      return parcel;
    });
  } catch {
    // Refused storage holds no parcels.
    return [];
  }
}

/** Forgets what any page kept, but for what the journal's own store has at these keys. */
export function forget() {
  for (const open of [() => localStorage, () => sessionStorage]) {
    try {
      const storage = open();
      const keys = Object.keys(storage).filter((key) => key.startsWith('homing.'));
      for (const key of keys) if (!/\.(base|e)\b/.test(key)) storage.removeItem(key);
    } catch {
      // Nothing is kept where nothing may be kept.
    }
  }
}

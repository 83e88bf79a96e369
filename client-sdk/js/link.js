// What an address says of a link.

const FRAGMENT = /[#&]homing=([\w-]{64})(?=&|$)/;
/** A token whose restore has not been answered, for a page that is reloaded meanwhile. */
const LINK = 'homing.link';

/** @param {string} [token] */
export function remember(token) {
  try {
    if (token) sessionStorage.setItem(LINK, token);
    else sessionStorage.removeItem(LINK);
  } catch {
    // The page itself remembers.
  }
}

/**
 * Takes a token out of the address bar, or what an earlier page left of one.
 * @param {boolean} [isNew] whether only the address counts
 */
export function takeToken(isNew) {
  const found = FRAGMENT.exec(location.hash);
  if (found?.[1]) {
    remember(found[1]);
    const hash = location.hash.replace(found[0], '').replace(/^&/, '#');
    history.replaceState(history.state, '', location.pathname + location.search + hash);
    return found[1];
  }
  if (isNew) return undefined;
  const state = history.state?.homing;
  if (state?.link) return String(state.link);
  try {
    return sessionStorage.getItem(LINK) || undefined;
  } catch {
    return undefined;
  }
}

/** How long a page has been in sight since a product was shown. */
export function dwell() {
  let total = 0;
  let since = document.visibilityState === 'visible' ? Date.now() : 0;
  const update = () => {
    if (since) total += Date.now() - since;
    since = document.visibilityState === 'visible' ? Date.now() : 0;
  };
  document.addEventListener('visibilitychange', update);
  return {
    /** Milliseconds so far. */
    get ms() {
      return total + (since ? Date.now() - since : 0);
    },
    stop: () => document.removeEventListener('visibilitychange', update),
  };
}

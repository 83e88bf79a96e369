/** How long a page has been in sight since a product was shown. */
export function dwell() {
  let total = 0;
  let since = document.visibilityState === 'visible' ? Date.now() : 0;
  // A clock that is set back takes nothing away.
  const sight = () => (since ? Math.max(0, Date.now() - since) : 0);
  const update = () => {
    total += sight();
    since = document.visibilityState === 'visible' ? Date.now() : 0;
  };
  document.addEventListener('visibilitychange', update);
  return {
    /** Milliseconds so far. */
    get ms() {
      return total + sight();
    },
    stop: () => document.removeEventListener('visibilitychange', update),
  };
}

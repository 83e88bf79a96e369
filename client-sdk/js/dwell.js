/**
 * How long a page has been in sight since a product was shown.
 * @param {import('./command.js').Command} view
 */
export function dwell(view) {
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
    view,
    /** Milliseconds that have been told, if any have. */
    /** @type {number | undefined} */
    told: undefined,
    /** Milliseconds so far. */
    get ms() {
      return total + sight();
    },
    stop: () => document.removeEventListener('visibilitychange', update),
  };
}

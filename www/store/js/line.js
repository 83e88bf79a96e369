// The line between this page and the edge, which a visitor can cut. Loaded as a classic script before
// the Homing snippet, so that the snippet's own requests go through it. Only /v1/* is cut: the shop's
// pages and pictures keep loading, as they would from a cache.
(() => {
  const MEMORY = 'demo.line';
  const fetchNow = window.fetch.bind(window);
  const beaconNow = navigator.sendBeacon.bind(navigator);

  /** Private windows and strict settings may refuse storage; the line then stays whole. */
  const remembered = () => {
    try {
      return sessionStorage.getItem(MEMORY) === 'cut';
    } catch {
      return false;
    }
  };
  let cut = remembered();

  /** @param {RequestInfo | URL} target */
  const isEdge = (target) => {
    const address = target instanceof Request ? target.url : String(target);
    return new URL(address, location.href).pathname.startsWith('/v1/');
  };

  window.fetch = (target, init) =>
    cut && isEdge(target)
      ? Promise.reject(new TypeError('Failed to fetch: the connection is cut'))
      : fetchNow(target, init);
  navigator.sendBeacon = (target, data) =>
    cut && isEdge(target) ? false : beaconNow(target, data);

  const onLine = Object.getOwnPropertyDescriptor(Navigator.prototype, 'onLine');
  Object.defineProperty(navigator, 'onLine', {
    configurable: true,
    get: () => !cut && (onLine?.get ? onLine.get.call(navigator) : true),
  });

  window.demoLine = {
    get cut() {
      return cut;
    },
    set(next) {
      cut = next;
      try {
        sessionStorage.setItem(MEMORY, cut ? 'cut' : 'whole');
      } catch {
        // Not remembered over a page change; the switch itself works.
      }
      window.dispatchEvent(new Event(cut ? 'offline' : 'online'));
    },
  };
})();

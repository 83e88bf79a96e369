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

  const STAGES = 'demo.stages';
  const MOST_STAGES = 40;

  /** @returns {[string, string][]} */
  const heardStages = () => {
    try {
      return JSON.parse(sessionStorage.getItem(STAGES) ?? '[]');
    } catch {
      return [];
    }
  };
  /** By the event's id. */
  const stages = new Map(heardStages());

  /** Hears which stage an event about the checkout names: the snippet's status says no more than that it is one. */
  const hear = (/** @type {unknown} */ body) => {
    if (typeof body !== 'string' || !body.includes('"checkout"')) return;
    try {
      for (const { id, t, stage } of JSON.parse(body).events) {
        if (t === 'checkout') stages.set(id, stage);
      }
      sessionStorage.setItem(STAGES, JSON.stringify([...stages].slice(-MOST_STAGES)));
    } catch {
      // The panel names the event without its stage.
    }
  };

  window.fetch = (target, init) => {
    if (isEdge(target)) hear(init?.body);
    return cut && isEdge(target)
      ? Promise.reject(new TypeError('Failed to fetch: the connection is cut'))
      : fetchNow(target, init);
  };
  navigator.sendBeacon = (target, data) => {
    if (isEdge(target)) hear(data);
    return cut && isEdge(target) ? false : beaconNow(target, data);
  };

  const onLine = Object.getOwnPropertyDescriptor(Navigator.prototype, 'onLine');
  Object.defineProperty(navigator, 'onLine', {
    configurable: true,
    get: () => !cut && (onLine?.get ? onLine.get.call(navigator) : true),
  });

  window.demoLine = {
    get cut() {
      return cut;
    },
    stageOf: (id) => stages.get(id),
    forget() {
      stages.clear();
      try {
        sessionStorage.removeItem(STAGES);
      } catch {
        // Then nothing was kept.
      }
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

// The ES module's face: the calls by name, for editors to complete. Nothing happens when it is imported, nor on a server.
import { start as load } from './loader.js';

/** @typedef {import('../npm/index.js').Options} Options */
/** @typedef {import('../npm/index.js').Sdk} Sdk */

/**
 * @param {Options} options
 * @param {import('./loader.js').Files} files
 * @returns {Sdk}
 */
export function begin({ wasm: _, ...config }, files) {
  /** @type {(...call: any[]) => void} */
  const homing = (...call) => /** @type {any} */ (globalThis).homing?.(...call);
  if (typeof window !== 'undefined') load(config, files);
  return {
    homing,
    on(name, listener) {
      // A function of its own, so that a listener may be given twice and each taken back once.
      const heard = (/** @type {any} */ value) => listener(value);
      homing('on', name, heard);
      return () => homing('off', name, heard);
    },
    cart: {
      add: (item) => homing('cart', 'add', item),
      set: (item) => homing('cart', 'set', item),
      remove: (item) => homing('cart', 'remove', item),
      clear: () => homing('cart', 'clear'),
    },
    view: (variant) => homing('track', 'view', { variant }),
    checkout: (stage) => homing('checkout', stage),
    quote: (isQuote = true) => homing('quote', isQuote),
    identify: (who) => homing('identify', who),
    order: (order) => homing('order', { order }),
    platform: (shop) => homing('platform', shop),
    flush: () => homing('flush'),
    consent: (isGranted) => homing('consent', isGranted),
    reset: () => homing('reset'),
  };
}

// What storefronts listen to.

/** @typedef {import('./index.d.ts').Events} Events */

/** Happenings that a late listener is told of: the state of things, not a moment. */
const REPLAYED = ['change', 'status', 'restored', 'placed', 'warning', 'push'];

export class Listeners {
  /** @type {Map<string, ((value: any) => void)[]>} */
  #listeners = new Map();
  /** @type {Map<string, { value: any, text: string }>} */
  #last = new Map();

  /** Nothing more is told to anybody. */
  end() {
    this.#listeners.clear();
  }

  /**
   * @param {string} name
   * @param {(value: any) => void} listener
   */
  on(name, listener) {
    this.#listeners.set(name, [...(this.#listeners.get(name) || []), listener]);
    const last = this.#last.get(name);
    if (last) this.#tell(listener, last.value);
  }

  /**
   * @param {string} name
   * @param {(value: any) => void} listener
   */
  off(name, listener) {
    const others = this.#listeners.get(name)?.filter((other) => other !== listener);
    this.#listeners.set(name, others || []);
  }

  /**
   * @template {keyof Events} Name
   * @param {Name} name
   * @param {Events[Name]} value
   * @param {unknown} [essence] nothing is said when it is what it was the last time
   * @returns {boolean} whether anybody has heard
   */
  emit(name, value, essence) {
    const text = JSON.stringify(essence) || '';
    if (essence && this.#last.get(name)?.text === text) return false;
    if (REPLAYED.includes(name)) this.#last.set(name, { value, text });
    const listeners = this.#listeners.get(name) || [];
    for (const listener of listeners) this.#tell(listener, value);
    return listeners.length > 0;
  }

  /**
   * @param {(value: any) => void} listener
   * @param {any} value
   */
  #tell(listener, value) {
    try {
      listener(value);
    } catch (error) {
      // The storefront's mistake must not stop the journal, and must not be hidden either.
      setTimeout(() => {
        throw error;
      });
    }
  }
}

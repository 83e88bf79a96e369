/** What takes its time. */

/** @returns {{ promise: Promise<void>, resolve: () => void }} */
function later() {
  let resolve = () => {};
  /** @type {Promise<void>} */
  const promise = new Promise((done) => {
    resolve = done;
  });
  return { promise, resolve };
}

/** A page's requests for certain addresses, which wait until they are let go. */
export class Slow {
  #asked = later();
  #released = later();

  /** @param {RegExp} addresses */
  constructor(addresses) {
    this.addresses = addresses;
    /** Once there is such a request. */
    this.asked = this.#asked.promise;
    this.release = this.#released.resolve;
  }

  /** @param {import('puppeteer-core').Page} page that is not loaded yet */
  async hold(page) {
    await page.setRequestInterception(true);
    page.on('request', (request) => {
      // The page may be gone by then.
      const go = () => request.continue().catch(() => {});
      if (!this.addresses.test(request.url())) return go();
      this.#asked.resolve();
      return void this.#released.promise.then(go);
    });
  }
}

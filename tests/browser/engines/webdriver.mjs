/** The few commands of W3C WebDriver that a page needs: https://www.w3.org/TR/webdriver2/ */

/** The name under which WebDriver hands out elements. */
const ELEMENT = 'element-6066-11e4-a52e-4f735466cecf';

/**
 * @param {string} url
 * @param {string} method
 * @param {object} [body]
 * @returns {Promise<any>}
 */
async function ask(url, method, body) {
  const response = await fetch(url, { method, body: body && JSON.stringify(body) });
  const { value } = /** @type {any} */ (await response.json());
  if (response.ok) return value;
  throw new Error(`WebDriver: ${value.error}: ${value.message}`);
}

/** One browser. Its commands are about the window that was chosen last, so that they go one after the other. */
export class Session {
  /** @type {Promise<unknown>} */
  #tail = Promise.resolve();
  #window = '';

  /** @param {string} url */
  constructor(url) {
    this.url = url;
  }

  /**
   * @param {string} driver its address
   * @param {object} capabilities
   */
  static async open(driver, capabilities) {
    const { sessionId } = await ask(`${driver}/session`, 'POST', {
      capabilities: { alwaysMatch: capabilities },
    });
    return new Session(`${driver}/session/${sessionId}`);
  }

  /** @param {string} method @param {string} path @param {object} [body] @returns {Promise<any>} */
  command(method, path, body) {
    return ask(this.url + path, method, body);
  }

  /**
   * Does something in a window that nothing else comes between.
   * @template T
   * @param {string} handle
   * @param {() => Promise<T>} work
   * @returns {Promise<T>}
   */
  within(handle, work) {
    const next = this.#tail.then(async () => {
      if (handle !== this.#window) await this.command('POST', '/window', { handle });
      this.#window = handle;
      return work();
    });
    this.#tail = next.catch(() => {
      // Whichever window the driver is at now is chosen anew.
      this.#window = '';
    });
    return next;
  }

  /** @returns {Promise<string>} a new tab's handle */
  async newTab() {
    const [first] = await this.command('GET', '/window/handles');
    return this.within(first, async () => {
      const { handle } = await this.command('POST', '/window/new', { type: 'tab' });
      return handle;
    });
  }

  /** Clicks as a person does. @param {string} handle @param {string} selector */
  click(handle, selector) {
    return this.within(handle, async () => {
      const using = { using: 'css selector', value: selector };
      const element = await this.command('POST', '/element', using);
      await this.command('POST', `/element/${element[ELEMENT]}/click`, {});
    });
  }
}

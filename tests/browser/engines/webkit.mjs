/** WebKitGTK, driven by WebDriver on a display that nobody sees. Each visitor is a browser of their own, with storage that ends with it. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { claimPorts } from '../../../scripts/ports.mjs';
import { startProgram } from '../../../scripts/processes.mjs';
import { webkitPaths } from '../../../scripts/webkit.mjs';
import { until } from '../../fixtures/until.mjs';
import { Session } from './webdriver.mjs';

/** @typedef {import('../../../scripts/processes.mjs').Program} Program */

const programs = () => {
  const paths = webkitPaths();
  if (!paths) throw new Error('WebKitGTK is not installed: `npm run setup` says what is missing');
  return paths;
};

/** The part of a puppeteer page that the tests use. */
class Page {
  /** @param {Visitor} visitor @param {string} handle */
  constructor(visitor, handle) {
    this.visitor = visitor;
    this.session = visitor.session;
    this.handle = handle;
  }

  /** @param {string} method @param {string} path @param {object} [body] */
  #run(method, path, body) {
    return this.session.within(this.handle, () => this.session.command(method, path, body));
  }

  /** @param {string} url */
  goto(url) {
    return this.#run('POST', '/url', { url });
  }

  reload() {
    return this.#run('POST', '/refresh', {});
  }

  goBack() {
    return this.#run('POST', '/back', {});
  }

  /** @returns {Promise<string>} */
  address() {
    return this.#run('GET', '/url');
  }

  /**
   * @param {(...args: any[]) => unknown} work
   * @param {...unknown} args
   */
  async evaluate(work, ...args) {
    const script = `return (${work}).apply(null, arguments)`;
    const value = await this.#run('POST', '/execute/sync', { script, args });
    return value ?? undefined;
  }

  /** @param {string} selector */
  click(selector) {
    return this.session.click(this.handle, selector);
  }

  /** @param {boolean} isOffline */
  async setOfflineMode(isOffline) {
    this.visitor.cut(isOffline);
    await this.evaluate((off) => {
      Object.defineProperty(navigator, 'onLine', { value: !off, configurable: true });
      dispatchEvent(new Event(off ? 'offline' : 'online'));
    }, isOffline);
  }

  async close() {
    await this.#run('DELETE', '/window');
  }
}

/** Somebody with a browser of their own. */
class Visitor {
  /**
   * @param {Program} program
   * @param {Session} session
   * @param {(isCut: boolean) => void} cut
   */
  constructor(program, session, cut) {
    this.program = program;
    this.session = session;
    this.cut = cut;
  }

  async newPage() {
    return new Page(this, await this.session.newTab());
  }

  async close() {
    await this.session.command('DELETE', '').catch(() => {});
    await this.program.stop();
  }
}

class Browser {
  /** @type {Visitor[]} */
  #visitors = [];

  /**
   * @param {Program} display
   * @param {string} name of the display
   * @param {string} folder
   * @param {(isCut: boolean) => void} cut
   */
  constructor(display, name, folder, cut) {
    this.display = display;
    this.name = name;
    this.folder = folder;
    this.cut = cut;
  }

  async createBrowserContext() {
    const { driver, browser } = programs();
    const port = await claimPorts(0);
    const program = startProgram(driver, [`--port=${port}`], {
      log: join(this.folder, 'driver.log'),
      env: {
        DISPLAY: this.name,
        // What it keeps all the same is nobody's.
        HOME: this.folder,
        XDG_RUNTIME_DIR: this.folder,
        // There is no graphics card to draw with.
        WEBKIT_DISABLE_COMPOSITING_MODE: '1',
      },
    });
    const url = `http://127.0.0.1:${port}`;
    const answers = () =>
      fetch(`${url}/status`).then(
        () => true,
        () => false,
      );
    await until('WebKitWebDriver', answers, { every: 30 });
    const session = await Session.open(url, {
      'webkitgtk:browserOptions': { binary: browser, args: ['--automation'] },
    });
    const visitor = new Visitor(program, session, this.cut);
    this.#visitors.push(visitor);
    return visitor;
  }

  async newPage() {
    return (await this.createBrowserContext()).newPage();
  }

  async version() {
    const session = await this.createBrowserContext();
    const page = await session.newPage();
    const agent = await page.evaluate(() => navigator.userAgent);
    await session.close();
    return `${agent}`;
  }

  async close() {
    await Promise.all(this.#visitors.map((visitor) => visitor.close()));
    await this.display.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** @type {import('./engine.mjs').Engine} */
export const webkit = {
  name: 'WebKit',
  namesItsOrigin: false,
  losesBeacons: false,
  keepsProfiles: false,
  async launch({ cut = () => {} } = {}) {
    const folder = mkdtempSync(join(tmpdir(), 'homing-webkit-'));
    const log = join(folder, 'display.log');
    const args = ['-displayfd', '1', '-screen', '0', '1280x900x24', '-nolisten', 'tcp'];
    const display = startProgram(programs().display, args, { log });
    const number = await until('Xvfb', () => /^(\d+)$/m.exec(readFileSync(log, 'utf8'))?.[1], {
      every: 30,
    });
    return /** @type {any} */ (new Browser(display, `:${number}`, folder, cut));
  },
};

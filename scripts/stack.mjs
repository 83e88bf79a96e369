/** A whole Homing on this machine: worker, mail catcher and demo shop, for `npm start` and for tests. */
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { putAssociations } from './app-links.mjs';
import { layOutAssets } from './assets.mjs';
import { Cron } from './cron.mjs';
import { DEMO_SHOP, demoConfiguration, putShop } from './demo-shop.mjs';
import { edgeLogTail, startEdge } from './edge-process.mjs';
import { parseMasterKeys, publishableKey, secretKey } from './keys.mjs';
import { mailCatcherHealth, readMail, startMailCatcher } from './mail-catcher.mjs';
import { claimPorts } from './ports.mjs';
import { untilAnswers } from './readiness.mjs';
import { secretsOf, writeEnvFile } from './secrets.mjs';
import { disownState, ownState, refuseIfRunning } from './state-owner.mjs';

/** The platform's cron runs every five minutes; a demo that lasts one needs it more often. */
const CRON_MS = 10_000;

const HOST = 'http://127.0.0.1';

/**
 * @typedef {object} StackOptions
 * @property {number} [port] the worker's; inbox and SMTP take the next two; 0: any that are free
 * @property {string} stateDir kept: starting again with it goes on where the last one ended
 * @property {'worker' | 'worker-test'} [variant] worker-test has the routes that only tests may call
 * @property {boolean | object} [demo] the demo shop: false for none, an object to change its configuration
 * @property {Record<string, string>} [env] further variables for the worker
 * @property {boolean} [inbox] whether there is a mail catcher; without one `env` says what `SMTP_URL` is
 * @property {boolean | string} [sendEmail] gives the worker the platform's email service, as `EMAIL`; it writes into files here. A path:
 *   the configuration of a worker that stands in for it
 * @property {import('./edge-process.mjs').Batch} [batch] how many deliveries are handed over together; else as `wrangler.toml` says
 * @property {Record<string, number>} [limits] other rate limits than wrangler.toml's, by binding
 * @property {string} [apps] where the list of the shop's own apps stands
 * @property {number} [cronMs] time between runs of the sweep; 0: never
 */

/** A running deployment. */
export class Stack {
  #edge;
  #launchEdge;
  /** @type {import('./processes.mjs').Program | undefined} */
  #mail;
  #cron;

  /** @param {StackOptions & { port: number }} options with ports that are free */
  constructor({
    stateDir,
    port,
    variant = 'worker',
    env = {},
    inbox = true,
    sendEmail = false,
    batch,
    limits,
    apps,
    cronMs = CRON_MS,
  }) {
    const secrets = secretsOf(stateDir);
    const master = parseMasterKeys(secrets.HOMING_MASTER_KEYS);
    this.stateDir = stateDir;
    this.url = `${HOST}:${port}`;
    this.mailUrl = `${HOST}:${port + 1}`;
    this.smtpPort = port + 2;
    this.keys = {
      shop: DEMO_SHOP,
      admin: secrets.HOMING_ADMIN_KEY,
      publishable: publishableKey(master, DEMO_SHOP),
      secret: secretKey(master, DEMO_SHOP),
      master,
    };
    const assets = join(stateDir, 'assets');
    layOutAssets(assets, { HOMING_KEY: this.keys.publishable, INBOX_URL: this.mailUrl });
    if (apps) putAssociations(assets, apps);
    const envFile = join(stateDir, 'worker.env');
    writeEnvFile(envFile, {
      ...secrets,
      PUBLIC_URL: this.url,
      SMTP_URL: `smtp://127.0.0.1:${this.smtpPort}`,
      OPEN_HOSTS: '127.0.0.1,localhost',
      ...env,
    });
    if (inbox) {
      this.#mail = startMailCatcher({ stateDir, webPort: port + 1, smtpPort: this.smtpPort });
    }
    const parts = { stateDir, variant, port, assets, envFile, sendEmail, batch, limits };
    this.#launchEdge = () => startEdge(parts);
    this.#edge = this.#launchEdge();
    this.#cron = new Cron(this.url, cronMs);
  }

  /** Why it will never get ready. @returns {string | undefined} */
  #broken() {
    if (this.#edge.hasEnded()) {
      return `The worker ended while starting. Its log:\n${edgeLogTail(this.stateDir)}`;
    }
    if (this.#mail?.hasEnded()) {
      return `The mail catcher ended while starting; see ${this.stateDir}/logs/mail.log`;
    }
    return undefined;
  }

  /** @param {string} address */
  #until(address) {
    return untilAnswers(address, () => this.#broken());
  }

  /** Resolves when all parts are up. @param {() => Promise<void>} [configure] runs before /readyz is asked */
  async ready(configure) {
    await this.#until(`${this.url}/healthz`);
    if (this.#mail) await this.#until(mailCatcherHealth(this.mailUrl));
    await configure?.();
    await this.#until(`${this.url}/readyz`);
    this.#cron.start();
  }

  /** Puts the demo shop. @param {object} changes to its configuration */
  async putDemoShop(changes) {
    const configuration = { ...demoConfiguration(this.url), ...changes };
    const answer = await putShop(this.url, this.keys.admin, { configuration });
    if (
      answer.publishable_key !== this.keys.publishable ||
      answer.secret_key !== this.keys.secret
    ) {
      throw new Error('the worker derives other keys than scripts/keys.mjs');
    }
  }

  /** Every mail so far, oldest first. */
  readMail() {
    return readMail(this.mailUrl);
  }

  /** Runs the sweep once, now. */
  runCron() {
    return this.#cron.run();
  }

  /** Kills workerd and wrangler without a warning; the mail catcher stays. */
  async kill9() {
    this.#cron.stop();
    await this.#edge.kill9();
  }

  /** Starts the worker again after kill9, with the same state and address. */
  async restart() {
    this.#edge = this.#launchEdge();
    await this.ready();
  }

  /** Resolves when the worker has ended by itself. */
  ended() {
    return this.#edge.ended;
  }

  async stop() {
    this.#cron.stop();
    await Promise.all([this.#edge.stop(), this.#mail?.stop()]);
    disownState(this.stateDir);
  }
}

/**
 * Starts everything and returns when it is ready.
 * @param {StackOptions} options
 */
export async function startStack(options) {
  const { stateDir, demo = true } = options;
  refuseIfRunning(stateDir);
  const port = await claimPorts(options.port ?? 0);
  // Logs are of one run: a person who reads them looks for what just went wrong.
  rmSync(join(stateDir, 'logs'), { recursive: true, force: true });
  mkdirSync(join(stateDir, 'logs'), { recursive: true, mode: 0o700 });
  ownState(stateDir);
  const stack = new Stack({ ...options, port });
  try {
    await stack.ready(async () => {
      if (demo) await stack.putDemoShop(demo === true ? {} : demo);
    });
    return stack;
  } catch (error) {
    await stack.stop();
    throw error;
  }
}

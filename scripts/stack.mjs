/** A whole Homing on this machine: worker, mail catcher and demo shop, for `npm start` and for tests. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { layOutAssets } from './assets.mjs';
import { DEMO_SHOP, demoConfiguration, putShop } from './demo-shop.mjs';
import { edgeLogTail, startEdge } from './edge-process.mjs';
import { parseMasterKeys, publishableKey, secretKey } from './keys.mjs';
import { mailCatcherIsUp, readMail, startMailCatcher } from './mail-catcher.mjs';
import { claimPorts } from './ports.mjs';
import { secretsOf, writeEnvFile } from './secrets.mjs';
import { disownState, ownState, runningWith } from './state-owner.mjs';
import { UserError } from './user-error.mjs';

/** workerd starts in seconds, on a busy machine in some ten. */
const START_TIMEOUT_MS = 90_000;

/** The platform's cron runs every five minutes; a demo that lasts one needs it more often. */
const CRON_MS = 10_000;

/**
 * @typedef {object} StackOptions
 * @property {number} [port] the worker's; inbox and SMTP take the next two; 0: any that are free
 * @property {string} stateDir kept: starting again with it goes on where the last one ended
 * @property {'worker' | 'worker-test'} [variant] worker-test has the routes that only tests may call
 * @property {boolean | object} [demo] the demo shop: false for none, an object to change its configuration
 * @property {Record<string, string>} [env] further variables for the worker
 * @property {number} [cronMs] time between runs of the sweep; 0: never
 */

/** @typedef {Awaited<ReturnType<typeof startStack>>} Stack */

/**
 * Starts everything and returns when it is ready.
 * @param {StackOptions} options
 */
export async function startStack(options) {
  const { stateDir, variant = 'worker', demo = true, env = {}, cronMs = CRON_MS } = options;
  const other = runningWith(stateDir);
  if (other) {
    throw new UserError(
      `Homing already runs with the state in ${stateDir} (process ${other}). Stop that one first.`,
    );
  }
  const port = await claimPorts(options.port ?? 0);
  mkdirSync(join(stateDir, 'logs'), { recursive: true, mode: 0o700 });
  ownState(stateDir);

  const secrets = secretsOf(stateDir);
  const master = parseMasterKeys(secrets.HOMING_MASTER_KEYS);
  const url = `http://127.0.0.1:${port}`;
  const smtpPort = port + 2;
  const keys = {
    shop: DEMO_SHOP,
    admin: secrets.HOMING_ADMIN_KEY,
    publishable: publishableKey(master, DEMO_SHOP),
    secret: secretKey(master, DEMO_SHOP),
    master,
  };

  const assets = join(stateDir, 'assets');
  layOutAssets(assets, { HOMING_KEY: keys.publishable, INBOX_URL: `http://127.0.0.1:${port + 1}` });
  const envFile = join(stateDir, 'worker.env');
  writeEnvFile(envFile, {
    ...secrets,
    PUBLIC_URL: url,
    SMTP_URL: `smtp://127.0.0.1:${smtpPort}`,
    ...env,
  });

  const mail = startMailCatcher({ stateDir, webPort: port + 1, smtpPort });
  const launchEdge = () => startEdge({ stateDir, variant, port, assets, envFile });
  let edge = launchEdge();

  /** @param {() => Promise<boolean>} isUp @param {string} what */
  const waitFor = async (isUp, what) => {
    const deadline = Date.now() + START_TIMEOUT_MS;
    while (!(await isUp())) {
      if (edge.hasEnded() || Date.now() > deadline) {
        const why = edge.hasEnded() ? 'ended while starting' : 'did not get ready in time';
        throw new Error(`${what} ${why}. Its log ends with:\n${edgeLogTail(stateDir)}`);
      }
      if (mail.program.hasEnded()) {
        throw new Error(`the mail catcher ended while starting; see ${stateDir}/logs/mail.log`);
      }
      await sleep(100);
    }
  };
  /** @param {string} path @returns {Promise<boolean>} */
  const answers = (path) =>
    fetch(url + path, { signal: AbortSignal.timeout(5_000) }).then(
      (response) => response.ok,
      () => false,
    );
  const edgeIsUp = async () => {
    await waitFor(() => answers('/healthz'), 'the worker');
    await waitFor(() => mailCatcherIsUp(mail.url), 'the mail catcher');
    await waitFor(() => answers('/readyz'), 'the worker (/readyz)');
  };

  /** @type {NodeJS.Timeout | undefined} */
  let cron;
  const runCron = () =>
    fetch(`${url}/cdn-cgi/handler/scheduled?cron=${encodeURIComponent('*/5 * * * *')}`, {
      signal: AbortSignal.timeout(30_000),
    }).then(
      (response) => response.text(),
      // A worker that is being restarted misses one run, as it would on the platform.
      () => '',
    );
  const startCron = () => {
    if (cronMs > 0) cron = setInterval(runCron, cronMs);
  };

  const stop = async () => {
    clearInterval(cron);
    await Promise.all([edge.stop(), mail.program.stop()]);
    disownState(stateDir);
  };

  try {
    await waitFor(() => answers('/healthz'), 'the worker');
    if (demo) {
      const changes = demo === true ? {} : demo;
      const configuration = { ...demoConfiguration(url), ...changes };
      const answer = await putShop(url, keys.admin, { configuration });
      if (answer.publishable_key !== keys.publishable || answer.secret_key !== keys.secret) {
        throw new Error('the worker derives other keys than scripts/keys.mjs');
      }
    }
    await edgeIsUp();
    startCron();
  } catch (error) {
    await stop();
    throw error;
  }

  return {
    url,
    mailUrl: mail.url,
    smtpPort,
    stateDir,
    keys,
    /** Every mail so far, oldest first. */
    readMail: () => readMail(mail.url),
    /** Runs the sweep once, now. */
    runCron,
    /** Kills workerd and wrangler without a warning; the mail catcher stays. */
    kill9: async () => {
      clearInterval(cron);
      await edge.kill9();
    },
    /** Starts the worker again after kill9, with the same state and address. */
    restart: async () => {
      edge = launchEdge();
      await edgeIsUp();
      startCron();
    },
    /** Resolves when the worker has ended by itself. */
    ended: () => edge.ended,
    stop,
  };
}

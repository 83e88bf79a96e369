/** The worker under `wrangler dev`: real workerd, objects in SQLite on disk. */
import {
  closeSync,
  copyFileSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { WORKER_MODULES } from './build-worker.mjs';
import { buildDir, inRoot, projectNode } from './paths.mjs';
import { startProgram } from './processes.mjs';

/** How much of the log is shown when the worker does not start. */
const SHOWN_BYTES = 4_000;

/** Below the state: the worker's modules, and the one that wrangler begins with. */
const CODE = 'code';
const MAIN = 'local.js';

/**
 * The worker, which reads what was sent to the end: the server that wrangler puts before a worker loses its connection to one that
 * refuses a large request before that. The platform does not, and where wrangler bundles a worker it adds the same.
 */
const READS_ALL = `import worker from './entry.js';
export * from './entry.js';
export default {
  ...worker,
  async fetch(request, env, context) {
    try {
      return await worker.fetch(request, env, context);
    } finally {
      const { body } = request;
      if (body && !request.bodyUsed) await body.pipeTo(new WritableStream()).catch(() => {});
    }
  },
};
`;

/**
 * Copies a built worker beside the state of the stack that runs it: wrangler starts a worker anew when its files change, and a
 * build made meanwhile is not meant for a stack that runs.
 * @param {string} stateDir
 * @param {string} variant
 */
function ownCopy(stateDir, variant) {
  const dir = join(stateDir, CODE);
  rmSync(dir, { recursive: true, force: true });
  mkdirSync(dir, { recursive: true });
  for (const module of WORKER_MODULES) {
    copyFileSync(join(buildDir, variant, module), join(dir, module));
  }
  writeFileSync(join(dir, MAIN), READS_ALL);
}

/**
 * How wrangler takes the modules: as they were built. To bundle them once more it would keep a bundler that looks at every file again and
 * again for as long as the worker runs.
 */
const AS_BUILT = `
main = "${CODE}/${MAIN}"
no_bundle = true
find_additional_modules = true
base_dir = "${CODE}"
rules = [{ type = "ESModule", globs = ["**/*.js"] }]
`;

/** The platform's email service, which needs a domain that was set up for it and so is no part of every deployment. */
const SEND_EMAIL = '\n[[send_email]]\nname = "EMAIL"\n';

/** A worker that stands in for it, called in the same way. */
const EMAIL_WORKER =
  '\n[[services]]\nbinding = "EMAIL"\nservice = "email-service"\nentrypoint = "EmailService"\n';

/** How many deliveries are handed over together, and how long they wait for each other. */
const BATCH = /(queue = "homing-deliveries"\n)max_batch_size = \d+\nmax_batch_timeout = \d+/;

/** The configuration with other rate limits, by binding. @param {string} text @param {Record<string, number>} limits */
function withLimits(text, limits) {
  return Object.entries(limits).reduce((text, [name, limit]) => {
    const entry = new RegExp(`(name = "${name}"\\n.*\\nsimple = \\{ limit = )\\d+`);
    if (!entry.test(text)) throw new Error(`wrangler.toml has no limit ${name}`);
    return text.replace(entry, `$1${limit}`);
  }, text);
}

/**
 * The deployment's configuration for the worker beside the state.
 * @param {string} stateDir
 * @param {boolean | string} sendEmail
 * @param {Record<string, number>} limits
 * @param {Batch} [batch]
 * @returns {string} its path
 */
function ownConfiguration(stateDir, sendEmail, limits, batch) {
  const path = join(stateDir, 'wrangler.toml');
  const text = withLimits(readFileSync(inRoot('wrangler.toml'), 'utf8'), limits);
  const entry = /^main = .*$/m;
  if (!entry.test(text)) throw new Error('wrangler.toml names no entry point');
  if (!BATCH.test(text)) throw new Error('wrangler.toml has no queue for deliveries');
  const most = batch && `max_batch_size = ${batch.size}\nmax_batch_timeout = ${batch.seconds}`;
  const own = text
    .replace(entry, AS_BUILT.trim())
    .replace(BATCH, (all, queue) => (most ? queue + most : all));
  const email = typeof sendEmail === 'string' ? EMAIL_WORKER : SEND_EMAIL;
  writeFileSync(path, own + (sendEmail ? email : ''));
  return path;
}

/** @typedef {{ size: number, seconds: number }} Batch */

/**
 * @param {{ stateDir: string, variant: string, port: number, assets: string, envFile: string, sendEmail?: boolean | string,
 *   limits?: Record<string, number>, batch?: Batch }} options
 */
export function startEdge(options) {
  const { stateDir, variant, port, assets, envFile, batch } = options;
  const { sendEmail = false, limits = {} } = options;
  const log = join(stateDir, 'logs', 'worker.log');
  ownCopy(stateDir, variant);
  return startProgram(
    projectNode,
    [
      // What its command starts in a second process.
      ...['--no-warnings', inRoot('node_modules', 'wrangler', 'wrangler-dist', 'cli.js')],
      ...['dev', '--config', ownConfiguration(stateDir, sendEmail, limits, batch)],
      ...(typeof sendEmail === 'string' ? ['--config', sendEmail] : []),
      ...['--ip', '127.0.0.1', '--port', String(port), '--inspector-port', '0'],
      ...['--persist-to', join(stateDir, 'worker'), '--assets', assets, '--env-file', envFile],
      ...['--show-interactive-dev-session=false', '--log-level', 'warn'],
    ],
    {
      log,
      env: {
        // Nothing leaves this machine, and nothing is written outside the state.
        WRANGLER_SEND_METRICS: 'false',
        WRANGLER_SEND_ERROR_REPORTS: 'false',
        WRANGLER_HIDE_BANNER: 'true',
        WRANGLER_LOG_PATH: join(stateDir, 'logs', 'wrangler'),
        WRANGLER_REGISTRY_PATH: join(stateDir, 'registry'),
        CLOUDFLARE_CF_FETCH_ENABLED: 'false',
        CI: 'true',
        NO_COLOR: '1',
        FORCE_COLOR: '0',
      },
    },
  );
}

/**
 * The last lines of the worker's log.
 * @param {string} stateDir
 */
export function edgeLogTail(stateDir) {
  const path = join(stateDir, 'logs', 'worker.log');
  const { size } = statSync(path);
  const length = Math.min(size, SHOWN_BYTES);
  const buffer = Buffer.alloc(length);
  const file = openSync(path, 'r');
  readSync(file, buffer, 0, length, size - length);
  closeSync(file);
  return buffer.toString('utf8');
}

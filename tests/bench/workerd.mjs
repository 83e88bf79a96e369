/** A worker under `workerd serve`: the runtime itself, without the proxy that `wrangler dev` puts before it. */
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { inRoot, npmProgram } from '../../scripts/paths.mjs';
import { startProgram } from '../../scripts/processes.mjs';
import { BROKER, EXPERIMENTAL, queueBindings, queueServices } from './queues.mjs';

const START_TIMEOUT_MS = 30_000;

/** When the runtime closes an object that nobody calls, and a little. */
const IDLE_OBJECTS_MS = 11_000;

/** CPU time per second of a worker that does nothing. */
const QUIET_SECONDS = 0.03;

/** The day whose behaviour of the platform the deployed worker asks for. */
const COMPATIBILITY_DATE = /compatibility_date = "([\d-]+)"/.exec(
  readFileSync(inRoot('wrangler.toml'), 'utf8'),
)?.[1];

/** The classes of objects of the deployed worker, by binding. */
export const OBJECTS = Object.fromEntries(
  [
    ...readFileSync(inRoot('wrangler.toml'), 'utf8').matchAll(
      /durable_objects\.bindings\]\]\nname = "(\w+)"\nclass_name = "(\w+)"/g,
    ),
  ].map(([, binding = '', className = '']) => [binding, className]),
);

/**
 * @typedef {object} WorkerOptions
 * @property {string} name
 * @property {string} dir for its configuration, its log and its objects' files; emptied first
 * @property {string[]} modules paths of its modules, the entry point first
 * @property {Record<string, string>} [vars]
 * @property {Record<string, string>} [objects] its own classes of objects, by binding
 * @property {{ binding: string, address: string }} [kv] its KV namespace, and the address of the service behind it
 * @property {import('./queues.mjs').Queues} [queues] its queues
 * @property {boolean} [reachesLoopback] it may connect to this machine, where peers of a test listen
 */

/** @typedef {Awaited<ReturnType<typeof startWorkerd>>} Workerd */

/**
 * Starts a worker and waits until it accepts connections.
 * @param {WorkerOptions} options
 */
export async function startWorkerd(options) {
  const { name, dir, modules } = options;
  rmSync(dir, { recursive: true, force: true });
  mkdirSync(join(dir, 'objects'), { recursive: true });
  const broker = options.queues ? [BROKER] : [];
  for (const module of [...modules, ...broker]) copyFileSync(module, join(dir, basename(module)));
  const port = await freePort();
  writeFileSync(join(dir, 'config.capnp'), configuration(options, port), { mode: 0o600 });
  const log = join(dir, 'workerd.log');
  const flags = options.queues ? EXPERIMENTAL : [];
  const args = ['serve', join(dir, 'config.capnp'), ...flags];
  const program = startProgram(npmProgram('workerd'), args, { log });
  const url = `http://127.0.0.1:${port}`;
  const deadline = Date.now() + START_TIMEOUT_MS;
  while (!(await answers(url))) {
    if (program.hasEnded() || Date.now() > deadline) {
      await program.stop();
      throw new Error(`${name} did not start:\n${readFileSync(log, 'utf8').slice(-4_000)}`);
    }
    await sleep(50);
  }
  return {
    name,
    url,
    log,
    /** CPU time that its processes have used so far, s; undefined where the system does not say. */
    cpuSeconds: () => cpuSeconds(program.group),
    settle: () => settle(() => cpuSeconds(program.group)),
    stop: program.stop,
  };
}

/** @param {string} url */
const answers = (url) =>
  fetch(url, { redirect: 'manual' }).then(
    () => true,
    () => false,
  );

/** @returns {Promise<number>} */
function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      const port = address !== null && typeof address === 'object' ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}

/** Where the worker's own requests and sockets go. */
const LOOPBACK = '(name = "internet", network = (allow = ["public", "private"])),';

/**
 * Objects keep their SQLite files on disk, as they do in production.
 * @param {WorkerOptions} options
 * @param {number} port
 */
function configuration(options, port) {
  const { dir, modules, vars = {}, objects = {}, kv, queues, reachesLoopback } = options;
  const quote = JSON.stringify;
  const files = modules.map((path) => {
    const file = basename(path);
    const kind = file.endsWith('.wasm') ? 'wasm' : 'esModule';
    return `(name = ${quote(file)}, ${kind} = embed ${quote(file)})`;
  });
  const bindings = [
    ...Object.entries(vars).map(([key, text]) => `(name = ${quote(key)}, text = ${quote(text)})`),
    ...Object.entries(objects).map(
      ([key, className]) => `(name = ${quote(key)}, durableObjectNamespace = ${quote(className)})`,
    ),
  ];
  if (kv) bindings.push(`(name = ${quote(kv.binding)}, kvNamespace = "kv")`);
  if (queues) bindings.push(...queueBindings(queues));
  const namespaces = Object.values(objects).map(
    (className) =>
      `(className = ${quote(className)}, uniqueKey = ${quote(`bench-${className}`)}, enableSql = true)`,
  );
  const storage = namespaces.length > 0 ? 'durableObjectStorage = (localDisk = "objects"),' : '';
  return `using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (name = "main", worker = .main),
    ${kv ? `(name = "kv", external = (address = ${quote(kv.address)}, http = ())),` : ''}
    ${queues ? queueServices(queues, String(COMPATIBILITY_DATE)) : ''}
    ${reachesLoopback ? LOOPBACK : ''}
    (name = "objects", disk = (path = ${quote(join(dir, 'objects'))}, writable = true)),
  ],
  sockets = [(name = "http", address = "127.0.0.1:${port}", http = (), service = "main")],
);

const main :Workerd.Worker = (
  modules = [${files.join(', ')}],
  compatibilityDate = ${quote(COMPATIBILITY_DATE)},
  bindings = [${bindings.join(', ')}],
  durableObjectNamespaces = [${namespaces.join(', ')}],
  ${storage}
);
`;
}

/**
 * Waits until a worker has nothing left to do. Objects that nobody calls are closed after ten seconds, which takes time that
 * belongs to nobody's requests.
 * @param {() => number | undefined} cpu
 */
async function settle(cpu) {
  await sleep(IDLE_OBJECTS_MS);
  const deadline = Date.now() + START_TIMEOUT_MS;
  for (let before = cpu(); Date.now() < deadline; ) {
    await sleep(1_000);
    const now = cpu();
    if (before === undefined || now === undefined || now - before < QUIET_SECONDS) return;
    before = now;
  }
}

/** Linux counts CPU time in ticks of 10 ms for programs. */
const TICKS_PER_SECOND = 100;

/**
 * @param {number} group the guard, whose only child is the program
 * @returns {number | undefined}
 */
function cpuSeconds(group) {
  try {
    const children = readFileSync(`/proc/${group}/task/${group}/children`, 'utf8');
    const stat = readFileSync(`/proc/${Number.parseInt(children, 10)}/stat`, 'utf8');
    // The second field is the program's name, which may hold anything.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
  } catch {
    return undefined;
  }
}

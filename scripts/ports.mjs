/** The three neighbouring ports of a stack: worker, inbox page, SMTP. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isRunning } from './processes.mjs';
import { readIfThere } from './stamp.mjs';
import { UserError } from './user-error.mjs';

const HOST = '127.0.0.1';

/** What stands on the port, its port's distance to the first, in the order of the distance. */
const USES = ['the worker', 'the inbox page', 'SMTP'];

/** @param {number} port @returns {Promise<boolean>} */
function isFree(port) {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, HOST, () => server.close(() => resolve(true)));
  });
}

/** @param {number} first */
async function takenIn(first) {
  const free = await Promise.all(USES.map((_, index) => isFree(first + index)));
  const index = free.indexOf(false);
  return index < 0 ? undefined : { port: first + index, use: USES[index] };
}

/** Where the first of any three ports may be; those are never neighbours of three others. */
const LOWEST = 20_000;
const HIGHEST = 32_000;

/** Where it stands which ports somebody has claimed, who may not listen on them yet. */
const CLAIMS = join(tmpdir(), 'homing-ports');

/** @type {Set<string>} the claims of this process, which end with it */
const own = new Set();
process.once('exit', () => {
  for (const path of own) rmSync(path, { force: true });
});

/**
 * Claims ports for as long as this process runs, before others of Homing that look for some at the same time.
 * @param {number} first
 */
function claim(first) {
  mkdirSync(CLAIMS, { recursive: true });
  const path = join(CLAIMS, String(first));
  try {
    writeFileSync(path, String(process.pid), { flag: 'wx' });
    own.add(path);
    return true;
  } catch {
    // One that a killed process has left is free for whoever comes next.
    const owner = Number(readIfThere(path));
    if (owner > 0 && !isRunning(owner)) rmSync(path, { force: true });
    return false;
  }
}

/**
 * The first of three free ports: the one asked for, or with 0 any.
 * @param {number} port
 */
export async function claimPorts(port) {
  if (port !== 0) {
    const taken = await takenIn(port);
    if (!taken) return port;
    throw new UserError(
      `Port ${taken.port} (${taken.use}) is in use by another program, perhaps by a Homing that still runs.\nStop that one, or choose another port: PORT=${port + 100} npm start`,
    );
  }
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const threes = (HIGHEST - LOWEST) / USES.length;
    const first = LOWEST + USES.length * Math.floor(Math.random() * threes);
    if (claim(first) && !(await takenIn(first))) return first;
  }
  throw new UserError(
    `No three neighbouring free ports were found between ${LOWEST} and ${HIGHEST}.`,
  );
}

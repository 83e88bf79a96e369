/** The three neighbouring ports of a stack: worker, inbox page, SMTP. */
import { createServer } from 'node:net';
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
    const first = 20_000 + Math.floor(Math.random() * 12_000);
    if (!(await takenIn(first))) return first;
  }
  throw new UserError('No three neighbouring free ports were found between 20000 and 32000.');
}

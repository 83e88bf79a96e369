/**
 * The load generator, a process of its own: keeps a number of connections busy, one request at a time on each, and checks
 * every answer. Plain sockets, so that it costs the machine a fraction of what the server does.
 */
import { beaconScenario } from './beacons.mjs';
import { clickScenario } from './clicks.mjs';
import { Connection } from './connection.mjs';

/**
 * @typedef {object} Scenario
 * @property {() => Exchange} next
 */

/** @typedef {import('./connection.mjs').Exchange} Exchange */

/**
 * What the parent asks for.
 * @typedef {object} Run
 * @property {'clicks' | 'beacons'} scenario
 * @property {unknown} data
 * @property {number} port
 * @property {number} connections
 * @property {number} [seconds] one of the two says when to stop
 * @property {number} [requests]
 */

/** @typedef {{ requests: number, seconds: number }} Result */

/**
 * @param {Run} run
 * @param {Scenario} scenario
 * @returns {Promise<Result>}
 */
function drive({ port, connections, seconds = 0, requests = 0 }, scenario) {
  return new Promise((resolve, reject) => {
    const begin = performance.now();
    const deadline = seconds > 0 ? begin + seconds * 1_000 : Number.POSITIVE_INFINITY;
    let sent = 0;
    let answered = 0;
    let idle = 0;
    /** @type {Connection[]} */
    const open = [];
    const end = () => {
      for (const connection of open) connection.close();
    };
    /** @param {Connection} connection */
    const next = (connection) => {
      if (performance.now() < deadline && (requests === 0 || sent < requests)) {
        sent += 1;
        connection.send(scenario.next());
        return;
      }
      idle += 1;
      if (idle < open.length) return;
      const took = (performance.now() - begin) / 1_000;
      end();
      resolve({ requests: answered, seconds: took });
    };
    /** @param {unknown} error */
    const failed = (error) => {
      end();
      reject(error);
    };
    for (let n = 0; n < connections; n += 1) {
      const connection = new Connection(
        port,
        (ready) => {
          answered += 1;
          next(ready);
        },
        failed,
      );
      open.push(connection);
    }
    open.forEach(next);
  });
}

const SCENARIOS = { clicks: clickScenario, beacons: beaconScenario };

process.on('message', async (message) => {
  const run = /** @type {Run} */ (message);
  try {
    const scenario = SCENARIOS[run.scenario](/** @type {any} */ (run.data));
    process.send?.({ result: await drive(run, scenario) });
  } catch (error) {
    process.send?.({ error: error instanceof Error ? error.message : String(error) });
  }
});
// The parent is gone or has no more work.
process.once('disconnect', () => process.exit());

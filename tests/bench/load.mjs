/**
 * The load generator, a process of its own: keeps a number of connections busy, one request at a time on each, and checks
 * every answer. Plain sockets, so that it costs the machine a fraction of what the server does.
 */
import { connect } from 'node:net';
import { beaconScenario } from './beacons.mjs';
import { clickScenario } from './clicks.mjs';

/**
 * @typedef {object} Scenario
 * @property {() => Exchange} next
 */

/**
 * One request and what its answer has to be.
 * @typedef {object} Exchange
 * @property {string} request
 * @property {(status: number, head: string, body: string) => void} check throws when the answer is not right
 */

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

const HEAD_END = '\r\n\r\n';
const CONTENT_LENGTH = /\r\ncontent-length: (\d+)/i;

/** One connection, with one request in flight. */
class Connection {
  #socket;
  #received = '';
  #bodyStart = -1;
  #bodyEnd = -1;
  /** @type {Exchange | undefined} */
  #exchange;

  /**
   * @param {number} port
   * @param {(connection: Connection) => void} done
   * @param {(error: unknown) => void} failed
   */
  constructor(port, done, failed) {
    this.#socket = connect({ host: '127.0.0.1', port, noDelay: true });
    // One character a byte: lengths in the head count bytes.
    this.#socket.setEncoding('latin1');
    this.#socket.on('data', (text) => {
      try {
        if (this.#take(/** @type {string} */ (/** @type {unknown} */ (text)))) done(this);
      } catch (error) {
        failed(error);
      }
    });
    this.#socket.on('error', failed);
    this.#socket.on('end', () => failed(new Error('the server closed a connection')));
  }

  /** @param {Exchange} exchange */
  send(exchange) {
    this.#exchange = exchange;
    this.#received = '';
    this.#bodyStart = -1;
    this.#socket.write(exchange.request, 'latin1');
  }

  close() {
    this.#socket.removeAllListeners('end');
    this.#socket.destroy();
  }

  /**
   * Whether the answer is complete, and then right.
   * @param {string} text
   */
  #take(text) {
    this.#received += text;
    const received = this.#received;
    if (this.#bodyStart < 0) {
      const headEnd = received.indexOf(HEAD_END);
      if (headEnd < 0) return false;
      const length = CONTENT_LENGTH.exec(received);
      if (!length) throw new Error(`an answer without a length:\n${received}`);
      this.#bodyStart = headEnd + HEAD_END.length;
      this.#bodyEnd = this.#bodyStart + Number(length[1]);
    }
    if (received.length < this.#bodyEnd) return false;
    const status = Number(received.slice(9, 12));
    const head = received.slice(0, this.#bodyStart);
    this.#exchange?.check(status, head, received.slice(this.#bodyStart, this.#bodyEnd));
    return true;
  }
}

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

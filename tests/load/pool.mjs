/** Many browsers' connections: each carries one request at a time, and what finds none waits its turn. */
import { Connection } from '../bench/connection.mjs';

/** @typedef {{ status: number, body: string }} Answer */

/** The server closes a connection that has been idle for five seconds; one that is nearly as old is not worth the risk. */
const IDLE_MS = 3_000;

export class Pool {
  #port;
  #size;
  /** @type {{ connection: Connection, since: number }[]} */
  #idle = [];
  #open = 0;
  /** @type {((connection: Connection) => void)[]} */
  #waiting = [];
  /** What each busy connection's answer is for. @type {Map<Connection, (error: unknown) => void>} */
  #busy = new Map();

  /** @param {number} port @param {number} size most connections at once */
  constructor(port, size) {
    this.#port = port;
    this.#size = size;
  }

  /**
   * @param {string} request
   * @returns {Promise<Answer>}
   */
  ask(request) {
    return new Promise((resolve, reject) => {
      const send = (/** @type {Connection} */ connection) => {
        this.#busy.set(connection, reject);
        connection.send({
          request,
          check: (status, _head, body) => {
            this.#busy.delete(connection);
            resolve({ status, body });
          },
        });
      };
      const known = this.#fresh();
      if (known) send(known);
      else if (this.#open < this.#size) send(this.#connect());
      else this.#waiting.push(send);
    });
  }

  #fresh() {
    for (let one = this.#idle.pop(); one; one = this.#idle.pop()) {
      if (performance.now() - one.since < IDLE_MS) return one.connection;
      this.#drop(one.connection);
    }
    return undefined;
  }

  #connect() {
    this.#open += 1;
    /** @type {Connection} */
    const connection = new Connection(
      this.#port,
      (ready) => {
        const next = this.#waiting.shift();
        if (next) next(ready);
        else this.#idle.push({ connection: ready, since: performance.now() });
      },
      (error) => {
        const reject = this.#busy.get(connection);
        this.#busy.delete(connection);
        this.#idle = this.#idle.filter((one) => one.connection !== connection);
        this.#drop(connection);
        reject?.(error);
        const next = this.#waiting.shift();
        if (next) next(this.#connect());
      },
    );
    return connection;
  }

  /** @param {Connection} connection */
  #drop(connection) {
    this.#open -= 1;
    connection.close();
  }

  close() {
    for (const { connection } of this.#idle.splice(0)) this.#drop(connection);
    for (const connection of [...this.#busy.keys()]) this.#drop(connection);
    this.#busy.clear();
  }
}

/**
 * A request as a page of `origin` sends it. ASCII only.
 * @param {string} host
 * @param {string} origin
 * @param {string} path
 * @param {string} body
 */
export const pagePost = (host, origin, path, body) =>
  `POST ${path} HTTP/1.1\r\nhost: ${host}\r\norigin: ${origin}\r\ncontent-type: text/plain;charset=UTF-8\r\ncontent-length: ${body.length}\r\n\r\n${body}`;

/** A plain socket that speaks HTTP: it costs the machine a fraction of what the server does. */
import { connect } from 'node:net';

/**
 * One request and what its answer has to be.
 * @typedef {object} Exchange
 * @property {string} request
 * @property {(status: number, head: string, body: string) => void} check throws when the answer is not right
 */

const HEAD_END = '\r\n\r\n';
const CONTENT_LENGTH = /\r\ncontent-length: (\d+)/i;

/** One connection, with one request in flight. */
export class Connection {
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

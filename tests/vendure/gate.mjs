/** What stands between Vendure and Homing, and can keep a request or an answer to itself. */
import { createServer } from 'node:http';

/** @typedef {'request' | 'answer'} Held */

export class Gate {
  /** @type {{ what: Held, caught: () => void } | undefined} */
  #hold;
  #server = createServer((request, response) => {
    this.#pass(request, response).catch(() => response.destroy());
  });

  /** @param {string} to the worker's address */
  constructor(to) {
    this.to = to;
  }

  /** @param {string} to */
  static async start(to) {
    const gate = new Gate(to);
    await new Promise((resolve) => {
      gate.#server.listen(0, '127.0.0.1', () => resolve(undefined));
    });
    return gate;
  }

  get url() {
    const address = this.#server.address();
    return `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`;
  }

  /**
   * From here on baskets get no further: their requests, or the answers to them. Resolves when the first one is held.
   * @param {Held} what
   * @returns {Promise<void>}
   */
  hold(what) {
    return new Promise((resolve) => {
      this.#hold = { what, caught: resolve };
    });
  }

  open() {
    this.#hold = undefined;
  }

  /** @param {import('node:http').IncomingMessage} request @param {import('node:http').ServerResponse} response */
  async #pass(request, response) {
    const { method, url = '/', headers } = request;
    /** @type {Buffer[]} */
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const hold = url === '/v1/baskets' ? this.#hold : undefined;
    if (hold?.what === 'request') return hold.caught();
    const { host: _, connection: __, 'content-length': ___, ...passed } = headers;
    const answer = await fetch(this.to + url, {
      method,
      headers: /** @type {Record<string, string>} */ (passed),
      body: Buffer.concat(chunks),
    });
    const text = await answer.text();
    if (hold) return hold.caught();
    const wait = answer.headers.get('retry-after');
    response.writeHead(answer.status, {
      'content-type': 'application/json',
      ...(wait ? { 'retry-after': wait } : {}),
    });
    response.end(text);
  }

  async close() {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

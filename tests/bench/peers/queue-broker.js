// A queue in memory: batches, delayed retries, dead letters, several batches at once. Messages come by the protocol that the
// runtime's queue bindings speak; batches go out by the worker's own queue handler.
import { DurableObject } from 'cloudflare:workers';

/**
 * @typedef {object} Options
 * @property {string} name
 * @property {number} batch
 * @property {number} concurrency
 * @property {number} lingerMs how long a message may wait for others to fill its batch
 * @property {number} retries
 */

/** @typedef {{ id: string, timestamp: Date, body: unknown, attempts: number }} Message */

/**
 * @typedef {object} Env
 * @property {Options} OPTIONS
 * @property {any} CONSUMER
 * @property {any} QUEUE
 * @property {any} [DEAD_LETTERS]
 */

export class Queue extends DurableObject {
  /** @type {Message[]} */
  #waiting = [];
  #running = 0;
  #number = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #lingering;

  /** @param {any} context @param {Env} env */
  constructor(context, env) {
    super(context, env);
    this.queue = env;
  }

  /** @param {Request} request */
  async fetch(request) {
    const delay = Number(request.headers.get('x-msg-delay-secs') ?? 0);
    const format = request.headers.get('x-msg-fmt');
    const text = await request.text();
    this.#number += 1;
    const body = format === 'json' ? JSON.parse(text) : text;
    const message = { id: String(this.#number), timestamp: new Date(), body, attempts: 0 };
    this.#put(message, delay);
    return Response.json({ metadata: { metrics: { backlogCount: this.#waiting.length } } });
  }

  /** @param {Message} message @param {number} delay s */
  #put(message, delay) {
    if (delay > 0) {
      setTimeout(() => this.#put(message, 0), delay * 1_000);
      return;
    }
    this.#waiting.push(message);
    this.#pump(false);
  }

  /** @param {boolean} lingered whether a batch that is not full has waited for long enough */
  #pump(lingered) {
    const { batch, concurrency, lingerMs } = this.queue.OPTIONS;
    while (this.#running < concurrency && this.#waiting.length > 0) {
      if (this.#waiting.length < batch && !lingered) {
        this.#lingering ??= setTimeout(() => {
          this.#lingering = undefined;
          this.#pump(true);
        }, lingerMs);
        return;
      }
      this.#running += 1;
      this.#deliver(this.#waiting.splice(0, batch)).finally(() => {
        this.#running -= 1;
        this.#pump(lingered);
      });
    }
  }

  /** @param {Message[]} messages */
  async #deliver(messages) {
    const { name, retries } = this.queue.OPTIONS;
    for (const message of messages) message.attempts += 1;
    /** @type {any} */
    let result;
    try {
      result = await this.queue.CONSUMER.queue(name, messages);
    } catch {
      result = { outcome: 'exception' };
    }
    const all = result.outcome !== 'ok' || result.retryBatch?.retry;
    /** @type {Map<string, number | undefined>} */
    const again = new Map(
      (result.retryMessages ?? []).map((/** @type {any} */ one) => [one.msgId, one.delaySeconds]),
    );
    for (const message of messages) {
      if (!all && !again.has(message.id)) continue;
      if (message.attempts <= retries) this.#put(message, again.get(message.id) ?? 0);
      else await this.queue.DEAD_LETTERS?.send(message.body);
    }
  }
}

export default {
  /** @param {Request} request @param {Env} env */
  fetch(request, env) {
    return env.QUEUE.getByName('queue').fetch(request);
  },
};

/** Queues for a worker on the bare runtime: a broker in memory for each, which delivers as the platform does. */
import { inRoot } from '../../scripts/paths.mjs';

/**
 * @typedef {object} Queue
 * @property {string} binding by which the worker sends to it
 * @property {string} name
 * @property {number} batch most messages at once
 * @property {number} [concurrency] most batches under way; the platform adds consumers by itself, up to 250
 * @property {number} [lingerMs] how long a message may wait for others to fill its batch
 * @property {number} retries after which a message goes to the dead letters
 * @property {string} [deadLetters] another queue
 */

/** @typedef {Queue[]} Queues */

/** The broker's module. */
export const BROKER = inRoot('tests', 'bench', 'peers', 'queue-broker.js');

/** Handing a batch to another worker is behind this flag. */
export const EXPERIMENTAL = ['--experimental'];

const quote = JSON.stringify;

/** @param {string} name */
const serviceOf = (name) => `queue-${name}`;

/** @param {Queues} queues */
export const queueBindings = (queues) =>
  queues.map(
    ({ binding, name }) => `(name = ${quote(binding)}, queue = ${quote(serviceOf(name))})`,
  );

/**
 * One worker a queue.
 * @param {Queues} queues
 * @param {string} compatibilityDate
 */
export const queueServices = (queues, compatibilityDate) =>
  queues
    .map(({ name, batch, concurrency = 1, lingerMs = 1_000, retries, deadLetters }) => {
      const bindings = [
        `(name = "OPTIONS", json = ${quote(JSON.stringify({ name, batch, concurrency, lingerMs, retries }))})`,
        '(name = "CONSUMER", service = "main")',
        '(name = "QUEUE", durableObjectNamespace = "Queue")',
      ];
      if (deadLetters) {
        bindings.push(`(name = "DEAD_LETTERS", queue = ${quote(serviceOf(deadLetters))})`);
      }
      return `(name = ${quote(serviceOf(name))}, worker = (
      modules = [(name = "queue-broker.js", esModule = embed "queue-broker.js")],
      compatibilityDate = ${quote(compatibilityDate)},
      compatibilityFlags = ["service_binding_extra_handlers"],
      bindings = [${bindings.join(', ')}],
      durableObjectNamespaces = [(className = "Queue", uniqueKey = ${quote(serviceOf(name))}, preventEviction = true)],
      durableObjectStorage = (inMemory = void),
    )),`;
    })
    .join('\n    ');

// The cart's rules, in wasm. What they are asked and what they answer is text, and they keep nothing.
import { answerOf, commandText, eventsText, linesText, replyText } from './records.js';

/** @typedef {import('./records.js').Event} Event */

/** A name for calls that write nothing. */
const NOBODY = '0000000000000000-1';

/** Thrown where the rules are needed and have not been loaded: whoever catches it loads them and begins again. */
export const ABSENT = new Error('engine_absent');

/** What is thrown is passed on where the rules are only not there yet. @param {unknown} error */
export const passAbsent = (error) => {
  if (error === ABSENT) throw error;
};

/**
 * Most visitors have no cart, and the rules are half of the SDK: they are loaded when there is something to apply them to.
 * @param {() => Promise<import('./wasm.js').Call>} get does not reject
 * @param {() => void} loaded called once
 */
export function newEngine(get, loaded) {
  /** @type {import('./wasm.js').Call | undefined} */
  let rules;
  /** @type {Promise<void> | undefined} */
  let loading;
  /** @type {import('./wasm.js').Call} */
  const call = (...asked) => {
    if (!rules) throw ABSENT;
    return rules(...asked);
  };
  return {
    get isThere() {
      return !!rules;
    },
    load() {
      loading ??= get().then((found) => {
        rules = found;
        loaded();
      });
      return loading;
    },
    /**
     * What the shopper sees.
     * @param {string} base
     * @param {Event[]} pending
     * @returns {import('./records.js').View}
     */
    look(base, pending) {
      const events = eventsText(pending);
      // Where nothing has happened there are no rules to apply.
      if (!base && !events) return { epoch: 0, dots: [], lines: [] };
      return answerOf(call('apply', [base, events, '', NOBODY], 0)).view;
    },
    /**
     * The events of a command that is about lines.
     * @param {string} base
     * @param {Event[]} pending
     * @param {{ t: string }} command
     * @param {string} id of the first one
     */
    write: (base, pending, command, id) =>
      answerOf(call('apply', [base, eventsText(pending), commandText(command), id], Date.now()))
        .events,
    /**
     * The adds that begin a copy of the cart, with more lines.
     * @param {string} base
     * @param {Event[]} pending
     * @param {Parameters<typeof linesText>[0]} lines
     * @param {string} id
     */
    copy: (base, pending, lines, id) =>
      answerOf(call('fork', [base, eventsText(pending), linesText(lines), id], Date.now())).events,
    /**
     * The new base; empty when the answer builds on another one.
     * @param {string} base
     * @param {Parameters<typeof replyText>[0]} reply
     * @param {number} seen
     */
    settle: (base, reply, seen) => call('settle', [base, replyText(reply)], seen),
  };
}

/** @typedef {ReturnType<typeof newEngine>} Engine */

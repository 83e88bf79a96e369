// The cart's rules, in wasm. What it is asked and what it answers is text, and it keeps nothing.
import { answerOf, commandText, eventsText, linesText, replyText } from './records.js';
import { loadWasm } from './wasm.js';

/** @typedef {import('./records.js').Event} Event */

/** A name for calls that write nothing. */
const NOBODY = '0000000000000000-1';

/** @param {Promise<Response> | undefined} wasm */
export async function loadEngine(wasm) {
  const call = await loadWasm(wasm);
  return {
    /**
     * What the shopper sees.
     * @param {string} base
     * @param {Event[]} pending
     */
    look: (base, pending) =>
      answerOf(call('apply', [base, eventsText(pending), '', NOBODY], 0)).view,
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

/** @typedef {Awaited<ReturnType<typeof loadEngine>>} Engine */

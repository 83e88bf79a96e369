/** @typedef {import('./records.js').Event} Event */

/** Most events in one request. */
const MOST_EVENTS = 200;
/** Largest body: beacons and keepalive requests share 64 KiB. */
export const MOST_BYTES = 60 * 1024;

const encoder = new TextEncoder();

/**
 * The oldest events that fit into one request, and its body. One event that is too large by itself goes alone.
 * @param {object} head the body's other fields
 * @param {Event[]} events oldest first
 * @param {number} [most] bytes
 */
export function batch(head, events, most = MOST_BYTES) {
  const start = JSON.stringify({ ...head, events: [] }).slice(0, -2);
  let size = encoder.encode(start).length + 2;
  /** @type {string[]} */
  const texts = [];
  for (const event of events.slice(0, MOST_EVENTS)) {
    const text = JSON.stringify(event);
    size += encoder.encode(text).length + 1;
    if (size > most && texts.length) break;
    texts.push(text);
  }
  return { body: `${start}${texts.join(',')}]}`, events: events.slice(0, texts.length) };
}

// Which clients say that they are no browser of a person. The list is isbot's: it follows what crawlers and tools call themselves, and takes
// 3 KB.
import { isbot } from 'isbot';

/** As many names are remembered: to look one up takes a long expression. */
const REMEMBERED = 512;

/** @type {Map<string, boolean>} */
const known = new Map();

/**
 * @param {string | null} agent a `User-Agent`
 * @returns {boolean}
 */
export function isMachine(agent) {
  if (!agent) return false;
  let is = known.get(agent);
  if (is === undefined) {
    if (known.size >= REMEMBERED) known.clear();
    is = isbot(agent);
    known.set(agent, is);
  }
  return is;
}

// One name for all that a visit asks the edge, so that a support case can be followed.
import { newReplica } from './random.js';

const TRACE = 'homing.trace';

/**
 * The visit's trace id, as W3C Trace Context has them: 32 hexadecimal digits. Ends with the tab, or when the browser has to forget, and
 * is nobody's.
 * @param {import('./loader.js').Boot} boot
 */
export function traceOfVisit(boot) {
  if (boot.trace) return boot.trace;
  let trace = newReplica() + newReplica();
  try {
    trace = sessionStorage.getItem(TRACE) || trace;
    sessionStorage.setItem(TRACE, trace);
  } catch {
    // Without storage each page is a visit.
  }
  boot.trace = trace;
  return trace;
}

/**
 * What happens from here on belongs to the story of a cart that a link has brought back.
 * @param {import('./loader.js').Boot} boot
 * @param {string} trace
 */
export function follow(boot, trace) {
  boot.trace = trace;
  try {
    sessionStorage.setItem(TRACE, trace);
  } catch {
    // This page alone.
  }
}

// One name for all that a visit asks the edge, so that a support case can be followed.
import { newReplica } from './random.js';

const TRACE = 'homing.trace';

/** @type {string | undefined} */
let known;

/** The visit's trace id, as W3C Trace Context has them: 32 hexadecimal digits. Ends with the tab, and is nobody's. */
export function traceOfVisit() {
  if (known) return known;
  let trace = newReplica() + newReplica();
  try {
    trace = sessionStorage.getItem(TRACE) || trace;
    sessionStorage.setItem(TRACE, trace);
  } catch {
    // Without storage each page is a visit.
  }
  known = trace;
  return trace;
}

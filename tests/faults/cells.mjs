/** What the fault matrices have in common: faults, kills, and cells as they are shown and counted. */

export const FAULTS = /** @type {const} */ ([
  'none',
  '429',
  '500',
  'timeout',
  'reset',
  'drip',
  'malformed',
]);
export const KILLS = /** @type {const} */ (['no', 'before', 'during', 'after']);

/** @typedef {typeof FAULTS[number]} FaultName */
/** @typedef {typeof KILLS[number]} Kill */

/**
 * What is tried: these faults, with this kill, at all that there is to call, or those of which `only` says so.
 * @typedef {{ kill: Kill, faults: readonly FaultName[], only?: (name: string, fault: FaultName) => boolean }} Round
 */

/**
 * What became of one message, errand or event.
 * @typedef {object} Cell
 * @property {string} name of what was called
 * @property {FaultName} fault
 * @property {Kill} kill
 * @property {boolean} met whether the kill met this call where it should
 * @property {string} state
 * @property {number} calls that reached whom they were for
 * @property {number} accepted
 * @property {string[]} broken promises
 */

/** Every fault under every kill, at everything. @type {Round[]} */
export const ALL_ROUNDS = KILLS.map((kill) => ({ kill, faults: FAULTS }));

/** A fault as the stand-ins know it. @param {FaultName} name @returns {import('../fixtures/providers/peer.mjs').Fault[]} */
export function faultsOf(name) {
  if (name === 'none') return [];
  return name === '429' || name === '500' ? [Number(name)] : [name];
}

/** Cells whose kill met no call: nothing is known of them. @param {Cell[]} cells @returns {string[]} */
export function unmet(cells) {
  const nameOf = (/** @type {Cell} */ { name, fault, kill }) => `${name}, ${fault}, kill ${kill}`;
  const met = new Set(cells.filter(({ kill, met }) => kill === 'no' || met).map(nameOf));
  return [...new Set(cells.map(nameOf))].filter((name) => !met.has(name));
}

/** Cells that break a promise, in words. @param {Cell[]} cells @returns {string[]} */
export const brokenOf = (cells) =>
  cells
    .filter(({ broken }) => broken.length > 0)
    .map(
      ({ name, fault, kill, broken }) => `${name}, ${fault}, kill ${kill}: ${broken.join('; ')}`,
    );

/** How many different cells there are. @param {Cell[]} cells */
export const countOf = (cells) =>
  new Set(cells.map(({ name, fault, kill }) => `${name} ${fault} ${kill}`)).size;

const WIDTH = 18;

/** The matrix as lines of text: `state calls/accepted`. @param {Cell[]} cells */
export function table(cells) {
  const names = /** @type {Record<string, string>} */ ({ dead_lettered: 'failed' });
  const rows = new Map();
  for (const { name, kill, met, fault, state, calls, accepted, broken } of cells) {
    // What the kill did not meet is judged, but tells nothing of kills.
    if (kill !== 'no' && !met && broken.length === 0) continue;
    const key = `${name.padEnd(WIDTH)} ${kill.padEnd(7)}`;
    const mark = broken.length > 0 ? '✗' : ' ';
    const text = `${mark}${names[state] ?? state} ${calls}/${accepted}`;
    rows.set(key, { ...rows.get(key), [fault]: text });
  }
  const faults = FAULTS.filter((fault) => cells.some((cell) => cell.fault === fault));
  const head = `${'called'.padEnd(WIDTH)} ${'kill'.padEnd(7)} ${faults.map((fault) => ` ${fault}`.padEnd(14)).join('')}`;
  const lines = [...rows].map(
    ([key, row]) => `${key} ${faults.map((fault) => (row[fault] ?? '').padEnd(14)).join('')}`,
  );
  return [head, ...lines].join('\n');
}

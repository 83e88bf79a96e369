// The text between page and wasm module, as client-sdk/src/record.rs describes it: records of tab-separated fields.

/**
 * @typedef {{ id: string, t: string, at?: number, ms?: number } & Record<string, any>} Event
 * @typedef {{ variant: string, options: Record<string, string>, quantity: number }} Line
 * @typedef {{ epoch: number, dots: string[], lines: Line[] }} View
 */

/** Events that change lines; the others never reach the module. */
const ON_LINES = ['add', 'set', 'remove', 'clear', 'order'];

/** @param {{ t: string }} event */
export const isOnLines = ({ t }) => ON_LINES.includes(t);

/**
 * A tab or a line break inside a field becomes another control character, which the module refuses like those.
 * @param {unknown[]} fields
 */
const record = (...fields) =>
  fields.map((field) => String(field ?? '').replace(/[\t\n]/g, '\x01')).join('\t');

/** @param {{ variant?: unknown, qty?: unknown, options?: Record<string, string> | null }} line */
const lineFields = ({ variant, qty, options }) => [
  variant,
  qty ?? 0,
  ...Object.entries(options || {}).flat(),
];

/** @param {string[]} pairs */
function optionsOf(pairs) {
  /** @type {Record<string, string>} */
  const options = {};
  for (let at = 0; at < pairs.length; at += 2) options[pairs[at] || ''] = pairs[at + 1] || '';
  return options;
}

/** @param {{ t: string, variant?: unknown, qty?: unknown, options?: Record<string, string> }} command */
export const commandText = (command) =>
  command.variant == null ? command.t : record(command.t, ...lineFields(command));

/** @param {{ variant: string, qty: number, options?: Record<string, string> }[]} lines */
export const linesText = (lines) => lines.map((line) => record(...lineFields(line))).join('\n');

/**
 * The edge's answer, as the module reads it.
 * @param {{ seq: number, epoch: number, clock: string, full: boolean, dots: any[] }} reply
 */
export const replyText = ({ seq, epoch, clock, full, dots }) =>
  [
    record(seq, epoch, clock || 0, full ? 1 : 0),
    ...dots.map((dot) =>
      dot.gone
        ? record(dot.dot, dot.seq)
        : record(dot.dot, dot.seq, dot.clock, dot.by, ...lineFields(dot)),
    ),
  ].join('\n');

/** @param {Event} event */
function eventText({ id, t, epoch, clock, dot, dots, qty, ...line }) {
  if (t === 'add') return record(id, t, epoch, clock, ...lineFields({ ...line, qty }));
  if (t === 'set') return record(id, t, dot, clock, qty);
  return record(id, t, ...dots);
}

/** @param {Event[]} events oldest first */
export const eventsText = (events) => events.filter(isOnLines).map(eventText).join('\n');

/**
 * @param {string[]} fields
 * @returns {Event}
 */
function eventOf([id = '', t = '', ...rest]) {
  if (t === 'add') {
    const [epoch, clock, variant, qty, ...pairs] = rest;
    const event = { id, t, epoch: Number(epoch), clock, variant, qty: Number(qty) };
    return pairs.length ? { ...event, options: optionsOf(pairs) } : event;
  }
  if (t === 'set') return { id, t, dot: rest[0], clock: rest[1], qty: Number(rest[2]) };
  return { id, t, dots: rest };
}

/**
 * What the module answers; throws what it refuses.
 * @param {string} text
 */
export function answerOf(text) {
  /** @type {Event[]} */
  const events = [];
  /** @type {View} */
  const view = { epoch: 0, dots: [], lines: [] };
  for (const [kind, ...fields] of text.split('\n').map((line) => line.split('\t'))) {
    if (kind === 'x') throw new Error(fields[0]);
    if (kind === 'e') events.push(eventOf(fields));
    if (kind === 'v') {
      view.epoch = Number(fields[0]);
      view.dots = fields.slice(1);
    }
    if (kind === 'l') {
      const [variant = '', qty, ...pairs] = fields;
      view.lines.push({ variant, options: optionsOf(pairs), quantity: Number(qty) });
    }
  }
  return { events, view };
}

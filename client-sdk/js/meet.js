// Two carts meet: the one of this browser and the one behind a link. What comes of it can be taken back.

import { UNDONE } from './adapters/undone.js';

/** @typedef {import('./storage.js').Copied} Copied */
/** @typedef {'merge' | 'replace' | 'keep'} Way */

/** So long the cart before can be had back, ms: while the shopper still knows that there was one. */
const UNDO_MS = 3_600_000;

/** A cart that takes more than this to remember is not remembered twice; characters. */
const MOST_TEXT = 24_000;

/**
 * What a link brings that this browser has not had: what another link of the same cart has brought may have been taken out or changed
 * here since.
 * @param {import('./storage.js').Book} book
 * @param {any} reply
 * @returns {Copied[]}
 */
export function freshOf(book, reply) {
  if (reply.status !== 'ok') return [];
  const known = book.forked.find(({ cart }) => cart === reply.cart)?.dots || [];
  /** @type {Copied[]} */
  const lines = reply.lines;
  return lines.filter(({ dots }) => dots.some((dot) => !known.includes(dot)));
}

/** As the merge names lines. @param {{ variant: string, options?: Record<string, string> | null }} line */
const keyOf = ({ variant, options }) =>
  JSON.stringify([variant, Object.entries(options || {}).sort()]);

/** How much of a line there is. @param {import('./records.js').Line[]} lines @param {{ variant: string, options?: Record<string, string> | null }} line */
export const quantityIn = (lines, line) =>
  lines.find((one) => keyOf(one) === keyOf(line))?.quantity || 0;

/**
 * How much of lines there is beyond others.
 * @param {import('./records.js').Line[]} lines
 * @param {import('./records.js').Line[]} others
 */
export const beyond = (lines, others) =>
  lines
    .map((line) => ({ ...line, quantity: line.quantity - quantityIn(others, line) }))
    .filter(({ quantity }) => quantity > 0);

/**
 * Whether a way changes something for the shopper: both carts have something, and not the same.
 * @param {import('./records.js').Line[]} own
 * @param {Copied[]} fresh
 * @param {Copied[]} all that the link has
 * @param {Way} way
 */
export function isMeeting(own, fresh, all, way) {
  if (!own.length || !fresh.length) return false;
  const isMore = fresh.some((line) => quantityIn(own, line) < line.qty);
  const keys = all.map((line) => `${keyOf(line)}${line.qty}`);
  const isLess = own.some((line) => !keys.includes(`${keyOf(line)}${line.quantity}`));
  return isMore || (way === 'replace' && isLess);
}

/**
 * Remembers a cart that is about to give way, in the draft that it gives way in.
 * @param {import('./draft.js').Draft} draft as it was before
 * @param {string} from the link's cart
 * @param {Way} way
 * @returns {(added: import('./records.js').Line[]) => void} keeps it, once another one is in its place, which has so much more of lines
 */
export function remembered(draft, from, way) {
  const { cart, base, seq, token, forked, isNamed, stage } = draft.book;
  const entries = draft.entries
    .filter((entry) => entry.cart === cart)
    .map(({ n, ...entry }) => entry);
  return (added) => {
    const { lines } = draft.look();
    const met = { from, way, into: draft.book.cart, lines, added, at: Date.now() };
    const previous = { cart, base, seq, token, forked, isNamed, stage, entries, ...met };
    const isSmall = JSON.stringify(previous).length <= MOST_TEXT;
    draft.book.previous = isSmall ? previous : undefined;
  };
}

/**
 * The cart that can still be had back; none after an order, or after this browser's cart has become another one again.
 * @param {import('./storage.js').Book} book
 * @param {import('./records.js').View} view
 */
export function previousIn({ previous, cart }, { epoch }) {
  if (!previous || previous.into !== cart || epoch > 0) return undefined;
  return Math.abs(Date.now() - previous.at) < UNDO_MS ? previous : undefined;
}

/**
 * Exactly the cart before; what was put in since comes along.
 * @param {import('./journal.js').Journal} journal
 * @returns {Promise<boolean>} whether there was one
 */
export async function undo(journal) {
  let isDone = false;
  await journal.change((draft) => {
    const view = draft.look();
    const previous = previousIn(draft.book, view);
    if (!previous) return;
    isDone = true;
    const { from, way, into, lines, added, at, entries, ...before } = previous;
    if (draft.book.link) {
      // Nothing of it has left this browser.
      draft.remove(draft.entries.filter((entry) => entry.cart === into));
    } else {
      // The edge knows of it, or will: nobody may be reminded of what was taken back.
      draft.write({ t: 'clear', at: Date.now() });
    }
    draft.book = {
      ...draft.book,
      // Where a store leaves out what is not known.
      isNamed: undefined,
      stage: undefined,
      ...before,
      link: undefined,
      previous: undefined,
      heard: undefined,
    };
    // A page that has died may have taken the next numbers of its name.
    draft.rename();
    // What was acknowledged meanwhile is told once more; the edge knows each by its name, and answers with the cart as it is.
    const known = new Set(draft.entries.map(({ e }) => e.id));
    const again = entries.filter(({ e }) => !known.has(e.id));
    draft.put.push(...again);
    draft.entries.push(...again);
    draft.isChanged = true;
    for (const { variant, options, quantity: qty } of beyond(view.lines, lines)) {
      draft.write({ t: 'add', at: Date.now(), variant, options, qty });
    }
    if (!draft.boot.config.platform) return;
    // The shop's own cart is brought back as well.
    const back = draft.look().lines;
    const wanted = back.map(({ quantity: qty, ...line }) => ({ ...line, qty }));
    draft.book.todo = { token: from, lines: wanted, out: beyond(view.lines, back) };
  });
  if (isDone) {
    journal.boot.news = undefined;
    dispatchEvent(new Event(UNDONE));
  }
  return isDone;
}

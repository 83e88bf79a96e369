import { element } from './element.js';
import { icon } from './icon.js';

/** How many events the list shows; the count beside the heading names all of them. */
const SHOWN = 8;

/** @type {Record<string, string>} */
const names = {
  add: 'Added to cart',
  set: 'Quantity changed',
  remove: 'Removed from cart',
  clear: 'Cart cleared',
  order: 'Order placed',
  fork: 'Cart opened from a link',
  view: 'Looked at a product',
  exit: 'About to leave',
  checkout: 'Checkout step',
  identify: 'Who it is, and consent',
};

/** Whether the shopper has said no: as the snippet keeps it. */
export function isRefused() {
  try {
    return localStorage.getItem('homing-consent') === 'denied';
  } catch {
    return false;
  }
}

/** Whether a person has touched this page: by what the snippet counts as a touch. */
let touched = false;
for (const name of ['pointerdown', 'keydown', 'click', 'input']) {
  addEventListener(
    name,
    ({ isTrusted }) => {
      touched ||= isTrusted;
    },
    { capture: true },
  );
}

/**
 * Whether what a link has brought is kept back: a program that follows links touches nothing. A copy is also begun for somebody else's
 * address, by a hand that has touched the page.
 * @param {HomingStatus | null} status
 */
export const isHeld = (status) =>
  !demoLine.cut &&
  !touched &&
  (status?.online ?? false) &&
  (status?.journal ?? []).some(({ t, acked }) => t === 'fork' && !acked);

/** @param {HomingJournalEntry} entry */
function nameOf({ id, t }) {
  const stage = t === 'checkout' ? demoLine.stageOf(id) : undefined;
  return (names[t] ?? t) + (stage ? `: ${stage.replaceAll('_', ' ')}` : '');
}

/**
 * In the order in which it happened: an id is a journal's name and a counter, and what is acknowledged stands before what is not.
 * @param {HomingJournalEntry[]} entries
 */
function inOrder(entries) {
  const parts = entries.map((entry) => {
    const [journal = '', counter] = entry.id.split('-');
    return { entry, journal, counter: Number(counter) };
  });
  const journals = [...new Set(parts.map(({ journal }) => journal))];
  return parts
    .sort(
      (one, other) =>
        journals.indexOf(one.journal) - journals.indexOf(other.journal) ||
        one.counter - other.counter,
    )
    .map(({ entry }) => entry);
}

/** @param {string} id */
const shortId = (id) => (id.length > 14 ? `${id.slice(0, 4)}…${id.slice(-6)}` : id);

/**
 * A name and its value.
 * @param {string} name
 */
export function reading(name) {
  const value = element('dd', {}, '–');
  return {
    node: element('div', {}, element('dt', {}, name), value),
    /** @param {string} text  @param {string} [full] */
    show(text, full) {
      value.textContent = text;
      if (full) value.title = full;
    },
  };
}

/** The part of the panel about this browser: the line to the edge and the journal. */
export function browserPart() {
  const state = element('p', { class: 'line-state', role: 'status' });
  const button = element('button', {
    type: 'button',
    id: 'cut',
    class: 'panel-button',
    onclick: () => demoLine.set(!demoLine.cut),
  });
  const answer = element('button', {
    type: 'button',
    id: 'answer',
    class: 'panel-button',
    onclick: () => {
      homing('consent', isRefused());
      showAnswer();
    },
  });
  const showAnswer = () => {
    answer.textContent = isRefused() ? 'Let Homing keep my cart' : 'Forget me in this browser';
  };
  const waiting = element('span', { class: 'count' });
  const list = element('ul', { class: 'journal' });
  const more = element('p', { class: 'panel-quiet' });
  const acked = reading('Acknowledged up to');
  const epoch = reading('Epoch');

  return {
    nodes: [
      element('section', { class: 'panel-part panel-line' }, state, button),
      element('section', { class: 'panel-part panel-line' }, answer),
      element(
        'section',
        { class: 'panel-part' },
        element('h3', {}, 'In this browser', waiting),
        list,
        more,
        element('dl', { class: 'readings' }, acked.node, epoch.node),
      ),
    ],
    /** @param {HomingStatus | null} status */
    show(status) {
      showAnswer();
      const { cut } = demoLine;
      const on = !cut && (status?.online ?? true);
      state.replaceChildren(
        element('span', { class: on ? 'lamp lamp-on' : 'lamp lamp-off' }),
        cut ? 'Cut off from the edge' : on ? 'Connected to the edge' : 'Offline',
      );
      button.replaceChildren(icon('plug'), cut ? 'Reconnect' : 'Cut the connection');
      button.classList.toggle('is-cut', cut);
      const journal = inOrder(status?.journal ?? []);
      const open = journal.filter((entry) => !entry.acked).length;
      waiting.textContent = open ? `${open} waiting` : journal.length ? 'all acknowledged' : '';
      waiting.classList.toggle('is-waiting', open > 0);
      list.replaceChildren(
        ...journal
          .slice(-SHOWN)
          .reverse()
          .map((entry) =>
            element(
              'li',
              { class: entry.acked ? 'is-acked' : 'is-waiting', title: entry.id },
              icon(entry.acked ? 'tick' : 'wait'),
              element(
                'span',
                {},
                nameOf(entry),
                element('span', { class: 'unseen' }, entry.acked ? ', acknowledged' : ', waiting'),
              ),
              element('code', {}, shortId(entry.id)),
            ),
          ),
      );
      const hidden = journal.length - SHOWN;
      more.textContent = isRefused()
        ? 'Forgotten: nothing of a cart is kept here.'
        : !status?.ready
          ? 'Waiting for the snippet to load…'
          : isHeld(status)
            ? 'Waits for your first click, so that scanners of mail leave no trace.'
            : journal.length === 0
              ? 'The journal is empty: nothing waits here. Add something, or cut the connection first and watch it fill.'
              : hidden > 0
                ? `and ${hidden} earlier`
                : cut
                  ? 'Kept on this device. Shop on, reload, close the tab: it is sent, once, when the line is back.'
                  : '';
      acked.show(status ? `event ${status.acked}` : '–');
      epoch.show(status ? String(status.epoch) : '–');
    },
  };
}

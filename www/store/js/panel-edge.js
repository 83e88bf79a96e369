import { element } from './element.js';
import { icon } from './icon.js';
import { reading } from './panel-browser.js';
import { inboxAddress } from './panel-guide.js';

/** @type {Record<string, string>} */
const templates = { reminder: 'Reminder', offer: 'Offer', last_chance: 'Last chance' };

/** @type {Record<string, string>} */
const states = {
  scheduled: 'scheduled',
  queued: 'in the queue',
  released: 'being sent',
  sent: 'sent',
  skipped: 'skipped',
  unknown: 'outcome unknown',
  dead_lettered: 'given up',
};

/** @param {number} ms */
function countdown(ms) {
  if (ms <= 0) return 'any moment';
  const seconds = Math.ceil(ms / 1000);
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  const tail = `${String(minutes).padStart(hours ? 2 : 1, '0')}:${String(seconds % 60).padStart(2, '0')}`;
  return hours ? `${hours}:${tail}` : tail;
}

/** @param {string} reason */
const plain = (reason) => reason.replaceAll('_', ' ');

/** @param {import("./sandbox.js").Delivery} delivery */
function stepRow({ template, state, reason, step, due_at }) {
  const done = state === 'sent';
  const failed = state === 'skipped' || state === 'dead_lettered' || state === 'unknown';
  return element(
    'li',
    { class: done ? 'is-sent' : failed ? 'is-skipped' : '' },
    icon(done ? 'mail' : failed ? 'cross' : 'wait'),
    element('span', {}, `${step + 1}. ${templates[template] ?? plain(template)}`),
    element(
      'span',
      { class: 'step-state' },
      states[state] ?? plain(state),
      reason ? `: ${plain(reason)}` : '',
    ),
    state === 'scheduled' &&
      element(
        'time',
        { datetime: new Date(due_at).toISOString() },
        new Date(due_at).toLocaleTimeString(document.documentElement.lang, {
          hour: '2-digit',
          minute: '2-digit',
          second: '2-digit',
        }),
      ),
  );
}

/** The part of the panel about the edge: the cart's log and the plan for its reminders. */
export function edgePart() {
  const entries = reading('Log entries');
  const seq = reading('Last event');
  const epoch = reading('Epoch');
  const head = reading('Chain head');
  const trouble = element('p', { class: 'panel-quiet' });
  const clock = element('p', { class: 'countdown', role: 'timer' });
  const label = element('p', { class: 'panel-quiet' });
  const steps = element('ol', { class: 'steps' });

  /** @type {number | null} */
  let due = null;
  /** @type {string} what the steps show now, so that an unchanged answer leaves them alone */
  let shownSteps = '';

  const tick = () => {
    clock.hidden = due === null;
    if (due !== null) clock.textContent = countdown(due - Date.now());
  };
  setInterval(tick, 250);

  /**
   * @param {import("./sandbox.js").EdgeState} state
   * @param {boolean} isCopy
   */
  function showPlan({ bound, plan, cart }, isCopy) {
    const deliveries = plan?.deliveries ?? [];
    const next = deliveries
      .filter((delivery) => delivery.state === 'scheduled')
      .sort((one, other) => one.due_at - other.due_at)
      .at(0);
    due = next ? next.due_at : null;
    label.textContent = next
      ? `until the ${(templates[next.template] ?? plain(next.template)).toLowerCase()} goes out`
      : plan?.state === 'unsubscribed'
        ? 'This address has unsubscribed, and stays so: take another.'
        : cart?.status === 'ordered'
          ? 'Ordered: nothing more follows.'
          : !bound && isCopy
            ? 'This is a copy of the cart that was left. Reminders belong to that one, and an order here ends them.'
            : !bound
              ? 'Nobody to write to: there is no e-mail address with consent yet.'
              : deliveries.length > 0
                ? 'Nothing more is planned for this cart.'
                : cart
                  ? 'An address is there. The plan starts once this cart has been left alone for a moment.'
                  : '';
    const now = JSON.stringify(deliveries);
    if (now !== shownSteps) {
      steps.replaceChildren(...deliveries.map(stepRow));
      shownSteps = now;
    }
    tick();
  }

  return {
    plan: element(
      'section',
      { class: 'panel-part' },
      element(
        'h3',
        {},
        'Next reminder',
        element(
          'a',
          { href: inboxAddress(), target: '_blank', rel: 'noopener', class: 'inbox' },
          icon('mail'),
          'Inbox',
          element('span', { class: 'unseen' }, ' (opens a new tab)'),
        ),
      ),
      clock,
      label,
      steps,
    ),
    log: element(
      'section',
      { class: 'panel-part' },
      element('h3', {}, 'At the edge'),
      trouble,
      element('dl', { class: 'readings' }, entries.node, seq.node, epoch.node, head.node),
    ),
    /**
     * @param {import("./sandbox.js").EdgeState} state
     * @param {boolean} isCopy whether a link has brought this cart
     */
    show(state, isCopy) {
      trouble.textContent = state.cart ? '' : 'Nothing yet: a cart begins with its first change.';
      entries.show(state.cart ? String(state.cart.entries) : '0');
      seq.show(state.cart ? String(state.cart.seq) : '–');
      epoch.show(state.cart ? String(state.cart.epoch) : '–');
      head.show(state.cart ? `${state.cart.head.slice(0, 12)}…` : '–', state.cart?.head);
      showPlan(state, isCopy);
    },
    /** The browser has forgotten the cart: nothing more is asked about it. */
    forget() {
      trouble.textContent = 'This browser has forgotten its cart.';
      for (const one of [entries, seq, epoch, head]) one.show('–', '–');
      due = null;
      label.textContent = '';
      steps.replaceChildren();
      shownSteps = '';
      tick();
    },
    /**
     * Keeps the last readings and says why they are not newer.
     * @param {string} words
     */
    showTrouble(words) {
      trouble.textContent = words;
      if (!label.textContent) label.textContent = 'Known once the edge has answered.';
    },
  };
}

import { element } from './element.js';
import { icon } from './icon.js';

/** Where the demo's mail catcher shows what was sent: named by the start script, else the next port. */
export function inboxAddress() {
  const named = document.body.dataset.inbox ?? '';
  if (/^https?:/.test(named)) return named;
  const beside = new URL('/', location.href);
  beside.port = String(Number(location.port || '80') + 1);
  return beside.href;
}

const inboxLink = () =>
  element(
    'a',
    { href: inboxAddress(), target: '_blank', rel: 'noopener' },
    'inbox',
    element('span', { class: 'unseen' }, ' (opens a new tab)'),
  );

/**
 * What a visitor has done so far.
 * @typedef {object} Progress
 * @property {boolean} added
 * @property {boolean} known
 * @property {boolean} mailed
 * @property {boolean} restored
 * @property {boolean} ordered
 */

const MEMORY = 'demo.guide';

/** @returns {Progress} */
const nothing = () => ({
  added: false,
  known: false,
  mailed: false,
  restored: false,
  ordered: false,
});

/** What was done on the pages before: a way leads over several. @returns {Progress & { since: number }} */
function remembered() {
  const fresh = { ...nothing(), since: 0 };
  try {
    return { ...fresh, ...JSON.parse(sessionStorage.getItem(MEMORY) ?? '{}') };
  } catch {
    return fresh;
  }
}

/** What has happened in another browser, or cannot happen any more, once this has. @type {(keyof Progress)[]} */
const late = ['restored', 'ordered'];

/** Five steps that show the product, ticked as they happen. */
export function guide() {
  let { since, ...progress } = remembered();
  /** @type {{ key: keyof Progress, title: string, words: (string | Node)[] }[]} */
  const steps = [
    {
      key: 'added',
      title: 'Add things',
      words: ['Anything from the shelf. Two or three is best.'],
    },
    {
      key: 'known',
      title: 'Leave your e-mail',
      words: [
        element('a', { href: 'checkout.html' }, 'At checkout'),
        ', or move towards the tabs as if to leave. A made-up one is fine: mail stays on this machine.',
      ],
    },
    {
      key: 'mailed',
      title: 'Wait for the mail',
      words: [
        'Don’t buy, just stop. A demo reminder takes seconds and lands in the ',
        inboxLink(),
        '.',
      ],
    },
    {
      key: 'restored',
      title: 'Open its link in a private window',
      words: ['From the ', inboxLink(), '. Same cart, nothing typed, in any browser.'],
    },
    {
      key: 'ordered',
      title: 'Order: nothing follows',
      words: [
        element('a', { href: 'checkout.html' }, 'Buy it'),
        ', here or where you left it. Then watch the ',
        inboxLink(),
        ': no other reminder comes.',
      ],
    },
  ];
  const rows = steps.map(({ key, title, words }, at) => {
    const mark = element('span', { class: 'guide-mark', 'aria-hidden': 'true' }, String(at + 1));
    const done = element('span', { class: 'unseen' });
    const row = element(
      'li',
      {},
      mark,
      element('p', { class: 'guide-title' }, title, done),
      element('p', { class: 'guide-words' }, ...words),
    );
    return { key, row, mark, done, number: String(at + 1) };
  });
  return {
    node: element(
      'section',
      { class: 'panel-part' },
      element('h3', {}, 'Try it'),
      element('ol', { class: 'guide' }, ...rows.map(({ row }) => row)),
    ),
    /** @param {Partial<Progress>} news what happened now; what did before stays so */
    show(news) {
      for (const { key } of rows) progress[key] ||= news[key] ?? false;
      try {
        sessionStorage.setItem(MEMORY, JSON.stringify({ ...progress, since }));
      } catch {
        // The next page begins with what it sees.
      }
      const last = rows.findLastIndex(({ key }) => late.includes(key) && progress[key]);
      let next = true;
      for (const [at, { key, row, mark, done, number }] of rows.entries()) {
        const ready = progress[key] || at < last;
        if (row.classList.contains('is-done') !== ready) {
          mark.replaceChildren(ready ? icon('tick') : number);
          done.textContent = ready ? ' (done)' : '';
        }
        row.classList.toggle('is-done', ready);
        row.classList.toggle('is-next', !ready && next);
        if (!ready) next = false;
      }
    },
    /** @param {keyof Progress} key */
    has: (key) => progress[key],
    /** When this way began, epoch ms; 0 where none was before it. */
    since: () => since,
    /** Begins anew. */
    reset() {
      progress = nothing();
      since = Date.now();
    },
  };
}

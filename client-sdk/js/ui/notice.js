// What a link brought, and what is not as it was: said once, quietly, with a way back. It stays until it is closed.
import { previousIn, undo } from '../meet.js';
import { Card } from './card.js';
import { element } from './element.js';
import { settingsOf } from './settings.js';

/** @typedef {import('./settings.js').Lent} Lent */
/** @typedef {import('./text.js').Words} Words */
/** @typedef {import('../index.d.ts').Restored} Restored */
/** @typedef {import('../index.d.ts').RestoredLine} RestoredLine */
/** @typedef {import('../index.d.ts').RestoredChange} RestoredChange */

/** Lines that are listed; a card is no cart page. */
const MOST_LINES = 6;

/** Links that brought no cart: what their title and their words are. */
/** @type {Record<string, [keyof import('../index.d.ts').Texts, keyof import('../index.d.ts').Texts]>} */
const ENDINGS = {
  expired: ['expiredTitle', 'stillHere'],
  revoked: ['revokedTitle', 'stillHere'],
  invalid: ['invalidTitle', 'stillHere'],
  ordered: ['orderedTitle', 'orderedBody'],
  empty: ['emptyTitle', 'emptyBody'],
};

/** Only addresses of pages: what a catalogue says must run nothing. @param {string | undefined} url */
const page = (url) =>
  url && /^https?:/.test(new URL(url, location.href).protocol) ? url : undefined;

/**
 * @param {RestoredLine | undefined} line
 * @param {Words} words
 */
const titleOf = (line, words) => line?.title || words.say('item');

/** @param {string | undefined} image */
const picture = (image) =>
  page(image) && element('img', { src: image, alt: '', width: 48, height: 48, loading: 'lazy' });

/**
 * What else there is of a product that is sold out.
 * @param {RestoredLine | undefined} line
 * @param {Words} words
 */
function alternatives(line, words) {
  const found = line?.alternatives || [];
  if (!found.length) return undefined;
  const names = found.flatMap(({ title, url, price_minor, currency }, n) => [
    n ? ', ' : ' ',
    element('a', { href: page(url) }, title),
    ` (${words.money(price_minor, currency)})`,
  ]);
  return element('div', { class: 'quiet' }, words.say('instead'), ...names);
}

/**
 * @param {RestoredChange} change
 * @param {Restored} restored
 * @param {Words} words
 */
function changed({ variant, kind, from, to }, { lines, currency }, words) {
  const line = lines.find((one) => one.variant === variant);
  const values = { title: titleOf(line, words) };
  const of = line?.currency || currency || '';
  const sentence =
    kind === 'price'
      ? words.say('price', {
          ...values,
          from: words.money(from || 0, of),
          to: words.money(to || 0, of),
        })
      : words.say(kind === 'gone' ? 'gone' : 'soldOut', values);
  return element(
    'li',
    {},
    picture(line?.image),
    element('div', {}, sentence, kind === 'sold_out' && alternatives(line, words)),
  );
}

/** @param {Restored} restored @param {Words} words */
function changes(restored, words) {
  // The same thing may be in the cart twice, with other options.
  const news = restored.changes.filter(
    ({ variant, kind }, n, all) =>
      all.findIndex((one) => one.variant === variant && one.kind === kind) === n,
  );
  if (!news.length) return undefined;
  return element(
    'ul',
    {},
    ...news.slice(0, MOST_LINES).map((one) => changed(one, restored, words)),
  );
}

/**
 * What came along.
 * @param {RestoredLine[]} lines
 * @param {Words} words
 * @param {boolean} isBrief where there is more to say
 */
function brought(lines, words, isBrief) {
  const some = lines.slice(0, MOST_LINES);
  const named = (/** @type {RestoredLine} */ line) => `${line.qty} × ${titleOf(line, words)}`;
  if (isBrief && some.every(({ image }) => page(image))) {
    const pictures = some.map((line) =>
      element('img', {
        src: line.image,
        alt: named(line),
        title: named(line),
        width: 56,
        height: 56,
      }),
    );
    return element('div', { class: 'pictures' }, ...pictures);
  }
  const rows = some.map((line) =>
    element('li', {}, picture(line.image), element('div', {}, named(line))),
  );
  return element('ul', {}, ...rows);
}

/**
 * @param {Lent} lent
 * @param {Restored} restored
 */
export async function show(lent, restored) {
  const card = await Card.of(lent, 'notice');
  if (!card) return;
  const { words } = card;
  const { status, stage, met, offer } = restored;
  const ending = ENDINGS[status];
  if (ending) {
    const [title, body] = ending;
    card.show({
      role: 'region',
      title: words.say(title),
      children: [element('p', { class: 'quiet' }, words.say(body))],
    });
    return;
  }
  const { checkout } = settingsOf(lent.boot);
  const isFailed = stage === 'payment_failed';
  const isMet = met === 'merge' || met === 'replace';
  const news = changes(restored, words);
  const canGoBack = isMet && !!previousIn(lent.journal.book, lent.journal.view);
  const isHere = checkout && new URL(checkout, location.href).pathname === location.pathname;
  const buttons = [
    isFailed &&
      checkout &&
      !isHere &&
      element('a', { class: 'button main', href: checkout }, words.say('toPayment')),
    canGoBack &&
      element(
        'button',
        { type: 'button', class: 'plain', onclick: () => goBack(lent, card) },
        words.say('undo'),
      ),
  ].filter((button) => button instanceof Element);
  const children = [
    isFailed && element('p', { class: 'quiet' }, words.say('paymentBody')),
    met === 'merge' &&
      (isFailed
        ? element('h3', {}, words.say('mergedTitle'))
        : element('p', { class: 'quiet' }, words.say('mergedBody'))),
    met === 'merge' && brought(restored.added || restored.lines, words, !!news),
    met === 'replace' && isFailed && element('p', {}, words.say('replacedTitle')),
    news && (isFailed || isMet) && element('h3', {}, words.say('changedTitle')),
    news && !isFailed && !isMet && element('p', { class: 'quiet' }, words.say('changedTitle')),
    news,
    offer && element('p', { class: 'offer' }, ...withCode(words, offer)),
    buttons.length > 0 && element('div', { class: 'row' }, ...buttons),
  ];
  const title = isFailed
    ? 'paymentTitle'
    : met === 'merge'
      ? 'mergedTitle'
      : met === 'replace'
        ? 'replacedTitle'
        : 'backTitle';
  card.show({ role: 'region', title: words.say(title), children });
}

/** The code, made to be seen, and what it gives. @param {Words} words @param {import('../index.d.ts').Offer} offer */
function withCode(words, { code, percent, amount_minor, min_order_minor, currency = '' }) {
  const name = percent ? 'offer' : amount_minor ? 'offerAmount' : 'offerShipping';
  const amount = words.money(amount_minor || 0, currency);
  const said = words.say(name, { code: '\0', percent: percent || 0, amount });
  const [before = '', after = ''] = said.split('\0');
  const least =
    min_order_minor &&
    ` ${words.say('offerLeast', { amount: words.money(min_order_minor, currency) })}`;
  return [before, element('span', { class: 'code' }, code), after + (least || '')];
}

/** @param {Lent} lent @param {Card} card */
async function goBack({ journal }, card) {
  const isDone = await undo(journal);
  if (!isDone) return card.close();
  const { words } = card;
  card.turn(words.say('undoneTitle'), element('p', { class: 'quiet' }, words.say('undoneBody')));
}

/**
 * Asks what is to become of two carts. Closing it leaves this one as it is.
 * @param {Lent} lent
 * @param {import('../index.d.ts').Meeting} meeting
 */
export async function ask(lent, { choose }) {
  const card = await Card.of(lent, 'notice');
  if (!card) return choose('merge');
  const { words } = card;
  /** @type {['merge' | 'replace' | 'keep', keyof import('../index.d.ts').Texts, string][]} */
  const ways = [
    ['merge', 'meetMerge', 'main'],
    ['replace', 'meetReplace', 'plain'],
    ['keep', 'meetKeep', 'plain'],
  ];
  const buttons = ways.map(([way, name, look]) =>
    element(
      'button',
      {
        type: 'button',
        class: look,
        onclick: () => {
          choose(way);
          card.close();
        },
      },
      words.say(name),
    ),
  );
  card.show({
    role: 'region',
    title: words.say('meetTitle'),
    children: [
      element('p', { class: 'quiet' }, words.say('meetBody')),
      element('div', { class: 'row column' }, ...buttons),
    ],
    onClose: () => choose('keep'),
  });
}

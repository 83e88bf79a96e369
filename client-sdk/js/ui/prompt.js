// Offers to keep the cart: a shopper who wants that leaves an address, and a consent that is their own act.
import { read, write } from '../local.js';
import { Card } from './card.js';
import { element } from './element.js';
import { settingsOf } from './settings.js';

/** @typedef {import('./settings.js').Lent} Lent */

/** Until when nobody is asked again, epoch ms. */
export const QUIET = 'homing.quiet';

/** The thanks stays so long, and longer while somebody is at it. */
const THANKS_MS = 8_000;

/** Version of the words in ui/text that a shopper agrees to, where the shop has none of its own. Changed words get a new one. */
const WORDING = 'homing-1';

const DAY_MS = 86_400_000;
const MOST_DAYS = 365;

/** @param {number} [days] */
const keepQuiet = (days = 30) => write(QUIET, `${Date.now() + Math.min(days, MOST_DAYS) * DAY_MS}`);

/** Whether the shopper has said no, or yes, lately. A clock that was set back must not silence it for ever. */
export function isQuiet() {
  const until = Number(read(QUIET));
  return until > Date.now() && until < Date.now() + (MOST_DAYS + 1) * DAY_MS;
}

/** As E.164 has it. @param {string} text */
const numberOf = (text) => text.replace(/[\s().-]/g, '').replace(/^00/, '+');

/**
 * A place below an input for what is wrong with it.
 * @param {HTMLInputElement} input
 */
function complaint(input) {
  const wrong = element('p', { class: 'wrong', id: `${input.id}-wrong`, hidden: true });
  input.setAttribute('aria-describedby', wrong.id);
  return {
    wrong,
    /** @param {string} [sentence] */
    complain(sentence = '') {
      wrong.textContent = sentence;
      wrong.hidden = !sentence;
      input.setAttribute('aria-invalid', `${!!sentence}`);
    },
  };
}

/**
 * One field with its label and its place for what is wrong with it.
 * @param {string} name
 * @param {string} label
 * @param {Record<string, unknown>} attributes
 */
function field(name, label, attributes) {
  const input = element('input', { id: name, name, ...attributes });
  const { wrong, complain } = complaint(input);
  const node = element(
    'div',
    { class: 'field' },
    element('label', { for: name }, label),
    input,
    wrong,
  );
  return { input, node, complain };
}

/**
 * @param {string} name
 * @param {string} words
 */
function box(name, words) {
  const input = element('input', { type: 'checkbox', id: name, name });
  const { wrong, complain } = complaint(input);
  const label = element('label', { class: 'check', for: name }, input, element('span', {}, words));
  return { input, node: element('div', {}, label, wrong), complain };
}

/**
 * @param {Lent} lent
 * @param {boolean} [isAsked] by the shopper: the focus goes there then, and back afterwards
 */
export async function show(lent, isAsked = false) {
  const { boot, journal } = lent;
  const { prompt: settings = {}, texts } = settingsOf(boot);
  const card = await Card.of(lent, 'prompt', isAsked);
  if (!card) return;
  const { words } = card;
  // What is read is what is agreed to: words of the shop's own have a version of the shop's own.
  const own = settings.consent || settings.consentSms || texts.consentEmail || texts.consentSms;
  const wording = settings.wording || (own ? undefined : `${WORDING}.${words.language}`);

  const email = field('email', words.say('email'), {
    type: 'email',
    autocomplete: 'email',
    inputmode: 'email',
    placeholder: words.say('emailExample'),
    dir: 'auto',
  });
  const mayMail = box('mail', settings.consent || words.say('consentEmail'));
  const phone = settings.phone
    ? field('phone', words.say('phone'), {
        type: 'tel',
        autocomplete: 'tel',
        inputmode: 'tel',
        placeholder: words.say('phoneExample'),
        dir: 'ltr',
      })
    : undefined;
  const mayText = phone && box('text', settings.consentSms || words.say('consentSms'));
  let isDone = false;

  /** The first thing that is wrong, each said at its place. */
  function fault() {
    const address = email.input.value.trim();
    const number = numberOf(phone?.input.value || '');
    const isAddress = /^[^\s@]+@[^\s@]+\.[^\s@.]{2,}$/.test(address) && email.input.validity.valid;
    const isNumber = /^\+[1-9]\d{7,14}$/.test(number);
    const isNothing = !address && !number;
    const missing = words.say(phone ? 'contactMissing' : 'emailInvalid');
    /** @type {[{ input: HTMLInputElement, complain: (sentence?: string) => void } | undefined, string][]} */
    const found = [
      [email, isNothing ? missing : address && !isAddress ? words.say('emailInvalid') : ''],
      [mayMail, address && !mayMail.input.checked ? words.say('consentMissing') : ''],
      [phone, number && !isNumber ? words.say('phoneInvalid') : ''],
      [mayText, number && !mayText?.input.checked ? words.say('consentMissing') : ''],
    ];
    for (const [place, sentence] of found) place?.complain(sentence);
    return { first: found.find(([, sentence]) => sentence), address, number };
  }

  const form = element(
    'form',
    {
      novalidate: true,
      onsubmit: (/** @type {SubmitEvent} */ event) => {
        event.preventDefault();
        if (isDone) return;
        const { first, address, number } = fault();
        if (first) {
          first[0]?.input.focus();
          return card.announce(first[1]);
        }
        isDone = true;
        const consent = {
          ...(address && { email: true }),
          ...(number && { sms: true }),
          wording,
          page: location.pathname,
        };
        const said = { email: address || undefined, phone: number || undefined, consent };
        const command = boot.commandOf(['identify', said], Date.now());
        if (command) journal.write(command);
        keepQuiet(settings.days);
        card.turn(words.say('saved'), element('p', { class: 'quiet' }, words.say('savedBody')));
        card.closeAfter(THANKS_MS);
      },
    },
    email.node,
    mayMail.node,
    phone?.node,
    mayText?.node,
    element(
      'div',
      { class: 'row' },
      element('button', { type: 'submit', class: 'main' }, words.say('save')),
      element(
        'button',
        { type: 'button', class: 'bare', onclick: () => card.close() },
        words.say('decline'),
      ),
    ),
  );
  // What was complained of is looked at again while it is mended.
  for (const one of [email, mayMail, phone, mayText])
    one?.input.addEventListener('input', () => one.complain());
  card.show({
    role: 'dialog',
    title: words.say('promptTitle'),
    children: [element('p', { class: 'quiet' }, words.say('promptBody')), form],
    focus: isAsked ? email.input : undefined,
    // However the shopper closes it, the answer was no.
    onClose: () => isDone || journal.isOver || keepQuiet(settings.days),
  });
}

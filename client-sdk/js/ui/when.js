// When something is shown: the prompt when a shopper is about to leave, the banner when one has come back, the chat's button while
// there is a cart. What is shown itself is only loaded then.
import { read, write } from '../local.js';
import { undo } from '../meet.js';
import { names, settingsOf } from './settings.js';

/** @typedef {import('./settings.js').Lent} Lent */

/** When this browser last had a page with this cart in sight, epoch ms. */
const HERE = 'homing.here';

/**
 * @param {Lent} lent
 */
export function presenter(lent) {
  const { boot, journal, listeners, part } = lent;
  /** What cannot be had is not missed. @param {string} name @param {(part: any) => unknown} use */
  const using = (name, use) =>
    part(`ui-${name}`)
      .then(use)
      .catch(() => {});

  /** @param {boolean} isAsked */
  const prompt = (isAsked) =>
    using('prompt', ({ show, isQuiet }) => (isAsked || !isQuiet()) && show(lent, isAsked));

  async function banner() {
    const { banner: wanted } = settingsOf(boot);
    if (!wanted) return;
    const since = Date.now() - Number(read(HERE) || Date.now());
    const here = () => journal.isOver || write(HERE, `${Date.now()}`);
    here();
    addEventListener('visibilitychange', here);
    // What has just been put in has not waited.
    if (!lent.isBack || since < (wanted.minutes || 30) * 60_000) return;
    await lent.arrived();
    let isByLink = false;
    // Told at once of what has been; a link has its own words.
    listeners.on('restored', () => {
      isByLink = true;
    });
    if (!isByLink && !isThanks()) using('banner', ({ show }) => show(lent));
  }

  /** @param {unknown} [detail] settings, or what is to be done now */
  const push = (detail) =>
    part('push')
      .then(({ called }) => called(lent, detail))
      .catch(() => {});

  const isThanks = () => !!document.querySelector('[data-homing-page="thanks"]');

  const hasButton = () => !!document.querySelector('homing-card[data-kind="chat"]');

  /** Puts the button up, or takes it away. */
  function chat() {
    if (settingsOf(boot).chat?.open || hasButton()) using('chat', ({ show }) => show(lent));
  }

  banner();
  if (boot.config.push) push();
  // Told at once of the cart as it is.
  listeners.on('change', ({ lines }) => lines.length > 0 === hasButton() || chat());

  return {
    /** The visitor is about to leave. */
    leaving() {
      const { prompt: wanted } = settingsOf(boot);
      if (!wanted || names(wanted.except) || journal.book.isNamed || !journal.view.lines.length)
        return;
      prompt(false);
    },
    /**
     * A call of the shop's.
     * @param {string} name
     * @param {unknown} detail settings, which are kept already, or what is to be done now
     */
    called(name, detail) {
      if (name === 'push') detail && push(detail);
      else if (name === 'undo') undo(journal).catch(lent.failed);
      else if (name === 'chat' && typeof detail === 'object') chat();
      else if (name === 'chat') using('chat', ({ open }) => open(lent));
      else if (detail === 'show' && name === 'prompt') journal.view.lines.length && prompt(true);
      else if (detail === 'show' && name === 'banner') using('banner', ({ show }) => show(lent));
    },
  };
}

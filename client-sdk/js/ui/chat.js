// Hands the cart over to the shop's chat, with what shipping costs at this moment.
import { Card } from './card.js';
import { element } from './element.js';
import { settingsOf } from './settings.js';

/** @typedef {import('./settings.js').Lent} Lent */

/** Who waits for an answer does not wait for the carrier's prices. */
const SHIPPING_MS = 4_000;

/**
 * What the chat is told.
 * @param {Lent} lent
 * @returns {Promise<import('../index.d.ts').Handoff>}
 */
async function handoff({ boot, journal }) {
  const { lines, epoch } = journal.view;
  const { stage, seq } = journal.book;
  const { shipping } = settingsOf(boot).chat || {};
  const cart = { lines, epoch, seq };
  /** @type {import('../index.d.ts').Handoff} */
  const told = { cart, stage: /** @type {any} */ (stage) };
  if (!shipping) return told;
  try {
    const late = new Promise((_, reject) => setTimeout(reject, SHIPPING_MS, new Error('late')));
    told.shipping = /** @type {any} */ (await Promise.race([shipping(cart), late]));
  } catch {
    // The chat can ask for itself.
  }
  return told;
}

/** Opens the shop's chat. @param {Lent} lent */
export async function open(lent) {
  const told = await handoff(lent);
  lent.listeners.emit('chat', told);
  try {
    await settingsOf(lent.boot).chat?.open?.(told);
  } catch (error) {
    // The storefront's mistake must not be hidden.
    setTimeout(() => {
      throw error;
    });
  }
}

/** The button, where the shop wants one and there is a cart. @param {Lent} lent */
export async function show(lent) {
  const card = await Card.of(lent, 'chat');
  if (!card) return;
  document.querySelector('homing-card[data-kind="chat"]')?.dispatchEvent(new Event('homing-close'));
  const { chat } = settingsOf(lent.boot);
  // Without a cart there is nothing to talk about.
  if (!chat?.open || !lent.journal.view.lines.length) return;
  let isBusy = false;
  const button = element(
    'button',
    {
      type: 'button',
      class: 'pill',
      onclick: async () => {
        if (isBusy) return;
        isBusy = true;
        button.setAttribute('aria-busy', 'true');
        await open(lent);
        button.removeAttribute('aria-busy');
        isBusy = false;
      },
    },
    chat.label || card.words.say('chat'),
  );
  card.place(button);
}

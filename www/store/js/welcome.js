import { loadCatalogue } from './catalogue.js';
import { announce, element } from './element.js';
import { icon } from './icon.js';
import { money } from './money.js';
import { currentOffer, keepOffer } from './offer.js';

/**
 * One change since the shopper was here, as a sentence.
 * @param {HomingChange} change
 * @param {string} title
 */
function changeSentence({ kind, from, to }, title) {
  if (kind === 'sold_out') return `${title} has sold out in the meantime.`;
  if (kind === 'gone') return `${title} is no longer in our shop.`;
  if (from === undefined || to === undefined) return `${title} has a new price.`;
  return to < from
    ? `${title} is now ${money(to)} instead of ${money(from)}.`
    : `${title} now costs ${money(to)}; it was ${money(from)}.`;
}

/** @type {Record<HomingRestored["status"], [title: string, sentence: string]>} */
const greetings = {
  ok: ['Welcome back', 'Your cart is just as you left it.'],
  ordered: ['This one is already yours', 'The cart behind that link has been ordered. Thank you!'],
  empty: ['Nothing left in there', 'The cart behind that link is empty. Come in and look around.'],
  expired: [
    'That link has run out',
    'Links to a cart work for a while only. What is in this browser’s cart is still here.',
  ],
  revoked: [
    'That link does not work any more',
    'It was switched off. What is in this browser’s cart is still here.',
  ],
  invalid: [
    'That link does not work',
    'It may have been cut off on its way. Try the button in the message once more.',
  ],
};

/**
 * @param {string} title
 * @param {Node[]} body
 * @param {HTMLElement} place
 */
function banner(title, body, place) {
  const close = element(
    'button',
    {
      type: 'button',
      class: 'icon-button',
      'aria-label': 'Close this message',
      onclick: () => place.replaceChildren(),
    },
    icon('cross'),
  );
  place.replaceChildren(
    element(
      'section',
      { class: 'welcome', 'aria-label': title },
      element('img', { src: 'img/mark.svg', alt: '', width: 64, height: 64 }),
      element(
        'div',
        { class: 'welcome-words' },
        element('p', { class: 'welcome-title' }, title),
        ...body,
      ),
      close,
    ),
  );
}

/**
 * Greets a shopper who came through a recovery link.
 * @param {HTMLElement} place
 */
export function startWelcome(place) {
  homing('on', 'restored', async ({ status, changes, offer }) => {
    const catalogue = await loadCatalogue();
    const [title, sentence] = greetings[status];
    if (status === 'ok' && offer && offer.code !== currentOffer()?.code) {
      keepOffer(offer);
      // The sums on this page were made before the code was there; the cart's listeners make them again.
      window.dispatchEvent(new Event('offer'));
    }
    const changed = status === 'ok' ? changes : [];
    const news = changed.map((change) =>
      element(
        'li',
        {},
        changeSentence(change, catalogue.variant(change.variant)?.title ?? change.variant),
      ),
    );
    banner(
      title,
      [
        element(
          'p',
          {},
          news.length ? 'Your cart is here again. What changed meanwhile:' : sentence,
        ),
        ...(news.length ? [element('ul', { class: 'welcome-news' }, ...news)] : []),
        ...(status === 'ok' && offer
          ? [
              element(
                'p',
                { class: 'welcome-offer' },
                element('strong', { class: 'code' }, offer.code),
                ` takes ${offer.percent} % off. It is already applied, nothing to type.`,
              ),
            ]
          : []),
        ...(status === 'ok' && !document.querySelector('#lines')
          ? [element('p', {}, element('a', { href: 'cart.html' }, 'See your cart'))]
          : []),
      ],
      place,
    );
    announce(`${title}. ${sentence}`);
  });
}

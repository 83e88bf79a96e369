// Greets a shopper who comes back to a cart that waited, with what is in it.
import { post } from '../problem.js';
import { Card } from './card.js';
import { element } from './element.js';
import { settingsOf } from './settings.js';

/** @typedef {import('./settings.js').Lent} Lent */

const MOST_PICTURES = 4;

/**
 * What the catalogue says of the cart; nothing where the edge cannot be asked.
 * @param {Lent} lent
 * @returns {Promise<import('../index.d.ts').RestoredLine[]>}
 */
async function known({ boot, journal }) {
  const { token } = journal.book;
  const { endpoint, key } = boot.config;
  if (!token) return [];
  try {
    const { status, lines } = await post(`${endpoint}/v1/restore`, JSON.stringify({ key, token }));
    return status === 'ok' ? lines : [];
  } catch {
    return [];
  }
}

/** @param {Lent} lent */
export async function show(lent) {
  const { cart } = settingsOf(lent.boot);
  const lines = await known(lent);
  const card = await Card.of(lent, 'banner');
  if (!card) return;
  const { words } = card;
  const count = lent.journal.view.lines.reduce((sum, { quantity }) => sum + quantity, 0);
  // It may have been emptied while the words came.
  if (!count) return;
  const pictures = lines.filter(
    ({ image }) => image && /^https?:/.test(new URL(image, location.href).protocol),
  );
  const isHere = cart && new URL(cart, location.href).pathname === location.pathname;
  const body = words.say('bannerBody', { count });
  card.show({
    role: 'region',
    title: words.say('bannerTitle'),
    children: [
      element('p', { class: 'quiet' }, body),
      pictures.length > 0 &&
        element(
          'div',
          { class: 'pictures' },
          ...pictures.slice(0, MOST_PICTURES).map(({ image, title, qty }) =>
            element('img', {
              src: image,
              alt: `${qty} × ${title}`,
              title,
              width: 56,
              height: 56,
            }),
          ),
        ),
      cart &&
        !isHere &&
        element(
          'div',
          { class: 'row' },
          element('a', { class: 'button main', href: cart }, words.say('toCart')),
        ),
    ],
  });
}

// Arrival by a link: the cart behind it becomes this browser's, as a copy. Nothing of it is sent before a person has touched
// the page, since mail scanners open links in whole browsers. Only loaded with a link; the runtime lends what both need.
import { beyond, freshOf, isMeeting, previousIn, quantityIn, remembered } from './meet.js';
import { VISIT } from './page.js';
import { follow } from './trace.js';
import { settingsOf } from './ui/settings.js';

/** @typedef {import('./index.d.ts').Restored} Restored */
/** @typedef {import('./problem.js').Problem} Problem */
/** @typedef {import('./meet.js').Way} Way */

/**
 * @typedef {import('./ui/settings.js').Lent & typeof import('./problem.js') & Pick<typeof import('./link.js'), 'remember'> & {
 *   refused: (problem: Problem) => void,
 *   shop: () => Promise<Shop | undefined>,
 * }} Sdk
 */

/**
 * The shop's own cart, where the snippet follows one.
 * @typedef {ReturnType<typeof import('./adapters/mirror.js').mirror>} Shop
 */

/** What has become of this browser's cart, and how much of lines has come to it. @typedef {{ way: Way, added?: import('./records.js').Line[] }} Met */

/** So long it is waited for the shop to say what is in its cart, ms. */
const SEEN_MS = 3_000;

/** Carts, beside the latest, of which it is remembered what links have brought. */
const MOST_FORKED = 7;

/** Ends of links that a listener is told of by name. */
const ENDINGS = ['expired', 'revoked'];

/** Where a payment waits to be tried again. */
const PAYING = ['payment_started', 'payment_failed'];

/** The link that has led on to the checkout already. */
const MOVED = 'homing.moved';

/**
 * The cart that a token is about, in hexadecimal: bytes 11 to 26 of the token.
 * @param {string | undefined} token
 */
export function cartOf(token) {
  if (!token) return undefined;
  const bytes = atob(token.replace(/-/g, '+').replace(/_/g, '/'));
  return Array.from(bytes.slice(11, 27), (byte) =>
    byte.charCodeAt(0).toString(16).padStart(2, '0'),
  ).join('');
}

/**
 * Makes the link's cart this browser's, unless it is already or was once.
 * @param {import('./draft.js').Draft} draft
 * @param {string} token
 * @param {any} reply
 * @param {Way} way what becomes of the cart that is here
 * @param {boolean} isMirrored whether the shop has a cart of its own, which is filled as well
 * @param {boolean} canPart whether it can be had back
 * @returns {Met | undefined} what has become of it, if there was one
 */
function arrive(draft, token, reply, way, isMirrored, canPart) {
  const { book } = draft;
  const fresh = freshOf(book, reply);
  const own = draft.look().lines;
  const isOther = fresh.length > 0 && cartOf(book.token) !== reply.cart;
  const isMet = isOther && isMeeting(own, fresh, reply.lines, way);
  if (isMet && way === 'keep') return { way };
  if (isMirrored && reply.status === 'ok') {
    book.todo = { token, lines: reply.lines, coupon: reply.offer?.code };
  }
  if (!isOther) return undefined;
  const isAlone = isMet && way === 'replace';
  const keep = remembered(draft, reply.cart, way);
  const dots = /** @type {import('./storage.js').Copied[]} */ (reply.lines).flatMap(
    (line) => line.dots,
  );
  draft.fork({ token, dots }, isAlone ? reply.lines : fresh, isAlone);
  if (reply.quote) draft.write({ t: 'quote', at: Date.now(), quote: true });
  draft.book.link = token;
  draft.book.stage = reply.stage;
  const others = book.forked.filter(({ cart }) => cart !== reply.cart).slice(-MOST_FORKED);
  draft.book.forked = [...others, { cart: reply.cart, dots }];
  const { lines } = draft.look();
  if (isAlone && book.todo) book.todo.out = beyond(own, lines);
  if (!isMet) return undefined;
  const added = beyond(lines, own);
  if (canPart) keep(added);
  return { way, added };
}

/**
 * What is to become of the two carts. Without anybody who could be asked they are put together.
 * @param {Sdk} sdk
 * @param {any} reply
 * @param {boolean} canPart
 * @returns {Promise<Way>}
 */
async function chosen(sdk, reply, canPart) {
  const { boot, journal, listeners, part } = sdk;
  const { meet, isTold } = settingsOf(boot);
  if (!canPart || meet === 'merge') return 'merge';
  if (meet === 'replace') return meet;
  await journal.look();
  const fresh = freshOf(journal.book, reply);
  // The own link is no other cart, whatever has not been told yet.
  if (cartOf(journal.book.token) === reply.cart) return 'merge';
  if (!isMeeting(journal.view.lines, fresh, reply.lines, 'merge')) return 'merge';
  return new Promise((resolve) => {
    const question = { here: journal.view.lines, link: reply.lines, choose: resolve };
    if (listeners.emit('meet', question)) return;
    if (!isTold) return resolve('merge');
    part('ui-notice').then(
      ({ ask }) => ask(sdk, question),
      () => resolve('merge'),
    );
  });
}

/**
 * The link counts as where this visit came from, unless the address named a campaign itself.
 * @param {import('./loader.js').Boot} boot
 * @param {Record<string, string>} [utm]
 */
function cameBy(boot, utm) {
  if (!utm || !Object.keys(utm).length || /[?&]utm_\w/.test(location.search)) return;
  const { arrival } = boot;
  boot.arrival = () => ({ ...arrival(), utm });
  try {
    const before = JSON.parse(sessionStorage.getItem(VISIT) || '{}');
    sessionStorage.setItem(VISIT, JSON.stringify({ ...before, utm }));
  } catch {
    // Each page speaks for itself.
  }
}

/**
 * Goes on to the page where the payment failed, once; that page restores the same link again.
 * @param {Sdk} sdk
 * @param {string} token
 * @param {any} reply
 */
function leadOn({ boot }, token, reply) {
  const { checkout } = settingsOf(boot);
  // The shop's own cart has to be filled first.
  if (!checkout || boot.config.platform || !PAYING.includes(reply.stage)) return false;
  const page = new URL(checkout, location.href);
  if (page.origin !== location.origin || page.pathname === location.pathname) return false;
  try {
    if (sessionStorage.getItem(MOVED) === token) return false;
    sessionStorage.setItem(MOVED, token);
  } catch {
    return false;
  }
  location.assign(page);
  return true;
}

/**
 * What a link has brought to a cart that had something of it already.
 * @param {Restored['lines']} lines
 * @param {import('./records.js').Line[]} added
 */
const shareOf = (lines, added) =>
  lines
    .map((line) => ({ ...line, qty: Math.min(line.qty, quantityIn(added, line)) }))
    .filter(({ qty }) => qty > 0);

/** @param {Sdk} sdk @param {Restored} restored */
function tell(sdk, restored) {
  if (!settingsOf(sdk.boot).isTold) return;
  sdk.boot.news = restored;
  // What cannot be shown is known to listeners all the same.
  sdk
    .part('ui-notice')
    .then(({ show }) => show(sdk, restored))
    .catch(() => {});
}

/** Whether there is something that the shopper should know. @param {Restored} restored */
const isNews = ({ status, changes, met, offer, stage }) =>
  status !== 'ok' ||
  changes.length > 0 ||
  met === 'merge' ||
  met === 'replace' ||
  !!offer ||
  PAYING.includes(stage || '');

/**
 * Waits until it is known what is in the shop's own cart, as long as one waits for a link.
 * @param {Sdk} sdk
 * @returns {Promise<Shop | undefined>}
 */
async function seen({ shop }) {
  const late = new Promise((resolve) => setTimeout(resolve, SEEN_MS));
  const found = await Promise.race([shop().catch(() => undefined), late]);
  await Promise.race([found?.see(), late]);
  return found;
}

/**
 * @param {string} token
 * @param {Sdk} sdk
 * @returns {Promise<Restored>}
 */
export async function restore(token, sdk) {
  const { journal, boot, refused, post, Problem, backoffMs, remember, part } = sdk;
  const { endpoint, key, platform } = boot.config;
  boot.news = undefined;
  // While the edge is asked for the link's cart.
  const seeing = platform ? seen(sdk) : undefined;
  for (let attempt = 0; ; attempt += 1) {
    try {
      const { trace, ...reply } = await post(
        `${endpoint}/v1/restore`,
        JSON.stringify({ key, token }),
      );
      if (trace) follow(boot, trace);
      const canPart = !platform || !!(await seeing)?.canTake;
      const way = await chosen(sdk, reply, canPart);
      // What is forgotten meanwhile has no end, and leads nowhere.
      if (journal.isOver) return new Promise(() => {});
      /** @type {Met | undefined} */
      let met;
      await journal.change((draft) => {
        met = arrive(draft, token, reply, way, !!platform, canPart);
      });
      if (journal.isOver) return new Promise(() => {});
      // Opened once more, or on the page that it led on to.
      const previous = previousIn(journal.book, journal.view);
      if (previous && previous.from === reply.cart) met = previous;
      cameBy(boot, reply.utm);
      /** @type {Restored} */
      const restored = {
        changes: [],
        ...reply,
        lines: reply.status === 'ok' ? reply.lines : [],
        met: met?.way,
      };
      const { way: what, added } = met || {};
      if (what === 'merge' && added) restored.added = shareOf(restored.lines, added);
      if (leadOn(sdk, token, reply)) return restored;
      remember();
      if (isNews(restored)) tell(sdk, restored);
      else if (settingsOf(boot).banner)
        part('ui-banner')
          .then(({ show }) => show(sdk))
          .catch(() => {});
      return restored;
    } catch (error) {
      const isKnown = error instanceof Problem;
      // What this browser cannot take in, such as more lines than a cart may have, it can take in no better later.
      const problem = isKnown ? error : new Problem(422, 'token_invalid', String(error));
      refused(problem);
      if (!problem.isTransient) {
        remember();
        const ending = problem.code.replace(/^token_/, '');
        const status = /** @type {Restored['status']} */ (
          ENDINGS.includes(ending) ? ending : 'invalid'
        );
        /** @type {Restored} */
        const restored = { status, lines: [], changes: [] };
        tell(sdk, restored);
        return restored;
      }
      await new Promise((resolve) => setTimeout(resolve, backoffMs(attempt, problem)));
    }
  }
}

// Arrival by a link: the cart behind it becomes this browser's, as a copy. Nothing of it is sent before a person has touched
// the page, since mail scanners open links in whole browsers. Only loaded with a link; the runtime lends what both need.

/** @typedef {import('./index.d.ts').Restored} Restored */
/** @typedef {import('./problem.js').Problem} Problem */

/** Carts, beside the latest, of which it is remembered what links have brought. */
const MOST_FORKED = 7;

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
 * @param {boolean} isMirrored whether the shop has a cart of its own, which is filled as well
 */
function arrive(draft, token, reply, isMirrored) {
  const { book } = draft;
  if (isMirrored && reply.status === 'ok') {
    book.todo = { token, lines: reply.lines, coupon: reply.offer?.code };
  }
  /** @type {import('./storage.js').Copied[]} */
  const lines = reply.status === 'ok' ? reply.lines : [];
  const isIt = (/** @type {{ cart: string }} */ { cart }) => cart === reply.cart;
  // What another link of this cart has brought may have been taken out or changed here since.
  const known = book.forked.find(isIt)?.dots || [];
  const fresh = lines.filter(({ dots }) => dots.some((dot) => !known.includes(dot)));
  if (!fresh.length || cartOf(book.token) === reply.cart) return;
  const dots = lines.flatMap((line) => line.dots);
  draft.fork({ token, dots }, fresh);
  if (reply.quote) draft.write({ t: 'quote', at: Date.now(), quote: true });
  draft.book.link = token;
  const others = book.forked.filter((one) => !isIt(one)).slice(-MOST_FORKED);
  draft.book.forked = [...others, { cart: reply.cart, dots }];
}

/**
 * @param {string} token
 * @param {typeof import('./problem.js') & Pick<typeof import('./link.js'), 'remember'> & {
 *   journal: import('./journal.js').Journal,
 *   boot: import('./loader.js').Boot,
 *   failed: (problem: Problem) => void,
 * }} sdk
 * @returns {Promise<Restored>}
 */
export async function restore(
  token,
  { journal, boot, failed, post, Problem, backoffMs, remember },
) {
  const { endpoint, key } = boot.config;
  for (let attempt = 0; ; attempt += 1) {
    try {
      const reply = await post(`${endpoint}/v1/restore`, JSON.stringify({ key, token }));
      await journal.change((draft) => arrive(draft, token, reply, !!boot.config.platform));
      remember();
      return { changes: [], ...reply, lines: reply.status === 'ok' ? reply.lines : [] };
    } catch (error) {
      const isKnown = error instanceof Problem;
      // What this browser cannot take in, such as more lines than a cart may have, it can take in no better later.
      const problem = isKnown ? error : new Problem(422, 'token_invalid', String(error));
      failed(problem);
      if (!problem.isTransient) {
        remember();
        const status = /** @type {Restored['status']} */ (problem.code.replace(/^token_/, ''));
        return { status, lines: [], changes: [] };
      }
      await new Promise((resolve) => setTimeout(resolve, backoffMs(attempt, problem)));
    }
  }
}

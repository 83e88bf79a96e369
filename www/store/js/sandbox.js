/**
 * One step of the reminder plan.
 * @typedef {object} Delivery
 * @property {number} step
 * @property {string} template
 * @property {string} state
 * @property {number} due_at
 * @property {string} [reason]
 */

/**
 * What the edge knows of this cart; answered for sandbox shops only.
 * @typedef {object} EdgeState
 * @property {{ epoch: number, seq: number, entries: number, head: string, status: string } | null} cart
 * @property {boolean} bound      whether the cart has a shopper who may be written to
 * @property {{ state: string, deliveries: Delivery[] } | null} plan
 */

/** @typedef {{ state: EdgeState } | { trouble: string }} EdgeAnswer */

const EVERY_MS = 2000;
const PATIENCE_MS = 5000;

const snippet = document.querySelector('script[data-key]');
const key = snippet instanceof HTMLScriptElement ? (snippet.dataset.key ?? '') : '';
const edge = snippet instanceof HTMLScriptElement ? new URL(snippet.src).origin : location.origin;

/**
 * @param {string} cart
 * @returns {Promise<EdgeAnswer>}
 */
async function ask(cart) {
  try {
    const answer = await fetch(`${edge}/v1/sandbox/state`, {
      method: 'POST',
      body: JSON.stringify({ key, cart }), // text/plain: no preflight
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    if (answer.ok) return { state: await answer.json() };
    if (answer.status === 404) return { trouble: 'The edge has not heard of this cart yet.' };
    if (answer.status === 403)
      return { trouble: 'This shop is not a sandbox, so the edge keeps its side to itself.' };
    return { trouble: `The edge answered ${answer.status}.` };
  } catch {
    return { trouble: 'The edge cannot be reached.' };
  }
}

/**
 * Asks the edge every two seconds while `due()` names a cart.
 * @param {() => string | null} due   the cart's secret, or null while nothing should be asked
 * @param {(answer: EdgeAnswer) => void} onAnswer
 * @returns {() => void} asks at once
 */
export function watchEdge(due, onAnswer) {
  let asking = false;
  const look = async () => {
    const cart = document.visibilityState === 'visible' ? due() : null;
    if (!cart || asking) return;
    asking = true;
    const answer = await ask(cart);
    asking = false;
    if (due() === cart) onAnswer(answer);
  };
  setInterval(look, EVERY_MS);
  return look;
}

import { cut } from './page.js';

/**
 * What a storefront's call asks for: an event that has no id yet and names lines instead of dots.
 * @typedef {{ t: string, at: number } & Record<string, unknown>} Command
 */

/** Commands that need to know the cart's lines: what they are about cannot be said without. */
export const ON_KNOWN_LINES = ['set', 'remove'];

/** Longer texts are cut: no field needs more, and a request has a limit. */
const LONGEST = 320;

/** @param {any} value */
const text = (value) => (value == null ? undefined : cut(String(value), LONGEST));

/**
 * NaN becomes null in JSON, which the journal refuses with a clear code.
 * @param {any} value
 */
const count = (value) => Math.min(Math.max(Math.round(value), 0), 1e9);

/** @param {any} value */
const yes = (value) => (value == null ? undefined : !!value);

/** @param {any} item */
function line(item) {
  /** @type {Record<string, string>} */
  const options = {};
  for (const name of Object.keys(item.options || {})) {
    const value = text(item.options[name]);
    if (value != null) options[name] = value;
  }
  return { variant: text(item.variant), options };
}

/** @param {any} consent */
const agreed = (consent) =>
  consent && {
    email: yes(consent.email),
    sms: yes(consent.sms),
    ads: yes(consent.ads),
    wording: text(consent.wording),
    page: text(consent.page || location.pathname),
  };

/**
 * Reads the arguments of one `homing(…)` call; undefined when it records nothing.
 * @param {ArrayLike<any>} call
 * @param {number} at when it was made
 * @returns {Command | undefined}
 */
export function commandOf(call, at) {
  const name = call[0];
  const detail = call[1] || {};
  const item = call[2] || {};
  if (name === 'cart') {
    // `true` counts as one.
    const wanted = item.quantity ?? (detail === 'add' || item.quantity);
    const named = { t: detail, at, ...line(item) };
    if (detail === 'add' || detail === 'set') return { ...named, qty: count(wanted) };
    if (detail === 'remove') return named;
    if (detail === 'clear') return { t: detail, at };
  }
  if (name === 'track' && detail === 'view') return { t: detail, at, variant: text(item.variant) };
  if (name === 'checkout') {
    const { stage, ms, code } = detail.stage ? detail : { stage: detail };
    return {
      t: name,
      at,
      stage: text(stage),
      code: text(code),
      ms: ms == null ? undefined : count(ms),
    };
  }
  if (name === 'identify') {
    const { email, phone, consent } = detail;
    return { t: name, at, email: text(email), phone: text(phone), consent: agreed(consent) };
  }
  if (name === 'quote') return { t: name, at, quote: call[1] !== false };
  if (name === 'order') return { t: name, at, order: text(detail.order) };
  if (name === 'reset') return { t: name, at };
  return undefined;
}

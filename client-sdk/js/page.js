// How a visit began, which has to be seen at once, and how texts are cut.

/** @typedef {{ referrer?: string, utm?: Record<string, string> }} Arrival */

/** How a visit began, in `sessionStorage`. */
export const VISIT = 'homing.visit';

/** Longer values are not campaign names, and nobody has more of them. */
const LONGEST = 100;
const MOST = 8;

/**
 * The beginning of a text; half a character at its end would not be valid JSON everywhere.
 * @param {string} text
 * @param {number} most UTF-16 units
 */
export const cut = (text, most) => text.slice(0, most).replace(/[\ud800-\udfff]/gu, '');

/** @returns {Arrival} */
function arrivalHere() {
  /** @type {Record<string, string>} */
  const utm = {};
  new URLSearchParams(location.search).forEach((value, name) => {
    if (/^utm_\w{1,20}$/.test(name) && Object.keys(utm).length < MOST) {
      utm[name.slice(4)] = cut(value, LONGEST);
    }
  });
  const from = document.referrer && new URL(document.referrer).origin;
  return {
    referrer: from && from !== location.origin ? from : undefined,
    utm: Object.keys(utm).length ? utm : undefined,
  };
}

/**
 * How this visit began: later pages of the visit have the shop itself as their referrer.
 * @returns {Arrival}
 */
export function arrival() {
  const here = arrivalHere();
  try {
    // A new campaign in the middle of a visit is a new arrival.
    const first = !here.utm && sessionStorage.getItem(VISIT);
    if (first) return JSON.parse(first);
    sessionStorage.setItem(VISIT, JSON.stringify(here));
  } catch {
    // Without storage each page speaks for itself.
  }
  return here;
}

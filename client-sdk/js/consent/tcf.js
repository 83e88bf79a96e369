// A consent manager of IAB Europe's framework, by its API (TCFv2, "CMP API v2").

/** How often it is looked whether the manager is there. */
const LOOK_MS = 200;

/** To keep something on the device, and what a reminder of a cart is: advertising that follows from what was looked at. */
export const purposes = ['1', '3', '4'];

/** @type {import('../consent.js').Manager['watch']} */
export function watch(heard, wanted) {
  const api = /** @type {any} */ (window).__tcfapi;
  if (!api) {
    setTimeout(watch, LOOK_MS, heard, wanted);
    return;
  }
  api('addEventListener', 2, (/** @type {any} */ data, /** @type {boolean} */ isFine) => {
    // As long as the question is on the screen there is no answer.
    if (!isFine || data.eventStatus === 'cmpuishown') return;
    if (data.gdprApplies === false) heard(null);
    else heard(wanted.every((purpose) => data.purpose?.consents?.[purpose]));
  });
}

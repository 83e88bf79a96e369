const MEMORY = 'dovecote.contact';

/**
 * The version of a sentence that a shopper agreed to. A changed sentence gets a new version, because the
 * consent receipt names what was read.
 * @typedef {'checkout-v1'} Wording
 */

/** @type {string} what was last told, so that a field event after a click is not told twice */
let told = '';

/**
 * Tells Homing who the shopper is, once there is a valid address and a tick; takes it back when the tick goes.
 * @param {HTMLInputElement} email
 * @param {HTMLInputElement} consent
 * @param {Wording} wording
 * @returns {boolean} whether the shopper can be reached
 */
export function tellContact(email, consent, wording) {
  const address = email.value.trim();
  const valid = address !== '' && email.checkValidity();
  const agreed = valid && consent.checked;
  if (!agreed && !(told && valid)) return false;
  const news = `${address} ${agreed}`;
  if (news === told) return agreed;
  told = news;
  homing('identify', {
    email: address,
    consent: { email: agreed, sms: false, wording, page: location.pathname },
  });
  try {
    if (agreed) sessionStorage.setItem(MEMORY, wording);
    else sessionStorage.removeItem(MEMORY);
  } catch {
    // Only the panel's guide would like to know.
  }
  return agreed;
}

/** Whether the shopper has left an address in this visit. */
export function contactKnown() {
  try {
    return sessionStorage.getItem(MEMORY) !== null;
  } catch {
    return false;
  }
}

/** Forgets it with everything else, when the shopper wants that. */
export function forgetContact() {
  told = '';
  try {
    sessionStorage.removeItem(MEMORY);
  } catch {
    // Then nothing was kept.
  }
}

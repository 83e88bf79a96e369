const MEMORY = 'dovecote.offer';

/** The discount code a recovery link brought along, if any. Kept for this browser until the order. */
export function currentOffer() {
  try {
    const kept = JSON.parse(localStorage.getItem(MEMORY) ?? 'null');
    const valid = typeof kept?.code === 'string' && kept.percent > 0 && kept.percent <= 100;
    return valid ? /** @type {HomingOffer} */ ({ code: kept.code, percent: kept.percent }) : null;
  } catch {
    return null;
  }
}

/** @param {HomingOffer | null} offer */
export function keepOffer(offer) {
  try {
    if (offer) localStorage.setItem(MEMORY, JSON.stringify(offer));
    else localStorage.removeItem(MEMORY);
  } catch {
    // Without storage the code is shown in the banner only.
  }
}

/** A code that a recovery link brings is applied at once, nothing to type. */
export function takeOffers() {
  homing('on', 'restored', ({ status, offer }) => {
    if (status !== 'ok' || !offer || offer.code === currentOffer()?.code) return;
    keepOffer(offer);
    // The sums on this page were made before the code was there; the cart's listeners make them again.
    window.dispatchEvent(new Event('offer'));
  });
}

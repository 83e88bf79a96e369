// Shopify's Customer Privacy API: its banner, or any other manager that tells Shopify ("Customer Privacy API" of shopify.dev).

/** How often it is looked whether the storefront's own script is there. */
const LOOK_MS = 200;

/** By Shopify's names, of `currentVisitorConsent`. */
export const purposes = ['analytics', 'marketing'];

/** What says whether a purpose is allowed where the visitor is, answered or not. */
/** @type {Record<string, string>} */
const ALLOWED = {
  analytics: 'analyticsProcessingAllowed',
  marketing: 'marketingAllowed',
  preferences: 'preferencesProcessingAllowed',
  sale_of_data: 'saleOfDataAllowed',
};

const shop = () => /** @type {any} */ (window).Shopify;

/**
 * @param {string[]} wanted
 * @returns {import('../consent.js').Word}
 */
function word(wanted) {
  const privacy = shop().customerPrivacy;
  const said = privacy.currentVisitorConsent();
  const isAllowed = wanted.every((name) => privacy[ALLOWED[name] || '']?.());
  if (!isAllowed) return wanted.some((name) => said[name] === 'no') ? false : undefined;
  // Where nobody has to be asked, the shop's own rule counts.
  return wanted.every((name) => said[name] === 'yes') || null;
}

/** @type {import('../consent.js').Manager['watch']} */
export function watch(heard, wanted) {
  const load = shop()?.loadFeatures;
  if (!shop()?.customerPrivacy && !load) {
    setTimeout(watch, LOOK_MS, heard, wanted);
    return;
  }
  const tell = () => heard(word(wanted));
  document.addEventListener('visitorConsentCollected', tell);
  if (shop().customerPrivacy) return tell();
  load([{ name: 'consent-tracking-api', version: '0.1' }], (/** @type {unknown} */ error) => {
    if (error) console.warn('homing:', error);
    else tell();
  });
}

/**
 * What the edge is told about the page and the device.
 * @typedef {object} Page
 * @property {string} device
 * @property {string} [tz]
 * @property {string} [locale]
 * @property {string} [currency]
 * @property {string} [referrer]
 * @property {Record<string, string>} [utm]
 * @property {true} [webdriver] a program drives the browser
 */

function device() {
  if (!matchMedia('(pointer: coarse)').matches) return 'desktop';
  return Math.min(screen.width, screen.height) < 600 ? 'phone' : 'tablet';
}

/**
 * @param {import('./page.js').Arrival} arrival
 * @param {string} [currency]
 * @returns {Page}
 */
export const pageContext = (arrival, currency) => ({
  device: device(),
  tz: Intl.DateTimeFormat().resolvedOptions().timeZone,
  locale: navigator.language,
  currency,
  webdriver: navigator.webdriver || undefined,
  ...arrival,
});

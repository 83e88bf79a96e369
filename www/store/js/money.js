/** @type {Map<string, Intl.NumberFormat>} */
const formats = new Map();

/**
 * An amount in minor units, written as the page's language writes it.
 * @param {number} minor
 * @param {string} [currency]
 */
export function money(minor, currency = 'EUR') {
  let format = formats.get(currency);
  if (!format) {
    format = new Intl.NumberFormat(document.documentElement.lang, { style: 'currency', currency });
    formats.set(currency, format);
  }
  const digits = format.resolvedOptions().maximumFractionDigits ?? 2;
  return format.format(minor / 10 ** digits);
}

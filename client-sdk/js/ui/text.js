// The words of what is shown: a file a language, of which a browser loads one.

/** @typedef {import('../index.d.ts').Texts} Texts */

/** Each is a file in ui/text. */
export const LANGUAGES = ['ar', 'de', 'en', 'es', 'fr', 'it', 'ja', 'nl', 'pl', 'pt'];

/** The page's language, or else the visitor's, as far as there are words in it. */
function language() {
  const wanted = [document.documentElement.lang, ...(navigator.languages || []), 'en'];
  return wanted.find((tag) => LANGUAGES.includes(primary(tag))) || 'en';
}

/** @param {string} tag */
const primary = (tag) => tag.toLowerCase().split(/[-_]/)[0] || '';

/**
 * @param {import('./settings.js').Lent} lent
 * @param {Partial<Texts>} own the shop's
 * @returns {Promise<Words>}
 */
export async function wordsOf({ part }, own) {
  const tag = language();
  const { text } = await part(`ui-text-${primary(tag)}`);
  return new Words({ ...text, ...own }, tag);
}

export class Words {
  /**
   * @param {Texts} texts
   * @param {string} tag
   */
  constructor(texts, tag) {
    this.texts = texts;
    this.tag = tag;
    this.language = primary(tag);
  }

  /**
   * @param {keyof Texts} name
   * @param {Record<string, string | number>} [values] of the names in braces
   */
  say(name, values = {}) {
    return this.texts[name].replace(/\{(\w+)\}/g, (_, key) => `${values[key] ?? ''}`);
  }

  /**
   * @param {number} minor
   * @param {string} currency
   */
  money(minor, currency) {
    try {
      const format = new Intl.NumberFormat(this.tag, { style: 'currency', currency });
      return format.format(minor / 10 ** (format.resolvedOptions().maximumFractionDigits ?? 2));
    } catch {
      // A currency that no browser knows.
      return `${minor / 100} ${currency}`;
    }
  }
}

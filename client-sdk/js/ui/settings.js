// What a shop wants to be shown, and where: by attributes of the script tag, or by calls.

/**
 * What the runtime lends the parts that show something.
 * @typedef {object} Lent
 * @property {import('../loader.js').Boot} boot
 * @property {import('../journal.js').Journal} journal
 * @property {import('../api.js').Listeners} listeners
 * @property {(name: string) => Promise<any>} part
 * @property {(error: unknown) => void} failed
 * @property {() => Promise<unknown>} arrived resolves when a link, if there is one, has been answered
 * @property {boolean} [isBack] whether an earlier page had something in the cart
 */

/**
 * @typedef {object} Settings
 * @property {import('../index.d.ts').PromptSettings | undefined} prompt nothing is asked without
 * @property {import('../index.d.ts').BannerSettings | undefined} banner
 * @property {import('../index.d.ts').ChatSettings | undefined} chat
 * @property {boolean} isTold whether the shopper is told what a link brought
 * @property {'merge' | 'replace' | 'ask'} meet
 * @property {string} [checkout] where a payment is tried again
 * @property {string} [cart] the page that shows the cart
 * @property {string} [theme]
 * @property {string} [exitExcept] pages whose leaving means nothing
 * @property {number} idleMs
 * @property {Partial<import('../index.d.ts').Texts>} texts the shop's own
 */

/** @param {unknown} value @param {number} usual where the value is no number */
const number = (value, usual) => {
  const found = Number.parseFloat(`${value}`);
  return found >= 0 ? found : usual;
};

/** Calls that say what is shown replace what the tag says. @param {Lent['boot']} boot @returns {Settings} */
export function settingsOf({ config }) {
  const tag = /** @type {HTMLElement | null} */ (document.querySelector('script[data-key]'));
  /** @type {Record<string, any>} */
  const data = { ...tag?.dataset, ...config };
  const wants = (/** @type {any} */ value) => value != null && value !== false && value !== 'off';
  const told = (/** @type {any} */ value, /** @type {object} */ said) =>
    wants(value) ? { ...said, ...(typeof value === 'object' ? value : undefined) } : undefined;
  return {
    prompt: told(data.prompt, {
      phone: data.prompt === 'phone',
      except: data.promptExcept,
      wording: data.promptWording,
      consent: data.promptConsent,
      days: number(data.promptDays, 30),
    }),
    banner: told(data.banner, { minutes: number(data.banner, 30) }),
    chat: told(data.chat, {}),
    isTold: data.notice !== 'off' && data.notice !== false,
    meet: ['replace', 'ask'].includes(data.meet) ? data.meet : 'merge',
    checkout: data.checkout,
    cart: data.cartPage,
    theme: data.theme,
    exitExcept: data.exitExcept,
    idleMs: number(data.exitIdle, 45) * 1_000,
    texts: data.texts || {},
  };
}

/**
 * Whether a list of paths, such as `/checkout, /account/*`, names this page.
 * @param {string | string[] | undefined} list
 * @param {string} [path]
 */
export function names(list, path = location.pathname) {
  const paths = typeof list === 'string' ? list.split(/[\s,]+/) : list || [];
  return paths.filter(Boolean).some((one) => {
    const pieces = one.split('*').map((piece) => piece.replace(/[^\w-]/g, '\\$&'));
    return new RegExp(`^${pieces.join('.*').replace(/\\\/$/, '')}/?$`).test(path);
  });
}

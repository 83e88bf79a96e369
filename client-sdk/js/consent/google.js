// Google's Consent Mode: what a manager tells Google's tags, by the entries that it pushes to `dataLayer` ("Set up consent mode on
// websites", "Google tag API reference: consent").

/** By Google's names. */
export const purposes = ['analytics_storage', 'ad_storage'];

/** @type {import('../consent.js').Manager['watch']} */
export function watch(heard, wanted) {
  const scope = /** @type {any} */ (window);
  scope.dataLayer ||= [];
  /** What a default says before there is an answer; of several, for several regions, none counts that allows less elsewhere. */
  /** @type {Record<string, string>} */
  const defaults = {};
  /** @type {Record<string, string>} */
  const answers = {};

  /** So long a default says that an update may take, ms. */
  let patience = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;

  /** @returns {import('../consent.js').Word} */
  const word = () => {
    const all = wanted.map((name) => answers[name]);
    if (all.includes('denied')) return false;
    if (all.every((one) => one === 'granted')) return true;
    const rest = wanted.map((name) => answers[name] || defaults[name]);
    // A default is nobody's answer: where it allows, the shop's own rule counts.
    return rest.every((one) => one === 'granted') ? null : undefined;
  };

  /** @param {any} entry `arguments` of a call of `gtag` */
  const read = (entry) => {
    if (entry?.[0] !== 'consent') return false;
    const kind = entry[1];
    if (kind === 'default') patience = Math.max(patience, entry[2]?.wait_for_update || 0);
    for (const name of wanted) {
      const value = entry[2]?.[name];
      if (!value) continue;
      if (kind === 'update') answers[name] = value;
      else if (kind === 'default' && defaults[name] !== 'denied') defaults[name] = value;
    }
    return true;
  };

  const tell = () => {
    clearTimeout(timer);
    const now = word();
    // What a default allows counts when nobody has said otherwise in the time that it gives.
    if (now === null) timer = setTimeout(heard, patience, now);
    else heard(now);
  };

  Array.from(scope.dataLayer).forEach(read);
  tell();
  const { push } = scope.dataLayer;
  // Google's own scripts put theirs around it in the same way.
  scope.dataLayer.push = function pushed(/** @type {any[]} */ ...entries) {
    if (entries.map(read).includes(true)) tell();
    return push.apply(this, entries);
  };
}

/** @typedef {Node | string | null | undefined | false} Child */

/**
 * Builds one element. An attribute `onclick: fn` listens, `true` stands bare, `false` and `undefined` are left out.
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag
 * @param {Record<string, unknown>} [attributes]
 * @param {...Child} children
 * @returns {HTMLElementTagNameMap[T]}
 */
export function element(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === false || value === undefined || value === null) continue;
    if (name.startsWith('on') && typeof value === 'function') {
      node.addEventListener(name.slice(2), /** @type {EventListener} */ (value));
    } else {
      node.setAttribute(name, value === true ? '' : String(value));
    }
  }
  for (const child of children) {
    if (child) node.append(child);
  }
  return node;
}

/**
 * The element a page cannot do without.
 * @template {Element} E
 * @param {string} selector
 * @param {new () => E} type
 * @param {ParentNode} [within]
 * @returns {E}
 */
export function find(selector, type, within = document) {
  const node = within.querySelector(selector);
  if (!(node instanceof type)) throw new Error(`the page lacks ${selector}`);
  return node;
}

/**
 * Says a sentence to screen readers without moving the focus.
 * @param {string} sentence
 */
export function announce(sentence) {
  let voice = document.getElementById('voice');
  if (!voice) {
    voice = element('p', { id: 'voice', class: 'unseen', role: 'status' });
    document.body.append(voice);
  }
  voice.textContent = sentence;
}

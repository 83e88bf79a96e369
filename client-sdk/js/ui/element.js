/** @typedef {Node | string | null | undefined | false} Child */

/**
 * Builds one element. `onclick: fn` listens, `true` stands bare, `false` and `undefined` are left out. No `style` attributes: a
 * shop's policy may forbid them.
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag
 * @param {Record<string, unknown>} [attributes]
 * @param {...Child} children
 * @returns {HTMLElementTagNameMap[T]}
 */
export function element(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === false || value == null) continue;
    if (typeof value === 'function') {
      node.addEventListener(name.slice(2), /** @type {EventListener} */ (value));
    } else node.setAttribute(name, value === true ? '' : String(value));
  }
  node.append(...children.filter((child) => child || child === '').map((child) => child || ''));
  return node;
}

import { element } from './element.js';
import { icon } from './icon.js';

/** The most of one line that the shop packs into one order. */
const MOST = 99;

/**
 * A number between two buttons.
 * @param {object} choice
 * @param {string} choice.label
 * @param {number} choice.value
 * @param {number} choice.least
 * @param {(value: number) => void} [choice.onChange]
 */
export function quantityField({ label, value, least, onChange }) {
  let now = value;
  const input = element('input', {
    type: 'text',
    inputmode: 'numeric',
    pattern: '[0-9]*',
    value: String(now),
    'aria-label': label,
    onchange: () => set(Number.parseInt(input.value, 10)),
  });

  /** @param {number} next */
  function set(next) {
    const kept = Number.isFinite(next) ? Math.min(MOST, Math.max(least, next)) : now;
    input.value = String(kept);
    if (kept === now) return;
    now = kept;
    onChange?.(kept);
  }

  const field = element(
    'div',
    { class: 'quantity', role: 'group', 'aria-label': label },
    element(
      'button',
      { type: 'button', 'aria-label': 'One less', onclick: () => set(now - 1) },
      icon('minus'),
    ),
    input,
    element(
      'button',
      { type: 'button', 'aria-label': 'One more', onclick: () => set(now + 1) },
      icon('plus'),
    ),
  );
  return {
    field,
    value: () => now,
    /** @param {number} next   what another tab or device set */
    show(next) {
      now = next;
      if (document.activeElement !== input) input.value = String(next);
    },
  };
}

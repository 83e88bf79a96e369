// Signs that a visitor is about to leave. Only loaded where there is something to leave. Each detector is a function that watches and
// calls back.
import { watchBack, watchHidden, watchIdle, watchScroll } from './touch.js';
import { names, settingsOf } from './ui/settings.js';
import { presenter } from './ui/when.js';

/** @typedef {(how: import('./index.d.ts').Events['exit']['how']) => void} Detected */
/** @typedef {(detected: Detected) => void} Detector */

/** Nobody leaves a page on purpose that they have just opened. */
const SETTLED_MS = 3_000;
/** Samples of the pointer older than this say nothing about its direction. */
const RECENT_MS = 300;
/** Slower than this (px/ms) the pointer rests near the edge rather than leaves. */
const LEAVING_SPEED = 0.15;

/** Menus and dialogs open at the top draw the pointer there. */
const OPEN_MENU = '[aria-haspopup][aria-expanded="true"],dialog[open],select:focus';

/**
 * Desktop: the pointer leaves by the top edge, where the tabs and the address bar are.
 * @type {Detector}
 */
export function watchPointer(detected) {
  /** @type {{ y: number, at: number }[]} */
  let path = [];

  const track = (/** @type {PointerEvent} */ event) => {
    const at = performance.now();
    path = [...path.filter((sample) => at - sample.at < RECENT_MS), { y: event.clientY, at }];
  };

  document.addEventListener('pointermove', track, { passive: true });
  document.addEventListener('pointerout', (event) => {
    if (event.pointerType !== 'mouse') return;
    // Only the step out of the window has no element that the pointer goes to.
    if (event.relatedTarget || event.clientY > 0 || event.buttons) return;
    track(event);
    const [first, last] = [path[0], path[path.length - 1]];
    if (!first || !last || first === last) return;
    const speed = (first.y - last.y) / Math.max(last.at - first.at, 1);
    if (speed >= LEAVING_SPEED) detected('pointer');
  });
}

/**
 * Once a visit, never where there is nothing to come back to; then what the shop wants to be shown.
 * @param {Detected} told
 * @param {import('./once.js').Once} once
 * @param {import('./ui/settings.js').Lent} lent
 * @param {Detector[]} [detectors]
 * @returns {(name: string, detail: unknown) => void} what the shop calls for
 */
export function watchExit(told, once, lent, detectors) {
  const { exitExcept, idleMs } = settingsOf(lent.boot);
  const { leaving, called } = presenter(lent);
  const all = [watchPointer, watchScroll, watchBack, watchIdle(idleMs), watchHidden];
  for (const watch of detectors || all) {
    watch((how) => {
      if (once.isOver || performance.now() < SETTLED_MS || names(exitExcept)) return;
      if (document.querySelector(`[data-homing-page="thanks"],${OPEN_MENU}`)) return;
      once.end();
      told(how);
      leaving();
    });
  }
  return called;
}

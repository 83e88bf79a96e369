// Signs that a visitor is about to leave. Only loaded where there is something to leave. Each detector is a function that watches and calls back; touch devices will
// have their own.

/** @typedef {(how: string) => void} Detected */
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
    if (performance.now() < SETTLED_MS) return;
    track(event);
    const [first, last] = [path[0], path[path.length - 1]];
    if (!first || !last || first === last) return;
    const speed = (first.y - last.y) / Math.max(last.at - first.at, 1);
    if (speed < LEAVING_SPEED || document.querySelector(OPEN_MENU)) return;
    detected('pointer');
  });
}

/**
 * Once a visit, never where there is nothing to come back to.
 * @param {Detected} detected
 * @param {import('./once.js').Once} once
 * @param {Detector[]} [detectors]
 */
export function watchExit(detected, once, detectors = [watchPointer]) {
  for (const watch of detectors) {
    watch((how) => {
      if (once.isOver || document.querySelector('[data-homing-page="thanks"]')) return;
      once.end();
      detected(how);
    });
  }
}

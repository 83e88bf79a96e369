// Signs that a visitor on a touch screen is about to leave: there is no pointer that goes to the tabs. None of them holds anybody up:
// no history entry is made, no gesture is taken, nothing is cancelled.

/** @typedef {import('./exit_intent.js').Detector} Detector */

/** A flick upwards counts when it covers so much of the screen in this time. */
const FLICK_MS = 350;
const FLICK_SCREENS = 0.6;
/** So far down (in screens) a page is read; above, who scrolls up only looks for the menu. */
const READ_SCREENS = 1;
/** The page still moves so long after the finger is gone. */
const MOMENTUM_MS = 1_200;
/** Bars and keyboards that come and go move the page, for so long. */
const MOVING_MS = 600;
/** A back gesture begins so near the side, and goes so far, px. */
const EDGE = 24;
const SWIPE = 56;
/** Who looks at another tab for a shorter time has not left. */
const AWAY_MS = 8_000;

/** The last thing that this page was touched with. */
let isTouched = false;
let isWatched = false;

/** Mice and pens have other ways. */
function watchTouch() {
  if (isWatched) return;
  isWatched = true;
  isTouched = matchMedia('(pointer: coarse)').matches && !matchMedia('(any-pointer: fine)').matches;
  addEventListener(
    'pointerdown',
    ({ pointerType }) => {
      isTouched = pointerType === 'touch';
    },
    { capture: true, passive: true },
  );
}

/** Somebody who writes is not leaving, and a keyboard moves the page. */
function isWriting() {
  const active = /** @type {HTMLElement | null} */ (document.activeElement);
  const view = window.visualViewport;
  const hasKeyboard = !!view && view.scale === 1 && innerHeight - view.height > 120;
  return hasKeyboard || !!active?.matches('input,textarea,select,[contenteditable]');
}

/**
 * A fast flick upwards, from somewhere down the page.
 * @type {Detector}
 */
export function watchScroll(detected) {
  watchTouch();
  /** @type {{ y: number, at: number }[]} */
  let path = [];
  let fingerAt = -MOMENTUM_MS;
  let movedAt = -MOVING_MS;
  const moved = () => {
    movedAt = performance.now();
    path = [];
  };
  addEventListener(
    'touchmove',
    () => {
      fingerAt = performance.now();
    },
    { passive: true },
  );
  addEventListener('resize', moved);
  window.visualViewport?.addEventListener('resize', moved);
  addEventListener(
    'scroll',
    () => {
      const at = performance.now();
      const y = scrollY;
      // A finger that was there; not a link to the top, nor the page's own doing.
      const isFingers = isTouched && at - fingerAt < MOMENTUM_MS;
      // Pulled down to reload, or over the end: the page is where it was.
      const isInside = y > 0 && y < document.documentElement.scrollHeight - innerHeight + 1;
      if (!isFingers || !isInside || at - movedAt < MOVING_MS || isWriting()) {
        path = [];
        return;
      }
      const last = path[path.length - 1];
      if (last && y > last.y) path = [];
      path = [...path.filter((sample) => at - sample.at < FLICK_MS), { y, at }];
      const first = path[0];
      if (!first || first.y < innerHeight * READ_SCREENS) return;
      if (first.y - y < innerHeight * FLICK_SCREENS) return;
      path = [];
      detected('scroll');
    },
    { passive: true },
  );
}

/**
 * The way back: by the browser's gesture at the side, or as soon as the browser says that it goes back to another page.
 * @type {Detector}
 */
export function watchBack(detected) {
  watchTouch();
  /** @type {Touch | undefined} */
  let from;
  /** Moves in a row that lead away from the side: Chromium may tell a gesture's last one in the middle of the next. */
  let away = 0;
  addEventListener(
    'touchstart',
    ({ touches }) => {
      // With two fingers the page is made larger.
      const one = touches.length === 1 ? touches[0] : undefined;
      from = one && (one.clientX < EDGE || one.clientX > innerWidth - EDGE) ? one : undefined;
      away = 0;
    },
    { passive: true },
  );
  addEventListener(
    'touchmove',
    ({ touches }) => {
      const one = touches.length === 1 ? touches[0] : undefined;
      if (!from || !one) return;
      const across = Math.abs(one.clientX - from.clientX);
      const along = Math.abs(one.clientY - from.clientY);
      away = across >= SWIPE && across >= 3 * along ? away + 1 : 0;
      if (away < 2) return;
      from = undefined;
      detected('back');
    },
    { passive: true },
  );
  /** @type {any} */ (window).navigation?.addEventListener(
    'navigate',
    (/** @type {any} */ event) => {
      const { navigationType, destination, hashChange } = event;
      if (!isTouched || navigationType !== 'traverse' || hashChange || destination.sameDocument)
        return;
      const here = /** @type {any} */ (window).navigation.currentEntry?.index;
      if (destination.index < here) detected('back');
    },
  );
}

/**
 * Nothing is done for a while.
 * @param {number} ms
 * @returns {Detector}
 */
export const watchIdle = (ms) => (detected) => {
  watchTouch();
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  const wait = () => {
    clearTimeout(timer);
    if (document.hidden || !ms) return;
    timer = setTimeout(() => isTouched && !isWriting() && detected('idle'), ms);
  };
  for (const name of ['pointerdown', 'touchmove', 'keydown', 'scroll', 'input']) {
    addEventListener(name, wait, { capture: true, passive: true });
  }
  addEventListener('visibilitychange', wait);
  wait();
};

/**
 * The page is put away, and stays away for more than a glance. A page that is left for another one is not seen again.
 * @type {Detector}
 */
export function watchHidden(detected) {
  watchTouch();
  let since = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  const isAway = () => since && Date.now() - since >= AWAY_MS && isTouched;
  addEventListener('visibilitychange', () => {
    clearTimeout(timer);
    if (document.hidden) {
      since = Date.now();
      // A browser that lets hidden pages sleep says so when it wakes them.
      timer = setTimeout(() => isAway() && detected('hidden'), AWAY_MS);
    } else {
      if (isAway()) detected('hidden');
      since = 0;
    }
  });
}

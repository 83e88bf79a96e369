// What happens once a visit.
const FIRED = 'homing.exit';

/** @typedef {ReturnType<typeof oncePerVisit>} Once */

/** @param {() => boolean} isPast whether nothing may happen any more */
export function oncePerVisit(isPast) {
  let isOver = false;
  return {
    get isOver() {
      if (isPast()) return true;
      try {
        return isOver || !!sessionStorage.getItem(FIRED);
      } catch {
        return isOver;
      }
    },
    /** Nothing more in this visit. */
    end() {
      if (isPast()) return;
      isOver = true;
      try {
        sessionStorage.setItem(FIRED, '1');
      } catch {
        // Without storage, once a page.
      }
    },
  };
}

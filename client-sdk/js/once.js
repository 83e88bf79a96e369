// What happens once a visit.
const FIRED = 'homing.exit';

/** @typedef {ReturnType<typeof oncePerVisit>} Once */

export function oncePerVisit() {
  let isOver = false;
  return {
    get isOver() {
      try {
        return isOver || !!sessionStorage.getItem(FIRED);
      } catch {
        return isOver;
      }
    },
    /** Nothing more in this visit. */
    end() {
      isOver = true;
      try {
        sessionStorage.setItem(FIRED, '1');
      } catch {
        // Without storage, once a page.
      }
    },
  };
}

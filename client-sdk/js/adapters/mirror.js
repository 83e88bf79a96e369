// Follows the shop's own cart: what changes there becomes the SDK's operations.
import { alone } from '../alone.js';
import { MARK } from './ask.js';
import { byKey, operations } from './lines.js';
import { UNDONE } from './undone.js';

/** @typedef {import('../index.d.ts').Platform} Platform */

/**
 * What the runtime lends an adapter.
 * @typedef {import('../ui/settings.js').Lent & { ordered: () => void }} Sdk `ordered`: nothing more is asked in this visit
 */

/**
 * @param {Sdk} sdk
 * @param {Platform} platform
 * @param {string} name of the module that fills its cart, which only a link needs
 */
export function mirror(sdk, platform, name) {
  const { journal, listeners, part, failed, arrived, ordered } = sdk;
  /** @returns {Promise<typeof import('./place.js')>} */
  const placing = () => part(`${name}-place`);
  let isWanted = false;
  let isPostponed = false;
  /** Whether this page has asked the shop for a change. */
  let isBusy = false;

  /** Looks once for all that asked since the last look began. */
  async function look() {
    if (isWanted || journal.isOver) return;
    isWanted = true;
    const work = () => {
      isWanted = false;
      return compare();
    };
    // Tabs take turns: a cart that was read before another tab's change must not be compared after it.
    await alone('homing.platform', work).catch(failed);
  }

  /** @param {boolean} [isMeeting] whether another cart is about to come: what there is has to be known before */
  async function compare(isMeeting) {
    await journal.look();
    const { entries, isCold } = journal;
    const { platform: before, todo } = journal.book;
    // This browser has lost what the edge still knows: compared with nothing, everything would be added once more.
    isPostponed = isCold && !before && !entries.length;
    if (isPostponed || journal.isOver || (isMeeting && todo)) return;
    const order = platform.order?.();
    if (order) {
      await journal.change((draft) => draft.write({ t: 'order', at: Date.now(), order }));
      ordered();
    }
    const placer = todo && (await placing());
    const report =
      todo && (await placer?.place(platform, todo, byKey(journal.view.lines), journal));
    const now = report?.now || byKey(await platform.read(isBusy ? undefined : before));
    // What has run out may be filled again by the link that is about to come.
    if (isMeeting && !Object.keys(now).length) return;
    await journal.change((draft) => {
      const { book } = draft;
      if (isMeeting && book.todo) return;
      // What was in the shop's cart when this browser forgot is not told anew.
      const was = { ...(book.platform || (book.isRenewed ? now : {})) };
      // What the shop would not let go is in the cart all the same.
      for (const key of report?.kept || []) delete was[key];
      for (const one of operations(was, now, byKey(draft.look().lines))) draft.write(one);
      book.platform = now;
      if (report?.isDone && book.todo?.token === todo?.token) book.todo = undefined;
    });
    if (report && !journal.isOver) placer?.tell(sdk, report.placed);
  }

  arrived().then(() => {
    look();
    listeners.on('restored', look);
    listeners.on('status', () => isPostponed && look());
    addEventListener(UNDONE, look);
    // The page is seen again, also one that the browser has kept.
    addEventListener('visibilitychange', () => document.hidden || look());
    platform.watch?.(look);
    const { requests } = platform;
    // The browser tells of each request that has ended; the shop's own fetch stays as it is.
    new PerformanceObserver((list) => {
      const isShops = (/** @type {PerformanceEntry} */ { name }) =>
        requests?.test(name) && !name.includes(MARK);
      if (!list.getEntries().some(isShops)) return;
      isBusy = true;
      look();
    }).observe({ type: 'resource' });
  });
  try {
    if (sessionStorage.getItem('homing.placed')) {
      placing().then(
        ({ tell }) => tell(sdk),
        () => {},
      );
    }
  } catch {
    // Nothing is kept where nothing may be kept.
  }
  return {
    /** Whether carts that have met can part again. */
    canTake: name !== 'custom' || !!platform.set,
    /** Looks before two carts meet. */
    see: () => alone('homing.platform', () => compare(true)).catch(() => {}),
  };
}

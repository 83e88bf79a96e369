// A page of a shop on Shopify whose Ajax API cannot be used: it is not there, or it turns everybody away.
import { place as fill, tell as told } from './place.js';
import * as shop from './shopify.js';

/** @typedef {(...asked: any[]) => Promise<any>} Work */

/** As `place` of place.js. @type {(_: unknown, ...asked: [import('../storage.js').Todo, import('./lines.js').Lines, import('../journal.js').Journal]) => ReturnType<typeof fill>} */
export async function place(_, todo, known, journal) {
  let isClosed = shop.isElsewhere();
  /** An answer that is none of the API's. A shop that does not answer is asked again on the next page. @param {Work} work @returns {Work} */
  const noting =
    (work) =>
    async (...asked) => {
      try {
        return await work(...asked);
      } catch (error) {
        isClosed ||=
          error instanceof SyntaxError || /^http_4/.test(/** @type {Error} */ (error).message);
        throw error;
      }
    };
  /** @type {Awaited<ReturnType<typeof fill>> | undefined} */
  let report;
  try {
    const platform = { read: noting(shop.read), add: noting(shop.add), coupon: shop.coupon };
    if (!isClosed) report = await fill(platform, todo, known, journal, 'shopify-set');
    if (report && !isClosed) return report;
  } catch (error) {
    if (!isClosed) throw error;
  }
  const permalink = await journal.boot.module('shopify-permalink', 0);
  return permalink.place(todo, known, journal, shop.root(), report?.now);
}

/** @type {typeof told} */
export function tell(sdk, placed) {
  told(sdk, placed);
  if (placed?.url && shop.settings().permalink !== 'off') location.assign(placed.url);
}

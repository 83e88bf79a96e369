/** What a theme of Shopify's does in its page. */

/**
 * Calls the Ajax API as a theme does.
 * @param {import('./sdk-storefront.mjs').Tab} tab
 * @param {string} path
 * @param {object} [body]
 * @returns {Promise<any>}
 */
export const ajax = (tab, path, body) =>
  tab.page.evaluate(
    async (url, text) => {
      const headers = { 'Content-Type': 'application/json' };
      const answer = await fetch(url, text ? { method: 'POST', headers, body: text } : {});
      return answer.json();
    },
    path,
    body && JSON.stringify(body),
  );

/**
 * Puts something into the shop's own cart.
 * @param {import('./sdk-storefront.mjs').Tab} tab
 * @param {number} id the variant's
 * @param {number} quantity
 */
export const addInTheme = (tab, id, quantity) =>
  ajax(tab, '/cart/add.js', { items: [{ id, quantity }] });

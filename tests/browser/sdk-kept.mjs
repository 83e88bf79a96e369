/** What a browser has kept for a page, wherever that may be. */

/**
 * Everything that the page's origin has stored, as text; of databases also that they are there.
 * @param {import('puppeteer-core').Page} page
 * @returns {Promise<string>}
 */
export const kept = (page) =>
  page.evaluate(async () => {
    /** @type {Record<string, unknown>} */
    const found = {
      local: { ...localStorage },
      session: { ...sessionStorage },
      cookies: document.cookie,
      state: history.state,
      caches: await caches.keys(),
    };
    for (const { name = '' } of await indexedDB.databases()) {
      /** @type {IDBDatabase} */
      const db = await new Promise((resolve, reject) => {
        const request = indexedDB.open(name);
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(request.error);
      });
      for (const store of db.objectStoreNames) {
        const request = db.transaction(store).objectStore(store).getAll();
        found[`${name}.${store}`] = await new Promise((resolve) => {
          request.onsuccess = () => resolve(request.result);
        });
      }
      db.close();
    }
    return JSON.stringify(found);
  });

/** What an origin has that has stored nothing. */
export const NOTHING = JSON.stringify({
  local: {},
  session: {},
  cookies: '',
  state: null,
  caches: [],
});

/** What is left of an answer about consent, where nothing else is. @param {string} word */
export const answered = (word) =>
  NOTHING.replace('"local":{}', `"local":{"homing-consent":"${word}"}`);

/** Clicks on recovery links: what is asked, and what a right answer is. */

const LOCATION = /\r\nlocation: ([^\r]*)/i;

/**
 * @param {{ host: string, links: import('./shops.mjs').Link[] }} data
 * @returns {import('./load.mjs').Scenario}
 */
export function clickScenario({ host, links }) {
  const exchanges = links.map(({ path, location }) => ({
    request: `GET ${path} HTTP/1.1\r\nhost: ${host}\r\naccept: text/html\r\n\r\n`,
    /** @param {number} status @param {string} head */
    check(status, head) {
      if (status !== 302 || LOCATION.exec(head)?.[1] !== location) {
        throw new Error(`${path} should lead to ${location}; the answer was:\n${head}`);
      }
    },
  }));
  let at = 0;
  return {
    next() {
      at = (at + 1) % exchanges.length;
      return /** @type {import('./load.mjs').Exchange} */ (exchanges[at]);
    },
  };
}

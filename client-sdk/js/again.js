import { backoffMs } from './problem.js';

/**
 * Asks until there is an answer, at once where the connection is back, or a problem that another try would meet as well.
 * @template T
 * @param {(attempt: number) => Promise<T>} ask
 * @param {number} [most] tries, before it is left to the next page
 * @returns {Promise<T>}
 */
export async function again(ask, most = Number.POSITIVE_INFINITY) {
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await ask(attempt);
    } catch (error) {
      const problem = /** @type {any} */ (error);
      if (attempt >= most || problem?.isTransient === false) throw error;
      /** @type {Promise<void>} */
      const turn = new Promise((resolve) => {
        const go = () => {
          removeEventListener('online', go);
          resolve();
        };
        setTimeout(go, backoffMs(attempt));
        addEventListener('online', go);
      });
      await turn;
    }
  }
}

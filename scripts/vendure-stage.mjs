/** The Vendure journey as the last stage of `npm test`, where the environment says that there is time for it. */
import { setTimeout as sleep } from 'node:timers/promises';
import { CommandError } from './command.mjs';
import { duration, step } from './progress.mjs';
import { nodeTests } from './test-runners.mjs';
import { buildVendureShop, vendurePackages } from './vendure-shop.mjs';

/** @typedef {import('./test-runners.mjs').Count} Count */

/** For the installation of 170 MB and the journey together. */
const LIMIT_MS = 10 * 60_000;

/** How npm says that it got nothing out of a registry: no name, no connection, no answer, or none of use. */
const UNREACHED =
  /\b(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ENETUNREACH|EHOSTUNREACH|ETIMEDOUT|ERR_SOCKET_TIMEOUT|FETCH_ERROR|E40[347]|E5\d\d)\b/;

/** Whether a failed installation only says that this machine reaches no registry. @param {unknown} error */
export const isUnreached = (error) => error instanceof CommandError && UNREACHED.test(error.output);

const LATE = Symbol('late');

/** Nothing was run: that says nothing of the product. @param {string} why @returns {Count} */
function notRun(why) {
  console.log(`not run: ${why}`);
  return { passed: 0, failed: 0 };
}

/** Installs Vendure where it is not, and runs the journey. @returns {Promise<Count>} */
export async function vendureStage() {
  const late = sleep(LIMIT_MS, LATE, { ref: false });
  if (!vendurePackages.isReady()) {
    try {
      const installed = step(vendurePackages.label, vendurePackages.install);
      if ((await Promise.race([installed, late])) === LATE)
        return notRun(`Vendure was not installed within ${duration(LIMIT_MS)}`);
    } catch (error) {
      if (!isUnreached(error)) throw error;
      return notRun('the npm registry that has Vendure cannot be reached');
    }
  }
  await step('plugin', buildVendureShop);
  const ended = await Promise.race([nodeTests(['tests', 'vendure']), late]);
  // Whatever still runs ends with this process: nothing comes after it.
  if (Array.isArray(ended)) return ended[0] ?? { passed: 0, failed: 1 };
  console.error(`The journey did not end within ${duration(LIMIT_MS)}.`);
  return { passed: 0, failed: 1 };
}

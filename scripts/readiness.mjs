/** Waiting for programs that start. */
import { setTimeout as sleep } from 'node:timers/promises';

const LOOK_MS = 100;
const ANSWER_TIMEOUT_MS = 5_000;

/** workerd starts in seconds, on a busy machine in some ten. */
const START_TIMEOUT_MS = 90_000;

/**
 * Whether an address answers with success.
 * @param {string} address
 * @returns {Promise<boolean>}
 */
export const answers = (address) =>
  fetch(address, { signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS) }).then(
    (response) => response.ok,
    () => false,
  );

/**
 * Waits until the address answers.
 * @param {string} address
 * @param {() => string | undefined} broken says why waiting has become pointless
 */
export async function untilAnswers(address, broken) {
  const deadline = Date.now() + START_TIMEOUT_MS;
  while (!(await answers(address))) {
    const reason = Date.now() > deadline ? `${address} did not answer in time` : undefined;
    const why = broken() ?? reason;
    if (why) throw new Error(why);
    await sleep(LOOK_MS);
  }
}

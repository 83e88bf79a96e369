/** The parent's end of the load generator. */
import { fork } from 'node:child_process';
import { inRoot } from '../../scripts/paths.mjs';

/** @typedef {import('./load.mjs').Run} Run */
/** @typedef {import('./load.mjs').Result} Result */

/** Starts the load generator's process. */
export function startGenerator() {
  const child = fork(inRoot('tests', 'bench', 'load.mjs'), { serialization: 'advanced' });
  let isStopping = false;
  return {
    /**
     * Runs a scenario; fails when a single answer is not right.
     * @param {Run} run
     * @returns {Promise<Result>}
     */
    run(run) {
      return new Promise((resolve, reject) => {
        /** @param {any} message */
        const hear = (message) => {
          child.removeListener('exit', gone);
          if (message.error === undefined) resolve(message.result);
          else reject(new Error(message.error));
        };
        const gone = () => {
          child.removeListener('message', hear);
          if (!isStopping) reject(new Error('the load generator ended'));
        };
        child.once('message', hear);
        child.once('exit', gone);
        child.send(run);
      });
    },
    stop() {
      isStopping = true;
      child.disconnect();
    },
  };
}

/**
 * How every command begins: with whatever Node started it and nothing installed, it sets the
 * project up, then runs itself again under the project's own Node.
 */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { helps } from './help.mjs';
import { whenNpmIsGone } from './npm-parent.mjs';
import { projectNode } from './paths.mjs';
import { setUp } from './setup.mjs';
import { report } from './user-error.mjs';

/** Set for the second run. */
const MARK = 'HOMING_LAUNCHED';

const STOP_SIGNALS = /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP']);

/**
 * @param {string} url the command's import.meta.url
 * @param {() => Promise<number | void>} main the command itself, under the project's Node; returns an exit code
 * @param {object} [needs]
 * @param {string[]} [needs.programs] by name
 * @param {boolean} [needs.ownHelp] answers `--help` itself
 * @param {() => Promise<unknown>} [needs.first] what can be told to be impossible before anything is set up
 */
export async function launch(url, main, needs) {
  try {
    if (!needs?.ownHelp && helps(url)) return;
    if (process.env[MARK] === '1') {
      // What this command starts in turn begins from the beginning.
      delete process.env[MARK];
      process.exitCode = (await main()) ?? 0;
    } else {
      await needs?.first?.();
      await setUp(needs);
      process.exitCode = await again(fileURLToPath(url));
    }
  } catch (error) {
    // At once: what still runs beside the part that failed is of no use any more.
    process.exit(report(error));
  }
}

/** @param {string} script @returns {Promise<number>} */
function again(script) {
  const child = spawn(projectNode, [script, ...process.argv.slice(2)], {
    env: { ...process.env, [MARK]: '1' },
    // The channel closes when this process dies, even by SIGKILL; see whenAbandoned.
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
  });
  // A terminal sends Ctrl-C to both, a supervisor to this one alone: hearing it twice does no harm.
  for (const name of STOP_SIGNALS) process.on(name, () => child.kill(name));
  whenNpmIsGone(() => child.kill('SIGTERM'));
  return new Promise((resolve) => {
    child.once('exit', (code, signal) => resolve(code ?? (signal === 'SIGINT' ? 130 : 1)));
    child.once('error', (error) => resolve(report(error)));
  });
}

/**
 * Calls back once when the command is asked to stop, or when the process that launched it is gone.
 * @param {(reason: string) => void} callback
 */
export function whenAskedToStop(callback) {
  let asked = false;
  /** @param {string} reason */
  const once = (reason) => {
    if (!asked) callback(reason);
    asked = true;
  };
  for (const name of STOP_SIGNALS) process.on(name, () => once(name));
  if (process.channel) {
    process.once('disconnect', () => once('disconnect'));
    // Listening must not keep a command alive that has nothing left to do.
    process.channel.unref();
  }
}

/** Long-running programs that must not outlive the one that started them. */
import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { inRoot } from './paths.mjs';

/** How long a program may take to end by itself before it is killed. */
const GRACE_MS = 3_000;

/**
 * Whether a process exists.
 * @param {number} pid
 */
export function isRunning(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code === 'EPERM';
  }
}

/**
 * @typedef {object} Program
 * @property {number} group the process group of the program and of all that it starts
 * @property {Promise<void>} ended resolves when the program is gone, for whatever reason
 * @property {() => boolean} hasEnded
 * @property {() => Promise<void>} stop asks it to end, then kills it
 * @property {() => Promise<void>} kill9 kills it and all that it started, at once
 */

/**
 * Starts a program in a process group of its own, under a guard that ends the group when this
 * process is gone, even when it was killed.
 * @param {string} program
 * @param {string[]} args
 * @param {{ log: string, env?: NodeJS.ProcessEnv, cwd?: string }} options log: the file for its output
 * @returns {Program}
 */
export function startProgram(program, args, { log, env, cwd }) {
  const output = openSync(log, 'a', 0o600);
  const guard = spawn(process.execPath, [inRoot('scripts', 'guard.mjs'), program, ...args], {
    cwd: cwd ?? inRoot(),
    env: { ...process.env, ...env },
    // The guard watches its standard input: it closes when this process ends.
    stdio: ['pipe', output, output],
    detached: true,
  });
  closeSync(output);
  let over = false;
  /** @type {Promise<void>} */
  const ended = new Promise((resolve) => {
    const end = () => {
      over = true;
      resolve();
    };
    guard.once('exit', end);
    guard.once('error', end);
  });
  const group = guard.pid ?? 0;
  /** @param {NodeJS.Signals} name */
  const signal = (name) => {
    try {
      if (group) process.kill(-group, name);
    } catch {
      // already gone
    }
  };
  return {
    group,
    ended,
    hasEnded: () => over,
    async stop() {
      guard.stdin?.end();
      await Promise.race([ended, sleep(GRACE_MS + 1_000, undefined, { ref: false })]);
      signal('SIGKILL');
      await ended;
    },
    async kill9() {
      signal('SIGKILL');
      await ended;
    },
  };
}

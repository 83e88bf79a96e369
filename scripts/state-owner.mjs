/** Which process runs with a state folder: two at once would spoil it. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isRunning } from './processes.mjs';
import { readIfThere } from './stamp.mjs';
import { UserError } from './user-error.mjs';

/** @param {string} stateDir */
const pidPath = (stateDir) => join(stateDir, 'running.pid');

/**
 * The other process that runs with this state, if one does.
 * @param {string} stateDir
 */
export function runningWith(stateDir) {
  const pid = Number(readIfThere(pidPath(stateDir)));
  return pid && pid !== process.pid && isRunning(pid) ? pid : undefined;
}

/** @param {string} stateDir */
export function refuseIfRunning(stateDir) {
  const other = runningWith(stateDir);
  if (!other) return;
  throw new UserError(
    `Homing already runs with the state in ${stateDir} (process ${other}). Stop that one first.`,
  );
}

/** Claims a state folder for this process. @param {string} stateDir */
export function ownState(stateDir) {
  refuseIfRunning(stateDir);
  mkdirSync(stateDir, { recursive: true, mode: 0o700 });
  writeFileSync(pidPath(stateDir), String(process.pid));
}

/** @param {string} stateDir */
export const disownState = (stateDir) => rmSync(pidPath(stateDir), { force: true });

/** Noticing that the npm which runs this script is gone. */
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { isRunning } from './processes.mjs';

const LOOK_MS = 500;

/**
 * A process's name and parent, where the system tells.
 * @param {number} pid
 */
function look(pid) {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    return {
      name: basename(/^Name:\s*(.*)$/m.exec(status)?.[1] ?? ''),
      parent: Number(/^PPid:\s*(\d+)$/m.exec(status)?.[1] ?? 0),
    };
  } catch {
    return { name: '', parent: 0 };
  }
}

/**
 * Calls back when npm is gone. npm passes SIGTERM on to the shell between it and this script, and
 * that shell ends without telling; a killed npm tells nobody.
 * @param {() => void} callback
 */
export function whenNpmIsGone(callback) {
  if (!process.env.npm_lifecycle_event) return;
  const parents = [process.ppid];
  const shell = look(process.ppid);
  if (/^(sh|dash|bash)$/.test(shell.name)) parents.push(shell.parent);
  const timer = setInterval(() => {
    if (process.ppid === parents[0] && parents.every(isRunning)) return;
    clearInterval(timer);
    callback();
  }, LOOK_MS);
  timer.unref();
}

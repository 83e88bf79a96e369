/** One set-up at a time: a second one waits until the first is done. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { toolsDir } from './paths.mjs';
import { isRunning } from './processes.mjs';
import { readIfThere } from './stamp.mjs';

const lockPath = join(toolsDir, 'setup.lock');

function tryLock() {
  mkdirSync(toolsDir, { recursive: true });
  try {
    writeFileSync(lockPath, String(process.pid), { flag: 'wx' });
    return true;
  } catch {
    const holder = Number(readIfThere(lockPath));
    // An interrupted set-up leaves its lock behind.
    if (holder && !isRunning(holder)) rmSync(lockPath, { force: true });
    return false;
  }
}

/**
 * Runs `work` while no other set-up of this folder runs.
 * @template T
 * @param {() => Promise<T>} work
 */
export async function withSetupLock(work) {
  let told = false;
  while (!tryLock()) {
    if (!told) console.log('  …  waiting for another set-up in this folder');
    told = true;
    await sleep(300);
  }
  try {
    return await work();
  } finally {
    rmSync(lockPath, { force: true });
  }
}

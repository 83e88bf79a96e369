/** Test files side by side, as many as the machine has time for: most of what a file does is to wait for something that was promised for later. */
import { availableParallelism, cpus, freemem } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';

/** Whatever the machine does, so many run. */
const FEWEST = 2;
/** Files for each core, at most: none of them waits all the time. */
const MOST_A_CORE = 5;
/** Another file begins when so much of the machine had nothing to do. Its beginning is its hardest work. */
const IDLE = 0.2;
/** So long the machine is looked at, and so long a file has to begin before the next one does, ms. */
const LOOK_MS = 1_000;
/** A runtime and a browser need about this, bytes. */
const MEMORY = 1_500_000_000;

/** What the cores have done so far, ms. */
function spent() {
  const times = cpus().map((core) => core.times);
  const idle = times.reduce((sum, time) => sum + time.idle, 0);
  const all = times.flatMap((time) => Object.values(time)).reduce((sum, time) => sum + time, 0);
  return { idle, all };
}

/** @returns {Promise<number>} the share of the machine that had nothing to do for a moment */
async function idleShare() {
  const before = spent();
  await sleep(LOOK_MS);
  const now = spent();
  return now.all > before.all ? (now.idle - before.idle) / (now.all - before.all) : 1;
}

/**
 * Does all of the work, in this order.
 * @template T
 * @param {T[]} list
 * @param {(one: T) => Promise<void>} work fails for nothing
 * @param {number} [most] at once; without it, as many as the machine has time and memory for
 */
export async function together(list, work, most) {
  /** @type {Set<Promise<void>>} */
  const running = new Set();
  const limit = most ?? Math.max(FEWEST, availableParallelism() * MOST_A_CORE);
  for (const one of list) {
    while (running.size >= limit) await Promise.race(running);
    while (most === undefined && running.size >= FEWEST) {
      if (running.size < limit && (await idleShare()) >= IDLE && freemem() >= MEMORY) break;
      while (running.size >= limit) await Promise.race(running);
    }
    const under = work(one).finally(() => running.delete(under));
    running.add(under);
  }
  await Promise.all(running);
}

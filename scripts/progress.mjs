/** Steps of a set-up or build, printed with the time each took. */

/** A step that runs longer than this says every so often what it is doing. */
const HEARTBEAT_MS = 20_000;

/**
 * Minutes and seconds for people.
 * @param {number} ms
 */
export function duration(ms) {
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  return `${Math.floor(seconds / 60)} min ${String(seconds % 60).padStart(2, '0')} s`;
}

/**
 * Runs one step. `work` may call `say` with the latest line of what it does.
 * It may return a word on what came out, which is printed behind the time.
 * @template T
 * @param {string} label
 * @param {(say: (line: string) => void) => Promise<T>} work
 * @param {{ announce?: boolean, quickMs?: number }} [options] announce: print the start as well; quickMs: stay silent when done sooner
 * @returns {Promise<T>}
 */
export async function step(label, work, options = {}) {
  const begin = Date.now();
  let latest = '';
  if (options.announce) console.log(`  …  ${label}`);
  const heartbeat = setInterval(() => {
    const doing = latest ? ` · ${latest.slice(0, 60)}` : '';
    console.log(`  …  ${label} (${duration(Date.now() - begin)}${doing})`);
  }, HEARTBEAT_MS);
  try {
    const result = await work((line) => {
      const text = line.trim();
      if (text) latest = text;
    });
    const took = Date.now() - begin;
    if (took >= (options.quickMs ?? 0)) {
      const outcome = typeof result === 'string' ? ` · ${result}` : '';
      console.log(`  ✓  ${label}  ${duration(took)}${outcome}`);
    }
    return result;
  } catch (error) {
    console.log(`  ✗  ${label}  ${duration(Date.now() - begin)}`);
    throw error;
  } finally {
    clearInterval(heartbeat);
  }
}

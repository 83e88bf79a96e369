/** The processes that a browser has started. */
import { execFileSync } from 'node:child_process';

/**
 * Ends processes of a group without a warning.
 * @param {number | undefined} group
 * @param {(command: string) => boolean} [isMeant] by its command line; all of them, where not given
 * @returns {number} how many there were
 */
export function killIn(group, isMeant = () => true) {
  if (!group) return 0;
  const list = execFileSync('ps', ['-axo', 'pid=,pgid=,args='], { encoding: 'utf8' });
  let killed = 0;
  for (const line of list.split('\n')) {
    const [, pid, own, command = ''] = /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? [];
    if (Number(own) !== group || !isMeant(command)) continue;
    try {
      process.kill(Number(pid), 'SIGKILL');
      killed += 1;
    } catch {
      // It has ended by itself.
    }
  }
  return killed;
}

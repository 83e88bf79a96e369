/** Debian's packages, for what neither npm nor cargo can bring. */
import { run, which } from './command.mjs';
import { UserError } from './user-error.mjs';

/** apt allows one caller at a time, and the lists need to be fetched once. @type {Promise<unknown>} */
let queue = Promise.resolve();
let listsFetched = false;

/** How apt can be run here: as root, by sudo without a password, or not at all. */
async function rights() {
  if (process.getuid?.() === 0) return [];
  if (!which('sudo')) return undefined;
  try {
    await run('sudo', ['-n', 'true'], { timeoutMs: 5_000 });
    return ['sudo', '-n'];
  } catch {
    return undefined;
  }
}

/**
 * Installs packages, or says what to type.
 * @param {string[]} packages
 * @param {{ purpose: string, otherwise: string, say: (line: string) => void }} options
 *   otherwise: what a person without apt can do
 */
export function aptInstall(packages, { purpose, otherwise, say }) {
  const next = queue.then(async () => {
    if (!which('apt-get')) throw new UserError(`${purpose}\n\n${otherwise}`);
    const prefix = await rights();
    const install = ['apt-get', 'install', '-y', '--no-install-recommends', ...packages];
    if (!prefix) {
      throw new UserError(
        `${purpose}\n\nThis needs root. Type this, then run the command again:\n\n  sudo apt-get update && sudo ${install.join(' ')}`,
      );
    }
    /** @param {string[]} command */
    const apt = async (command) => {
      const [program = '', ...args] = [...prefix, ...command];
      await run(program, args, { say, env: { DEBIAN_FRONTEND: 'noninteractive' } });
    };
    const patience = ['-o', 'DPkg::Lock::Timeout=300'];
    if (!listsFetched) {
      await apt(['apt-get', ...patience, 'update']);
      listsFetched = true;
    }
    await apt(['apt-get', ...patience, ...install.slice(1)]);
  });
  queue = next.catch(() => {});
  return next;
}

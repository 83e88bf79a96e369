/** The packages of package-lock.json, wrangler and a newer Node among them. */
import { existsSync, readFileSync } from 'node:fs';
import { run } from './command.mjs';
import { inRoot, projectNode } from './paths.mjs';
import { digest, isStamped, stamp } from './stamp.mjs';

// Inside node_modules, so that deleting the folder deletes the stamp with it.
const stampPath = inRoot('node_modules', '.homing-lock');

const lockKey = () => digest(readFileSync(inRoot('package-lock.json')));

/** @type {import('./setup.mjs').Part} */
export const npmPackages = {
  label: 'npm packages',
  isReady: () => isStamped(stampPath, lockKey()) && existsSync(projectNode),
  async install(say) {
    // npm names the copy of itself that runs this script; without npm, the one on the search path.
    const npm = process.env.npm_execpath;
    const args = ['ci', '--no-audit', '--no-fund', '--loglevel=error'];
    if (npm) await run(process.execPath, [npm, ...args], { say });
    else await run('npm', args, { say });
    await run(projectNode, ['--version']);
    stamp(stampPath, lockKey());
  },
};

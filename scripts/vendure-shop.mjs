/** The shop in examples/vendure, with a Vendure of its own that the rest of the project does not need. */
import { readFileSync } from 'node:fs';
import { run } from './command.mjs';
import { inRoot, npmProgram } from './paths.mjs';
import { digest, isStamped, stamp } from './stamp.mjs';

const dir = inRoot('examples', 'vendure');
const stampPath = inRoot('examples', 'vendure', 'node_modules', '.homing-lock');
const lockKey = () => digest(readFileSync(inRoot('examples', 'vendure', 'package-lock.json')));

/** @type {import('./setup.mjs').Part} */
export const vendurePackages = {
  label: 'Vendure (170 MB)',
  isReady: () => isStamped(stampPath, lockKey()),
  async install(say) {
    const npm = process.env.npm_execpath;
    // What it needs of native code is in its packages: no script has to run.
    const args = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
    if (npm) await run(process.execPath, [npm, ...args], { say, cwd: dir });
    else await run('npm', args, { say, cwd: dir });
    stamp(stampPath, lockKey());
  },
};

/** Checks the plugin's types against Vendure's own, and writes what Node runs. */
export const buildVendureShop = () => run(npmProgram('tsc'), ['--project', dir]);

/**
 * `npm run simulate`: shops in virtual time on the core's own rules. See tests/sim/src/lib.rs.
 *
 *   npm run simulate -- [--lives N | --carts N] [--seed S] [--seeds K] [--bug NAME] [--trace FILE] [--save FILE]
 */
import { spawnSync } from 'node:child_process';
import { helps } from './help.mjs';
import { inRoot } from './paths.mjs';

function simulate() {
  const args = process.argv.slice(2);
  // The rules are built without any bugs in them, unless one is asked for.
  const features = args.includes('--bug') ? ['--features', 'bugs'] : [];
  const run = ['run', '--quiet', '--profile', 'native', '-p', 'homing-sim', ...features];
  const { status } = spawnSync('cargo', [...run, '--', ...args], {
    cwd: inRoot(),
    stdio: 'inherit',
  });
  return status ?? 1;
}

if (!helps(import.meta.url)) process.exitCode = simulate();

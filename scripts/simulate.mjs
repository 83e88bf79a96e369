/** `npm run simulate`: shops in virtual time on the core's own rules. See tests/sim/src/lib.rs. */
import { spawnSync } from 'node:child_process';
import { inRoot } from './paths.mjs';

const args = process.argv.slice(2);
// The rules are built without any bugs in them, unless one is asked for.
const features = args.includes('--bug') ? ['--features', 'bugs'] : [];
const cargo = [
  'run',
  '--quiet',
  '--profile',
  'native',
  '-p',
  'homing-sim',
  ...features,
  '--',
  ...args,
];
const { status } = spawnSync('cargo', cargo, { cwd: inRoot(), stdio: 'inherit' });
process.exitCode = status ?? 1;

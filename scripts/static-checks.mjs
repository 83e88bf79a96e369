/** Checks that read the sources and run nothing of them. */
import { npmProgram } from './paths.mjs';

/**
 * @typedef {object} Check
 * @property {string} name
 * @property {string} program
 * @property {string[]} args
 * @property {boolean} [needsBuild] it reads declarations that the build writes
 */

const DENY = ['--', '-D', 'warnings'];

/** @param {string} name @param {string} project @returns {Check} */
const types = (name, project) => ({
  name,
  program: npmProgram('tsc'),
  args: ['--project', project],
  needsBuild: true,
});

/** @returns {Check[]} */
export const staticChecks = () => [
  { name: 'rustfmt', program: 'cargo', args: ['fmt', '--all', '--check'] },
  {
    name: 'clippy',
    program: 'cargo',
    args: ['clippy', '--workspace', '--all-targets', '--quiet', ...DENY],
  },
  {
    name: 'biome',
    program: npmProgram('biome'),
    args: ['ci', '--error-on-warnings', '--colors=off', '.'],
  },
  types('types', 'tsconfig.json'),
  // Apart from the others: a worker's globals are not a browser's.
  types('worker types', 'tsconfig.worker.json'),
];

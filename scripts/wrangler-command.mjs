/** wrangler, under the project's Node. */
import { spawn } from 'node:child_process';
import { run } from './command.mjs';
import { inRoot, projectNode, root } from './paths.mjs';

const script = inRoot('node_modules', 'wrangler', 'bin', 'wrangler.js');
const env = { WRANGLER_SEND_METRICS: 'false', WRANGLER_HIDE_BANNER: 'true' };

/**
 * Runs wrangler without a person in front of it and resolves to its output.
 * @param {string[]} args
 */
export const wrangler = (args) =>
  run(projectNode, [script, ...args], { env: { ...env, CI: 'true', NO_COLOR: '1' } });

/**
 * Runs wrangler in the terminal, where it may ask questions.
 * @param {string[]} args
 * @returns {Promise<number>} the exit code
 */
export function wranglerInTerminal(args) {
  const child = spawn(projectNode, [script, ...args], {
    cwd: root,
    env: { ...process.env, ...env },
    stdio: 'inherit',
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => resolve(code ?? 1));
  });
}

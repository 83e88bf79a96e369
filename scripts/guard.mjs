/**
 * Runs the program of its arguments and ends the whole process group when its standard input
 * closes: the one who started it has asked for that, or is gone.
 */
import { spawn } from 'node:child_process';

const GRACE_MS = 3_000;
const [program = '', ...args] = process.argv.slice(2);

const child = spawn(program, args, { stdio: ['ignore', 'inherit', 'inherit'] });

// The signal for the group is meant for the program; the guard waits until it has ended.
for (const name of /** @type {const} */ (['SIGTERM', 'SIGINT', 'SIGHUP'])) {
  process.on(name, () => {});
}

const killGroup = () => process.kill(-process.pid, 'SIGKILL');

child.once('error', (error) => {
  console.error(`${program}: ${error.message}`);
  process.exit(127);
});
child.once('exit', (code) => {
  // What the program has started and left behind goes with it.
  process.exitCode = code ?? 1;
  killGroup();
});

process.stdin.resume();
process.stdin.once('close', () => {
  process.kill(-process.pid, 'SIGTERM');
  setTimeout(killGroup, GRACE_MS);
});

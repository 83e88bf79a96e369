/** Programs that run to their end, with their output kept for the case that they fail. */
import { spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { root } from './paths.mjs';

/** How much output of a failed program is worth showing. */
const SHOWN_LINES = 60;

/** A program that failed, could not be started or took too long. */
export class CommandError extends Error {
  /**
   * @param {string} command
   * @param {string} reason
   * @param {string} output
   */
  constructor(command, reason, output) {
    const tail = output.trimEnd().split('\n').slice(-SHOWN_LINES).join('\n');
    super(`${command}\n${reason}${tail ? `\n${tail}` : ''}`);
    this.name = 'CommandError';
    this.output = output;
  }
}

/** @type {Set<import('node:child_process').ChildProcess>} */
const running = new Set();

// A set-up that is interrupted must not leave a compiler running.
process.once('exit', () => {
  for (const child of running) child.kill('SIGTERM');
});

/**
 * Runs a program and resolves to its standard output.
 * @param {string} program
 * @param {string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv, timeoutMs?: number, say?: (line: string) => void, show?: boolean }} [options]
 *   env is added to the process's own; say hears every line; show passes all output through
 * @returns {Promise<string>}
 */
export function run(program, args, options = {}) {
  const shownCommand = [program, ...args].join(' ');
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      cwd: options.cwd ?? root,
      env: { ...process.env, ...options.env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stdout = '';
    let output = '';
    /** @type {NodeJS.Timeout | undefined} */
    let timer;
    let timedOut = false;
    /** @param {string} text */
    const hear = (text) => {
      output += text;
      if (options.show) process.stdout.write(text);
      const line = text.trimEnd().split('\n').at(-1);
      if (line && options.say) options.say(line);
    };
    child.stdout.setEncoding('utf8').on('data', (text) => {
      stdout += text;
      hear(text);
    });
    child.stderr.setEncoding('utf8').on('data', hear);
    running.add(child);
    if (options.timeoutMs) {
      timer = setTimeout(() => {
        timedOut = true;
        child.kill('SIGKILL');
      }, options.timeoutMs);
    }
    const settle = () => {
      clearTimeout(timer);
      running.delete(child);
    };
    child.once('error', (error) => {
      settle();
      reject(new CommandError(shownCommand, `could not be started: ${error.message}`, output));
    });
    child.once('close', (code, signal) => {
      settle();
      if (code === 0) resolve(stdout);
      else if (timedOut)
        reject(new CommandError(shownCommand, `gave no result in ${options.timeoutMs} ms`, output));
      else reject(new CommandError(shownCommand, `ended with ${signal ?? `code ${code}`}`, output));
    });
  });
}

/**
 * The full path of a program on the search path, or undefined.
 * @param {string} program
 */
export function which(program) {
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    const candidate = join(folder, program);
    try {
      accessSync(candidate, constants.X_OK);
      return candidate;
    } catch {
      // not in this folder
    }
  }
  return undefined;
}

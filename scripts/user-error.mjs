import { CommandError } from './command.mjs';

/** A failure that the person at the keyboard can do something about: printed as text, without a stack. */
export class UserError extends Error {
  /** @param {string} message what is wrong and what to type */
  constructor(message) {
    super(message);
    this.name = 'UserError';
  }
}

/**
 * Prints a failure and returns the exit code for it.
 * @param {unknown} error
 */
export function report(error) {
  if (error instanceof UserError || error instanceof CommandError) {
    console.error(`\n${error.message}\n`);
  } else console.error(error);
  return 1;
}

/** Finds a browser that is installed. */
import { existsSync } from 'node:fs';
import { which } from './command.mjs';

/**
 * Its path, or undefined: what an environment variable names, or else the first that is on the search path or in a place of its own.
 * @param {string} variable
 * @param {string[]} names
 * @param {string} place where a Mac has it
 */
export function browserPath(variable, names, place) {
  const named = process.env[variable];
  if (named) return existsSync(named) ? named : undefined;
  for (const name of names) {
    const path = which(name);
    if (path) return path;
  }
  return existsSync(place) ? place : undefined;
}

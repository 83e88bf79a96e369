/** Small files that remember from what something was made, so that it is not made twice. */
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * A digest over texts and file contents.
 * @param {...(string | Uint8Array)} parts
 */
export function digest(...parts) {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part).update('\0');
  return hash.digest('hex');
}

/**
 * The text of a file, or undefined when it is not there.
 * @param {string} path
 */
export function readIfThere(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

/**
 * Whether the stamp holds exactly this key.
 * @param {string} path
 * @param {string} key
 */
export const isStamped = (path, key) => readIfThere(path) === key;

/**
 * Writes the stamp; call it only when the thing it stands for is complete.
 * @param {string} path
 * @param {string} key
 */
export function stamp(path, key) {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, key);
}

/**
 * Takes the stamp away before the thing it stands for is made again.
 * @param {string} path
 */
export const unstamp = (path) => rmSync(path, { force: true });

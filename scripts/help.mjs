/** `--help`: every command says in its first comment what it does; that is what it prints. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/**
 * Prints what a command does, where that is what was asked.
 * @param {string} url the command's import.meta.url
 * @returns {boolean} whether it was
 */
export function helps(url) {
  if (!process.argv.slice(2).some((arg) => arg === '--help' || arg === '-h')) return false;
  const [, comment = ''] = readFileSync(fileURLToPath(url), 'utf8').match(/\/\*\*(.*?)\*\//s) ?? [];
  console.log(comment.replace(/^\s*\* ?/gm, '').trim());
  return true;
}

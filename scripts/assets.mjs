/** The static files that the worker serves. */
import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { inRoot } from './paths.mjs';

/** Files in which placeholders, %NAME%, may stand. */
const TEXT_FILES = new Set(['.html', '.js', '.json']);

/** What every deployment serves: the SDK. */
export const builtAssets = inRoot('build', 'assets');

/**
 * Lays out what one local stack serves: the SDK, and the demo shop with the values of its own.
 * @param {string} target
 * @param {{ HOMING_KEY: string, INBOX_URL: string }} values
 */
export function layOutAssets(target, values) {
  rmSync(target, { recursive: true, force: true });
  cpSync(builtAssets, target, { recursive: true });
  // Whoever opens the address that `npm start` prints wants to see the shop.
  writeFileSync(join(target, '_redirects'), '/ /store/ 302\n');
  const store = join(target, 'store');
  cpSync(inRoot('www', 'store'), store, { recursive: true });
  for (const entry of readdirSync(store, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !TEXT_FILES.has(extname(entry.name))) continue;
    const path = join(entry.parentPath, entry.name);
    const text = readFileSync(path, 'utf8');
    let filled = text;
    for (const [name, value] of Object.entries(values)) {
      filled = filled.replaceAll(`%${name}%`, value);
    }
    if (filled !== text) writeFileSync(path, filled);
  }
}

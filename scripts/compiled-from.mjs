/**
 * What a module was compiled from, as cargo tells of it beside the module. Two variants of a crate are compiled into one place, so that
 * cargo takes each for outdated once the other was built: what this remembers spares both a minute.
 */
import { readFileSync } from 'node:fs';
import { inRoot } from './paths.mjs';
import { digest, readIfThere, stamp } from './stamp.mjs';

/** What cargo reads beside sources. */
const MANIFESTS = ['Cargo.toml', 'Cargo.lock', 'core/Cargo.toml', 'worker/Cargo.toml'];

/** @param {string[]} files @param {string} settings */
function keyOf(files, settings) {
  const contents = files.map((file) => readIfThere(file) ?? 'gone');
  const manifests = MANIFESTS.map((file) => readFileSync(inRoot(file)));
  return digest(settings, ...files, ...contents, ...manifests);
}

/** The sources of a module, by the rule that cargo writes for make. @param {string} wasm @returns {string[]} */
function sourcesOf(wasm) {
  const rule = readFileSync(wasm.replace(/\.wasm$/, '.d'), 'utf8');
  const [, list = ''] = rule.split(/\.wasm: /);
  return list
    .trim()
    .split(/(?<!\\) /)
    .map((path) => path.replaceAll('\\ ', ' '));
}

/**
 * Remembers what a module was compiled from, just now.
 * @param {string} path of what is remembered
 * @param {string} wasm
 * @param {string} settings by which it was compiled
 */
export function remember(path, wasm, settings) {
  const files = sourcesOf(wasm);
  stamp(path, JSON.stringify({ key: keyOf(files, settings), files }));
}

/**
 * Whether all is as it was then.
 * @param {string} path
 * @param {string} settings
 */
export function isAsRemembered(path, settings) {
  const text = readIfThere(path);
  if (!text) return false;
  const { key, files } = JSON.parse(text);
  return keyOf(files, settings) === key;
}

/** Every command begins on a bare machine: what it loads before its set-up has run comes with Node or with the project. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { test } from 'node:test';
import * as esbuild from 'esbuild';
import { inRoot, root } from '../../scripts/paths.mjs';

/** @type {{ scripts: Record<string, string> }} */
const { scripts } = JSON.parse(readFileSync(inRoot('package.json'), 'utf8'));

/**
 * @param {string} entry
 * @param {esbuild.Metafile['inputs']} inputs
 * @returns {string[]} the packages that are there only after the set-up, each with the file that asks for it
 */
function tooEarly(entry, inputs) {
  const seen = new Set([entry]);
  const missing = [];
  for (const file of seen) {
    for (const { kind, path, external } of inputs[file]?.imports ?? []) {
      if (kind !== 'import-statement') continue;
      if (!external) seen.add(path);
      else if (!isBuiltin(path)) missing.push(`${path} in ${file}`);
    }
  }
  return missing;
}

test('no command of package.json needs a package before it has set the project up', async () => {
  const entries = Object.values(scripts).map((command) => command.replace(/^(exec )?node /, ''));
  const { metafile } = await esbuild.build({
    entryPoints: entries,
    absWorkingDir: root,
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    splitting: true,
    outdir: 'unused',
    write: false,
    metafile: true,
    logLevel: 'silent',
  });
  for (const entry of entries) {
    assert.ok(metafile.inputs[entry], `${entry} was read`);
    assert.deepEqual(tooEarly(entry, metafile.inputs), [], `npm runs ${entry}`);
  }
});

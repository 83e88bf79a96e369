/** `npm run budget`: the size of everything that is sent over a wire, with its limit. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import { buildAll } from './build.mjs';
import {
  ADAPTERS,
  PARTS,
  PUSH_WORKER,
  READERS,
  SURFACES,
  sdkDir,
  sdkFile,
  WORDS,
} from './build-sdk.mjs';
import { WORKER_MODULES } from './build-worker.mjs';
import { launch } from './launch.mjs';
import { buildDir } from './paths.mjs';

const workerDir = join(buildDir, 'worker');

/** @param {string} file */
const zippedSize = (file) => gzipSync(readFileSync(file), { level: 9 }).length;

/** The gate is fetched by each visit where the shop has a rule; what forgets has to know all stores, and is fetched once. */
/** @type {Record<string, number>} */
const LARGER_PARTS = {
  consent: 2_000,
  forget: 2_600,
  restore: 2_800,
  exit_intent: 2_800,
  push: 2_100,
};

/** Limits are bytes after gzip at its best level; the parts of one limit are summed up. */
function budgets() {
  const loader = join(sdkDir, 'homing.js');
  const adapters = READERS.map((name) => sdkFile(`${name}.js`));
  const largest = adapters.sort((a, b) => zippedSize(b) - zippedSize(a)).slice(0, 1);
  return [
    { name: 'SDK loader', limit: 2_600, files: [loader] },
    { name: 'SDK loader with digests', limit: 2_600, files: [sdkFile('homing.js')] },
    // Before anybody has done anything: the bar is 24,000, of which nobody shall use more than what is needed.
    {
      name: 'SDK on a first visit',
      limit: 18_000,
      files: [loader, sdkFile('runtime.js'), ...largest],
    },
    {
      name: 'SDK on a first visit, with digests',
      limit: 18_000,
      files: ['homing.js', 'runtime.js', 'pins.js'].map(sdkFile).concat(largest),
    },
    {
      name: 'SDK with a cart',
      limit: 30_000,
      files: [loader, sdkFile('runtime.js'), sdkFile('homing.wasm')],
    },
    { name: 'SDK rules without WebAssembly', limit: 24_000, files: [sdkFile('plain.js')] },
    ...PARTS.map((name) => ({
      name: `SDK part: ${name}`,
      limit: LARGER_PARTS[name] ?? 900,
      files: [sdkFile(`${name}.js`)],
    })),
    { name: 'SDK service worker', limit: 700, files: [join(sdkDir, PUSH_WORKER)] },
    ...SURFACES.map((name) => ({
      name: `SDK surface: ${name}`,
      limit: 6_600,
      files: [sdkFile(`${name}.js`)],
    })),
    ...WORDS.map((name) => ({
      name: `SDK words: ${name}`,
      limit: 2_000,
      files: [sdkFile(`${name}.js`)],
    })),
    ...ADAPTERS.map((name) => ({
      name: `SDK adapter: ${name}`,
      // GraphQL's questions are longer than the others' addresses.
      limit: /^(adobe|shopify-storefront)/.test(name) ? 2_300 : 1_900,
      files: [sdkFile(`${name}.js`)],
    })),
    {
      name: 'worker',
      // Well below what the platform takes on its free plan (3 MB): an isolate begins sooner with less.
      limit: 1_900_000,
      files: WORKER_MODULES.map((module) => join(workerDir, module)),
    },
  ];
}

/** @param {number} bytes */
const shown = (bytes) => bytes.toLocaleString('en-GB').padStart(11);

/**
 * Prints the table.
 * @returns {{ within: number, over: number }} how many budgets hold and how many do not
 */
export function printBudget() {
  const all = budgets();
  let over = 0;
  console.log(
    `${'file'.padEnd(40)}${'bytes'.padStart(11)}${'gzipped'.padStart(12)}${'limit'.padStart(12)}`,
  );
  for (const { name, limit, files } of all) {
    let total = 0;
    for (const file of files) {
      const label = `  ${file.slice(buildDir.length + 1)}`.padEnd(40);
      if (!existsSync(file)) {
        console.log(`${label} is missing`);
        total = Number.POSITIVE_INFINITY;
        continue;
      }
      const content = readFileSync(file);
      const zipped = zippedSize(file);
      total += zipped;
      console.log(`${label}${shown(content.length)} ${shown(zipped)}`);
    }
    const verdict = total <= limit ? '✓' : '✗ over';
    if (total > limit) over += 1;
    console.log(`${name.padEnd(40)}${' '.repeat(11)} ${shown(total)} ${shown(limit)}  ${verdict}`);
  }
  return { within: all.length - over, over };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  await launch(import.meta.url, async () => {
    await buildAll();
    return printBudget().over > 0 ? 1 : 0;
  });
}

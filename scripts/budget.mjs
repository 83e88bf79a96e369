/** `npm run budget`: the size of everything that is sent over a wire, with its limit. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import { buildAll } from './build.mjs';
import { ADAPTERS, PARTS, sdkDir } from './build-sdk.mjs';
import { WORKER_MODULES } from './build-worker.mjs';
import { launch } from './launch.mjs';
import { buildDir } from './paths.mjs';

const workerDir = join(buildDir, 'worker');

/** Limits are bytes after gzip at its best level; the parts of one limit are summed up. */
const BUDGETS = [
  { name: 'SDK loader', limit: 2_600, files: [join(sdkDir, 'homing.js')] },
  {
    name: 'SDK runtime (wasm and glue)',
    limit: 24_000,
    files: [join(sdkDir, 'homing.wasm'), join(sdkDir, 'runtime.js')],
  },
  ...PARTS.map((name) => ({
    name: `SDK part: ${name}`,
    limit: 900,
    files: [join(sdkDir, `${name}.js`)],
  })),
  ...ADAPTERS.map((name) => ({
    name: `SDK adapter: ${name}`,
    // GraphQL's questions are longer than the others' addresses.
    limit: name.startsWith('adobe') ? 2_000 : 1_650,
    files: [join(sdkDir, `${name}.js`)],
  })),
  {
    name: 'worker',
    limit: 1_048_576,
    files: WORKER_MODULES.map((module) => join(workerDir, module)),
  },
];

/** @param {number} bytes */
const shown = (bytes) => bytes.toLocaleString('en-GB').padStart(11);

/**
 * Prints the table.
 * @returns {{ within: number, over: number }} how many budgets hold and how many do not
 */
export function printBudget() {
  let over = 0;
  console.log(
    `${'file'.padEnd(40)}${'bytes'.padStart(11)}${'gzipped'.padStart(12)}${'limit'.padStart(12)}`,
  );
  for (const { name, limit, files } of BUDGETS) {
    let total = 0;
    for (const file of files) {
      const label = `  ${file.slice(buildDir.length + 1)}`.padEnd(40);
      if (!existsSync(file)) {
        console.log(`${label} is missing`);
        total = Number.POSITIVE_INFINITY;
        continue;
      }
      const content = readFileSync(file);
      const zipped = gzipSync(content, { level: 9 }).length;
      total += zipped;
      console.log(`${label}${shown(content.length)} ${shown(zipped)}`);
    }
    const verdict = total <= limit ? '✓' : '✗ over';
    if (total > limit) over += 1;
    console.log(`${name.padEnd(40)}${' '.repeat(11)} ${shown(total)} ${shown(limit)}  ${verdict}`);
  }
  return { within: BUDGETS.length - over, over };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  await launch(import.meta.url, async () => {
    await buildAll();
    return printBudget().over > 0 ? 1 : 0;
  });
}

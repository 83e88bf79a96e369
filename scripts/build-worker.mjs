/** The worker's bundle: build/worker, and build/worker-test with the routes for tests. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './command.mjs';
import { isAsRemembered, remember } from './compiled-from.mjs';
import { buildDir, cargoProgram, inRoot } from './paths.mjs';
import { digest, isStamped, stamp, unstamp } from './stamp.mjs';
import { compileWasm, shrinkWasm, WORKER, wasmEnv } from './wasm.mjs';
import { toolchainRecord } from './wasm-toolchain.mjs';

const PACKAGE = 'homing-worker';

/** Change it when this file builds something else out of the same input. */
const RECIPE = '1';

/** The modules of a built worker, the entry point first. */
export const WORKER_MODULES = ['entry.js', 'index.js', 'index_bg.wasm'];

/**
 * @param {(line: string) => void} say
 * @param {{ testRoutes?: boolean, quick?: boolean }} [options] quick: soon there, large and slow
 */
export async function buildWorker(say, { testRoutes = false, quick = false } = {}) {
  const outDir = join(buildDir, testRoutes ? 'worker-test' : 'worker');
  const features = testRoutes ? ['--features', 'test-routes'] : [];
  const profile = quick ? 'quick' : 'release';
  const stampPath = join(outDir, '.stamp');
  const inputsPath = join(outDir, '.inputs');
  const versions = readFileSync(inRoot('package-lock.json'));
  const toolchain = JSON.stringify(toolchainRecord());
  const settings = digest(RECIPE, profile, JSON.stringify(WORKER), versions, toolchain);
  const isThere = existsSync(stampPath) && existsSync(join(outDir, 'index.js'));
  if (isThere && isAsRemembered(inputsPath, settings)) {
    await bundleEntry(outDir);
    return 'unchanged';
  }
  const wasm = await compileWasm(WORKER, { crate: PACKAGE, profile, args: features, say });
  const key = digest(RECIPE, profile, JSON.stringify(WORKER), versions, readFileSync(wasm));
  let changed = false;
  if (!isStamped(stampPath, key) || !existsSync(join(outDir, 'index.js'))) {
    unstamp(stampPath);
    say('worker-build');
    await run(
      cargoProgram('worker-build'),
      ['--profile', profile, '--no-opt', '--out-dir', outDir, ...features],
      { cwd: inRoot('worker'), env: wasmEnv(WORKER), say },
    );
    if (!quick) {
      say('wasm-opt');
      await shrinkWasm(WORKER, join(outDir, 'index_bg.wasm'));
    }
    writeDeclarations(outDir);
    stamp(stampPath, key);
    changed = true;
  }
  remember(inputsPath, wasm, settings);
  await bundleEntry(outDir);
  return changed ? undefined : 'unchanged';
}

/**
 * Types for what worker-build made, which writes none.
 * @param {string} outDir
 */
function writeDeclarations(outDir) {
  const text = readFileSync(join(outDir, 'index.js'), 'utf8');
  const names = [...text.matchAll(/export\s*\{([^}]*)\}/g)]
    .flatMap((match) => (match[1] ?? '').split(','))
    .map(
      (name) =>
        name
          .trim()
          .split(/\s+as\s+/)
          .at(-1) ?? '',
    )
    .filter((name) => name !== '' && name !== 'default');
  const lines = [
    'declare const worker: any;',
    'export default worker;',
    ...names.map((name) => `export const ${name}: any;`),
  ];
  writeFileSync(join(outDir, 'index.d.ts'), `${lines.join('\n')}\n`);
}

/**
 * Puts the entry point beside the modules it imports: one file for wrangler, for benches and for
 * both variants.
 * @param {string} outDir
 */
async function bundleEntry(outDir) {
  const esbuild = await import('esbuild');
  await esbuild.build({
    entryPoints: [inRoot('worker', 'js', 'entry.js')],
    outfile: join(outDir, 'entry.js'),
    bundle: true,
    format: 'esm',
    target: 'es2022',
    logLevel: 'silent',
    external: ['cloudflare:*'],
    plugins: [
      {
        name: 'worker-beside-entry',
        setup(build) {
          build.onResolve({ filter: /\/build\/worker\/index\.js$/ }, () => ({
            path: './index.js',
            external: true,
          }));
        },
      },
    ],
  });
}

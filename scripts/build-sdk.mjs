/** The SDK: build/assets/sdk/v1 with the loader, its runtime and the wasm module. */
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './command.mjs';
import { buildDir, cargoProgram, inRoot } from './paths.mjs';
import { digest, isStamped, stamp, unstamp } from './stamp.mjs';
import { compileWasm, SDK, shrinkWasm } from './wasm.mjs';

const PACKAGE = 'homing-sdk';

/** Change it when this file builds something else out of the same input. */
const RECIPE = '1';

/** Where wasm-bindgen's output stands; client-sdk/js/runtime.js imports its glue, homing.js. */
const glueDir = join(buildDir, 'sdk');

/** What a storefront loads. */
export const sdkDir = join(buildDir, 'assets', 'sdk', 'v1');

/**
 * Platforms whose cart the SDK follows. Each makes two modules: one that a storefront loads, and one that only a link needs, to
 * fill the cart with what it brought.
 */
const PLATFORMS = ['shopify', 'woocommerce', 'bigcommerce', 'adobe'];

/** @type {Record<string, string>} the entry points of those modules, by name */
const ADAPTER_ENTRIES = {
  custom: `import { mirror } from './mirror.js';
export const start = (sdk, own) => mirror(sdk, own, 'custom');`,
  'custom-place': `export { place, tell } from './place.js';`,
};
for (const name of PLATFORMS) {
  ADAPTER_ENTRIES[name] = `import { mirror } from './mirror.js';
import * as shop from './${name}.js';
export const start = (sdk) =>
  mirror(sdk, { read: shop.read, requests: shop.requests, order: shop.order }, '${name}');`;
  ADAPTER_ENTRIES[`${name}-place`] = `import { place as fill } from './place.js';
import * as shop from './${name}.js';
export { tell } from './place.js';
export const place = (_, todo, known) =>
  fill({ read: shop.read, add: shop.add, coupon: shop.coupon }, todo, known);`;
}

/** What the runtime loads when it is needed: with a link, and where there is something to leave. */
export const PARTS = ['restore', 'exit_intent'];

/** Modules that a storefront loads beside the runtime, and those that a link needs. */
export const ADAPTERS = Object.keys(ADAPTER_ENTRIES);

/** @param {(line: string) => void} say */
export async function buildSdk(say) {
  const wasm = await compileWasm(SDK, { crate: PACKAGE, profile: 'sdk', say });
  const stampPath = join(glueDir, '.stamp');
  const versions = readFileSync(inRoot('package-lock.json'));
  const key = digest(RECIPE, JSON.stringify(SDK), versions, readFileSync(wasm));
  const module = join(glueDir, 'homing_bg.wasm');
  let changed = false;
  if (!isStamped(stampPath, key) || !existsSync(module)) {
    unstamp(stampPath);
    say('wasm-bindgen');
    await run(cargoProgram('wasm-bindgen'), [
      ...[wasm, '--target', 'web', '--out-dir', glueDir, '--out-name', 'homing'],
    ]);
    const glue = join(glueDir, 'homing.js');
    writeFileSync(glue, readFileSync(glue, 'utf8').replaceAll('homing_bg.wasm', 'homing.wasm'));
    say('wasm-opt');
    await shrinkWasm(SDK, module);
    stamp(stampPath, key);
    changed = true;
  }
  mkdirSync(sdkDir, { recursive: true });
  copyFileSync(module, join(sdkDir, 'homing.wasm'));
  // Storefronts are on other origins, and a module and its wasm are fetched with CORS. Nothing here is anybody's secret.
  writeFileSync(
    join(buildDir, 'assets', '_headers'),
    '/sdk/*\n  Access-Control-Allow-Origin: *\n  Cache-Control: public, max-age=3600\n',
  );
  await bundleScripts();
  return changed ? undefined : 'unchanged';
}

export async function bundleScripts() {
  const esbuild = await import('esbuild');
  /** @type {import('esbuild').BuildOptions} */
  const common = { bundle: true, minify: true, target: 'es2020', legalComments: 'none' };
  const scripts = inRoot('client-sdk', 'js');
  /**
   * Whatever runs the wasm module knows this; older browsers keep the loader.
   * @param {string} name
   * @param {import('esbuild').BuildOptions} input
   */
  const asModule = (name, input) =>
    esbuild.build({
      ...common,
      ...input,
      target: 'es2022',
      outfile: join(sdkDir, `${name}.js`),
      format: 'esm',
    });
  await Promise.all([
    esbuild.build({
      ...common,
      entryPoints: [join(scripts, 'loader.js')],
      outfile: join(sdkDir, 'homing.js'),
      format: 'iife',
    }),
    ...['runtime', ...PARTS].map((name) =>
      asModule(name, { entryPoints: [join(scripts, `${name}.js`)] }),
    ),
    ...Object.entries(ADAPTER_ENTRIES).map(([name, contents]) =>
      asModule(name, {
        stdin: { contents, resolveDir: join(scripts, 'adapters') },
        // Not every platform lets a page know of an order.
        logOverride: { 'import-is-undefined': 'silent' },
      }),
    ),
  ]);
}

/** The merchant's wasm: build/merchant, what a dashboard loads to replay a shop's history in its own browser. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './command.mjs';
import { buildDir, cargoProgram, inRoot } from './paths.mjs';
import { digest, isStamped, stamp, unstamp } from './stamp.mjs';
import { compileWasm, shrinkWasm, WORKER } from './wasm.mjs';

const PACKAGE = 'homing-merchant';

/** Change it when this file builds something else out of the same input. */
const RECIPE = '1';

/** Where the module and its glue stand. */
export const merchantDir = join(buildDir, 'merchant');

/**
 * Compiled as the worker is: the same rules on the same standard library, already built.
 * @param {(line: string) => void} say
 */
export async function buildMerchant(say) {
  const wasm = await compileWasm(WORKER, { crate: PACKAGE, profile: 'release', say });
  const stampPath = join(merchantDir, '.stamp');
  const versions = readFileSync(inRoot('package-lock.json'));
  const key = digest(RECIPE, JSON.stringify(WORKER), versions, readFileSync(wasm));
  const module = join(merchantDir, 'merchant_bg.wasm');
  if (isStamped(stampPath, key) && existsSync(module)) return 'unchanged';
  unstamp(stampPath);
  say('wasm-bindgen');
  await run(cargoProgram('wasm-bindgen'), [
    ...[wasm, '--target', 'web', '--out-dir', merchantDir, '--out-name', 'merchant'],
  ]);
  say('wasm-opt');
  await shrinkWasm(WORKER, module);
  stamp(stampPath, key);
  return undefined;
}

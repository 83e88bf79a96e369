/**
 * `npm run build`: makes everything that is deployed, as far as it has changed. `-- --quick` makes only the worker that tests run, and
 * unoptimised, for those who work on it.
 */
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { putAssociations } from './app-links.mjs';
import { builtAssets } from './assets.mjs';
import { buildDocs } from './build-docs.mjs';
import { buildMerchant } from './build-merchant.mjs';
import { buildSdk } from './build-sdk.mjs';
import { buildWorker } from './build-worker.mjs';
import { launch } from './launch.mjs';
import { buildDir } from './paths.mjs';
import { step } from './progress.mjs';

/** Steps that find nothing to do are not worth a line. */
const QUICK_MS = 1_500;

/**
 * @param {{ testRoutes?: boolean, merchant?: boolean }} [options] testRoutes: build the variant for tests as well; merchant: what a
 *   dashboard loads, of which the edge needs nothing
 */
export async function buildAll({ testRoutes = false, merchant = testRoutes } = {}) {
  const { stop } = await import('esbuild');
  // One after the other: each fills every core, and the second heeds the first's failure.
  await step('worker', (say) => buildWorker(say), { quickMs: QUICK_MS });
  await step('SDK', (say) => buildSdk(say), { quickMs: QUICK_MS });
  buildDocs();
  putAssociations(builtAssets);
  if (merchant) {
    await step("merchant's wasm", (say) => buildMerchant(say), { quickMs: QUICK_MS });
  }
  if (testRoutes) {
    const label = 'worker with the routes for tests';
    await step(label, (say) => buildWorker(say, { testRoutes }), { quickMs: QUICK_MS });
  }
  // esbuild keeps a process for the next call; a demo that runs for hours does not need it.
  await stop();
}

/** The worker that tests run, in a fifth of the time; `npm test` builds it anew, as it is deployed. */
async function buildQuick() {
  const { stop } = await import('esbuild');
  const label = 'worker with the routes for tests, unoptimised';
  await step(label, (say) => buildWorker(say, { testRoutes: true, quick: true }));
  // Most tests run the one without those routes, which is the same otherwise.
  cpSync(join(buildDir, 'worker-test'), join(buildDir, 'worker'), { recursive: true });
  await stop();
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  await launch(import.meta.url, async () => {
    if (process.argv.includes('--quick')) await buildQuick();
    else await buildAll({ testRoutes: process.argv.includes('--test-routes'), merchant: true });
    console.log('Built.');
  });
}

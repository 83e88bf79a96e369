/**
 * `npm run vendure`: a real Vendure shop with the plugin of examples/vendure, its carts left, restored and bought; see docs/vendure.md.
 * The first run installs Vendure into examples/vendure.
 */
import { buildAll } from './build.mjs';
import { launch, whenAskedToStop } from './launch.mjs';
import { duration, step } from './progress.mjs';
import { nodeTests } from './test-runners.mjs';
import { buildVendureShop, vendurePackages } from './vendure-shop.mjs';

await launch(
  import.meta.url,
  async () => {
    whenAskedToStop(() => process.exit(130));
    if (!vendurePackages.isReady()) await step(vendurePackages.label, vendurePackages.install);
    await buildAll();
    await step('plugin', buildVendureShop);
    const begin = Date.now();
    const [{ passed, failed }] = await nodeTests(['tests', 'vendure']);
    console.log(`${passed} passed, ${failed} failed, in ${duration(Date.now() - begin)}`);
    return failed > 0 ? 1 : 0;
  },
  { programs: ['chromium'] },
);

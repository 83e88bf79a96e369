/**
 * `npm run bursts`: 100,000 webhooks of four platforms in bursts, a fifth of them repeated, all out of order; see docs/load.md.
 *
 *   npm run bursts -- [--webhooks N] [--seed S]
 */
import { parseArgs } from 'node:util';
import { buildAll } from './build.mjs';
import { launch, whenAskedToStop } from './launch.mjs';
import { duration } from './progress.mjs';
import { UserError } from './user-error.mjs';

/** How long the 202 may take at a tenth of the peak's rate, p99, ms. */
const MOST_MS = 50;

const OPTIONS = /** @type {const} */ ({
  webhooks: { type: 'string', default: '100000' },
  seed: { type: 'string', default: '1' },
});

function asked() {
  const { values } = parseArgs({ options: OPTIONS });
  const [webhooks, seed] = [Number(values.webhooks), Number(values.seed)];
  if (!Number.isInteger(webhooks) || webhooks < 100) {
    throw new UserError('--webhooks is a number from 100.');
  }
  if (!Number.isInteger(seed)) throw new UserError('--seed is a number.');
  return { webhooks, seed };
}

/** @param {number} ms */
const inMs = (ms) => `${ms.toFixed(1)} ms`;

await launch(import.meta.url, async () => {
  whenAskedToStop(() => process.exit(130));
  const { webhooks, seed } = asked();
  await buildAll();
  // Not before the set-up: it needs npm's packages.
  const { bursts } = await import('../tests/load/bursts.mjs');
  const begin = Date.now();
  const found = await bursts({ webhooks, seed, say: console.log });
  const { peak, tenth, wrong, unknown, kept } = found;
  const rows = {
    'webhooks, repeats among them': `${found.webhooks}, ${found.repeats}`,
    'carts, a quarter of each platform’s': found.baskets,
    'in bursts, a second': peak.rate.toFixed(0),
    '  202, p50': inMs(peak.p50),
    '  202, p99': inMs(peak.p99),
    'the queue was empty after': `${found.drainSeconds.toFixed(1)} s`,
    'at a tenth of that, a second': tenth.rate.toFixed(0),
    '  202, p50 ': inMs(tenth.p50),
    '  202, p99 ': inMs(tenth.p99),
    'had to be sent again': peak.again + tenth.again,
    'kept because they could not be taken': kept,
    'carts of which nobody knows whose they are': unknown,
    'carts that are not as their platform has them': wrong.length,
  };
  for (const [name, value] of Object.entries(rows)) {
    console.log(`${name.padEnd(48)}${String(value).padStart(20)}`);
  }
  for (const line of wrong.slice(0, 10)) console.error(`✗ ${line}`);
  const isSlow = tenth.p99 >= MOST_MS;
  if (isSlow) console.error(`✗ At a tenth of the peak’s rate p99 is ${MOST_MS} ms or more.`);
  const isBroken = wrong.length > 0 || kept > 0;
  if (!isBroken) console.log('✓ Every cart is as its platform has it.');
  console.log(`seed ${seed}, in ${duration(Date.now() - begin)}`);
  return isBroken || isSlow ? 1 : 0;
});

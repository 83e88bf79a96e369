/** `npm run thunder -- --shoppers 10000 --provider smtp`: everybody's message falls due in the same minute; see docs/load.md. */
import { parseArgs } from 'node:util';
import { buildAll } from './build.mjs';
import { launch, whenAskedToStop } from './launch.mjs';
import { duration } from './progress.mjs';
import { UserError } from './user-error.mjs';

const OPTIONS = /** @type {const} */ ({
  shoppers: { type: 'string', default: '10000' },
  provider: { type: 'string', default: 'resend' },
});

function asked() {
  const { shoppers, provider } = parseArgs({ options: OPTIONS }).values;
  const count = Number(shoppers);
  if (!Number.isInteger(count) || count < 1) throw new UserError(`${shoppers} is no number.`);
  if (provider !== 'smtp' && provider !== 'resend') {
    throw new UserError(`${provider} is no provider: smtp or resend.`);
  }
  return { shoppers: count, provider: /** @type {'smtp' | 'resend'} */ (provider) };
}

/** @param {number} ms */
const seconds = (ms) => `${(ms / 1_000).toFixed(1)} s`;

await launch(import.meta.url, async () => {
  whenAskedToStop(() => process.exit(130));
  const { shoppers, provider } = asked();
  await buildAll();
  // Not before the set-up: it needs npm's packages.
  const { thunder } = await import('../tests/load/thunder.mjs');
  const begin = Date.now();
  const found = await thunder({ shoppers, provider, say: console.log });
  const { missed, twice, early, strangers, lateness, tries, cpuSeconds, latestTries } = found;
  const rows = {
    'shoppers due in the same minute': shoppers,
    'messages offered to the provider': tries,
    missed,
    twice,
    early,
    'lateness, p50': seconds(lateness.p50),
    'lateness, p99': seconds(lateness.p99),
    'lateness, max': seconds(lateness.max),
    'tries of the ten that came last': latestTries.join(' '),
    'worker’s CPU per message': `${((cpuSeconds * 1_000) / shoppers).toFixed(2)} ms`,
  };
  for (const [name, value] of Object.entries(rows)) {
    console.log(`${name.padEnd(36)}${String(value).padStart(20)}`);
  }
  const broken = missed + twice + early + strangers;
  console.log(
    broken > 0 ? '✗ A promise was broken.' : '✓ Nobody was missed, nobody written to twice.',
  );
  console.log(`by ${provider}, in ${duration(Date.now() - begin)}`);
  return broken > 0 ? 1 : 0;
});

/** `npm run latency -- --rate 200 --seconds 15`: how long visitors and servers wait; see docs/load.md. */
import { parseArgs } from 'node:util';
import { buildAll } from './build.mjs';
import { launch, whenAskedToStop } from './launch.mjs';
import { duration } from './progress.mjs';
import { UserError } from './user-error.mjs';

const OPTIONS = /** @type {const} */ ({
  rate: { type: 'string', default: '200' },
  seconds: { type: 'string', default: '15' },
  // What is there is measured as it is, by whoever works on this script.
  variant: { type: 'string' },
});

function asked() {
  const { rate, seconds, variant } = parseArgs({ options: OPTIONS }).values;
  const [perSecond, span] = [Number(rate), Number(seconds)];
  if (!(perSecond >= 1 && perSecond <= 2_000)) throw new UserError(`--rate ${rate}: 1 to 2000.`);
  if (!(span >= 1 && span <= 600)) throw new UserError(`--seconds ${seconds}: 1 to 600.`);
  return { rate: perSecond, seconds: span, variant };
}

/** @param {number} ms */
const time = (ms) => (ms < 10_000 ? `${ms.toFixed(1)} ms` : `${(ms / 1_000).toFixed(1)} s`);

await launch(import.meta.url, async () => {
  whenAskedToStop(() => process.exit(130));
  const { rate, seconds, variant } = asked();
  if (!variant) await buildAll();
  // Not before the set-up: it needs npm's packages.
  const { LEFT_MS, latency, quantile } = await import('../tests/load/latency.mjs');
  const begin = Date.now();
  const rows = await latency({ rate, seconds, variant, say: console.log });
  const heads = [
    'a second',
    'measured',
    'failed',
    'p50',
    'p95',
    'p99',
    'max',
    'p95 below',
    'CPU each',
  ];
  console.log(`\n${''.padEnd(44)}${heads.map((head) => head.padStart(11)).join('')}`);
  let broken = 0;
  for (const { name, rate: own, bar, times, failed, failures, cpuMs } of rows) {
    const shown = [0.5, 0.95, 0.99, 1].map((share) => time(quantile(times, share)));
    const holds = failed === 0 && quantile(times, 0.95) < bar;
    if (!holds) broken += 1;
    const cpu = cpuMs === undefined ? '' : `${cpuMs.toFixed(2)} ms`;
    const cells = [own, times.length, failed, ...shown, time(bar), cpu];
    const row = cells.map((cell) => String(cell).padStart(11)).join('');
    console.log(`${holds ? '✓' : '✗'} ${name.padEnd(42)}${row}`);
    for (const failure of failures) console.log(`    ${failure}`);
  }
  console.log(
    `\nMessages wait ${time(LEFT_MS)} of it until the cart counts as left. In ${duration(Date.now() - begin)}.`,
  );
  return broken > 0 ? 1 : 0;
});

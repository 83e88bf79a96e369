/** `npm run overload`: twice the load that this machine holds; see docs/load.md. */
import { overload } from '../tests/load/overload.mjs';
import { buildAll } from './build.mjs';
import { launch, whenAskedToStop } from './launch.mjs';
import { duration } from './progress.mjs';

const KINDS = ['view', 'exit', 'change', 'stage', 'order', 'restore', 'unsubscribe'];

/** @param {import('../tests/load/overload.mjs').Phase} phase */
function print({ name, rate, seconds, cpuSeconds, tallies }) {
  const answered = [...tallies.values()].reduce((sum, { done, shed }) => sum + done + shed, 0);
  console.log(
    `\n${name}: ${rate.toFixed(0)} a second offered for ${seconds.toFixed(0)} s, ${answered} answered, ${((cpuSeconds * 1e6) / answered).toFixed(0)} µs of the worker’s CPU each`,
  );
  const heads = ['offered', 'taken', 'put aside', 'failed', 'repeated', 'p50, ms', 'p99, ms'];
  console.log('  '.padEnd(14) + heads.map((head) => head.padStart(11)).join(''));
  for (const kind of KINDS) {
    const tally = tallies.get(kind);
    if (!tally) continue;
    const { offered, done, shed, failed, repeated } = tally;
    const times = [tally.quantile(0.5), tally.quantile(0.99)].map((ms) => ms.toFixed(0));
    const cells = [offered, done, shed, failed, repeated, ...times];
    console.log(`  ${kind.padEnd(12)}${cells.map((cell) => String(cell).padStart(11)).join('')}`);
  }
}

/** @param {{ at: number, level: string }[]} levels */
function story(levels) {
  const changes = levels.filter(({ level }, n) => level !== levels[n - 1]?.level);
  const begin = levels[0]?.at ?? 0;
  return changes
    .map(({ at, level }) => `${level} (${((at - begin) / 1_000).toFixed(1)} s)`)
    .join(' → ');
}

await launch(import.meta.url, async () => {
  whenAskedToStop(() => process.exit(130));
  await buildAll();
  const begin = Date.now();
  const { phases, levels, broken, putAside } = await overload({
    // So few that the runtime, which closes an object after ten idle seconds, keeps them all open.
    visitors: 1_000,
    people: 200,
    seconds: Number(process.env.OVERLOAD_SECONDS ?? 15),
    say: console.log,
  });
  phases.forEach(print);
  console.log(`\nLevels, as /healthz showed them: ${story(levels)}`);
  console.log(`Put aside: ${JSON.stringify(putAside)}`);
  for (const promise of broken) console.error(`✗ ${promise}`);
  if (broken.length === 0) {
    console.log(
      '✓ Every capture was taken and is in its object; the rest was put aside in order, and came back.',
    );
  }
  console.log(`in ${duration(Date.now() - begin)}`);
  return broken.length > 0 ? 1 : 0;
});

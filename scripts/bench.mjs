/**
 * `npm run bench`: the built worker against its peers, on the bare runtime. `npm run bench -- link` or `collect` runs one part.
 * BENCH_ROUNDS (9) and BENCH_SECONDS (3) say how long; BENCH_SHOW_ROUNDS=1 prints each round. Figures go to target/bench.json.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { buildAll } from './build.mjs';
import { launch, whenAskedToStop } from './launch.mjs';
import { inRoot } from './paths.mjs';
import { duration } from './progress.mjs';
import { UserError } from './user-error.mjs';

const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 9);
const SECONDS = Number(process.env.BENCH_SECONDS ?? 3);
/** Parts of names, to run only some comparisons. */
const ONLY = process.argv.slice(2);

/** @typedef {import('../tests/bench/rounds.mjs').Comparison} Comparison */

const PARTS = ['link', 'collect'];

/** @param {Comparison[]} comparisons */
function print(comparisons) {
  console.log(
    `\n${'comparison'.padEnd(28)}${'ours, req/s'.padStart(13)}${'peer, req/s'.padStart(13)}${'ratio'.padStart(8)}${'rounds'.padStart(16)}${'ours, µs CPU'.padStart(14)}${'peer, µs CPU'.padStart(14)}`,
  );
  for (const { name, ours, peer, ratio, spread } of comparisons) {
    const [low, high] = spread;
    console.log(
      name.padEnd(28) +
        ours.rate.toFixed(0).padStart(13) +
        peer.rate.toFixed(0).padStart(13) +
        ratio.toFixed(3).padStart(8) +
        `${low.toFixed(2)} to ${high.toFixed(2)}`.padStart(16) +
        (ours.cpu?.toFixed(1) ?? '').padStart(14) +
        (peer.cpu?.toFixed(1) ?? '').padStart(14),
    );
  }
}

await launch(import.meta.url, async () => {
  const unknown = ONLY.find((name) => !PARTS.includes(name));
  if (unknown) throw new UserError(`${unknown} is no part; there are ${PARTS}.`);
  whenAskedToStop(() => process.exit(130));
  await buildAll();
  // Not before the set-up: they need npm's packages.
  const { compareCollect, compareLinks } = await import('../tests/bench/comparisons.mjs');
  const { makeWorld } = await import('../tests/bench/contenders.mjs');
  const { startGenerator } = await import('../tests/bench/generator.mjs');
  /** @type {Record<string, typeof compareLinks>} */
  const runs = { link: compareLinks, collect: compareCollect };
  const begin = Date.now();
  const world = await makeWorld();
  const generator = startGenerator();
  /** @type {Comparison[]} */
  const comparisons = [];
  try {
    for (const [part, run] of Object.entries(runs)) {
      if (ONLY.length > 0 && !ONLY.includes(part)) continue;
      console.log(`${part}: ${world.shops.length} shops, ${ROUNDS} rounds of ${SECONDS} s each`);
      comparisons.push(...(await run({ world, generator, rounds: ROUNDS, seconds: SECONDS })));
    }
  } finally {
    generator.stop();
    await world.kv.stop();
  }
  print(comparisons);
  const path = inRoot('target', 'bench.json');
  mkdirSync(inRoot('target'), { recursive: true });
  const rows = comparisons.map(({ name, ours, peer, ratio }) => ({
    name,
    ours: Math.round(ours.rate),
    peer: Math.round(peer.rate),
    ratio: Math.round(ratio * 1_000) / 1_000,
    unit: 'requests/s',
  }));
  writeFileSync(path, `${JSON.stringify(rows, null, 2)}\n`);
  console.log(`\nMedians of alternated rounds, in ${duration(Date.now() - begin)}; ${path}`);
});

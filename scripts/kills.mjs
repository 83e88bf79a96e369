/**
 * `npm run kills`: tabs and browsers that are ended without a warning at random moments; see docs/browsers.md.
 *
 *   npm run kills -- [--kills N] [--seed S] [--engine chromium|firefox|webkit]
 */
import { parseArgs } from 'node:util';
import { buildAll } from './build.mjs';
import { launch, whenAskedToStop } from './launch.mjs';
import { duration } from './progress.mjs';
import { ALL_BROWSERS } from './setup.mjs';
import { UserError } from './user-error.mjs';

/**
 * How many of all kills each engine gets: the more ways it can be killed in, the more.
 * @type {Record<string, number>}
 */
const SHARES = { chromium: 0.4, firefox: 0.4, webkit: 0.2 };

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '100' },
    seed: { type: 'string', default: '1' },
    engine: { type: 'string' },
    help: { type: 'boolean', short: 'h' },
  },
});

/** @typedef {import('../tests/browser/kills.mjs').Kill} Kill */

/** @param {Kill[]} all */
function print(all) {
  const heads = [
    'kills',
    'changes',
    'taken by the edge',
    'in the last 250 ms',
    'of them kept',
    'lost',
  ];
  console.log(`\n${''.padEnd(20)}${heads.map((head) => head.padStart(20)).join('')}`);
  const groups = Map.groupBy(all, ({ engine, way }) => `${engine}, ${way}`);
  const sum = (/** @type {Kill[]} */ kills, /** @type {(kill: Kill) => number} */ of) =>
    kills.reduce((total, kill) => total + of(kill), 0);
  for (const [name, kills] of [...groups].sort().concat([['in all', all]])) {
    const cells = [
      kills.length,
      sum(kills, ({ changes }) => changes),
      sum(kills, ({ acked }) => acked),
      sum(kills, ({ late }) => late),
      sum(kills, ({ saved }) => saved),
      sum(kills, ({ lost }) => lost.length),
    ];
    console.log(name.padEnd(20) + cells.map((cell) => String(cell).padStart(20)).join(''));
  }
}

await launch(
  import.meta.url,
  async () => {
    whenAskedToStop(() => process.exit(130));
    await buildAll();
    const [{ killAgainAndAgain }, { chromium, firefox }, { webkit }] = await Promise.all([
      import('../tests/browser/kills.mjs'),
      import('../tests/browser/engines/puppeteer.mjs'),
      import('../tests/browser/engines/webkit.mjs'),
    ]);
    const engines = { chromium, firefox, webkit };
    const [kills, seed] = [Number(values.kills), Number(values.seed)];
    if (!(kills > 0) || !Number.isInteger(seed))
      throw new UserError('--kills and --seed are numbers.');
    if (values.engine && !(values.engine in engines)) {
      throw new UserError(`--engine is one of ${Object.keys(engines).join(', ')}.`);
    }
    const plan = Object.entries(engines)
      .filter(([name]) => !values.engine || name === values.engine)
      .map(([name, engine]) => ({
        engine,
        kills: values.engine ? kills : Math.round(kills * (SHARES[name] ?? 0)),
      }));
    const begin = Date.now();
    const all = await killAgainAndAgain({
      plan,
      seed,
      say: ({ engine, way, line, after, changes, lost }) => {
        console.log(`${engine}, ${way}, line ${line}, after ${after} ms: ${changes} changes`);
        for (const text of lost) console.error(`  ✗ ${text}`);
      },
    });
    print(all);
    const lost = all.flatMap((kill) => kill.lost);
    if (lost.length === 0) console.log('✓ Nothing was lost, nothing came back.');
    console.log(`seed ${seed}, in ${duration(Date.now() - begin)}`);
    return lost.length > 0 ? 1 : 0;
  },
  { programs: values.engine ? [values.engine] : ALL_BROWSERS },
);

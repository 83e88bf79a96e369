/**
 * `npm run mutants`: changes one thing after another in the rules that matter most, and counts how many of the changes a test
 * notices. `npm run mutants -- token` runs one part. docs/mutants.md tells of those that none notices.
 */
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CommandError, run } from './command.mjs';
import { launch } from './launch.mjs';
import { cargoProgram, inRoot, toolsDir } from './paths.mjs';
import { UserError } from './user-error.mjs';

/** Pinned: another version makes other changes, and the shares would not compare. */
const VERSION = '27.1.0';

/** The share of changes that have to be noticed. */
const BAR = 0.9;

/** Which files are changed, and which tests may notice. All tests would take a day. */
const PARTS = {
  decision: {
    files: 'core/src/decision/*.rs',
    tests: ['decision::', 'object::shopper::'],
  },
  merge: {
    files: 'core/src/cart/*.rs',
    tests: ['cart::', 'object::cart::'],
  },
  token: { files: 'core/src/token.rs', tests: ['token::'] },
  chain: { files: 'core/src/log/chain.rs', tests: ['log::'] },
};

/** @typedef {{ summary: string, scenario: { Mutant?: { name: string } } }} Outcome */

async function install() {
  const program = cargoProgram('cargo-mutants');
  if (existsSync(program)) return;
  const args = ['install', 'cargo-mutants', '--version', VERSION, '--locked', '--root', toolsDir];
  await run('cargo', args, { show: true, env: { CARGO_TARGET_DIR: join(toolsDir, 'build') } });
}

/** @param {string} name @param {{ files: string, tests: string[] }} part */
async function mutate(name, { files, tests }) {
  const out = inRoot('target', 'mutants', name);
  mkdirSync(out, { recursive: true });
  const flags = [
    '--no-shuffle',
    '--jobs',
    process.env.MUTANTS_JOBS ?? '2',
    '--profile',
    'mutants',
    // On a busy machine a test that is slow is not one that never ends.
    '--minimum-test-timeout',
    '120',
    '--output',
    out,
  ];
  const scope = ['--package', 'homing-core', '--file', files, '--exclude', '**/tests/**'];
  const testArgs = ['--', '--lib', '--', ...tests];
  try {
    await run(cargoProgram('cargo-mutants'), ['mutants', ...flags, ...scope, ...testArgs], {
      show: true,
    });
  } catch (error) {
    // 2: some were missed, 3: some never ended. What came of each stands in a file.
    if (!(error instanceof CommandError)) throw error;
  }
  const path = join(out, 'mutants.out', 'outcomes.json');
  /** @type {{ outcomes: Outcome[] }} */
  const { outcomes } = JSON.parse(readFileSync(path, 'utf8'));
  const of = (/** @type {string} */ summary) =>
    outcomes.filter((outcome) => outcome.scenario.Mutant && outcome.summary === summary);
  // What never ends is noticed as well: by whoever waits for the tests.
  const caught = of('CaughtMutant').length + of('Timeout').length;
  const missed = of('MissedMutant').map((outcome) => outcome.scenario.Mutant?.name ?? '');
  return { name, caught, missed };
}

await launch(import.meta.url, async () => {
  const wanted = process.argv.slice(2);
  const unknown = wanted.find((name) => !(name in PARTS));
  if (unknown) throw new UserError(`${unknown} is no part; there are ${Object.keys(PARTS)}.`);
  await install();
  const results = [];
  for (const [name, part] of Object.entries(PARTS)) {
    if (wanted.length === 0 || wanted.includes(name)) results.push(await mutate(name, part));
  }
  console.log('\npart          noticed     of   share');
  for (const { name, caught, missed } of results) {
    const all = caught + missed.length;
    const share = ((caught / all) * 100).toFixed(1);
    console.log(
      `${name.padEnd(12)}${String(caught).padStart(9)}${String(all).padStart(7)}${share.padStart(7)} %`,
    );
    for (const line of missed) console.log(`    ${line}`);
  }
  const low = results.filter(({ caught, missed }) => caught < BAR * (caught + missed.length));
  return low.length > 0 || results.length === 0 ? 1 : 0;
});

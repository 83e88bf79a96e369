/** `npm test`: every check and every test there is, in the order of their cost. */

import { printBudget } from './budget.mjs';
import { buildAll } from './build.mjs';
import { CommandError, run } from './command.mjs';
import { hasTime } from './has-time.mjs';
import { launch, whenAskedToStop } from './launch.mjs';
import { duration, step } from './progress.mjs';
import { ALL_PROGRAMS } from './setup.mjs';
import { staticChecks } from './static-checks.mjs';
import { buildForTests } from './test-builds.mjs';
import { cargoTests, nodeTests } from './test-runners.mjs';
import { vendureStage } from './vendure-stage.mjs';

/** @typedef {import('./test-runners.mjs').Count} Count */

/** @param {import('./static-checks.mjs').Check} check @returns {Promise<Count>} */
async function runCheck({ program, args }) {
  try {
    await run(program, args);
    return { passed: 1, failed: 0 };
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    console.error(error.message);
    return { passed: 0, failed: 1 };
  }
}

const CHECKS = staticChecks();

/** Steps that find nothing to do are not worth a line. */
const QUICK_MS = 3_000;

/**
 * The files of both side by side: most of them wait most of the time.
 * @returns {Promise<Count>}
 */
async function edgeAndBrowserTests() {
  // Not before the set-up: it needs npm's packages.
  const { shareStack } = await import('../tests/fixtures/shared-stack.mjs');
  const shared = await shareStack();
  const [edge, browser] = await nodeTests(['tests', 'edge'], ['tests', 'browser']).finally(
    shared.end,
  );
  for (const [name, count] of Object.entries({ edge, browser })) {
    console.log(`${name} tests: ${count.passed} passed, ${count.failed} failed`);
  }
  return { passed: edge.passed + browser.passed, failed: edge.failed + browser.failed };
}

/** @param {import('./static-checks.mjs').Check} check */
const stageOf = (check) => ({ name: check.name, run: () => runCheck(check) });

/** @type {{ name: string, run: () => Promise<Count> }[]} */
const STAGES = [
  ...CHECKS.filter((check) => !check.needsBuild).map(stageOf),
  {
    name: 'build',
    run: async () => {
      await buildAll({ testRoutes: true }).catch((error) => {
        console.error('The build failed; what follows runs with the last one that succeeded.');
        throw error;
      });
      await step('what tests run', buildForTests, { quickMs: QUICK_MS });
      return { passed: 1, failed: 0 };
    },
  },
  ...CHECKS.filter((check) => check.needsBuild).map(stageOf),
  { name: 'Rust tests', run: () => cargoTests(['--workspace', '--no-fail-fast']) },
  {
    name: 'size budget',
    run: async () => {
      const { within, over } = printBudget();
      return { passed: within, failed: over };
    },
  },
  { name: 'edge and browser', run: edgeAndBrowserTests },
];

/** What takes too long for every day: it begins once all else has passed. */
const LONG_STAGES = hasTime() ? [{ name: 'Vendure', run: vendureStage }] : [];

await launch(
  import.meta.url,
  async () => {
    whenAskedToStop(() => process.exit(130));
    const begin = Date.now();
    const total = { passed: 0, failed: 0 };
    /** @type {string[]} */
    const summary = [];
    for (const stage of [...STAGES, ...LONG_STAGES]) {
      if (LONG_STAGES.includes(stage) && total.failed > 0) break;
      console.log(`\n── ${stage.name}`);
      const stageBegin = Date.now();
      const count = await stage.run().catch((error) => {
        console.error(error instanceof CommandError ? error.message : error);
        return { passed: 0, failed: 1 };
      });
      total.passed += count.passed;
      total.failed += count.failed;
      const line = `${stage.name.padEnd(16)} ${String(count.passed).padStart(5)} passed ${String(count.failed).padStart(4)} failed  ${duration(Date.now() - stageBegin).padStart(12)}`;
      console.log(line);
      const mark = count.passed + count.failed === 0 ? '–' : '✓';
      summary.push(`${count.failed > 0 ? '✗' : mark} ${line}`);
    }
    console.log(`\n${summary.join('\n')}\n  in ${duration(Date.now() - begin)}\n`);
    console.log(`${total.passed} passed, ${total.failed} failed`);
    return total.failed > 0 ? 1 : 0;
  },
  { programs: ALL_PROGRAMS },
);

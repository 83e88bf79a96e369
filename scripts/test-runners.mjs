/** The programs that run tests, and how each says how many passed. */
import { readdirSync } from 'node:fs';
import { CommandError, run } from './command.mjs';
import { inRoot, projectNode } from './paths.mjs';

/** @typedef {{ passed: number, failed: number }} Count */

/**
 * Sums up a number that stands in many lines.
 * @param {string} text
 * @param {RegExp} pattern with one group, global
 */
const sum = (text, pattern) =>
  [...text.matchAll(pattern)].reduce((total, match) => total + Number(match[1]), 0);

/**
 * Runs a program whether it succeeds or not; its output is passed through.
 * @param {string} program
 * @param {string[]} args
 * @param {NodeJS.ProcessEnv} [env]
 */
async function outcome(program, args, env = {}) {
  try {
    return { ok: true, output: await run(program, args, { show: true, env }) };
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    if (error.output === '') console.error(error.message);
    return { ok: false, output: error.output };
  }
}

/**
 * A run that failed without a failed test (it did not compile, it crashed) counts as one failure,
 * and so does a run that ran nothing.
 * @param {Count} count
 * @param {boolean} ok
 * @returns {Count}
 */
function honest(count, ok) {
  if (!ok && count.failed === 0) return { ...count, failed: 1 };
  if (count.passed + count.failed === 0) {
    console.error('No test ran.');
    return { passed: 0, failed: 1 };
  }
  return count;
}

/**
 * `cargo test` with these arguments.
 * @param {string[]} args
 */
export async function cargoTests(args) {
  const { ok, output } = await outcome('cargo', ['test', '--quiet', ...args]);
  return honest(
    {
      passed: sum(output, /^test result: .*?(\d+) passed/gm),
      failed: sum(output, /^test result: .*?(\d+) failed/gm),
    },
    ok,
  );
}

/** Test files that measure how much the machine can do, or how soon: nothing runs beside them. */
const ALONE = ['overload.test.mjs', 'kills.test.mjs'];

/**
 * Two or three files side by side and as many browsers keep two cores busy, and what is promised within a time may then come late: where
 * only a few files have a failed test they run once more, alone, and what fails then has failed.
 */
const MOST_REPEATED = 4;

/**
 * `node --test` over the test files of a folder.
 * @param {string[]} folder below the project's root
 * @param {number} [atOnce] files that may run side by side: each starts a stack of its own, and mostly waits
 */
export async function nodeTests(folder, atOnce = 1) {
  const names = readdirSync(inRoot(...folder))
    .filter((name) => name.endsWith('.test.mjs'))
    .sort();
  if (names.length === 0) return honest({ passed: 0, failed: 0 }, true);
  const groups = [
    { atOnce, files: names.filter((name) => !ALONE.includes(name)) },
    { atOnce: 1, files: names.filter((name) => ALONE.includes(name)) },
  ];
  const total = { passed: 0, failed: 0 };
  for (const { atOnce: some, files } of groups.filter((group) => group.files.length > 0)) {
    const paths = files.map((name) => inRoot(...folder, name));
    const { passed, failed, failing } = await testFiles(paths, some);
    total.passed += passed;
    total.failed += failed;
    if (failed === 0 || failing.length === 0 || failing.length > MOST_REPEATED) continue;
    console.log(`\n── ${failed} failed; their files once more, with nothing beside them\n`);
    const again = await testFiles(failing, 1);
    total.failed += again.failed - failed;
    total.passed += failed - again.failed;
  }
  return total;
}

/**
 * @param {string[]} paths
 * @param {number} atOnce
 * @returns {Promise<Count & { failing: string[] }>} also the files in which a test failed
 */
async function testFiles(paths, atOnce) {
  const { ok, output } = await outcome(
    projectNode,
    ['--test', '--test-reporter=spec', `--test-concurrency=${atOnce}`, ...paths],
    { NO_COLOR: '1', FORCE_COLOR: undefined },
  );
  const count = honest(
    {
      passed: sum(output, /^ℹ pass (\d+)/gm),
      failed: sum(output, /^ℹ fail (\d+)/gm) + sum(output, /^ℹ cancelled (\d+)/gm),
    },
    ok,
  );
  const failing = [...output.matchAll(/^test at (\S+\.test\.mjs):\d+:\d+$/gm)];
  return { ...count, failing: [...new Set(failing.map(([, path = '']) => path))] };
}

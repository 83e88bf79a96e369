/** The programs that run tests, and how each says how many passed. */
import { readdirSync, readFileSync } from 'node:fs';
import { basename, relative } from 'node:path';
import { CommandError, run } from './command.mjs';
import { inRoot, projectNode, root } from './paths.mjs';
import { duration } from './progress.mjs';
import { together } from './test-pool.mjs';

/** @typedef {{ passed: number, failed: number }} Count */

/**
 * Sums up a number that stands in many lines.
 * @param {string} text
 * @param {RegExp} pattern with one group, global
 */
const sum = (text, pattern) =>
  [...text.matchAll(pattern)].reduce((total, match) => total + Number(match[1]), 0);

/**
 * Runs a program whether it succeeds or not.
 * @param {string} program
 * @param {string[]} args
 * @param {NodeJS.ProcessEnv} [env]
 * @param {boolean} [show] passes its output through
 */
async function outcome(program, args, env = {}, show = true) {
  try {
    return { ok: true, output: await run(program, args, { show, env }) };
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    if (!show || error.output === '') console.error(error.message.split('\n', 2).join('\n'));
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

/** Whether documentation has examples, for which each crate would be compiled once more. */
const hasDocTests = () =>
  readdirSync(root, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !/^\.|^(node_modules|target|build)$/.test(entry.name))
    .flatMap(({ name }) =>
      readdirSync(inRoot(name), { recursive: true, encoding: 'utf8' })
        .filter((path) => path.endsWith('.rs') && !/(^|[\\/])(node_modules|target)[\\/]/.test(path))
        .map((path) => readFileSync(inRoot(name, path), 'utf8')),
    )
    .some((text) => /^\s*\/\/[/!] ?```/m.test(text));

/**
 * `cargo test` with these arguments.
 * @param {string[]} args
 */
export async function cargoTests(args) {
  const kinds = [['--lib', '--bins', '--tests'], ...(hasDocTests() ? [['--doc']] : [])];
  const counts = [];
  for (const kind of kinds) {
    const { ok, output } = await outcome('cargo', ['test', '--quiet', ...kind, ...args]);
    const passed = sum(output, /^test result: .*?(\d+) passed/gm);
    const failed = sum(output, /^test result: .*?(\d+) failed/gm);
    counts.push(honest({ passed, failed }, ok));
  }
  return total(counts);
}

/** Test files that measure how much the machine can do, or how soon: nothing runs beside them. */
const ALONE = ['overload.test.mjs', 'kills.test.mjs'];

/** Test files that take the longest, however much time the machine has: they begin first. */
const LONG = [
  'reservations.test.mjs',
  'thunder.test.mjs',
  'durability.test.mjs',
  'faults.test.mjs',
  'platform-api.test.mjs',
  'sdk-touch.test.mjs',
  'triggers.test.mjs',
  'webhooks.test.mjs',
  'events.test.mjs',
  'convergence.test.mjs',
  'accessibility.test.mjs',
  'main-path.test.mjs',
  'journeys-webkit.test.mjs',
  'journeys-firefox.test.mjs',
  'sdk-consent.test.mjs',
  'circuits.test.mjs',
  'audiences.test.mjs',
];

/** Its place in `LONG`, or behind. @param {string} path */
const place = (path) => (LONG.indexOf(basename(path)) + LONG.length + 1) % (LONG.length + 1);

/**
 * Many files side by side keep the cores busy, and what is promised within a time may then come late: where only a few files have a
 * failed test they run once more, alone, and what fails then has failed.
 */
const MOST_REPEATED = 4;

/** What Node has compiled, for the next process that runs the same. */
const COMPILE_CACHE = inRoot('node_modules', '.cache', 'compile');

/**
 * The test files of some folders.
 * @template {string[][]} Folders
 * @param {Folders} folders below the project's root
 * @returns {Promise<{ [N in keyof Folders]: Count }>} of each folder
 */
export async function nodeTests(...folders) {
  const files = folders.map((folder) =>
    readdirSync(inRoot(...folder))
      .filter((name) => name.endsWith('.test.mjs'))
      .sort()
      .map((name) => inRoot(...folder, name)),
  );
  const isAlone = (/** @type {string} */ path) => ALONE.includes(basename(path));
  const all = files.flat();
  const many = all.filter((path) => !isAlone(path)).sort((a, b) => place(a) - place(b));
  const found = await testFiles(many);
  const alone = await testFiles(all.filter(isAlone), 1);
  for (const [path, count] of alone) found.set(path, count);
  const failing = [...found].filter(([, { failed }]) => failed > 0).map(([path]) => path);
  if (failing.length > 0 && failing.length <= MOST_REPEATED) {
    console.log(`\n── ${failing.length} failed; once more, with nothing beside them\n`);
    for (const [path, count] of await testFiles(failing, 1)) found.set(path, count);
  }
  const counts = files.map((own) =>
    total(own.map((path) => found.get(path) ?? { passed: 0, failed: 1 })),
  );
  return /** @type {any} */ (counts);
}

/** @param {Count[]} counts @returns {Count} */
const total = (counts) =>
  honest(
    {
      passed: counts.reduce((sum, { passed }) => sum + passed, 0),
      failed: counts.reduce((sum, { failed }) => sum + failed, 0),
    },
    true,
  );

/**
 * @param {string[]} paths
 * @param {number} [atOnce] see `together`
 * @returns {Promise<Map<string, Count>>} of each file
 */
async function testFiles(paths, atOnce) {
  /** @type {Map<string, Count>} */
  const counts = new Map();
  await together(
    paths,
    async (path) => {
      const begin = Date.now();
      const { ok, output } = await outcome(
        projectNode,
        // In one process: the file has that for itself.
        ['--test', '--test-isolation=none', '--test-reporter=spec', path],
        { NO_COLOR: '1', FORCE_COLOR: undefined, NODE_COMPILE_CACHE: COMPILE_CACHE },
        false,
      );
      const passed = sum(output, /^ℹ pass (\d+)/gm);
      const failed = sum(output, /^ℹ fail (\d+)/gm) + sum(output, /^ℹ cancelled (\d+)/gm);
      // What several files say at once would stand in any order: each is shown when it has ended.
      console.log(`\n▪ ${relative(root, path)}, ${duration(Date.now() - begin)}\n${output.trim()}`);
      // A file may have nothing but tests that this machine cannot run.
      counts.set(path, { passed, failed: ok ? failed : Math.max(failed, 1) });
    },
    atOnce,
  );
  return counts;
}

/**
 * `npm run impact`: what the snippet costs the demo shop's pages; see docs/browsers.md.
 *
 *   npm run impact -- [--runs N]
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { buildAll } from './build.mjs';
import { launch, whenAskedToStop } from './launch.mjs';
import { duration } from './progress.mjs';
import { startStack } from './stack.mjs';
import { UserError } from './user-error.mjs';

/** Pages that show the same without the snippet; the cart's own page waits for it. */
const PAGES = ['', 'product.html?p=mug&v=blue'];

/** The performance score may differ by so much. */
const MOST_POINTS = 2;
/** What our scripts may take of the main thread, ms. */
const MOST_MS = 30;
/** How many times slower than this machine a shopper's is taken to be. */
const SLOWER = 4;

/** Whatever is printed that does not hold. @type {string[]} */
const broken = [];

/** @param {string} what @param {boolean} holds */
function claim(what, holds) {
  console.log(`  ${holds ? '✓' : '✗'} ${what}`);
  if (!holds) broken.push(what);
}

/**
 * @param {string} label
 * @param {number[]} runs
 * @param {number} digits
 * @param {number} middle
 */
const row = (label, runs, digits, middle) =>
  console.log(
    `  ${label.padEnd(44)}${middle.toFixed(digits).padStart(9)}   of ${runs.map((run) => run.toFixed(digits)).join(', ')}`,
  );

/** @param {number} runs */
async function measure(runs) {
  const { launchChromium, lighthouseRun, median, ownTime, startShop } = await import(
    '../tests/browser/impact.mjs'
  );
  const stateDir = mkdtempSync(join(tmpdir(), 'homing-impact-'));
  const stack = await startStack({ stateDir });
  const shops = {
    with: await startShop(stack.url, true),
    without: await startShop(stack.url, false),
  };
  const browser = await launchChromium();
  console.log(`${await browser.version()}, ${runs} runs each, medians`);
  /** @template T @param {() => Promise<T>} run @returns {Promise<T[]>} */
  const again = async (run) => {
    const all = [];
    for (let n = 0; n < runs; n += 1) all.push(await run());
    return all;
  };
  /**
   * @template {Record<string, number>} T
   * @param {string} label
   * @param {T[]} all
   * @param {keyof T & string} name
   * @param {number} [digits]
   */
  const show = (label, all, name, digits = 1) => {
    const values = all.map((one) => Number(one[name]));
    const middle = median(values);
    row(label, values, digits, middle);
    return middle;
  };
  try {
    for (const path of PAGES) {
      console.log(`\n/store/${path}`);
      const at = (/** @type {{ url: string }} */ { url }) => `${url}/store/${path}`;
      // In turns, so that whatever else the machine does is the same for both.
      const pairs = await again(async () => ({
        without: await lighthouseRun(browser, at(shops.without)),
        with: await lighthouseRun(browser, at(shops.with)),
      }));
      const [bare, ours] = [pairs.map((pair) => pair.without), pairs.map((pair) => pair.with)];
      const score = show('performance, mobile, without the snippet', bare, 'score', 0);
      const ourScore = show('performance, mobile, with it', ours, 'score', 0);
      show('total blocking time without, ms', bare, 'blocked', 0);
      show('total blocking time with, ms', ours, 'blocked', 0);
      const shift = show('layout shift without', bare, 'shift', 4);
      const ourShift = show('layout shift with', ours, 'shift', 4);
      const plain = await again(() => ownTime(browser, at(shops.with), 1));
      const ms = show('main thread on our scripts, ms', plain, 'ms');
      const slow = await again(() => ownTime(browser, at(shops.with), SLOWER));
      show(`the same, ${SLOWER} times slower`, slow, 'ms');
      const longest = show(`most in one task, ${SLOWER} times slower, ms`, slow, 'longest');
      claim(
        `the score differs by at most ${MOST_POINTS}`,
        Math.abs(score - ourScore) <= MOST_POINTS,
      );
      claim('it shifts nothing', ourShift <= shift);
      claim(`our scripts take less than ${MOST_MS} ms of the main thread`, ms < MOST_MS);
      claim(`no task of ours is longer than 50 ms, ${SLOWER} times slower`, longest <= 50);
    }
  } finally {
    await browser.close();
    await Promise.all([shops.with.stop(), shops.without.stop(), stack.stop()]);
    rmSync(stateDir, { recursive: true, force: true });
  }
}

await launch(
  import.meta.url,
  async () => {
    whenAskedToStop(() => process.exit(130));
    const { runs } = parseArgs({ options: { runs: { type: 'string', default: '5' } } }).values;
    if (!(Number(runs) > 0)) throw new UserError(`${runs} is no number of runs.`);
    await buildAll();
    const begin = Date.now();
    await measure(Number(runs));
    console.log(`\nin ${duration(Date.now() - begin)}`);
    return broken.length > 0 ? 1 : 0;
  },
  { programs: ['chromium'] },
);

/**
 * `npm run converge`: random histories of one cart on three devices; see docs/browsers.md. Most are played in this process, on the shipped
 * wasm and the edge's rules in wasm; some through real browsers.
 *
 *   npm run converge -- [--histories N] [--browsers N] [--seed S]
 */
import { parseArgs } from 'node:util';
import { buildAll } from './build.mjs';
import { launch, whenAskedToStop } from './launch.mjs';
import { duration } from './progress.mjs';
import { ALL_BROWSERS } from './setup.mjs';
import { UserError } from './user-error.mjs';

/** @type {Record<string, number>} how many of all histories in browsers each engine plays */
const SHARES = { chromium: 0.5, firefox: 0.25, webkit: 0.25 };

/** More than that of what went wrong says no more. */
const MOST_SHOWN = 5;

function asked() {
  const { values } = parseArgs({
    options: {
      histories: { type: 'string', default: '10000' },
      browsers: { type: 'string', default: '200' },
      seed: { type: 'string', default: '1' },
    },
  });
  const [histories, inBrowsers, seed] = [values.histories, values.browsers, values.seed].map(
    Number,
  );
  if (![histories, inBrowsers, seed].every(Number.isInteger)) {
    throw new UserError('--histories, --browsers and --seed are whole numbers.');
  }
  return { histories: Number(histories), inBrowsers: Number(inBrowsers), seed: Number(seed) };
}

/** @param {{ histories: number, seed: number }} options @returns {Promise<string[]>} what went wrong */
async function inThisProcess({ histories, seed }) {
  const { noCounts, play } = await import('../tests/convergence/history.mjs');
  const counts = noCounts();
  const begin = Date.now();
  /** @type {string[]} */
  const wrong = [];
  for (let n = 0; n < histories && wrong.length < MOST_SHOWN; n += 1) {
    await play(seed + n, counts).catch((error) => wrong.push(`seed ${seed + n}: ${error.message}`));
  }
  console.log(`${histories} histories in wasm, in ${duration(Date.now() - begin)}`);
  for (const [name, count] of Object.entries(counts)) {
    console.log(`  ${name.padEnd(16)}${String(count).padStart(10)}`);
  }
  return wrong;
}

/** @param {{ inBrowsers: number, seed: number }} options @returns {Promise<string[]>} what went wrong */
async function inBrowser({ inBrowsers, seed }) {
  const [{ playInBrowser }, { chromium, firefox }, { webkit }] = await Promise.all([
    import('../tests/convergence/browsers.mjs'),
    import('../tests/browser/engines/puppeteer.mjs'),
    import('../tests/browser/engines/webkit.mjs'),
  ]);
  /** @type {string[]} */
  const wrong = [];
  for (const [name, engine] of Object.entries({ chromium, firefox, webkit })) {
    const begin = Date.now();
    const histories = Math.round(inBrowsers * (SHARES[name] ?? 0));
    wrong.push(...(await playInBrowser({ engine, histories, seed })));
    console.log(`${histories} histories in ${engine.name}, in ${duration(Date.now() - begin)}`);
  }
  return wrong;
}

await launch(
  import.meta.url,
  async () => {
    whenAskedToStop(() => process.exit(130));
    const { histories, inBrowsers, seed } = asked();
    await buildAll();
    const wrong = [
      ...(await inThisProcess({ histories, seed })),
      ...(await inBrowser({ inBrowsers, seed })),
    ];
    for (const text of wrong.slice(0, MOST_SHOWN)) console.error(`✗ ${text}`);
    if (wrong.length === 0) console.log('✓ All ended with the same lines, and lost none.');
    return wrong.length > 0 ? 1 : 0;
  },
  { programs: ALL_BROWSERS },
);

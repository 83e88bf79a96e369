/** Brings everything a fresh clone needs beyond Rust and Node; does nothing when all is there. */
import { pathToFileURL } from 'node:url';
import { cargoTools } from './cargo-tools.mjs';
import { chromium } from './chromium.mjs';
import { firefox } from './firefox.mjs';
import { helps } from './help.mjs';
import { npmPackages } from './npm-packages.mjs';
import { php } from './php.mjs';
import { duration, step } from './progress.mjs';
import { withSetupLock } from './setup-lock.mjs';
import { report } from './user-error.mjs';
import { checkRust, wasmToolchain } from './wasm-toolchain.mjs';
import { webkit } from './webkit.mjs';

/**
 * @typedef {object} Part
 * @property {string} label
 * @property {() => boolean | Promise<boolean>} isReady
 * @property {(say: (line: string) => void) => Promise<unknown>} install
 */

/** @param {Part[]} parts */
async function missingOf(parts) {
  const ready = await Promise.all(parts.map((part) => part.isReady()));
  return parts.filter((_, index) => !ready[index]);
}

/** @type {Record<string, Part>} */
const BROWSERS = { chromium, firefox, webkit };

/** What only tests need. @type {Record<string, Part>} */
const PROGRAMS = { ...BROWSERS, php };

/** What the tests of the SDK run in. */
export const ALL_BROWSERS = Object.keys(BROWSERS);

/** What all tests need. */
export const ALL_PROGRAMS = Object.keys(PROGRAMS);

/**
 * Sets the project up.
 * @param {{ programs?: string[] }} [options] programs: by name, those that are needed as well
 */
export async function setUp({ programs = [] } = {}) {
  checkRust();
  const wanted = Object.entries(PROGRAMS).filter(([name]) => programs.includes(name));
  const parts = [npmPackages, wasmToolchain, cargoTools, ...wanted.map(([, part]) => part)];
  if ((await missingOf(parts)).length === 0) return;
  await withSetupLock(async () => {
    const missing = await missingOf(parts);
    if (missing.length === 0) return;
    const begin = Date.now();
    console.log('Setting up (once; about ten minutes on a bare machine)');
    await Promise.all(missing.map((part) => step(part.label, part.install, { announce: true })));
    console.log(`Set up in ${duration(Date.now() - begin)}\n`);
  });
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href && !helps(import.meta.url)) {
  try {
    await setUp({ programs: ALL_PROGRAMS });
    console.log('Everything is set up.');
  } catch (error) {
    process.exit(report(error));
  }
}

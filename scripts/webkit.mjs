/** A WebKit to drive in tests: WebKitGTK's small browser, its driver, and a display for it that nobody sees. */
import { existsSync, readdirSync } from 'node:fs';
import { platform } from 'node:os';
import { join } from 'node:path';
import { aptInstall } from './apt.mjs';
import { which } from './command.mjs';

/** Debian keeps the browser beside the library, in a folder of the machine's kind, not on the search path. */
function browserPath() {
  const found = which('MiniBrowser');
  if (found) return found;
  const libraries = existsSync('/usr/lib') ? readdirSync('/usr/lib') : [];
  return libraries
    .flatMap((kind) => ['4.1', '4.0'].map((version) => join(kind, `webkit2gtk-${version}`)))
    .map((folder) => join('/usr/lib', folder, 'MiniBrowser'))
    .find((path) => existsSync(path));
}

/** Where the three programs are; undefined when one of them is missing. */
export function webkitPaths() {
  const [driver, display, browser] = [which('WebKitWebDriver'), which('Xvfb'), browserPath()];
  return driver && display && browser ? { driver, display, browser } : undefined;
}

/** WebKitGTK exists for Linux alone. */
export const canHaveWebkit = platform() === 'linux';

/** @type {import('./setup.mjs').Part} */
export const webkit = {
  label: 'WebKit for the browser tests',
  isReady: () => !canHaveWebkit || webkitPaths() !== undefined,
  install: (say) =>
    aptInstall(['webkit2gtk-driver', 'xvfb'], {
      purpose: 'The browser tests need WebKitGTK with its driver and Xvfb, and did not find them.',
      otherwise:
        'Install WebKitGTK with WebKitWebDriver and MiniBrowser, and Xvfb, then run the command again.',
      say,
    }),
};

/** A Chromium to drive in tests and benches. */
import { aptInstall } from './apt.mjs';
import { browserPath } from './browser-path.mjs';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
const MAC = '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome';

/** The browser's path, or undefined. */
export const chromiumPath = () => browserPath('CHROMIUM_PATH', NAMES, MAC);

/** Flags for a browser that is driven by a program, also as root and inside a container. */
export const chromiumFlags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** @type {import('./setup.mjs').Part} */
export const chromium = {
  label: 'Chromium for the browser tests',
  isReady: () => chromiumPath() !== undefined,
  install: (say) =>
    aptInstall(['chromium'], {
      purpose: 'The browser tests need Chromium, and none was found.',
      otherwise:
        'Install Chromium or Chrome, or set CHROMIUM_PATH to one, then run the command again.',
      say,
    }),
};

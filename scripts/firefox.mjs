/** A Firefox to drive in tests. */
import { aptInstall } from './apt.mjs';
import { browserPath } from './browser-path.mjs';

const NAMES = ['firefox-esr', 'firefox'];
const MAC = '/Applications/Firefox.app/Contents/MacOS/firefox';

/** The browser's path, or undefined. */
export const firefoxPath = () => browserPath('FIREFOX_PATH', NAMES, MAC);

/** @type {import('./setup.mjs').Part} */
export const firefox = {
  label: 'Firefox for the browser tests',
  isReady: () => firefoxPath() !== undefined,
  install: (say) =>
    aptInstall(['firefox-esr'], {
      purpose: 'The browser tests need Firefox, and none was found.',
      otherwise: 'Install Firefox, or set FIREFOX_PATH to one, then run the command again.',
      say,
    }),
};

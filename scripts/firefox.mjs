/** A Firefox to drive in tests. */
import { existsSync } from 'node:fs';
import { aptInstall } from './apt.mjs';
import { which } from './command.mjs';

const NAMES = ['firefox-esr', 'firefox'];
const MAC = '/Applications/Firefox.app/Contents/MacOS/firefox';

/** The browser's path, or undefined. */
export function firefoxPath() {
  const named = process.env.FIREFOX_PATH;
  if (named) return existsSync(named) ? named : undefined;
  for (const name of NAMES) {
    const path = which(name);
    if (path) return path;
  }
  return existsSync(MAC) ? MAC : undefined;
}

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

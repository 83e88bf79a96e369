/** Chromium by its own protocol, and Firefox by WebDriver BiDi. */
import puppeteer from 'puppeteer-core';
import { chromiumFlags, chromiumPath } from '../../../scripts/chromium.mjs';
import { firefoxPath } from '../../../scripts/firefox.mjs';
import { killIn } from './processes.mjs';

/** @typedef {import('./engine.mjs').Engine} Engine */

/**
 * Its browser contexts are private ones.
 * @type {Engine}
 */
export const chromium = {
  name: 'Chromium',
  namesItsOrigin: true,
  losesBeacons: false,
  keepsProfiles: true,
  crash: (browser) =>
    killIn(browser.process()?.pid, (command) => command.includes('--type=renderer')),
  launch: ({ profile } = {}) =>
    puppeteer.launch({
      executablePath: chromiumPath(),
      args: chromiumFlags,
      userDataDir: profile,
    }),
};

/** @type {Engine} */
export const firefox = {
  name: 'Firefox',
  namesItsOrigin: false,
  losesBeacons: true,
  keepsProfiles: true,
  crash: (browser) =>
    killIn(browser.process()?.pid, (command) => /-contentproc .*\btab$/.test(command)),
  launch: ({ profile, isPrivate = false, prefs = {} } = {}) =>
    puppeteer.launch({
      browser: 'firefox',
      executablePath: firefoxPath(),
      userDataDir: profile,
      extraPrefsFirefox: { 'browser.privatebrowsing.autostart': isPrivate, ...prefs },
    }),
};

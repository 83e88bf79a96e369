/** PHP, which runs the plugin for WooCommerce in tests. */
import { aptInstall } from './apt.mjs';
import { browserPath } from './browser-path.mjs';

/** Its path, or undefined. */
export const phpPath = () => browserPath('PHP_PATH', ['php'], '/opt/homebrew/bin/php');

/** @type {import('./setup.mjs').Part} */
export const php = {
  label: 'PHP for the tests of the plugin',
  isReady: () => phpPath() !== undefined,
  install: (say) =>
    aptInstall(['php-cli'], {
      purpose: 'The tests of the plugin for WooCommerce need PHP, and none was found.',
      otherwise: 'Install PHP 7.4 or later, or set PHP_PATH to one, then run the command again.',
      say,
    }),
};

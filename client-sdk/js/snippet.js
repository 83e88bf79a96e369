// The script tag: says what shop it is for, and where the SDK's other files are.
import { start } from './loader.js';

/** Where the snippet stands as a module or in another file, the tag that has the key speaks for it. */
const script = /** @type {HTMLScriptElement | null} */ (
  document.currentScript || document.querySelector('script[data-key]')
);

const src = script?.src;
/** @type {import('./loader.js').Config} */
const config = { endpoint: new URL(src || location.href).origin, ...script?.dataset };

/**
 * @param {string} name
 * @param {number} attempt
 */
const urlOf = (name, attempt) =>
  new URL(DIRECTORY + name + (attempt ? `?${attempt}` : ''), src || `${config.endpoint}/sdk/v1/`)
    .href;

start(config, {
  module: (name, attempt) => import(urlOf(`${name}.js`, attempt)),
  wasm: (attempt) => fetch(urlOf('homing.wasm', attempt)),
});

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

/**
 * Has the browser check a module before it is imported: it takes for the import what the element has fetched. Not while the page
 * loads, which an element holds back and an import does not.
 * @param {string} url
 * @param {string} integrity
 */
async function check(url, integrity) {
  if (document.readyState !== 'complete') {
    await new Promise((resolve) => addEventListener('load', resolve));
  }
  await new Promise((resolve, reject) => {
    document.head.append(
      Object.assign(document.createElement('script'), {
        type: 'module',
        crossOrigin: '',
        integrity,
        nonce: script?.nonce,
        onload: resolve,
        onerror: reject,
        src: url,
      }),
    );
  });
}

/**
 * @param {string} name
 * @param {number} attempt
 * @returns {Promise<any>}
 */
async function module(name, attempt) {
  const url = urlOf(`${name}.js`, attempt);
  if (PINS) await check(url, PINS[name] || (await module('pins', attempt)).pins[name]);
  return import(url);
}

start(config, {
  module,
  wasm: (attempt) => fetch(urlOf('homing.wasm', attempt), PINS && { integrity: PINS.wasm }),
});

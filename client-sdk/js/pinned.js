// The script tag with digests: a browser runs this file only as one of those that the tag names, and so it holds what it loads. Named
// are this file, what each page may need at once, and a list with the digests of all others.
import { start } from './loader.js';

/** Such a file is always a tag's own. */
const { src, integrity, nonce, dataset } = /** @type {HTMLScriptElement} */ (
  document.currentScript
);

/**
 * @param {string} name
 * @param {number} attempt
 */
const urlOf = (name, attempt) => new URL(name + (attempt ? `?${attempt}` : ''), src);

/**
 * Has the browser check a module before it is imported: it takes for the import what the element has fetched. Not while the page
 * loads, which an element holds back and an import does not.
 * @param {string} name
 * @param {number} attempt
 * @returns {Promise<any>}
 */
async function module(name, attempt) {
  const url = urlOf(`${name}.js`, attempt);
  const digests = /runtime|pins/.test(name)
    ? integrity
    : (await module('pins', attempt)).pins[name];
  await new Promise((onload, onerror) => {
    const script = document.createElement('script');
    Object.assign(script, { type: 'module', src: url, integrity: digests, nonce, onload, onerror });
    const put = () => document.head.append(script);
    if (document.readyState === 'complete') put();
    else addEventListener('load', put);
  });
  return import(/** @type {any} */ (url));
}

start(
  { endpoint: new URL(src).origin, ...dataset },
  { module, wasm: (attempt) => fetch(urlOf('homing.wasm', attempt), { integrity }) },
);

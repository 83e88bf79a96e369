/**
 * Lets a shop's own app open recovery links: what iOS and Android look for below `/.well-known/` of the host that a link names, which is
 * the worker's, before they open anything. Formats: Apple, "Supporting associated domains"; Google, "Digital Asset Links".
 */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inRoot } from './paths.mjs';
import { UserError } from './user-error.mjs';

/** The operator's list, where there is one. */
const listPath = inRoot('apps.json');

/** Everything else that a message names, as the end of all messages, is for the browser. */
const LINKS = '/r/*';

/** Ten characters of the team (or of an older prefix), and the bundle's identifier. */
const IOS = /^[A-Z0-9]{10}\.[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+$/;
const ANDROID = /^[A-Za-z]\w*(\.[A-Za-z]\w*)+$/;
const FINGERPRINT = /^([0-9A-F]{2}:){31}[0-9A-F]{2}$/;

/** @typedef {{ ios?: string[], android?: { package: string, sha256: string[] }[] }} Apps */

/**
 * The documents by their names, of the apps in `text`. An app that is named wrongly would never open, and nobody would say why.
 * @param {string} text JSON, as docs/apps.md describes it
 * @returns {Record<string, object>}
 */
export function associations(text) {
  const { ios = [], android = [] } = read(text);
  for (const id of ios) {
    expect(IOS.test(id), `"${id}" is no TEAMID1234.com.example.shop`);
  }
  for (const { package: name, sha256 } of android) {
    expect(ANDROID.test(name), `"${name}" is no package, such as com.example.shop`);
    expect(sha256.length > 0, `${name} names no certificate`);
    for (const one of sha256) {
      expect(FINGERPRINT.test(one), `"${one}" is no SHA-256 fingerprint, AB:CD:… (32 bytes)`);
    }
  }
  return {
    ...(ios.length > 0 && {
      'apple-app-site-association': {
        applinks: { details: [{ appIDs: ios, components: [{ '/': LINKS }] }] },
      },
    }),
    ...(android.length > 0 && {
      'assetlinks.json': android.map(({ package: name, sha256 }) => ({
        relation: ['delegate_permission/common.handle_all_urls'],
        target: {
          namespace: 'android_app',
          package_name: name,
          sha256_cert_fingerprints: sha256,
        },
      })),
    }),
  };
}

/**
 * Puts the documents among what is served, and takes away those of before.
 * @param {string} assets the directory
 * @param {string} [list] where the apps stand
 */
export function putAssociations(assets, list = listPath) {
  const folder = join(assets, '.well-known');
  rmSync(folder, { recursive: true, force: true });
  if (!existsSync(list)) return;
  const documents = associations(readFileSync(list, 'utf8'));
  mkdirSync(folder, { recursive: true });
  for (const [name, document] of Object.entries(documents)) {
    writeFileSync(join(folder, name), `${JSON.stringify(document, null, 1)}\n`);
  }
}

/** @param {string} text @returns {Apps} */
function read(text) {
  /** @type {any} */
  let list;
  try {
    list = JSON.parse(text);
  } catch (error) {
    throw new UserError(`apps.json is no JSON: ${error}`);
  }
  const isList = (/** @type {unknown} */ all, /** @type {(one: any) => boolean} */ of) =>
    all === undefined || (Array.isArray(all) && all.every(of));
  const isText = (/** @type {unknown} */ one) => typeof one === 'string';
  const isApp = (/** @type {any} */ one) =>
    isText(one?.package) && Array.isArray(one.sha256) && one.sha256.every(isText);
  expect(typeof list === 'object' && list !== null, 'it is an object');
  const unknown = Object.keys(list).find((name) => name !== 'ios' && name !== 'android');
  expect(unknown === undefined, `"${unknown}" is neither ios nor android`);
  expect(isList(list.ios, isText), 'ios is a list of texts');
  expect(isList(list.android, isApp), 'android is a list of {"package", "sha256": []}');
  return list;
}

/** @param {boolean} holds @param {string} what */
function expect(holds, what) {
  if (!holds) throw new UserError(`apps.json: ${what}. See docs/apps.md.`);
}

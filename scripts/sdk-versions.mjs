/**
 * A deployment replaces every file of the one before it, but pages and their caches still name its SDK: what is deployed takes along the
 * directories that are served now.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { integrityOf, putFile, sdkDir, VERSIONS } from './build-sdk.mjs';
import { UserError } from './user-error.mjs';

/** @typedef {import('./build-sdk.mjs').Version} Version */

/** Whoever pins the SDK has so many deployments that change it to take the new tag. */
const MOST_VERSIONS = 200;

const VERSION = /^[0-9a-f]{12}$/;
const FILE = /^([\w-]+\/)*[\w-]+\.(js|wasm)$/;

/** @param {string} url */
async function fetched(url) {
  const answer = await fetch(url, { signal: AbortSignal.timeout(30_000) });
  if (!answer.ok) throw new Error(`${url} answers ${answer.status}`);
  return Buffer.from(await answer.arrayBuffer());
}

/**
 * Fetches one version whole, and holds each file to its digest.
 * @param {string} base
 * @param {Version} version
 */
async function fetchVersion(base, { version, files }) {
  const names = Object.entries(files);
  if (!VERSION.test(version) || !names.every(([name]) => FILE.test(name))) {
    throw new Error(`${base} names files that are none of the SDK's`);
  }
  return Promise.all(
    names.map(async ([name, integrity]) => {
      const content = await fetched(`${base}${version}/${name}`);
      if (integrityOf(content) !== integrity) {
        throw new Error(`${version}/${name} is not what its version says`);
      }
      return { name, content };
    }),
  );
}

/**
 * Adds the versions that a deployment serves to what was built.
 * @param {string} origin of the deployment
 * @param {string} [target]
 * @returns {Promise<number>} how many
 */
export async function carryVersions(origin, target = sdkDir) {
  const base = `${origin}/sdk/v1/`;
  const list = join(target, VERSIONS);
  /** @type {Version[]} */
  const built = JSON.parse(readFileSync(list, 'utf8'));
  try {
    const answer = await fetch(base + VERSIONS, { signal: AbortSignal.timeout(30_000) });
    // What was deployed before there were versions has none.
    if (answer.status === 404) return 0;
    if (!answer.ok) throw new Error(`${base}${VERSIONS} answers ${answer.status}`);
    const served = /** @type {Version[]} */ (await answer.json());
    const known = new Set(built.map(({ version }) => version));
    const older = served
      .filter(({ version }) => !known.has(version))
      .slice(0, MOST_VERSIONS - built.length);
    for (const version of older) {
      const files = await fetchVersion(base, version);
      for (const { name, content } of files) {
        putFile(join(target, version.version, name), content);
      }
    }
    writeFileSync(list, JSON.stringify([...built, ...older], null, 1));
    return older.length;
  } catch (error) {
    throw new UserError(
      `The SDK that is deployed could not be fetched, and would be gone for shops whose pages name it:\n${error}\nTry again; if PUBLIC_URL does not lead to the deployment any more, set SDK_VERSIONS=forget.`,
    );
  }
}

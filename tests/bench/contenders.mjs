/** The workers that are compared: the built one as it is deployed, and its peers. */
import { join } from 'node:path';
import * as esbuild from 'esbuild';
import { WORKER_MODULES } from '../../scripts/build-worker.mjs';
import { parseMasterKeys } from '../../scripts/keys.mjs';
import { buildDir, inRoot } from '../../scripts/paths.mjs';
import { newSecrets } from '../../scripts/secrets.mjs';
import { startKvService } from './kv-service.mjs';
import { configureShops, makeShops } from './shops.mjs';
import { OBJECTS, startWorkerd } from './workerd.mjs';

const benchDir = inRoot('target', 'bench');

/** @typedef {import('./shops.mjs').BenchShop} BenchShop */
/** @typedef {import('./workerd.mjs').Workerd} Workerd */

/** Secrets that live as long as the bench, shops whose keys derive from them, and the KV that they are published in. */
export async function makeWorld() {
  const secrets = newSecrets();
  const master = parseMasterKeys(secrets.HOMING_MASTER_KEYS);
  return { secrets, master, shops: makeShops(master), kv: await startKvService() };
}

/** @typedef {Awaited<ReturnType<typeof makeWorld>>} World */

/**
 * Ours, as it is deployed, with all shops configured.
 * @param {World} world
 */
export async function startOurs({ secrets, shops, kv }) {
  const workerd = await startWorkerd({
    name: 'homing',
    dir: join(benchDir, 'homing'),
    modules: WORKER_MODULES.map((module) => join(buildDir, 'worker', module)),
    vars: { ...secrets, PUBLIC_URL: 'https://homing.example' },
    objects: OBJECTS,
    kv: { binding: 'CONFIG', address: kv.address },
  });
  try {
    await configureShops(workerd.url, secrets.HOMING_ADMIN_KEY, shops);
    await workerd.settle();
  } catch (error) {
    await workerd.stop();
    throw error;
  }
  return workerd;
}

/**
 * A peer, bundled as wrangler bundles a worker.
 * @param {string} name
 * @param {{ vars?: Record<string, string>, objects?: Record<string, string> }} [options]
 */
export async function startPeer(name, options = {}) {
  const dir = join(benchDir, name);
  const module = join(benchDir, `${name}.js`);
  await esbuild.build({
    entryPoints: [inRoot('tests', 'bench', 'peers', `${name}.mjs`)],
    outfile: module,
    bundle: true,
    format: 'esm',
    target: 'es2024',
    logLevel: 'silent',
    external: ['cloudflare:*'],
    conditions: ['workerd', 'worker', 'browser'],
  });
  return startWorkerd({ name, dir, modules: [module], ...options });
}

/**
 * What a peer holds of every shop, by the shop's number.
 * @param {World} world
 * @param {(shop: BenchShop) => unknown} value
 */
export function peerVars({ master, shops }, value) {
  return {
    SHOPS: JSON.stringify(shops.map((shop) => [shop.number, value(shop)])),
    MASTER_KEY: (master.byId.get(master.current) ?? Buffer.alloc(0)).toString('base64url'),
    KID: String(master.current),
  };
}

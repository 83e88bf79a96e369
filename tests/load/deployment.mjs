/** A whole deployment on the bare runtime: objects on disk, queues, KV, and a provider's peer for the mails. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { WORKER_MODULES } from '../../scripts/build-worker.mjs';
import { demoConfiguration, putShop } from '../../scripts/demo-shop.mjs';
import { parseMasterKeys, publishableKey, secretKey } from '../../scripts/keys.mjs';
import { buildDir, inRoot } from '../../scripts/paths.mjs';
import { newSecrets } from '../../scripts/secrets.mjs';
import { startKvService } from '../bench/kv-service.mjs';
import { OBJECTS, startWorkerd } from '../bench/workerd.mjs';

/** Where the objects' files are. A disk that others keep busy measures the others. */
const LOAD_DIR = process.env.LOAD_DIR ?? inRoot('target', 'load');

/** Batches of due messages, and of webhooks, under way at once. The platform goes up to 250 by itself; one machine holds fewer. */
const CONCURRENCY = 8;

/** As wrangler.toml has them. */
const QUEUES = [
  {
    ...{ binding: 'DELIVERIES', name: 'homing-deliveries', batch: 5, concurrency: CONCURRENCY },
    ...{ retries: 20, deadLetters: 'homing-dead-letters' },
  },
  {
    ...{ binding: 'RELAY', name: 'homing-relay', batch: 10, retries: 100 },
    deadLetters: 'homing-dead-letters',
  },
  {
    ...{ binding: 'INBOUND', name: 'homing-inbound', batch: 10, retries: 20, lingerMs: 0 },
    ...{ concurrency: CONCURRENCY, deadLetters: 'homing-dead-letters' },
  },
  {
    ...{ binding: 'ORDERS', name: 'homing-orders', batch: 10, retries: 100, lingerMs: 0 },
    deadLetters: 'homing-dead-letters',
  },
  { binding: 'DEAD', name: 'homing-dead-letters', batch: 10, retries: 100 },
];

/** @typedef {Awaited<ReturnType<typeof startDeployment>>} Deployment */
/** @typedef {Awaited<ReturnType<Deployment['putShop']>>} Shop */

/**
 * @param {object} options
 * @param {string} options.name
 * @param {string} [options.variant] of the built worker
 * @param {Record<string, string>} options.vars
 */
export async function startDeployment({ name, variant = 'worker', vars }) {
  const secrets = newSecrets();
  const master = parseMasterKeys(secrets.HOMING_MASTER_KEYS);
  const kv = await startKvService();
  const dir = join(LOAD_DIR, name);
  const workerd = await startWorkerd({
    name,
    dir,
    modules: WORKER_MODULES.map((module) => join(buildDir, variant, module)),
    vars: { ...secrets, PUBLIC_URL: 'https://homing.example', ...vars },
    objects: OBJECTS,
    kv: { binding: 'CONFIG', address: kv.address },
    queues: QUEUES,
    reachesLoopback: true,
  }).catch(async (error) => {
    await kv.stop();
    throw error;
  });
  const { host, port } = new URL(workerd.url);
  return {
    ...{ url: workerd.url, host, port: Number(port), log: workerd.log, master },
    cpuSeconds: workerd.cpuSeconds,
    settle: workerd.settle,
    /**
     * Puts a shop with the demo catalogue.
     * @param {string} id
     * @param {object} changes to the demo shop's configuration
     */
    async putShop(id, changes) {
      const origin = workerd.url;
      const configuration = { ...demoConfiguration(origin), ...changes };
      await putShop(origin, secrets.HOMING_ADMIN_KEY, { shop: id, configuration });
      return { id, origin, host, key: publishableKey(master, id), secret: secretKey(master, id) };
    },
    async stop() {
      await workerd.stop();
      await kv.stop();
      // The log stays, for whoever wonders.
      rmSync(join(dir, 'objects'), { recursive: true, force: true, maxRetries: 3 });
    },
  };
}

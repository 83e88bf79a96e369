/** What is compared with what. */
import { peerVars, startOurs, startPeer } from './contenders.mjs';
import { compare } from './rounds.mjs';
import { makeLinks } from './shops.mjs';

/** Connections of the load generator, each with one request at a time. */
const CONNECTIONS = 20;

/** Carts that are open at once. */
const CARTS = 64;

/** Requests of a visit that ends after it: what most carts see in their life. */
const SHORT_VISIT = 3;

/** What a bare worker always answers. */
const BARE_LOCATION =
  'https://shop-0000.example/basket/restore?utm_source=homing#homing=EQEAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA';

/**
 * @typedef {object} Bench
 * @property {import('./contenders.mjs').World} world
 * @property {ReturnType<typeof import('./generator.mjs').startGenerator>} generator
 * @property {number} rounds
 * @property {number} seconds
 */

/** @typedef {import('./workerd.mjs').Workerd} Workerd */

/** @param {Workerd} workerd */
const addressOf = ({ url }) => {
  const { host, port } = new URL(url);
  return { host, port: Number(port) };
};

/**
 * Runs `act` with contenders that are started for it.
 * @template T
 * @param {Promise<Workerd>[]} starting
 * @param {(...workers: Workerd[]) => Promise<T>} act
 */
async function using(starting, act) {
  const started = await Promise.allSettled(starting);
  const running = started.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  try {
    const broken = started.find((one) => one.status === 'rejected');
    if (broken) throw broken.reason;
    return await act(...running);
  } finally {
    await Promise.all(running.map((workerd) => workerd.stop()));
  }
}

/**
 * Clicks on recovery links, against a redirect without any work and against the same work in JavaScript.
 * @param {Bench} bench
 */
export function compareLinks({ world, generator, rounds, seconds }) {
  const links = makeLinks(world.master, world.shops);
  /** @param {Workerd} workerd @param {import('./shops.mjs').Link[]} expected */
  const contender = (workerd, expected) => ({
    workerd,
    run: () => {
      const { host, port } = addressOf(workerd);
      const data = { host, links: expected };
      return generator.run({ scenario: 'clicks', data, port, connections: CONNECTIONS, seconds });
    },
  });
  const constant = links.map(({ path }) => ({ path, location: BARE_LOCATION }));
  const vars = peerVars(world, (shop) => shop.restoreUrl);
  return using(
    [startOurs(world), startPeer('bare'), startPeer('hono', { vars })],
    async (homing, bare, hono) => [
      await compare('link/bare', contender(homing, links), contender(bare, constant), rounds),
      await compare('link/hono', contender(homing, links), contender(hono, links), rounds),
    ],
  );
}

/**
 * Beacons, against a JavaScript worker and object that write the same rows.
 * @param {Bench} bench
 */
export function compareCollect({ world, generator, rounds, seconds }) {
  const { shops } = world;
  /** @param {Workerd} workerd @param {string} series @param {number} [requestsPerCart] */
  const contender = (workerd, series, requestsPerCart) => ({
    workerd,
    // Both contenders get the same carts in the same round; each round has carts of its own, in other shops.
    run: async (/** @type {number} */ round) => {
      const { host, port } = addressOf(workerd);
      const seed = `${series}/${round}`;
      const firstShop = round * CARTS;
      const data = { host, shops, seed, carts: CARTS, firstShop, requestsPerCart };
      return generator.run({ scenario: 'beacons', data, port, connections: CONNECTIONS, seconds });
    },
  });
  const vars = peerVars(world, ({ origin }) => ({ origins: [origin] }));
  return using(
    [startOurs(world), startPeer('collect', { vars, objects: { CART: 'Cart' } })],
    async (homing, peer) => [
      await compare('collect/js', contender(homing, 'long'), contender(peer, 'long'), rounds),
      await compare(
        'collect/js, short visits',
        contender(homing, 'short', SHORT_VISIT),
        contender(peer, 'short', SHORT_VISIT),
        rounds,
      ),
    ],
  );
}

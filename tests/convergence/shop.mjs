/** A storefront for each device of each history, all behind one port: every loopback address is an origin with storage of its own. */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { sdkDir } from '../../scripts/build-sdk.mjs';
import { shopPage } from '../browser/sdk-page.mjs';

const TYPES = { js: 'text/javascript', wasm: 'application/wasm' };

/** The one cart that the devices of a history write to: 16 zero bytes. */
const SECRET = 'AAAAAAAAAAAAAAAAAAAAAA';

/** As a browser that has had the cart for long: the edge may know of it. */
const page = shopPage(
  'pk_convergence',
  '',
  /** @type {any} */ ({
    head: `<script>
  localStorage['homing.cart'] = '${SECRET}';
  localStorage['homing.s'] ??= '{"e":0,"d":[]}';
</script>`,
  }),
);

/** A line between the devices of one history and their edge. */
export class Line {
  isGood = false;

  /**
   * @param {import('./edge.mjs').EdgeCart} edge
   * @param {import('../fixtures/random.mjs').Random} random
   */
  constructor(edge, random) {
    this.edge = edge;
    this.random = random;
  }

  /**
   * @param {string} body
   * @returns {Promise<object | undefined>} none: it got lost
   */
  async carry(body) {
    const { random, edge } = this;
    const bad = (/** @type {number} */ chance) => !this.isGood && random.happens(chance);
    if (bad(0.5)) await sleep(random.below(300));
    if (bad(0.15)) return undefined;
    const reply = edge.collect(body, Date.now());
    if (bad(0.15)) {
      await sleep(random.below(300));
      edge.collect(body, Date.now());
    }
    return bad(0.2) ? undefined : reply;
  }
}

export async function openShops() {
  /** By the address that its devices share but for the last number. @type {Map<string, Line>} */
  const lines = new Map();
  const server = createServer(async (incoming, answer) => {
    const { pathname, hostname } = new URL(incoming.url ?? '/', `http://${incoming.headers.host}`);
    if (pathname === '/v1/collect') {
      const line = lines.get(hostname.replace(/\.\d+$/, ''));
      const reply = await line?.carry(await text(incoming));
      if (!reply) {
        answer.destroy();
        return;
      }
      answer.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(reply));
    } else if (pathname.startsWith('/sdk/v1/')) {
      const name = pathname.slice('/sdk/v1/'.length);
      const type = TYPES[/** @type {'js' | 'wasm'} */ (name.split('.')[1])];
      answer.writeHead(200, { 'content-type': type }).end(readFileSync(join(sdkDir, name)));
    } else {
      answer.writeHead(200, { 'content-type': 'text/html' }).end(page);
    }
  });
  await new Promise((resolve) => server.listen(0, '0.0.0.0', () => resolve(undefined)));
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : 0;
  return {
    /**
     * Addresses for the devices of a history.
     * @param {number} number of the history
     * @param {Line} line
     */
    addressesOf(number, line) {
      const network = `127.${Math.floor(number / 250) + 1}.${(number % 250) + 1}`;
      lines.set(network, line);
      return [1, 2, 3].map((device) => `http://${network}.${device}:${port}/shop`);
    },
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

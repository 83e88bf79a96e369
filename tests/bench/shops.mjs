/** The shops that every contender knows, and the links to their carts. */
import { randomBytes } from 'node:crypto';
import { publishableKey, shopBytes, signToken } from '../../scripts/keys.mjs';

/** How many shops are configured; links and beacons are spread over all of them. */
export const SHOPS = 1_000;

const CONFIGURING_AT_ONCE = 8;

/** @typedef {import('../../scripts/keys.mjs').MasterKeys} MasterKeys */

/**
 * @typedef {object} BenchShop
 * @property {string} id
 * @property {number} number the id's five bytes
 * @property {string} origin
 * @property {string} restoreUrl
 * @property {string} key publishable
 */

/**
 * @param {MasterKeys} master
 * @returns {BenchShop[]}
 */
export const makeShops = (master) =>
  Array.from({ length: SHOPS }, (_, n) => {
    const digits = String(n).padStart(4, '0');
    const id = `shop_bnch${digits}`;
    return {
      id,
      number: shopBytes(id).readUIntBE(0, 5),
      origin: `https://shop-${digits}.example`,
      restoreUrl: `https://shop-${digits}.example/basket/restore?utm_source=homing`,
      key: publishableKey(master, id),
    };
  });

/**
 * Configures the shops over the operator's API, as any shop is.
 * @param {string} url
 * @param {string} adminKey
 * @param {BenchShop[]} shops
 */
export async function configureShops(url, adminKey, shops) {
  const waiting = [...shops];
  const work = async () => {
    for (let shop = waiting.pop(); shop; shop = waiting.pop()) {
      await configureShop(url, adminKey, shop);
    }
  };
  await Promise.all(Array.from({ length: CONFIGURING_AT_ONCE }, work));
}

/**
 * @param {string} url
 * @param {string} adminKey
 * @param {BenchShop} shop
 */
async function configureShop(url, adminKey, shop) {
  const response = await fetch(`${url}/v1/shops/${shop.id}`, {
    method: 'PUT',
    headers: { authorization: `Bearer ${adminKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      name: shop.id,
      origins: [shop.origin],
      restore_url: shop.restoreUrl,
      currency: 'EUR',
      locale: 'en-IE',
      sender: { name: shop.id, email: `hello@${new URL(shop.origin).hostname}` },
    }),
  });
  const answer = await response.text();
  if (!response.ok) throw new Error(`${shop.id} was refused: ${response.status} ${answer}`);
  if (JSON.parse(answer).publishable_key !== shop.key) {
    throw new Error(`${shop.id} got another key than scripts/keys.mjs derives`);
  }
}

/** @typedef {{ path: string, location: string }} Link */

/**
 * Links to one cart of each shop, and where each must lead.
 * @param {MasterKeys} master
 * @param {BenchShop[]} shops
 * @returns {Link[]}
 */
export const makeLinks = (master, shops) =>
  shops.map((shop) => {
    const token = signToken(master, {
      purpose: 'recovery',
      shop: shop.id,
      subject: randomBytes(16).toString('hex'),
      expiresAt: Math.floor(Date.now() / 1_000) + 86_400,
      epoch: 3,
    });
    return { path: `/r/${token}`, location: `${shop.restoreUrl}#homing=${token}` };
  });

/** The demo shop, set up over the public API like any other. */
import { readFileSync } from 'node:fs';
import { inRoot } from './paths.mjs';

/** The shop of `npm start`. */
export const DEMO_SHOP = 'shop_dem00001';

/**
 * One sequence for every left cart.
 * @param {object[]} steps
 */
export const forEveryCart = (steps) => [
  { id: 'left-carts', version: 1, name: 'Left carts', trigger: { cart: {} }, steps },
];

/**
 * Demo delays: a visitor waits seconds where a shop's customers have days. What would keep a visitor waiting, or leave one out, is
 * switched off.
 */
export const DEMO_PACE = {
  thresholds: { cart_ms: 15_000, checkout_ms: 10_000 },
  sequences: forEveryCart([
    { after_ms: 20_000, template: 'reminder' },
    { after_ms: 50_000, template: 'offer', offer: { code: 'COMEBACK10', percent: 10 } },
    { after_ms: 80_000, template: 'last_chance' },
  ]),
  caps: { caps: [], min_gap_ms: 0 },
  holdout_bp: 0,
  usual_hour_ms: 0,
};

/**
 * The demo shop's configuration.
 * @param {string} url where the shop is served
 */
export const demoConfiguration = (url) => ({
  name: 'Dovecote',
  origins: [url],
  restore_url: `${url}/store/cart`,
  currency: 'EUR',
  locale: 'en-IE',
  sender: {
    name: 'Dovecote',
    email: 'hello@dovecote.example',
    postal_address: '12 Loft Lane, Bath BA1 1AA, United Kingdom',
  },
  provider: 'smtp',
  test_recipients: ['team@dovecote.example'],
  notices: 'team@dovecote.example',
  sandbox: true,
  ...DEMO_PACE,
});

/**
 * A product as the public API takes it; the shop's own file says more.
 * @typedef {object} Product
 * @property {string} variant
 * @property {string} product
 * @property {string} title
 * @property {number} price_minor
 * @property {string} currency
 * @property {string} image
 * @property {string} url
 * @property {boolean} available
 * @property {Record<string, string>} [options]
 */

/**
 * The demo catalogue with addresses that a mail program can follow.
 * @param {string} url where the shop is served
 */
export function demoCatalogue(url) {
  const path = inRoot('www', 'store', 'catalogue.json');
  const { products } = JSON.parse(readFileSync(path, 'utf8'));
  const base = `${url}/store/`;
  /** @param {string} address */
  const absolute = (address) => new URL(address, base).href;
  return {
    products: products.map((/** @type {Product} */ product) => ({
      variant: product.variant,
      product: product.product,
      title: product.title,
      price_minor: product.price_minor,
      currency: product.currency,
      image: absolute(product.image),
      url: absolute(product.url),
      available: product.available,
      options: product.options,
    })),
  };
}

/**
 * Puts a shop's configuration and catalogue to a running worker.
 * @param {string} url
 * @param {string} adminKey
 * @param {{ shop?: string, configuration?: object, catalogue?: object }} [options]
 * @returns {Promise<{ shop: string, publishable_key: string, secret_key: string, version: number }>}
 */
export async function putShop(url, adminKey, options = {}) {
  const shop = options.shop ?? DEMO_SHOP;
  const answer = await put(
    `${url}/v1/shops/${shop}`,
    adminKey,
    options.configuration ?? demoConfiguration(url),
  );
  await put(`${url}/v1/catalogue`, answer.secret_key, options.catalogue ?? demoCatalogue(url));
  return answer;
}

/**
 * @param {string} address
 * @param {string} key
 * @param {object} body
 */
async function put(address, key, body) {
  const response = await fetch(address, {
    method: 'PUT',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`PUT ${address} answered ${response.status}: ${text}`);
  return JSON.parse(text);
}

/** Baskets of four platforms that change and are bought, and what each platform tells of that by webhook. */
import {
  adobeOrder,
  adobePayload,
  adobeQuote,
  bigcommerceCart,
  bigcommerceEvent,
  shopifyCart,
  shopifyCheckout,
  shopifyOrder,
  woocommerceCart,
  woocommerceOrder,
} from '../fixtures/webhook-payloads.mjs';
import { adobeEvent, bigcommerce, rsaPair, shopify, woocommerce } from '../fixtures/webhooks.mjs';

/** @typedef {import('../fixtures/random.mjs').Random} Random */
/** @typedef {import('../fixtures/webhooks.mjs').Delivery} Delivery */
/** @typedef {import('../fixtures/webhook-payloads.mjs').Lines} Lines */

export const PLATFORMS = /** @type {const} */ (['shopify', 'woocommerce', 'bigcommerce', 'adobe']);
/** @typedef {typeof PLATFORMS[number]} Platform */

const SECRET = 'secret-of-bursts-0123456789abcdef';
const STORE = 'bursts1';
const TOKEN = 'bc-access-token-of-bursts';
const RECIPIENT = 'io-client-of-bursts';

/** The variants that platforms' shops sell. @type {Record<Platform, string[]>} */
const VARIANTS = {
  shopify: ['41000001', '41000002', '41000003', '41000004'],
  woocommerce: ['501', '502', '503', '504'],
  bigcommerce: ['77:201', '78:202', '79:203', '80:204'],
  adobe: ['CUP-1', 'POT-1', 'BOWL-1', 'LAMP-1'],
};

/** What a platform says of itself, and how its words are signed. */
export class Signer {
  #keys =
    /** @type {[import('../fixtures/webhooks.mjs').RsaPair, import('../fixtures/webhooks.mjs').RsaPair]} */ ([
      rsaPair(),
      rsaPair(),
    ]);

  static store = STORE;
  static token = TOKEN;

  /** By platform, what the shop is connected with. */
  get connections() {
    return {
      shopify: { webhook_secret: SECRET },
      woocommerce: { webhook_secret: SECRET },
      bigcommerce: { webhook_secret: SECRET, store: STORE, api: { access_token: TOKEN } },
      adobe: { public_keys: this.#keys.map(({ publicKey }) => publicKey), client_id: RECIPIENT },
    };
  }

  /** @param {Platform} platform @param {Word} word @returns {Delivery} */
  sign(platform, { topic, payload, at }) {
    switch (platform) {
      case 'shopify':
        return shopify(topic, payload, SECRET, { triggeredAt: new Date(at) });
      case 'woocommerce':
        return woocommerce(topic, payload, SECRET);
      case 'bigcommerce':
        // Signed when it is sent, as each attempt is.
        return bigcommerce(payload, SECRET);
      case 'adobe':
        return adobeEvent(topic, payload, this.#keys);
    }
  }
}

/**
 * One thing that a platform tells.
 * @typedef {object} Word
 * @property {string} topic
 * @property {object} payload
 * @property {number} at when the platform told it first, epoch ms
 * @property {any} [stored] the basket as the platform's own interface shows it from then on; null: it is gone there
 */

export class Basket {
  /** What is in it at last. @type {Lines} */
  last = [];

  /**
   * @param {Platform} platform
   * @param {string} email
   * @param {Random} random
   * @param {{ begin: number, changes: number, isBought: boolean }} life begin: of its first change, epoch ms
   */
  constructor(platform, email, random, { begin, changes, isBought }) {
    this.platform = platform;
    this.email = email;
    this.isBought = isBought;
    this.id = platform === 'adobe' ? String(1 + random.below(2 ** 31)) : uuid(random);
    /** All that the platform tells of it, in the order in which it happened. @type {Word[]} */
    this.words = [];
    let at = begin;
    for (let n = 0; n < changes; n += 1) {
      // Shopify says when it told: there, two changes within one second have an order as well.
      at += platform === 'shopify' ? 400 + random.below(900) : 1_000 + random.below(2_000);
      this.last = VARIANTS[platform]
        .filter(() => random.happens(0.5))
        .map((variant) => [variant, 1 + random.below(9)]);
      // An empty one among them now and then; the last one holds something.
      if (this.last.length === 0 && n === changes - 1) {
        this.last = [[VARIANTS[platform][0] ?? '', 1 + n]];
      }
      this.words.push(WRITERS[platform].cart(this, this.last, at, n));
    }
    if (isBought) {
      this.words.push(WRITERS[platform].order(this, this.last, at + 5_000, random.below(2 ** 31)));
      this.last = [];
    }
  }
}

/** @param {Random} random */
const uuid = (random) => {
  const hex = random.bytes(16).toString('hex');
  return [8, 13, 18, 23].reduce((text, at) => `${text.slice(0, at)}-${text.slice(at)}`, hex);
};

/**
 * How each platform words a change and an order.
 * @typedef {object} Writer
 * @property {(basket: Basket, lines: Lines, at: number, n: number) => Word} cart
 * @property {(basket: Basket, lines: Lines, at: number, id: number) => Word} order
 */

/** @type {Record<Platform, Writer>} */
const WRITERS = {
  shopify: {
    cart: ({ id, email }, lines, at, n) => {
      const when = new Date(at);
      // Both tell of one basket: the checkout names the person.
      return n % 3 === 1
        ? { topic: 'carts/update', payload: shopifyCart(id, lines, when), at }
        : {
            topic: 'checkouts/update',
            payload: shopifyCheckout(id, lines, when, email, 9_000_000 + n),
            at,
          };
    },
    order: ({ id, email }, lines, at, order) => ({
      topic: 'orders/create',
      at,
      payload: shopifyOrder(id, lines, new Date(at), email, order),
    }),
  },
  woocommerce: {
    cart: ({ id, email }, lines, at) => ({
      topic: 'cart.updated',
      at,
      payload: woocommerceCart(id, lines, new Date(at), email),
    }),
    order: ({ id, email }, _lines, at, order) => ({
      topic: 'order.created',
      at,
      payload: woocommerceOrder(id, new Date(at), email, order),
    }),
  },
  bigcommerce: {
    cart: ({ id, email }, lines, at, n) => ({
      ...thin(`store/cart/${n === 0 ? 'created' : 'updated'}`, { type: 'cart', id }, at),
      stored: bigcommerceCart(id, lines, new Date(at), email),
    }),
    order: ({ id }, _lines, at, orderId) => ({
      ...thin('store/cart/converted', { type: 'cart', id, orderId }, at),
      stored: null,
    }),
  },
  adobe: {
    cart: ({ id, email }, lines, at) =>
      adobe('sales_quote_save_after', at, adobeQuote(Number(id), lines, new Date(at), email)),
    order: ({ id, email }, _lines, at, order) =>
      adobe('sales_order_save_after', at, adobeOrder(Number(id), new Date(at), email, order)),
  },
};

/** @param {string} scope @param {object} data @param {number} at @returns {Word} */
const thin = (scope, data, at) => ({
  topic: '',
  at,
  payload: bigcommerceEvent(STORE, scope, data, new Date(at)),
});

/** @param {string} name @param {number} at @param {object} value @returns {Word} */
const adobe = (name, at, value) => ({ ...adobePayload(name, value, RECIPIENT), at });

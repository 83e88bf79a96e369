/** Baskets of four platforms that change and are bought, and what each platform tells of that by webhook. */
import { randomUUID } from 'node:crypto';
import { adobeEvent, bigcommerce, rsaPair, shopify, woocommerce } from '../fixtures/webhooks.mjs';

/** @typedef {import('../fixtures/random.mjs').Random} Random */
/** @typedef {import('../fixtures/webhooks.mjs').Delivery} Delivery */
/** @typedef {[variant: string, quantity: number][]} Lines */

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

/** @param {number} ms */
const iso = (ms) => new Date(ms).toISOString();

/** @param {number} ms */
const inSeconds = (ms) => iso(ms).slice(0, 19);

const EUR = { currency_code: 'EUR', currency_minor_unit: 2 };

/**
 * How each platform words a change and an order.
 * @typedef {object} Writer
 * @property {(basket: Basket, lines: Lines, at: number, n: number) => Word} cart
 * @property {(basket: Basket, lines: Lines, at: number, id: number) => Word} order
 */

/** @param {Lines} lines */
const shopifyItems = (lines) =>
  lines.map(([variant, quantity], n) => ({
    id: n + 1,
    key: `${variant}:x`,
    variant_id: Number(variant),
    product_id: 8_000 + n,
    title: `Product ${variant}`,
    quantity,
    price: '15.00',
    line_price: `${15 * quantity}.00`,
    properties: {},
  }));

/** @type {Record<Platform, Writer>} */
const WRITERS = {
  shopify: {
    cart: ({ id, email }, lines, at, n) => {
      // Shopify's own times are in seconds.
      const updated_at = `${inSeconds(at)}Z`;
      // Both tell of one basket: the checkout names the person.
      if (n % 3 === 1) {
        const payload = { id, token: id, line_items: shopifyItems(lines), note: null, updated_at };
        return { topic: 'carts/update', payload, at };
      }
      const payload = {
        id: 9_000_000 + n,
        token: `checkout-of-${id}`,
        cart_token: id,
        email,
        currency: 'EUR',
        presentment_currency: 'EUR',
        line_items: shopifyItems(lines),
        subtotal_price: '15.00',
        total_price: '15.00',
        completed_at: null,
        updated_at,
      };
      return { topic: 'checkouts/update', payload, at };
    },
    order: ({ id, email }, lines, at, order) => ({
      topic: 'orders/create',
      at,
      payload: {
        id: order,
        name: `#${order}`,
        email,
        cart_token: id,
        checkout_token: `checkout-of-${id}`,
        currency: 'EUR',
        presentment_currency: 'EUR',
        line_items: shopifyItems(lines),
        financial_status: 'paid',
        cancelled_at: null,
        created_at: iso(at),
        updated_at: iso(at),
      },
    }),
  },
  woocommerce: {
    cart: ({ id, email }, lines, at) => ({
      topic: 'cart.updated',
      at,
      payload: {
        token: id,
        changed_at: at,
        cart: {
          items: lines.map(([variant, quantity]) => ({
            key: variant,
            id: Number(variant),
            quantity,
            name: `Product ${variant}`,
            variation: [],
            prices: { price: '1500', ...EUR },
            totals: { line_subtotal: '1500', line_total: '1500', ...EUR },
          })),
          coupons: [],
          totals: { total_items: '1500', total_price: '1500', ...EUR },
          billing_address: { email },
        },
      },
    }),
    order: ({ id, email }, _lines, at, order) => ({
      topic: 'order.created',
      at,
      payload: {
        id: order,
        number: String(order),
        status: 'processing',
        currency: 'EUR',
        date_created_gmt: inSeconds(at),
        date_modified_gmt: inSeconds(at),
        billing: { email },
        line_items: [],
        meta_data: [{ id: 1, key: '_homing_cart', value: id }],
      },
    }),
  },
  bigcommerce: {
    cart: ({ id, email }, lines, at, n) => ({
      topic: '',
      at,
      payload: thin(`store/cart/${n === 0 ? 'created' : 'updated'}`, { type: 'cart', id }, at),
      stored: {
        id,
        email,
        currency: { code: 'EUR' },
        base_amount: 15,
        cart_amount: 15,
        discount_amount: 0,
        coupons: [],
        line_items: {
          physical_items: lines.map(([variant, quantity], item) => ({
            id: `item-${item}`,
            product_id: Number(variant.split(':')[0]),
            variant_id: Number(variant.split(':')[1]),
            name: `Product ${variant}`,
            sku: variant,
            quantity,
            list_price: 15,
            sale_price: 15,
            extended_list_price: 15 * quantity,
            extended_sale_price: 15 * quantity,
            options: [],
          })),
          digital_items: [],
          gift_certificates: [],
          custom_items: [],
        },
        created_time: iso(at - 60_000),
        updated_time: iso(at),
      },
    }),
    order: ({ id }, _lines, at, orderId) => ({
      topic: '',
      at,
      payload: thin('store/cart/converted', { type: 'cart', id, orderId }, at),
      stored: null,
    }),
  },
  adobe: {
    cart: ({ id, email }, lines, at) =>
      adobe('sales_quote_save_after', at, {
        entity_id: Number(id),
        is_active: true,
        customer_email: email,
        quote_currency_code: 'EUR',
        base_currency_code: 'EUR',
        updated_at: iso(at),
        items: lines.map(([sku, qty], n) => ({
          item_id: n + 1,
          quote_id: Number(id),
          sku,
          name: `Product ${sku}`,
          qty,
          product_type: 'simple',
          price: 15,
        })),
      }),
    order: ({ id, email }, _lines, at, order) =>
      adobe('sales_order_save_after', at, {
        increment_id: String(order).padStart(9, '0'),
        quote_id: Number(id),
        state: 'new',
        customer_email: email,
        order_currency_code: 'EUR',
        created_at: iso(at),
        updated_at: iso(at),
        items: [],
      }),
  },
};

/** @param {string} scope @param {object} data @param {number} at */
const thin = (scope, data, at) => ({
  scope,
  store_id: '1025646',
  data,
  hash: randomUUID().replaceAll('-', ''),
  created_at: Math.floor(at / 1_000),
  producer: `stores/${STORE}`,
});

/** @param {string} name @param {number} at @param {object} value @returns {Word} */
function adobe(name, at, value) {
  const topic = `com.adobe.commerce.observer.${name}`;
  return {
    topic,
    at,
    payload: {
      event_id: randomUUID(),
      recipient_client_id: RECIPIENT,
      event: { type: topic, data: { value } },
    },
  };
}

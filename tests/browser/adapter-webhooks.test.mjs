/**
 * A platform's webhook and the storefront's adapter name the same line: for each payload of a cart that is read whole, the adapter is
 * shown the same cart as the storefront's own API has it. Needs no browser. The lines that a webhook names are those that the payload's
 * `.json` expects, which the Rust tests hold the reader to.
 */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { byKey } from '../../client-sdk/js/adapters/lines.js';
import { inRoot } from '../../scripts/paths.mjs';

const uid = (/** @type {string} */ text) => Buffer.from(text).toString('base64');

/** @param {any} item an item of a quote, as GraphQL answers with it */
function adobeItem({ sku, qty, product, product_type, product_option }) {
  const { custom_options = [], bundle_options = [] } = product_option?.extension_attributes || {};
  const isConfigurable = product_type === 'configurable';
  return {
    quantity: Number(qty),
    product: { sku: product?.sku || sku },
    ...(isConfigurable && { configured_variant: { sku } }),
    customizable_options: custom_options.map((/** @type {any} */ one) => {
      const option = uid(`custom-option/${one.option_id}`);
      const isTyped = one.option_type === 'field' || !/^[\d,]+$/.test(one.option_value);
      const values = isTyped
        ? [{ customizable_option_value_uid: option, value: one.option_value }]
        : one.option_value.split(',').map((/** @type {string} */ value) => ({
            customizable_option_value_uid: uid(`custom-option/${one.option_id}/${value}`),
            value,
          }));
      return { customizable_option_uid: option, values };
    }),
    bundle_options: bundle_options.map((/** @type {any} */ one) => ({
      values: one.option_selections.map((/** @type {number} */ selection) => ({
        uid: uid(`bundle/${one.option_id}/${selection}/${Number(one.option_qty)}`),
      })),
    })),
  };
}

/** @param {any} item an item of the Management API, as the Storefront API has it */
const bigcommerceItem = ({ id, parent_id, product_id, variant_id, quantity, options }) => ({
  id,
  parentId: typeof parent_id === 'object' ? null : parent_id,
  productId: product_id,
  variantId: variant_id,
  quantity,
  options,
});

/** What the storefront's API answers for the cart of a payload. */
const STOREFRONTS = {
  shopify: (/** @type {any} */ cart) => ({
    items: cart.line_items.map((/** @type {any} */ item) => ({
      ...item,
      // The Ajax API counts in numbers.
      quantity: Number(item.quantity),
      properties: Array.isArray(item.properties)
        ? Object.fromEntries(item.properties.map((/** @type {any} */ one) => [one.name, one.value]))
        : item.properties,
    })),
  }),
  woocommerce: (/** @type {any} */ { cart }) => cart,
  bigcommerce: (/** @type {any} */ body) => {
    const { physical_items = [], digital_items = [] } = (body.data || body).line_items;
    return [
      {
        lineItems: {
          physicalItems: physical_items.map(bigcommerceItem),
          digitalItems: digital_items.map(bigcommerceItem),
        },
      },
    ];
  },
  adobe: (/** @type {any} */ body) => {
    const value = (body.event || body).data?.value || body.data?.quote || body;
    const items = /** @type {any[]} */ (Object.values(value.items));
    const seen = items.filter((item) => !item.parent_item_id && Number(item.qty));
    return { data: { cart: { items: seen.map(adobeItem) } } };
  },
};

const kept = { getItem: () => null };
Object.assign(globalThis, {
  window: { homing: { boot: { config: {} } } },
  document: { querySelector: () => null, cookie: 'DROPIN__CART__CART-ID=x' },
  localStorage: kept,
});

/** Only where the storefront's SKU of a configurable product is sent along. */
const UNNAMED = ['item-configurable-bare'];

for (const [platform, storefront] of Object.entries(STOREFRONTS)) {
  test(`${platform}: webhook and snippet name the same lines`, async (context) => {
    const { read } = await import(`../../client-sdk/js/adapters/${platform}.js`);
    const folder = inRoot('tests', 'fixtures', 'payloads', platform);
    let compared = 0;
    for (const file of readdirSync(folder).filter((name) => name.endsWith('.json'))) {
      const { expected } = JSON.parse(readFileSync(`${folder}/${file}`, 'utf8'));
      const basket = expected.basket;
      const name = file.slice(0, -'.json'.length);
      // A number that a browser rounds is not the storefront's either.
      const isLarge = /huge/.test(name);
      if (!basket?.lines.length || basket.refused.length || isLarge || UNNAMED.includes(name)) {
        continue;
      }
      const raw = readFileSync(`${folder}/${name}.body`, 'utf8');
      const body = JSON.parse(raw);
      const lists = Array.isArray(body.line_items) ? body.line_items : [];
      if (lists.some((/** @type {unknown} */ item) => typeof item !== 'object')) continue;
      context.mock.method(globalThis, 'fetch', async () => Response.json(storefront(body)));
      const told = basket.lines.map((/** @type {any} */ { key, quantity }) => ({
        variant: key.variant,
        options: Object.fromEntries(key.options),
        quantity,
      }));
      assert.deepEqual(byKey(await read()), byKey(told), name);
      compared += 1;
    }
    assert.ok(compared >= 15, `${compared} compared`);
    context.diagnostic(`${compared} carts compared`);
  });
}

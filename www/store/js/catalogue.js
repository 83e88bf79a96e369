/**
 * One variant, as catalogue.json lists it and as the shop pushes it to the edge.
 * @typedef {object} Variant
 * @property {string} variant
 * @property {string} product
 * @property {string} title
 * @property {number} price_minor
 * @property {string} currency
 * @property {string} image
 * @property {string} url
 * @property {boolean} available
 * @property {Record<string, string>} options
 */

/** The shop's variants, in the order they are shown. */
export class Catalogue {
  /** @param {Variant[]} variants */
  constructor(variants) {
    this.variants = variants;
    this.byId = new Map(variants.map((variant) => [variant.variant, variant]));
  }

  /** @param {string} id */
  variant(id) {
    return this.byId.get(id);
  }

  /**
   * The variants of one product.
   * @param {string} product
   */
  of(product) {
    return this.variants.filter((variant) => variant.product === product);
  }
}

/** @type {Promise<Catalogue> | undefined} */
let loading;

/** Loads the catalogue once per page. */
export function loadCatalogue() {
  loading ??= fetch('catalogue.json').then(async (answer) => {
    if (!answer.ok) throw new Error(`the catalogue answered ${answer.status}`);
    const { products } = /** @type {{ products: Variant[] }} */ (await answer.json());
    return new Catalogue(products);
  });
  return loading;
}

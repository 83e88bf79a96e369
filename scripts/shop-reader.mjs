/** What a shop's server may read of it: its history, its configuration and its catalogue. */
import { UserError } from './user-error.mjs';

/** Reads a shop with its secret key. */
export class ShopReader {
  /** @param {string} url @param {string} secret @param {string} shop */
  constructor(url, secret, shop) {
    this.url = url;
    this.secret = secret;
    this.shop = shop;
  }

  /** @param {string} path */
  async #get(path) {
    const headers = { authorization: `Bearer ${this.secret}` };
    const response = await fetch(this.url + path, { headers }).catch(() => {
      throw new UserError(`Nobody answers at ${this.url}. Is \`npm start\` running there?`);
    });
    if (response.ok) return response;
    const { detail = response.statusText } = await response.json().catch(() => ({}));
    throw new UserError(`${this.url}${path}: ${detail}`);
  }

  /** The logs of all carts of known shoppers, NDJSON. */
  async history() {
    let text = '';
    for (let path = '/v1/events'; path; ) {
      const response = await this.#get(path);
      text += await response.text();
      path = response.headers.get('link')?.match(/<([^>]+)>; rel="next"/)?.[1] ?? '';
    }
    return text;
  }

  /** The configuration in force, JSON. */
  async config() {
    const { configuration } = await (await this.#get(`/v1/shops/${this.shop}`)).json();
    return JSON.stringify(configuration, null, 2);
  }

  /** All products, JSON. */
  async catalogue() {
    const products = [];
    for (let query = ''; ; ) {
      const page = await (await this.#get(`/v1/catalogue/products${query}`)).json();
      products.push(...page.products);
      if (!page.next) return JSON.stringify({ products }, null, 2);
      query = `?cursor=${page.next}`;
    }
  }
}

/** A real Vendure server with Homing's plugin (examples/vendure), in a process of its own, and its two APIs. */
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { inRoot, projectNode } from '../../scripts/paths.mjs';
import { startProgram } from '../../scripts/processes.mjs';
import { readIfThere } from '../../scripts/stamp.mjs';
import { until } from '../fixtures/until.mjs';

/** How long the first start may take: it makes the tables and fills them, ms. */
const START_MS = 120_000;

/** @returns {Promise<number>} */
function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      const port = address !== null && typeof address === 'object' ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}

export class VendureShop {
  /** @type {import('../../scripts/processes.mjs').Program | undefined} */
  #program;
  #starts = 0;
  #dir;
  #env;
  #log;

  /**
   * @param {string} dir for its database and its log
   * @param {number} port
   * @param {Record<string, string>} env
   */
  constructor(dir, port, env) {
    this.url = `http://127.0.0.1:${port}`;
    this.#log = join(dir, 'vendure.log');
    this.#dir = dir;
    this.#env = {
      PORT: String(port),
      DATABASE: join(dir, 'shop.sqlite'),
      // Tests tell nobody that they ran.
      VENDURE_DISABLE_TELEMETRY: 'true',
      ...env,
    };
  }

  /**
   * @param {string} dir
   * @param {{ storefront: string, homing: string, edge: import('../fixtures/edge.mjs').Edge }} options homing: where it finds the worker
   */
  static async start(dir, { storefront, homing, edge }) {
    mkdirSync(dir, { recursive: true });
    const shop = new VendureShop(dir, await freePort(), {
      STOREFRONT: storefront,
      HOMING_URL: homing,
      HOMING_SECRET_KEY: edge.secret,
      HOMING_PUBLISHABLE_KEY: edge.key,
    });
    await shop.start();
    return shop;
  }

  /** Starts it, also again after `kill9`, with what its database holds. */
  async start() {
    const server = inRoot('examples', 'vendure', 'dist', 'server.js');
    this.#program = startProgram(projectNode, [server], {
      log: this.#log,
      env: this.#env,
      cwd: this.#dir,
    });
    this.#starts += 1;
    const isReady = () => {
      if (this.#program?.hasEnded()) throw new Error(`Vendure ended:\n${this.log()}`);
      // It answers before it is filled, and says when it is.
      return (readIfThere(this.#log) ?? '').split(/^ready$/m).length > this.#starts;
    };
    await until('Vendure is ready', isReady, { within: START_MS });
  }

  log() {
    return (readIfThere(this.#log) ?? '').slice(-6_000);
  }

  async stop() {
    await this.#program?.stop();
  }

  /** Ends it without a warning, in whatever it does. */
  async kill9() {
    await this.#program?.kill9();
  }

  /** Somebody's device, with a session of its own, or with that of a page. @param {string} [session] */
  visitor(session) {
    return new Session(this.shopApi, session);
  }

  get shopApi() {
    return `${this.url}/shop-api`;
  }

  /** The shop's administrator. */
  async admin() {
    const admin = new Session(`${this.url}/admin-api`);
    await admin.ask(
      'mutation { login(username: "superadmin", password: "superadmin") { __typename } }',
    );
    return admin;
  }
}

const ORDER = `... on Order { code state lines { id quantity productVariant { id sku } customFields { engraving } } }
  ... on ErrorResult { errorCode message }`;

/** @typedef {{ sku: string, quantity: number, engraving: string | null }} Line */

/** Lines of an order, sorted. @param {any} order @returns {Line[]} */
export const linesOf = (order) =>
  (order?.lines ?? [])
    .map((/** @type {any} */ { productVariant, quantity, customFields }) => ({
      sku: productVariant.sku,
      quantity,
      engraving: customFields.engraving,
    }))
    .sort((/** @type {Line} */ a, /** @type {Line} */ b) =>
      `${a.sku} ${a.engraving}`.localeCompare(`${b.sku} ${b.engraving}`),
    );

/** A client of one of Vendure's APIs, that keeps its session as a storefront does. */
export class Session {
  #token;

  /** @param {string} url @param {string} [token] */
  constructor(url, token = '') {
    this.url = url;
    this.#token = token;
  }

  /** @param {string} query @param {object} [variables] @returns {Promise<any>} */
  async ask(query, variables = {}) {
    const response = await fetch(this.url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(this.#token ? { authorization: `Bearer ${this.#token}` } : {}),
      },
      body: JSON.stringify({ query, variables }),
    });
    this.#token = response.headers.get('vendure-auth-token') ?? this.#token;
    const { data, errors } = /** @type {any} */ (await response.json());
    assert.equal(errors, undefined, JSON.stringify(errors));
    return data;
  }

  /** A mutation that answers with the order. @param {string} call @param {string} parameters @param {object} variables @returns {Promise<any>} */
  async change(call, parameters, variables) {
    const { order } = await this.ask(
      `mutation ${parameters && `(${parameters})`} { order: ${call} { __typename ${ORDER} } }`,
      variables,
    );
    assert.equal(order.__typename, 'Order', JSON.stringify(order));
    return order;
  }

  /** @param {string} variant its id @param {number} quantity @param {string} [engraving] */
  add(variant, quantity, engraving) {
    return this.change(
      'addItemToOrder(productVariantId: $variant, quantity: $quantity, customFields: $fields)',
      '$variant: ID!, $quantity: Int!, $fields: OrderLineCustomFieldsInput',
      { variant, quantity, fields: engraving ? { engraving } : undefined },
    );
  }

  /** @param {string} line its id @param {number} quantity */
  adjust(line, quantity) {
    return this.change(
      'adjustOrderLine(orderLineId: $line, quantity: $quantity)',
      '$line: ID!, $quantity: Int!',
      { line, quantity },
    );
  }

  /** @param {string} emailAddress */
  identify(emailAddress) {
    return this.change('setCustomerForOrder(input: $input)', '$input: CreateCustomerInput!', {
      input: { emailAddress, firstName: 'Ada', lastName: 'Lovelace' },
    });
  }

  /** @param {object} input */
  async remember(input) {
    const { homingRemember } = await this.ask(
      'mutation ($input: HomingRememberInput!) { homingRemember(input: $input) }',
      { input },
    );
    return homingRemember;
  }

  /** What the storefront's cart page does with a link's token. @param {string} token @returns {Promise<any>} */
  async restore(token) {
    const { homingRestore } = await this.ask(
      `mutation ($token: String!) {
        homingRestore(token: $token) {
          status refused { variantId quantity reason } changes { variantId kind from to } coupon { code isApplied }
          order { ${ORDER.split('\n')[0]} }
        }
      }`,
      { token },
    );
    return homingRestore;
  }

  async order() {
    const { activeOrder } = await this.ask(`{ activeOrder { ${ORDER.split('\n')[0]} } }`);
    return activeOrder;
  }

  /** Goes through the checkout, and pays. @param {string} email */
  async buy(email) {
    await this.identify(email);
    await this.change('setOrderShippingAddress(input: $input)', '$input: CreateAddressInput!', {
      input: { streetLine1: '1 Lane', city: 'Berlin', postalCode: '10115', countryCode: 'DE' },
    });
    const { methods } = await this.ask('{ methods: eligibleShippingMethods { id } }');
    await this.change('setOrderShippingMethod(shippingMethodId: $ids)', '$ids: [ID!]!', {
      ids: [methods[0].id],
    });
    await this.change('transitionOrderToState(state: $state)', '$state: String!', {
      state: 'ArrangingPayment',
    });
    return this.change('addPaymentToOrder(input: $input)', '$input: PaymentInput!', {
      input: { method: 'standard-payment', metadata: {} },
    });
  }
}

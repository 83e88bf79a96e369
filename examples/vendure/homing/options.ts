/** What a shop says to its plugin. */

import type { Order } from '@vendure/core';

/** What a shopper has answered about messages. */
export interface Consent {
  /** Absent: nothing was answered about that channel. */
  email?: boolean;
  sms?: boolean;
  /** The version of the words that were agreed to: 1 to 64 letters, digits, `_`, `-`, `.` or `:`. */
  wording: string;
  /** Where it was answered, such as `/checkout`. */
  page?: string;
  /** When, epoch ms. */
  at: number;
}

export interface HomingOptions {
  /** The worker's address, `https://homing.your-name.workers.dev`. */
  url: string;
  /** A secret key with the scopes `carts:write` and `catalogue:write`. */
  secretKey: string;
  /** The shop's publishable key, by which links are read. */
  publishableKey: string;
  /** The storefront's origin, one of the `origins` of the shop's configuration at Homing. */
  origin: string;
  /** The address of a product's page. */
  productUrl: (product: { slug: string; sku: string; variantId: string }) => string;
  /** The address of a picture, from Vendure's name of its preview; of any other one for products that have none. */
  pictureUrl: (preview: string | undefined) => string;
  /**
   * Custom fields of order lines that make one line differ from another, such as an engraving: at most eight, each a text, a number or
   * a boolean. They are told with the line, and a link brings them back; but for those that are `internal`, `readonly` or not `public`, which no
   * shopper could set.
   */
  lineFields?: string[];
  /** What the order's customer has agreed to, where the shop keeps that itself; otherwise what `homingRemember` was told counts. */
  consent?: (order: Order) => Consent | undefined;
  /** The channel whose prices, names and language are told; the default one where nothing is said. */
  channelToken?: string;
  /** How often the outbox is looked at, ms; 1,000 where nothing is said. */
  everyMs?: number;
}

/** By which the plugin's parts ask for the options. */
export const HOMING_OPTIONS = Symbol('HOMING_OPTIONS');

/** What the plugin's lines in the log begin with. */
export const LOG = 'Homing';

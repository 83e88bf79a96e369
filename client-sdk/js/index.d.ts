/** The public surface of Homing's snippet: `homing(…)`, a queue until the SDK has loaded. */

/** What a shop sells, and how the shopper wants it. */
export interface Item {
  /** 1 to 64 visible ASCII characters, as in the shop's catalogue. */
  variant: string;
  /** At most 8, for example an engraving; part of what makes two lines the same line. */
  options?: Record<string, string>;
}

export interface Line {
  variant: string;
  options: Record<string, string>;
  quantity: number;
}

export interface Cart {
  lines: Line[];
  /** The cart's life between two orders, from 0. */
  epoch: number;
  /** The last number that the edge has given to an event of this cart. */
  seq: number;
}

export interface Consent {
  email?: boolean;
  sms?: boolean;
  /** Version of the words that the shopper agreed to. */
  wording?: string;
  /** Path of the page; the current one by default. */
  page?: string;
}

export type CheckoutStage =
  | 'started'
  | 'contact'
  | 'shipping'
  | 'price'
  | 'payment_started'
  | 'payment_failed'
  | 'payment_succeeded';

export interface Checkout {
  stage: CheckoutStage;
  /** How long the stage took. */
  ms?: number;
  /** Why it failed, for example `card_declined`. */
  code?: string;
}

export interface RestoredLine {
  variant: string;
  options?: Record<string, string>;
  qty: number;
  title?: string;
  price_minor?: number;
  was_minor?: number;
  image?: string;
  url?: string;
  available?: boolean;
}

export interface RestoredChange {
  variant: string;
  kind: 'price' | 'gone' | 'sold_out';
  from?: number;
  to?: number;
}

/** What a link brought. */
export interface Restored {
  /**
   * `ok`: the cart is here. `ordered`: it was bought. `empty`: nothing is in it. `expired`, `revoked`, `invalid`: the link
   * no longer opens it; the browser's own cart is as it was.
   */
  status: 'ok' | 'ordered' | 'empty' | 'expired' | 'revoked' | 'invalid';
  lines: RestoredLine[];
  /** What is not as it was when the shopper left. */
  changes: RestoredChange[];
  offer?: { code: string; percent: number };
  currency?: string;
  utm?: Record<string, string>;
  /** The cart is a quote. */
  quote?: boolean;
}

/**
 * How the cart of a shop is read and filled that runs on none of the known platforms. Every call is made by one tab at a
 * time.
 */
export interface Platform {
  /**
   * What is in the cart; rejects when that cannot be known now. Never empty for want of an answer: that takes lines out.
   * `before`: what was in it the last time; undefined where nobody knows, or where this page may have changed it since.
   */
  read(
    before?: Record<string, Line>,
  ): Promise<{ variant: string; options?: Record<string, unknown> | null; quantity: number }[]>;
  /** Puts in more of a line, exactly as it is; answers why not where the shop refuses, rejects where it did not answer. */
  add(line: Line): Promise<RefusalReason | undefined>;
  /** Whether the shop has taken the code. */
  coupon?(code: string): Promise<boolean>;
  /** Addresses that change the cart when they are called. */
  requests?: RegExp;
  /** Calls back when the cart may have changed, where no request shows it. */
  watch?(changed: () => void): void;
  /** The order that this page confirms. */
  order?(): string | undefined;
}

/** `refused`: the shop gave no reason that is known. `unavailable`: it did not answer; the next page tries again. */
export type RefusalReason = 'sold_out' | 'gone' | 'refused' | 'unavailable';

/** What became of a link's lines in the shop's own cart. */
export interface Placed {
  /** Quantities that were put in. */
  lines: Line[];
  /** Quantities that are missing. */
  refused: (Line & { reason: RefusalReason })[];
  /** Whether the shop has taken the link's code; undefined where there was none. */
  coupon?: boolean;
}

export interface Problem {
  /** HTTP status; 0 when the edge did not answer or the SDK itself refused a call. */
  status: number;
  /** Stable. */
  code: string;
  detail?: string;
}

export interface Status {
  ready: boolean;
  online: boolean;
  /** Events that the edge has not acknowledged. */
  pending: number;
  /** The edge's sequence number that this browser stands at. */
  acked: number;
  epoch: number;
  /** The last acknowledged events and all others, oldest first. */
  journal: { id: string; t: string; acked: boolean }[];
  /** Intent token: reads this cart on any device. */
  token: string | null;
  /** The cart's secret: whoever has it can write to this cart. */
  cart: string;
  last_error: Problem | null;
}

export interface Warning {
  /**
   * `storage_localstorage`, `storage_memory`: the cart is kept there, since nothing better can be had; in memory, until the page is
   * closed. `storage_corrupt`: something that was kept could not be read, and was left out.
   */
  code: 'storage_localstorage' | 'storage_memory' | 'storage_corrupt';
}

export interface Events {
  /** Something is not as it should be; the SDK goes on all the same. */
  warning: Warning;
  /** The cart, at once and after each change in any tab. */
  change: Cart;
  /** Once after an arrival by link. */
  restored: Restored;
  /** Once after that, where an adapter fills the shop's own cart. */
  placed: Placed;
  /** The visitor is about to leave; at most once a visit. */
  exit: { how: string };
  status: Status;
}

export interface Homing {
  /** Only needed where the script tag has no `data-key`. */
  (
    call: 'init',
    options: {
      key?: string;
      endpoint?: string;
      currency?: string;
      platform?: 'shopify' | 'woocommerce' | 'bigcommerce' | 'adobe';
    },
  ): void;
  /** Follows the shop's own cart from here on, which is on no known platform. */
  (call: 'platform', platform: Platform): void;
  (call: 'cart', action: 'add', item: Item & { quantity?: number }): void;
  /** The line's whole quantity; 0 removes it. */
  (call: 'cart', action: 'set', item: Item & { quantity: number }): void;
  (call: 'cart', action: 'remove', item: Item): void;
  (call: 'cart', action: 'clear'): void;
  <Name extends keyof Events>(
    call: 'on',
    name: Name,
    listener: (value: Events[Name]) => void,
  ): void;
  (call: 'track', what: 'view', item: { variant: string }): void;
  (call: 'checkout', stage: CheckoutStage | Checkout): void;
  /** The cart is a business buyer's quote from here on, or none any more; an order or `clear` ends it as well. */
  (call: 'quote', quote?: boolean): void;
  (call: 'identify', who: { email?: string; phone?: string; consent?: Consent }): void;
  /** The order has been placed: the cart begins anew, nothing more is sent about it. */
  (call: 'order', order: { order: string }): void;
  /** Sends what is waiting now instead of in a moment. */
  (call: 'flush'): void;
  /** Forgets everything that this browser knows; of what was not sent only orders still are. */
  (call: 'reset'): void;
  /** Calls made before the SDK has loaded. */
  q?: ArrayLike<unknown>[];
}

declare global {
  interface Window {
    homing: Homing;
  }
}

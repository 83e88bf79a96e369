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
  /** The contact may be given, hashed, to advertising services. */
  ads?: boolean;
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
  /** What one cost when the shopper left, where that is not what it costs now. */
  was_minor?: number;
  /** In which `price_minor` and `was_minor` are. */
  currency?: string;
  image?: string;
  url?: string;
  available?: boolean;
  /** Where it is sold out: other variants of the product that are not, the nearest in price first. */
  alternatives?: Alternative[];
}

export interface Alternative {
  variant: string;
  title: string;
  price_minor: number;
  currency: string;
  image: string;
  url: string;
}

export interface RestoredChange {
  variant: string;
  kind: 'price' | 'gone' | 'sold_out';
  from?: number;
  to?: number;
}

/** A code and what it gives: one of `percent`, `amount_minor` and `free_shipping`. */
export interface Offer {
  code: string;
  percent?: number;
  /** Money off the order, in the smallest unit of `currency`. */
  amount_minor?: number;
  free_shipping?: true;
  /** What the order must come to at least, likewise. */
  min_order_minor?: number;
  /** With an amount. */
  currency?: string;
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
  offer?: Offer;
  /** In which the shopper saw the cart. */
  currency?: string;
  /** Where the visit counts as coming from. */
  utm?: Record<string, string>;
  /** The cart is a quote. */
  quote?: boolean;
  /** How far the checkout had come. */
  stage?: CheckoutStage;
  /** Why the payment failed, where that is the stage: the `code` that the shop had told. */
  payment_error?: string;
  /** What became of the cart that this browser had itself; undefined where it had none, or nothing else in it. */
  met?: 'merge' | 'replace' | 'keep';
  /** With `merge`: what of the link's lines had not been in the cart of this browser, and how much of each. */
  added?: RestoredLine[];
}

/** A link's cart has met one that this browser has itself. */
export interface Meeting {
  /** What is in the cart of this browser. */
  here: Line[];
  /** What the link brings. */
  link: RestoredLine[];
  /** Says what is to become of it; the first word counts. Until then both carts are as they were. */
  choose(way: 'merge' | 'replace' | 'keep'): void;
}

/** What the "save my cart" prompt says and when. */
export interface PromptSettings {
  /** Asks for a mobile number as well, with a consent of its own. */
  phone?: boolean;
  /** Words that the shopper agrees to; they stand beside the box, which is never ticked beforehand. */
  consent?: string;
  consentSms?: string;
  /** Version of those words, kept with the consent: 1 to 64 letters, digits, `_`, `-`, `.` or `:`. */
  wording?: string;
  /** Paths without the prompt, such as `/checkout, /account/*`. */
  except?: string | string[];
  /** For so many days nobody is asked again; 30 by default. */
  days?: number;
}

export interface BannerSettings {
  /** So long a shopper has to have been away, minutes; 30 by default. */
  minutes?: number;
}

export interface ChatSettings {
  /** Opens the shop's chat. With it there is a button beside the cart's page. */
  open?(handoff: Handoff): unknown;
  /** What shipping costs at this moment; waited for four seconds at most. */
  shipping?(cart: Cart): Promise<unknown> | unknown;
  /** On the button. */
  label?: string;
}

/** How a browser is asked whether it may show notifications. */
export interface PushSettings {
  /** Where the shop serves the service worker, on its own origin; `/homing-push.js` by default. */
  worker?: string;
  /** Version of the words that the shop's own button or text says, kept with the consent. */
  wording?: string;
}

export interface PushState {
  /**
   * `possible`: the shopper may be asked. `on`: this browser takes notifications. `denied`: its user has said no to the browser.
   * `unsupported`: it has none; on iPhones and iPads only shops on the home screen have. `failed`: see `reason`.
   */
  state: 'possible' | 'on' | 'denied' | 'unsupported' | 'failed';
  /** What went wrong; `gesture_missing`: nothing was asked, because the shopper had not clicked just before. */
  reason?: string;
}

/** What a chat is told. */
export interface Handoff {
  cart: Cart;
  stage?: CheckoutStage;
  /** As the shop's `shipping` answered. */
  shipping?: unknown;
}

/** All words that shoppers read. In braces stand names of values. */
export interface Texts {
  close: string;
  promptTitle: string;
  promptBody: string;
  email: string;
  emailExample: string;
  phone: string;
  phoneExample: string;
  consentEmail: string;
  consentSms: string;
  save: string;
  decline: string;
  saved: string;
  savedBody: string;
  emailInvalid: string;
  phoneInvalid: string;
  contactMissing: string;
  consentMissing: string;
  backTitle: string;
  changedTitle: string;
  price: string;
  soldOut: string;
  gone: string;
  instead: string;
  item: string;
  mergedTitle: string;
  mergedBody: string;
  replacedTitle: string;
  undo: string;
  undoneTitle: string;
  undoneBody: string;
  meetTitle: string;
  meetBody: string;
  meetMerge: string;
  meetReplace: string;
  meetKeep: string;
  paymentTitle: string;
  paymentBody: string;
  toPayment: string;
  offer: string;
  offerAmount: string;
  offerShipping: string;
  offerLeast: string;
  expiredTitle: string;
  revokedTitle: string;
  invalidTitle: string;
  stillHere: string;
  orderedTitle: string;
  orderedBody: string;
  emptyTitle: string;
  emptyBody: string;
  bannerTitle: string;
  bannerBody: string;
  toCart: string;
  chat: string;
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
  /**
   * Leaves so much of a line, less than there is, or nothing of it; answers as `add` does. Without it nothing is ever taken out: a link's
   * cart is always put together with the one that is here, and that cannot be undone.
   */
  set?(line: Line): Promise<RefusalReason | undefined>;
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
  /** Quantities that were taken out, for the link's cart alone or because that was undone. */
  removed?: Line[];
  /** Quantities that are missing. */
  refused: (Line & { reason: RefusalReason })[];
  /** Whether the shop has taken the link's code; undefined where there was none. */
  coupon?: boolean;
  /** Where the shop fills its cart itself, because this page cannot (a cart permalink of Shopify): it is opened once this was told. */
  url?: string;
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
  /** Intent token: reads this cart on any device, for a week. Each answer of the edge brings a new one; null once it has ended. */
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
  /** The cart, at once and after each change in any tab; an empty one when all is forgotten. */
  change: Cart;
  /** Once after an arrival by link. */
  restored: Restored;
  /** Once after that, where an adapter fills the shop's own cart. */
  placed: Placed;
  /** Two carts meet, and the shop wants to be asked (`meet: 'ask'`). Whoever listens shows the question, and the SDK does not. */
  meet: Meeting;
  /** The shopper wants to talk. */
  chat: Handoff;
  /** How things stand with notifications, at once and after each change, where the shop has called `push`. */
  push: PushState;
  /** The visitor is about to leave; at most once a visit. */
  exit: { how: 'pointer' | 'scroll' | 'back' | 'idle' | 'hidden' };
  status: Status;
}

/** Where a headless storefront on Shopify keeps its cart's name: `gid://shopify/Cart/…?key=…`, whole. */
export interface StorefrontCart {
  get(): string | null | undefined;
  /** A link has begun a cart. */
  set(id: string): void;
}

/** What the script tag says by attributes. */
export interface InitOptions {
  /** The shop's publishable key, `pk_…`. */
  key?: string;
  /** Where Homing's worker is reached: its own address, or the shop's where that passes `/v1/*` on. */
  endpoint?: string;
  /** ISO 4217, as the visitor sees prices. */
  currency?: string;
  /** Follows the cart of one of these; nothing of `cart` may be called then. */
  platform?: 'shopify' | 'shopify-storefront' | 'woocommerce' | 'bigcommerce' | 'adobe';
  /** With `shopify-storefront`: the public access token of the Storefront API. */
  storefrontToken?: string;
  /** With either of Shopify's: where the shop itself is, such as `https://name.myshopify.com`, when that is not where this page is. */
  shop?: string;
  /** With `shopify`: what an address that fills the cart leads to, the cart by default; `off`: it is told as `placed.url`, and not opened. */
  permalink?: 'checkout' | 'off';
  /** With `shopify`: attributes that such an address gives to the cart. */
  cartAttributes?: Record<string, string>;
  /** With `shopify-storefront`: the country whose prices a cart is begun with, as ISO 3166 has it. */
  storefrontCountry?: string;
  /** With `shopify-storefront`: the cart's name, where the storefront keeps it in a way of its own. */
  storefrontCart?: StorefrontCart;
  /** The shop's rule: `data-consent`. Like the next three it counts as long as nothing has begun. */
  consent?: string;
  /** Whose answer counts. */
  consentManager?: 'tcf' | 'shopify' | 'google';
  /** All of which the manager has to allow, by its names. */
  consentPurposes?: string;
  /** Where the visitor is, `DE` or `US-CA`, where the rule differs by region and the shop knows. */
  region?: string;
  /** What becomes of the cart here when a link brings another; `merge` by default. */
  meet?: 'merge' | 'replace' | 'ask';
  /** `off`: the shop itself says what a link brought. */
  notice?: 'off';
  /** The page on which a payment that failed is tried again. */
  checkout?: string;
  /** The page that shows the cart. */
  cartPage?: string;
  /** What cards look like; as the page does by default. */
  theme?: 'light' | 'dark';
  /** Paths whose leaving means nothing. */
  exitExcept?: string | string[];
  /** After so many seconds a phone that nobody touches counts as left; 0: never. 45 by default. */
  exitIdle?: number;
}

export interface Homing {
  /** Only needed where the script tag has no `data-key`. */
  (call: 'init', options: InitOptions): void;
  /** Offers to keep the cart when the shopper is about to leave; `null`: not any more. `show`: at once. */
  (call: 'prompt', settings: PromptSettings | null | 'show'): void;
  /** Greets shoppers who come back to a cart that waited. */
  (call: 'banner', settings: BannerSettings | null | 'show'): void;
  /** Puts up a button that hands the cart over to a chat; without settings it is handed over at once. */
  (call: 'chat', settings?: ChatSettings | null): void;
  /**
   * Notifications, where there is a cart. Settings on each page: what was agreed to is kept up to date, and nothing is asked. `ask`: asks
   * for permission, in the shopper's own click. `stop`: none any more, on any device.
   */
  (call: 'push', settings: PushSettings | null | 'ask' | 'stop'): void;
  /** The shop's own words instead of those of the SDK. */
  (call: 'texts', texts: Partial<Texts>): void;
  /** The cart before two met comes back, for an hour. */
  (call: 'undo'): void;
  /** As a link does: for a cart whose token the shop's server keeps with the customer, when they log in. */
  (call: 'open', token: string): void;
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
  /** Ends what the same listener was given to `on` for. */
  <Name extends keyof Events>(
    call: 'off',
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
  /**
   * What the shopper has answered, in the shop's own banner. A yes is remembered, and what was called on this page before it counts. A
   * no ends everything at once, in all tabs: all is forgotten as by `reset`, and what is called from then on is dropped.
   */
  (call: 'consent', isGranted: boolean): void;
  /**
   * Forgets everything that this browser knows, in all tabs, but for the answer about consent; of what was not sent only orders
   * still are. All begins anew, in a cart of its own; listeners stay.
   */
  (call: 'reset'): void;
  /** Calls made before the SDK has loaded. */
  q?: ArrayLike<unknown>[];
}

declare global {
  interface Window {
    homing: Homing;
  }
}

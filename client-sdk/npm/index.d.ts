/** Homing's SDK as an ES module, with everything that the script tag would load beside it. */
import type {
  Checkout,
  CheckoutStage,
  Consent,
  Events,
  Homing,
  InitOptions,
  Item,
  Platform,
} from './types.js';

export type * from './types.js';

export interface Options extends InitOptions {
  key: string;
  endpoint: string;
  /** Where `homing.wasm` is, for bundlers that do not know `new URL('…', import.meta.url)`. */
  wasm?: string | URL;
}

export interface Sdk {
  /** As of the script tag. */
  homing: Homing;
  /** Tells of what happens, and at once of how things stand. Call what it returns to hear no more. */
  on<Name extends keyof Events>(name: Name, listener: (value: Events[Name]) => void): () => void;
  cart: {
    /** One more, by default. */
    add(item: Item & { quantity?: number }): void;
    /** The line's whole quantity; 0 removes it. */
    set(item: Item & { quantity: number }): void;
    remove(item: Item): void;
    clear(): void;
  };
  /** A product is being looked at. */
  view(variant: string): void;
  checkout(stage: CheckoutStage | Checkout): void;
  /** The cart is a business buyer's quote from here on, or none any more. */
  quote(isQuote?: boolean): void;
  identify(who: { email?: string; phone?: string; consent?: Consent }): void;
  /** The order has been placed: the cart begins anew, nothing more is sent about it. */
  order(order: string): void;
  /** Follows the shop's own cart from here on, which is on no known platform. */
  platform(shop: Platform): void;
  /** Sends what is waiting now instead of in a moment. */
  flush(): void;
  /** What the shopper has answered in the shop's own banner. */
  consent(isGranted: boolean): void;
  /** Forgets everything that this browser knows. */
  reset(): void;
}

/**
 * Begins, once a page: later calls return the same cart. Calls may follow at once; on a server nothing happens.
 */
export function start(options: Options): Sdk;

/** The public surface of the Homing snippet, as this shop uses it. */

interface HomingLine {
  variant: string;
  options: Record<string, string>;
  quantity: number;
}

interface HomingCart {
  lines: HomingLine[];
  epoch: number;
  seq: number;
}

interface HomingOffer {
  code: string;
  percent: number;
}

interface HomingRestored {
  status: 'ok' | 'ordered' | 'empty' | 'expired' | 'revoked' | 'invalid';
  offer?: HomingOffer | null;
}

interface HomingJournalEntry {
  id: string;
  t: string;
  acked: boolean;
}

interface HomingStatus {
  ready: boolean;
  online: boolean;
  pending: number;
  acked: number;
  epoch: number;
  journal: HomingJournalEntry[];
  token: string | null;
  cart: string | null;
  last_error: unknown;
}

interface HomingItem {
  variant: string;
  options?: Record<string, string>;
}

interface HomingConsent {
  email: boolean;
  sms: boolean;
  wording: string;
  page: string;
}

interface HomingFunction {
  (call: 'cart', action: 'add', item: HomingItem & { quantity?: number }): void;
  (call: 'cart', action: 'set', item: HomingItem & { quantity: number }): void;
  (call: 'cart', action: 'remove', item: HomingItem): void;
  (call: 'cart', action: 'clear'): void;
  (call: 'consent', isGranted: boolean): void;
  (call: 'on', event: 'change', listener: (cart: HomingCart) => void): void;
  (call: 'on', event: 'restored', listener: (restored: HomingRestored) => void): void;
  (call: 'on', event: 'status', listener: (status: HomingStatus) => void): void;
  (call: 'track', event: 'view', item: { variant: string }): void;
  (call: 'checkout', stage: string | { stage: string; ms?: number; code?: string }): void;
  (call: 'identify', who: { email?: string; phone?: string; consent?: HomingConsent }): void;
  (call: 'order', order: { order: string }): void;
  (call: 'flush'): void;
}

/** The demo's own switch that cuts the page off from the edge (js/line.js). */
interface DemoLine {
  readonly cut: boolean;
  /** Which stage of the checkout an event that was sent from this tab is about. */
  stageOf(id: string): string | undefined;
  /** Forgets the stages. */
  forget(): void;
  set(cut: boolean): void;
}

declare var homing: HomingFunction;
declare var demoLine: DemoLine;

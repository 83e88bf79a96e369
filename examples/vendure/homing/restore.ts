/** Puts what a link brings into the shopper's order. */

import { Inject, Injectable } from '@nestjs/common';
import {
  ActiveOrderService,
  ConfigService,
  type CustomFieldConfig,
  EntityNotFoundError,
  isGraphQlErrorResult,
  type Order,
  OrderService,
  type RequestContext,
  TransactionalConnection,
} from '@vendure/core';
import { Baskets } from './baskets';
import { Edge, Refused } from './edge';
import { areSame, customFieldsOf, type Line, linesAmong, optionsOf, settable } from './lines';
import { fromMinor } from './money';
import { HOMING_OPTIONS, type HomingOptions } from './options';

/** Why a line, or a part of it, is not in the order. */
type Reason = 'sold_out' | 'gone' | 'refused';

interface Missing {
  variantId: string;
  quantity: number;
  reason: Reason;
}

/** What Homing says of a link. */
interface Link {
  status: 'ok' | 'ordered' | 'empty';
  cart: string;
  currency: string;
  lines: (Line & { currency?: string })[];
  changes: { variant: string; kind: string; from?: number; to?: number }[];
  offer?: { code: string } | null;
}

export interface Restored {
  /** `invalid`: the link has run out, was revoked, or never was one. */
  status: Link['status'] | 'invalid';
  order?: Order | undefined;
  refused: Missing[];
  changes: { variantId: string; kind: string; from?: number; to?: number }[];
  /** The code that the message offered; whether it was taken. */
  coupon?: { code: string; isApplied: boolean };
}

@Injectable()
export class Restore {
  @Inject(HOMING_OPTIONS) private readonly options!: HomingOptions;
  @Inject(ActiveOrderService) private readonly active!: ActiveOrderService;
  @Inject(OrderService) private readonly orders!: OrderService;
  @Inject(TransactionalConnection) private readonly connection!: TransactionalConnection;
  @Inject(ConfigService) private readonly config!: ConfigService;
  @Inject(Baskets) private readonly baskets!: Baskets;
  @Inject(Edge) private readonly edge!: Edge;

  /** Harmless when repeated: a line that is there in full already is left as it is, and nothing is taken out. */
  async restore(ctx: RequestContext, token: string): Promise<Restored> {
    const none = { refused: [], changes: [] };
    let link: Link;
    try {
      link = await this.edge.asPage<Link>('/v1/restore', { token });
    } catch (error) {
      const isTokenWrong = error instanceof Refused && error.code.startsWith('token_');
      if (!isTokenWrong) throw error;
      return { status: 'invalid', ...none };
    }
    if (link.status !== 'ok') return { status: link.status, ...none };
    // Homing has been asked before anything is locked.
    return this.connection.withTransaction(ctx, (inside) => this.place(inside, link));
  }

  private async place(ctx: RequestContext, link: Link): Promise<Restored> {
    let order = await this.active.getActiveOrder(ctx, undefined, true);
    if (order.state !== 'AddingItems') {
      await this.orders.transitionToState(ctx, order.id, 'AddingItems');
    }
    const from = await this.baskets.codeOf(ctx, `crt_${link.cart}`);
    await this.baskets.remember(ctx, order.code, {
      isByLink: true,
      ...(from && from !== order.code ? { restoredFrom: from } : {}),
    });
    const refused: Missing[] = [];
    const { OrderLine } = this.config.customFields;
    const fields = settable(this.options.lineFields ?? [], OrderLine);
    for (const line of linesAmong(link.lines, fields)) {
      const missing = await this.put(ctx, order.id, line, fields);
      if (missing) refused.push(missing);
    }
    const { currency } = link;
    const changes = link.changes.map(({ variant, kind, from, to }) => ({
      variantId: variant,
      kind,
      ...(from === undefined ? {} : { from: fromMinor(from, currency, this.config) }),
      ...(to === undefined ? {} : { to: fromMinor(to, currency, this.config) }),
    }));
    const coupon = await this.redeem(ctx, order.id, link.offer?.code);
    order = (await this.orders.findOne(ctx, order.id)) ?? order;
    return { status: 'ok', order, refused, changes, ...(coupon ? { coupon } : {}) };
  }

  private async put(
    ctx: RequestContext,
    orderId: Order['id'],
    { variant, options, qty }: Line,
    fields: readonly CustomFieldConfig[],
  ): Promise<Missing | undefined> {
    const names = fields.map(({ name }) => name);
    const isSame = (line: Order['lines'][number]) =>
      String(line.productVariantId) === variant &&
      areSame(optionsOf(line.customFields, names), options);
    const held = async () => {
      const order = await this.orders.findOne(ctx, orderId);
      return (order?.lines ?? []).filter(isSame).reduce((sum, { quantity }) => sum + quantity, 0);
    };
    const missing = qty - (await held());
    if (missing <= 0) return undefined;
    const custom = customFieldsOf(options, fields);
    let reason: Reason = 'refused';
    try {
      const result = await this.orders.addItemToOrder(ctx, orderId, variant, missing, custom);
      if (isGraphQlErrorResult(result) && result.errorCode === 'INSUFFICIENT_STOCK_ERROR') {
        reason = 'sold_out';
      }
    } catch (error) {
      // Deleted, or not on sale any more.
      if (!(error instanceof EntityNotFoundError)) throw error;
      reason = 'gone';
    }
    const quantity = qty - (await held());
    return quantity > 0 ? { variantId: variant, quantity, reason } : undefined;
  }

  private async redeem(ctx: RequestContext, orderId: Order['id'], code: string | undefined) {
    if (!code) return undefined;
    const result = await this.orders.applyCouponCode(ctx, orderId, code);
    return { code, isApplied: !isGraphQlErrorResult(result) };
  }
}

/** Notes what changes in Vendure, in the transaction of the change. */

import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import {
  EventBus,
  type ID,
  Order,
  OrderEvent,
  OrderLineEvent,
  OrderStateTransitionEvent,
  ProductEvent,
  ProductVariantEvent,
  ProductVariantPrice,
  ProductVariantPriceEvent,
  type RequestContext,
  StockMovementEvent,
  TransactionalConnection,
} from '@vendure/core';
import { type EntityManager, type EntitySubscriberInterface, In, type UpdateEvent } from 'typeorm';
import { HomingMark, type MarkKind } from './mark.entity';

@Injectable()
export class Watch implements OnApplicationBootstrap, EntitySubscriberInterface<Order> {
  @Inject(EventBus) private readonly events!: EventBus;
  @Inject(TransactionalConnection) private readonly connection!: TransactionalConnection;

  onApplicationBootstrap() {
    const { events } = this;
    // Blocking handlers run in the transaction of what they are told of; the others run after it, when a kill may have come between.
    events.registerBlockingEventHandler({
      id: 'homing-order',
      event: OrderEvent,
      handler: ({ ctx, order }) => this.mark(ctx, 'basket', [order.code]),
    });
    events.registerBlockingEventHandler({
      id: 'homing-order-line',
      event: OrderLineEvent,
      handler: ({ ctx, order }) => this.mark(ctx, 'basket', [order.code]),
    });
    events.registerBlockingEventHandler({
      id: 'homing-order-state',
      event: OrderStateTransitionEvent,
      handler: ({ ctx, order }) => this.mark(ctx, 'basket', [order.code]),
    });
    events.registerBlockingEventHandler({
      id: 'homing-product',
      event: ProductEvent,
      handler: ({ ctx, product }) => this.mark(ctx, 'product', [product.id]),
    });
    events.registerBlockingEventHandler({
      id: 'homing-variant',
      event: ProductVariantEvent,
      handler: ({ ctx, variants }) => this.mark(ctx, 'variant', idsOf(variants)),
    });
    events.registerBlockingEventHandler({
      id: 'homing-price',
      event: ProductVariantPriceEvent,
      handler: async ({ ctx, entity }) =>
        this.mark(ctx, 'variant', await this.variantsOf(ctx, entity)),
    });
    events.registerBlockingEventHandler({
      id: 'homing-stock',
      event: StockMovementEvent,
      handler: ({ ctx, stockMovements }) =>
        this.mark(ctx, 'variant', idsOf(stockMovements.map((one) => one.productVariant))),
    });
    // Nobody is told by an event when an order is given its customer, or is emptied: there the row itself is watched.
    this.connection.rawConnection.subscribers.push(this);
  }

  listenTo() {
    return Order;
  }

  async afterUpdate({ manager, entity, databaseEntity }: UpdateEvent<Order>) {
    const code = entity?.code ?? databaseEntity?.code;
    if (code) await insert(manager, 'basket', [code]);
  }

  /** Writes marks in the transaction of `ctx`. */
  mark(ctx: RequestContext, kind: MarkKind, subjects: ID[]) {
    return insert(this.connection.getRepository(ctx, HomingMark).manager, kind, subjects);
  }

  private async variantsOf(ctx: RequestContext, prices: ProductVariantPrice[]) {
    const known = prices.flatMap(({ variant }) => variant?.id ?? []);
    const rest = prices.filter(({ variant, id }) => !variant && id).map(({ id }) => id);
    if (rest.length === 0) return known;
    const found = await this.connection
      .getRepository(ctx, ProductVariantPrice)
      .find({ where: { id: In(rest) }, relations: { variant: true } });
    return [...known, ...found.flatMap(({ variant }) => variant?.id ?? [])];
  }
}

const idsOf = (entities: { id: ID }[]) => entities.map(({ id }) => id);

async function insert(manager: EntityManager, kind: MarkKind, subjects: ID[]) {
  const marks = [...new Set(subjects.map(String))].map((subject) => ({ kind, subject }));
  if (marks.length > 0) await manager.insert(HomingMark, marks);
}

/** Tells Homing of orders: carts that are open, and what was bought. */

import { randomUUID } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { type ID, Order, type RequestContext, TransactionalConnection } from '@vendure/core';
import { HomingBasket } from './basket.entity';
import { Edge, Refused } from './edge';
import { linesOf } from './lines';
import { HOMING_OPTIONS, type HomingOptions } from './options';

interface Told {
  cart: string;
  stale: boolean;
}

@Injectable()
export class Baskets {
  @Inject(HOMING_OPTIONS) private readonly options!: HomingOptions;
  @Inject(TransactionalConnection) private readonly connection!: TransactionalConnection;
  @Inject(Edge) private readonly edge!: Edge;

  /**
   * Tells all that is known of an order now. Resolves when Homing has taken it, or there is nothing to tell.
   * `changedAt`: when it became so, epoch ms.
   */
  async tell(code: string, changedAt: number): Promise<void> {
    const known = await this.basket(code);
    if (known?.isOrdered) return;
    // The number is taken before the order is read: a higher one never tells an older state.
    const basket = await this.next(code);
    const order = await this.order(code);
    const isPlaced = Boolean(order?.orderPlacedAt);
    if (!order && !known) return;
    // What an administrator puts together is nobody's cart.
    if (order?.state === 'Draft') return;
    const isOpen = Boolean(order?.active) || isPlaced;
    const email = order?.customer?.emailAddress;
    const consent = (order && this.options.consent?.(order)) ?? basket.consent ?? undefined;
    await this.put(basket, {
      changed_at: changedAt,
      // A cart that became part of another one, or was cancelled, holds nothing any more.
      lines: isOpen && order ? linesOf(order.lines, this.options.lineFields ?? []) : [],
      ...(email && isOpen ? { email, ...(consent ? { consent } : {}) } : {}),
      ...(basket.intent ? { intent: basket.intent } : {}),
      ...(isPlaced ? { order: code } : {}),
    });
    if (!isPlaced) return;
    await this.orderedBefore(basket, code, changedAt);
    await this.repository.update({ code }, { isOrdered: true });
  }

  /** What a link brought into the order that was placed is bought where it came from, too, whoever the buyer said to be. */
  private async orderedBefore({ restoredFrom }: HomingBasket, order: string, changedAt: number) {
    const seen = new Set([order]);
    for (let code = restoredFrom; code && !seen.has(code); ) {
      seen.add(code);
      const basket = await this.next(code);
      await this.put(basket, { changed_at: changedAt, order });
      code = basket.restoredFrom;
    }
  }

  private async put(basket: HomingBasket, said: object): Promise<void> {
    const { code, version } = basket;
    const body = { basket: code, version, ...said };
    try {
      const told = await this.edge.asServer<Told>('/v1/baskets', body, `${code}.${version}`);
      if (told.cart !== basket.cart) await this.repository.update({ code }, { cart: told.cart });
    } catch (error) {
      const isTokenWrong = error instanceof Refused && error.code.startsWith('token_');
      if (!isTokenWrong || !basket.intent) throw error;
      // A token that ran out or was revoked claims nothing; the basket is told all the same.
      await this.repository.update({ code }, { intent: null });
      const { intent: _, ...rest } = said as { intent?: string };
      await this.put(await this.next(code), rest);
    }
  }

  /** Takes the next number of a basket. Of two processes that take the same, one finds that it is not its own. */
  private async next(code: string): Promise<HomingBasket> {
    const teller = randomUUID();
    const before =
      (await this.basket(code)) ?? (await this.repository.save(this.repository.create({ code })));
    const version = Math.max(before.version + 1, Date.now());
    await this.repository.update({ code, version: before.version }, { version, teller });
    const basket = await this.basket(code);
    if (basket?.teller !== teller) throw new Error(`another process tells of ${code}`);
    return basket;
  }

  /** Keeps what the storefront says of an order, in the transaction of `ctx`. */
  async remember(
    ctx: RequestContext,
    code: string,
    said: Partial<Pick<HomingBasket, 'intent' | 'consent' | 'restoredFrom'>>,
  ): Promise<void> {
    const repository = this.connection.getRepository(ctx, HomingBasket);
    const basket = (await repository.findOneBy({ code })) ?? repository.create({ code });
    await repository.save(Object.assign(basket, said), { reload: false });
  }

  /** The code of the order that is this cart at Homing. */
  async codeOf(ctx: RequestContext, cart: string): Promise<string | undefined> {
    const found = await this.connection.getRepository(ctx, HomingBasket).findOneBy({ cart });
    return found?.code;
  }

  private get repository() {
    return this.connection.rawConnection.getRepository(HomingBasket);
  }

  private basket(code: string) {
    return this.repository.findOneBy({ code });
  }

  private async order(code: string): Promise<(Order & { id: ID }) | null> {
    return this.connection.rawConnection.getRepository(Order).findOne({
      where: { code },
      relations: { customer: true, lines: true },
      relationLoadStrategy: 'query',
    });
  }
}

/** Tells Homing of orders: carts that are open, and what was bought. */

import { randomUUID } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { OrderType } from '@vendure/common/lib/generated-types';
import { Order, type RequestContext, TransactionalConnection } from '@vendure/core';
import { HomingBasket } from './basket.entity';
import { Edge, Refused } from './edge';
import { type Line, linesOf } from './lines';
import { type Consent, HOMING_OPTIONS, type HomingOptions } from './options';

interface Told {
  cart: string;
}

/** The fields of `PUT /v1/baskets` beside the basket's name and number. */
interface Said {
  changed_at: number;
  lines?: Line[];
  email?: string;
  consent?: Consent;
  intent?: string;
  by_link?: boolean;
  order?: string;
}

/** Orders that were placed so long before they were first heard of are history, ms: that one of them is delivered is no purchase. */
const HISTORY_MS = 86_400_000;

/** Whether there is anything to tell of an order. */
function isTold(order: Order | null, known: HomingBasket | null): boolean {
  const wasTold = Boolean(known?.version);
  if (!order) return wasTold;
  // What an administrator puts together is nobody's cart, and a seller's part of an order is told with the whole.
  if (order.state === 'Draft' || order.type === OrderType.Seller) return false;
  const placedAt = order.orderPlacedAt?.getTime();
  if (placedAt !== undefined) return wasTold || placedAt > Date.now() - HISTORY_MS;
  return wasTold || (order.active && order.lines.length > 0);
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
    const seen = await this.order(code);
    if (!isTold(seen, known)) return;
    // The number is taken before the order is read: a higher one never tells an older state.
    const basket = await this.next(code);
    const order = await this.order(code);
    const isPlaced = Boolean(order?.orderPlacedAt);
    // A cart that became part of another one, or was cancelled, holds nothing any more.
    const open = order?.active || isPlaced ? order : null;
    const email = open?.customer?.emailAddress;
    const consent = (open && this.options.consent?.(open)) ?? basket.consent;
    const said: Said = {
      changed_at: changedAt,
      lines: open ? linesOf(open.lines, this.options.lineFields ?? []) : [],
    };
    if (email) {
      said.email = email;
      if (consent) said.consent = consent;
    }
    if (basket.intent) said.intent = basket.intent;
    if (basket.isByLink) said.by_link = true;
    if (isPlaced) said.order = code;
    await this.put(basket, said);
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
      await this.put(basket, { changed_at: changedAt, by_link: true, order });
      code = basket.restoredFrom;
    }
  }

  private async put(basket: HomingBasket, said: Said): Promise<void> {
    const { code, version } = basket;
    const name = `vendure/${encodeURIComponent(code)}`;
    const body = { basket: name, version, ...said };
    try {
      const told = await this.edge.asServer<Told>('/v1/baskets', body, `${name}/${version}`);
      if (told.cart !== basket.cart) await this.repository.update({ code }, { cart: told.cart });
    } catch (error) {
      const { intent, email, consent, ...rest } = said;
      const wrong = error instanceof Refused ? error.code : '';
      if (wrong.startsWith('token_') && intent) {
        // A token that ran out or was revoked claims nothing; the basket is told all the same.
        await this.repository.update({ code }, { intent: null });
        const others = { ...(email ? { email } : {}), ...(consent ? { consent } : {}) };
        await this.put(await this.next(code), { ...rest, ...others });
      } else if (wrong === 'email_invalid' && email) {
        // Vendure takes addresses that nobody could write to.
        await this.put(await this.next(code), { ...rest, ...(intent ? { intent } : {}) });
      } else {
        throw error;
      }
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
    said: Partial<Pick<HomingBasket, 'intent' | 'consent' | 'restoredFrom' | 'isByLink'>>,
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

  private async order(code: string): Promise<Order | null> {
    return this.connection.rawConnection.getRepository(Order).findOne({
      where: { code },
      relations: { customer: true, lines: true },
      relationLoadStrategy: 'query',
    });
  }
}

/** What the storefront calls. */

import { Inject } from '@nestjs/common';
import { Args, Mutation, Resolver } from '@nestjs/graphql';
import {
  ActiveOrderService,
  Allow,
  Ctx,
  Permission,
  type RequestContext,
  Transaction,
  UserInputError,
} from '@vendure/core';
import { gql } from 'graphql-tag';
import { Baskets } from './baskets';
import { Restore } from './restore';
import { Watch } from './watch';

export const shopApi = gql`
  type HomingMissing {
    variantId: ID!
    "How many of it are not in the order."
    quantity: Int!
    "sold_out, gone, or refused."
    reason: String!
  }

  type HomingChange {
    variantId: ID!
    "gone, sold_out, or price."
    kind: String!
    from: Money
    to: Money
  }

  type HomingCoupon {
    code: String!
    isApplied: Boolean!
  }

  type HomingRestored {
    "ok, ordered (it was bought meanwhile), empty, or invalid."
    status: String!
    order: Order
    refused: [HomingMissing!]!
    "What is not as it was when the shopper left."
    changes: [HomingChange!]!
    coupon: HomingCoupon
  }

  input HomingRememberInput {
    "What was answered about mails; absent: nothing."
    email: Boolean
    "What was answered about texts; absent: nothing."
    sms: Boolean
    "The version of the words that were shown. Needed with an answer."
    wording: String
    page: String
    "status.token of the snippet, where it is on the page."
    intent: String
  }

  extend type Mutation {
    "Puts what a link of Homing brings into the active order."
    homingRestore(token: String!): HomingRestored!
    "Keeps what the shopper has answered, with the active order; false where there is none."
    homingRemember(input: HomingRememberInput!): Boolean!
  }
`;

interface RememberInput {
  email?: boolean | null;
  sms?: boolean | null;
  wording?: string | null;
  page?: string | null;
  intent?: string | null;
}

@Resolver()
export class ShopApi {
  @Inject(ActiveOrderService) private readonly active!: ActiveOrderService;
  @Inject(Baskets) private readonly baskets!: Baskets;
  @Inject(Restore) private readonly links!: Restore;
  @Inject(Watch) private readonly watch!: Watch;

  @Mutation()
  @Allow(Permission.UpdateOrder, Permission.Owner)
  homingRestore(@Ctx() ctx: RequestContext, @Args('token') token: string) {
    return this.links.restore(ctx, token);
  }

  @Mutation()
  @Transaction()
  @Allow(Permission.UpdateOrder, Permission.Owner)
  async homingRemember(@Ctx() ctx: RequestContext, @Args('input') input: RememberInput) {
    const order = await this.active.getActiveOrder(ctx, undefined);
    if (!order) return false;
    const { email, sms, wording, page, intent } = input;
    const hasAnswered = typeof email === 'boolean' || typeof sms === 'boolean';
    if (hasAnswered && !/^[\w.:-]{1,64}$/.test(wording ?? '')) {
      throw new UserInputError('wording: 1 to 64 letters, digits, _, -, . or :');
    }
    if (intent && !/^[\w-]{64}$/.test(intent)) throw new UserInputError('intent: 64 characters');
    const consent = {
      ...(typeof email === 'boolean' ? { email } : {}),
      ...(typeof sms === 'boolean' ? { sms } : {}),
      wording: wording ?? '',
      ...(page ? { page: page.slice(0, 200) } : {}),
      at: Date.now(),
    };
    await this.baskets.remember(ctx, order.code, {
      ...(hasAnswered ? { consent } : {}),
      ...(intent ? { intent } : {}),
    });
    await this.watch.mark(ctx, 'basket', [order.code]);
    return true;
  }
}

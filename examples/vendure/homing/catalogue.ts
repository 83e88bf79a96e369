/** Tells Homing what the shop sells: names, prices, pictures, and whether there is any left. */

import { createHash } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import {
  ConfigService,
  type ID,
  Logger,
  ProductVariant,
  ProductVariantService,
  type RequestContext,
  RequestContextService,
  TransactionalConnection,
  TranslatorService,
} from '@vendure/core';
import { type FindOptionsWhere, In } from 'typeorm';
import { Edge } from './edge';
import { toMinor } from './money';
import { HOMING_OPTIONS, type HomingOptions, LOG } from './options';

/** Most products in one call. */
const PAGE = 500;

/** Limits of `PUT /v1/catalogue`, in bytes and numbers. */
const MOST = { title: 300, options: 8, name: 60, value: 200, tags: 50, tag: 60 };

/** Cuts a text to so many bytes, between characters. */
function cut(text: string, most: number) {
  let kept = text.replace(/\p{Cc}/gu, ' ').trim();
  while (Buffer.byteLength(kept) > most) kept = [...kept].slice(0, -1).join('');
  return kept;
}

@Injectable()
export class Catalogue {
  @Inject(HOMING_OPTIONS) private readonly options!: HomingOptions;
  @Inject(TransactionalConnection) private readonly connection!: TransactionalConnection;
  @Inject(RequestContextService) private readonly contexts!: RequestContextService;
  @Inject(ProductVariantService) private readonly variants!: ProductVariantService;
  @Inject(TranslatorService) private readonly translator!: TranslatorService;
  @Inject(ConfigService) private readonly config!: ConfigService;
  @Inject(Edge) private readonly edge!: Edge;

  /** Tells all of it. */
  tellAll(): Promise<void> {
    return this.tellWhere({});
  }

  /** Tells of variants, and of all variants of products. */
  async tell(variants: ID[], products: ID[]): Promise<void> {
    if (variants.length > 0) await this.tellWhere({ id: In(variants) });
    if (products.length > 0) await this.tellWhere({ product: { id: In(products) } });
  }

  /** A page after the other. */
  private async tellWhere(where: FindOptionsWhere<ProductVariant>) {
    const ctx = await this.context();
    for (let skip = 0; ; skip += PAGE) {
      const page = await this.load(where, skip);
      await this.push(ctx, page);
      if (page.length < PAGE) return;
    }
  }

  private context() {
    const { channelToken } = this.options;
    return this.contexts.create({
      apiType: 'shop',
      ...(channelToken ? { channelOrToken: channelToken } : {}),
    });
  }

  /** Deleted ones as well: Homing has to hear that they are not to be had any more. */
  private load(where: FindOptionsWhere<ProductVariant>, skip: number): Promise<ProductVariant[]> {
    return this.connection.rawConnection.getRepository(ProductVariant).find({
      where,
      relations: {
        product: { featuredAsset: true },
        featuredAsset: true,
        options: { group: true },
        taxCategory: true,
        productVariantPrices: true,
      },
      relationLoadStrategy: 'query',
      order: { id: 'ASC' },
      skip,
      take: PAGE,
    });
  }

  private async push(ctx: RequestContext, variants: ProductVariant[]) {
    const products: object[] = [];
    for (const variant of variants) {
      const product = await this.productOf(ctx, variant).catch((error) => {
        // Such as one that has no price in this channel. It keeps no other out.
        Logger.warn(`variant ${variant.id} is not told of: ${error}`, LOG);
      });
      if (product) products.push(product);
    }
    if (products.length === 0) return;
    const body = { products };
    const digest = createHash('sha256').update(JSON.stringify(body)).digest('hex').slice(0, 24);
    // A price may go back to what it was within the two days for which a name counts, so the time is part of it.
    await this.edge.asServer('/v1/catalogue', body, `${digest}.${Date.now()}`);
  }

  private async productOf(ctx: RequestContext, raw: ProductVariant) {
    const priced = await this.variants.applyChannelPriceAndTax(raw, ctx);
    const variant = this.translator.translate(priced, ctx, [
      'product',
      'options',
      ['options', 'group'],
    ]);
    const { product } = variant;
    const isOnSale = variant.enabled && !variant.deletedAt && product.enabled && !product.deletedAt;
    const left = isOnSale ? await this.variants.getSaleableStockLevel(ctx, raw) : 0;
    const id = String(variant.id);
    const { preview } = variant.featuredAsset ?? product.featuredAsset ?? {};
    const url = this.options.productUrl({ slug: product.slug, sku: variant.sku, variantId: id });
    const pairs = variant.options
      .slice(0, MOST.options)
      .map(({ group, name }) => [cut(group.name, MOST.name), cut(name, MOST.value)]);
    return {
      variant: id,
      product: String(product.id),
      title: cut(variant.name || product.name, MOST.title),
      price_minor: toMinor(variant.priceWithTax, variant.currencyCode, this.config),
      currency: variant.currencyCode,
      image: new URL(this.options.pictureUrl(preview)).href,
      url: new URL(url).href,
      available: left > 0,
      options: Object.fromEntries(pairs),
    };
  }
}

/**
 * Homing for Vendure 3: tells of carts, orders and products by an outbox, and puts carts back that a link names. Yours to copy; README.md
 * beside this folder says how it is installed.
 */

import { PluginCommonModule, type Type, VendurePlugin } from '@vendure/core';
import { HomingBasket } from './basket.entity';
import { Baskets } from './baskets';
import { Catalogue } from './catalogue';
import { Edge } from './edge';
import { HomingMark } from './mark.entity';
import { HOMING_OPTIONS, type HomingOptions } from './options';
import { Outbox } from './outbox';
import { Restore } from './restore';
import { ShopApi, shopApi } from './shop-api';
import { Watch } from './watch';

export type { Consent, HomingOptions } from './options';

@VendurePlugin({
  imports: [PluginCommonModule],
  entities: [HomingMark, HomingBasket],
  providers: [
    { provide: HOMING_OPTIONS, useFactory: () => HomingPlugin.options },
    Edge,
    Baskets,
    Catalogue,
    Watch,
    Outbox,
    Restore,
  ],
  shopApiExtensions: { schema: shopApi, resolvers: [ShopApi] },
  compatibility: '^3.0.0',
})
// biome-ignore lint/complexity/noStaticOnlyClass: plugins of Vendure are classes
export class HomingPlugin {
  /** @internal */
  static options: HomingOptions;

  /** The plugin with a shop's own values, for `plugins` of the Vendure configuration. */
  static init(options: HomingOptions): Type<HomingPlugin> {
    HomingPlugin.options = options;
    return HomingPlugin;
  }
}

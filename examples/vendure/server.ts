/**
 * A small Vendure shop with the plugin, to try it with: SQLite in memory, kept in a file; three products, free shipping, a payment that
 * always succeeds. Configured by the environment: PORT, DATABASE, STOREFRONT, HOMING_URL, HOMING_SECRET_KEY, HOMING_PUBLISHABLE_KEY.
 */

import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  bootstrap,
  DefaultLogger,
  dummyPaymentHandler,
  type InitialData,
  LanguageCode,
  LogLevel,
  type VendureConfig,
} from '@vendure/core';
import { populate } from '@vendure/core/cli';
import { HomingPlugin } from './homing';

const { env } = process;
const database = env.DATABASE ?? 'shop.sqlite';
const storefront = env.STOREFRONT ?? 'http://127.0.0.1:3001';

const config: VendureConfig = {
  apiOptions: {
    port: Number(env.PORT ?? 3000),
    hostname: '127.0.0.1',
    adminApiPath: 'admin-api',
    shopApiPath: 'shop-api',
  },
  authOptions: {
    tokenMethod: ['bearer', 'cookie'],
    requireVerification: false,
    cookieOptions: { secret: 'for-this-machine-alone' },
  },
  dbConnectionOptions: {
    type: 'sqljs',
    synchronize: true,
    logging: false,
    autoSave: true,
    database: existsSync(database) ? readFileSync(database) : new Uint8Array(),
    // Whole or not at all, also when the process is ended in the middle of it.
    autoSaveCallback: (content: Uint8Array) => {
      writeFileSync(`${database}.new`, content);
      renameSync(`${database}.new`, database);
    },
  },
  paymentOptions: { paymentMethodHandlers: [dummyPaymentHandler] },
  customFields: {
    OrderLine: [{ name: 'engraving', type: 'string', nullable: true }],
  },
  logger: new DefaultLogger({ level: LogLevel.Warn }),
  plugins: [
    HomingPlugin.init({
      url: env.HOMING_URL ?? 'http://127.0.0.1:8787',
      secretKey: env.HOMING_SECRET_KEY ?? '',
      publishableKey: env.HOMING_PUBLISHABLE_KEY ?? '',
      origin: storefront,
      productUrl: ({ slug }) => `${storefront}/products/${slug}`,
      pictureUrl: (preview) => `${storefront}/pictures/${preview ?? 'none.png'}`,
      lineFields: ['engraving'],
      everyMs: 200,
    }),
  ],
};

const initial: InitialData = {
  defaultLanguage: LanguageCode.en,
  defaultZone: 'Europe',
  countries: [{ code: 'DE', name: 'Germany', zone: 'Europe' }],
  taxRates: [{ name: 'Standard Tax', percentage: 19 }],
  shippingMethods: [{ name: 'Standard Shipping', price: 0 }],
  paymentMethods: [
    {
      name: 'Standard Payment',
      handler: {
        code: dummyPaymentHandler.code,
        arguments: [{ name: 'automaticSettle', value: 'true' }],
      },
    },
  ],
  collections: [],
};

/** The first start fills the shop. */
async function start() {
  if (existsSync(database)) return bootstrap(config);
  return populate(() => bootstrap(config), initial, join(__dirname, '..', 'products.csv'));
}

start()
  .then(() => console.log('ready'))
  .catch((error) => {
    console.error(error);
    process.exit(1);
  });

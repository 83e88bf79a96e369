/** Amounts in Vendure's unit and in ISO 4217's. */

import type { ConfigService } from '@vendure/core';

/** Vendure counts every currency in units of the same precision (`MoneyStrategy.precision`); ISO 4217 has none for yen, three for dinars. */
function factor(currency: string, config: ConfigService) {
  const { precision = 2 } = config.entityOptions.moneyStrategy;
  const digits =
    new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions()
      .maximumFractionDigits ?? 2;
  return 10 ** (digits - precision);
}

/** An amount of Vendure's in the currency's smallest unit. */
export const toMinor = (amount: number, currency: string, config: ConfigService) =>
  Math.round(amount * factor(currency, config));

/** An amount in the currency's smallest unit as Vendure has it. */
export const fromMinor = (minor: number, currency: string, config: ConfigService) =>
  Math.round(minor / factor(currency, config));

/** Lines as Vendure and as Homing name them. */

import type { CustomFieldConfig, OrderLine } from '@vendure/core';

/** A line as Homing knows it. */
export interface Line {
  /** The variant's id in Vendure's database. */
  variant: string;
  options: Record<string, string>;
  qty: number;
}

/** What Homing can name, as `PUT /v1/baskets` has it. */
const MOST_LINES = 500;
const MOST_OF_ONE = 9_999;
const NAME_BYTES = 40;
const VALUE_BYTES = 160;

const bytes = (text: string) => Buffer.byteLength(text);

/** The options of a line: those of its custom fields that the shop has named, as text, as Homing keeps them. */
export function optionsOf(
  customFields: object | undefined,
  names: readonly string[],
): Record<string, string> {
  const all: Record<string, unknown> = { ...customFields };
  const pairs = names.map((name) => [name, all[name]] as const);
  return Object.fromEntries(
    pairs
      .filter(([, value]) => ['string', 'number', 'boolean'].includes(typeof value))
      .map(([name, value]) => [name, String(value).trim()] as const)
      .filter(([, value]) => value !== ''),
  );
}

/** Everything in an order that Homing can name; one line that it cannot keeps no other out. */
export function linesOf(lines: readonly OrderLine[], names: readonly string[]): Line[] {
  return lines
    .filter(({ quantity }) => quantity > 0)
    .map(({ productVariantId, customFields, quantity }) => ({
      variant: String(productVariantId),
      options: optionsOf(customFields, names),
      qty: Math.min(quantity, MOST_OF_ONE),
    }))
    .filter(({ options }) => Object.entries(options).every(fits))
    .slice(0, MOST_LINES);
}

function fits([name, value]: [string, string]) {
  const isPlain = !/\p{Cc}/u.test(name + value);
  return isPlain && bytes(name) <= NAME_BYTES && bytes(value) <= VALUE_BYTES;
}

/**
 * The custom fields that a link may set: those that the shop has named and a shopper could set as well. Options may come from a browser,
 * and what adds a line here is asked by no API.
 */
export function settable(
  names: readonly string[],
  configured: readonly CustomFieldConfig[],
): CustomFieldConfig[] {
  return configured.filter(
    (field) =>
      names.includes(field.name) && !field.internal && !field.readonly && field.public !== false,
  );
}

/** The options that are fields, and no others. */
function optionsAmong(
  options: Readonly<Record<string, string>>,
  fields: readonly CustomFieldConfig[],
): Record<string, string> {
  const names = fields.map(({ name }) => name);
  return Object.fromEntries(Object.entries(options).filter(([name]) => names.includes(name)));
}

/** Lines with those options alone that are fields; what differed in nothing else is one line. */
export function linesAmong(lines: readonly Line[], fields: readonly CustomFieldConfig[]): Line[] {
  const all: Line[] = [];
  for (const { variant, options: given, qty } of lines) {
    const options = optionsAmong(given, fields);
    const same = all.find((one) => one.variant === variant && areSame(one.options, options));
    if (same) same.qty += qty;
    else all.push({ variant, options, qty });
  }
  return all;
}

/** The custom fields that a line's options came from, in their own types. */
export function customFieldsOf(
  options: Readonly<Record<string, string>>,
  fields: readonly CustomFieldConfig[],
): Record<string, unknown> {
  const typed = Object.entries(optionsAmong(options, fields)).map(([name, text]) => {
    const type = fields.find((field) => field.name === name)?.type;
    if (type === 'int' || type === 'float') return [name, Number(text)];
    return [name, type === 'boolean' ? text === 'true' : text];
  });
  return Object.fromEntries(typed);
}

/** Whether two lines are the same but for their quantity. */
export function areSame(
  one: Readonly<Record<string, string>>,
  other: Readonly<Record<string, string>>,
) {
  const names = new Set([...Object.keys(one), ...Object.keys(other)]);
  return [...names].every((name) => one[name] === other[name]);
}

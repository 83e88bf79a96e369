/** Shapes that the document is put together from: JSON Schema, draft 2020-12. */

/** @typedef {Record<string, any>} Schema */

/** @param {string} name @returns {Schema} */
export const ref = (name) => ({ $ref: `#/components/schemas/${name}` });

/** An object with exactly these fields; those whose name ends with `?` may be missing. @param {Record<string, Schema>} fields @param {Schema} [more] @returns {Schema} */
export function object(fields, more = {}) {
  const entries = Object.entries(fields);
  const required = entries.map(([name]) => name).filter((name) => !name.endsWith('?'));
  return {
    type: 'object',
    additionalProperties: false,
    properties: Object.fromEntries(entries.map(([name, shape]) => [name.replace('?', ''), shape])),
    ...(required.length ? { required } : {}),
    ...more,
  };
}

/** An object of which only these fields are promised. @param {Record<string, Schema>} fields @returns {Schema} */
export const open = (fields) => object(fields, { additionalProperties: true });

/** An object of which nothing is promised. */
export const any = open({});

/** @param {Schema} items @param {Schema} [more] @returns {Schema} */
export const list = (items, more = {}) => ({ type: 'array', items, ...more });

/** @param {string} [description] @param {Schema} [more] @returns {Schema} */
export const text = (description, more = {}) => ({
  type: 'string',
  ...(description ? { description } : {}),
  ...more,
});

/** @param {string[]} values @param {string} [description] @returns {Schema} */
export const oneOf = (values, description) => text(description, { enum: values });

/** @param {string} [description] @param {Schema} [more] @returns {Schema} */
export const whole = (description, more = {}) => ({
  type: 'integer',
  minimum: 0,
  ...(description ? { description } : {}),
  ...more,
});

/** @param {string} [description] @returns {Schema} */
export const flag = (description) => ({
  type: 'boolean',
  ...(description ? { description } : {}),
});

/** A moment. @param {string} description @returns {Schema} */
export const moment = (description) => whole(`${description}; milliseconds since 1970`);

/** An amount. @param {string} description @returns {Schema} */
export const minor = (description) => whole(`${description}, in the currency's smallest unit`);

/** @param {Schema} shape @returns {Schema} */
export const orNull = (shape) => ({ ...shape, type: [shape.type, 'null'] });

/** What pages of shoppers are asked for with. */
export const page50 = {
  limit: whole('Shoppers on a page', { minimum: 1, maximum: 50 }),
  cursor: text('What the `Link` header of the page before leads to'),
};

/** Asks for what is new alone. */
export const since = { since: moment('Leaves out what is older') };

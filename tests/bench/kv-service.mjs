// A KV namespace from memory, by the protocol that the runtime speaks to one: KV answers from a cache near the visitors, too.

/** @type {Map<string, string>} */
const values = new Map();

export default {
  /** @param {Request} request */
  async fetch(request) {
    const name = decodeURIComponent(new URL(request.url).pathname.slice(1));
    if (request.method === 'PUT') {
      values.set(name, await request.text());
      return new Response(null, { status: 204 });
    }
    const value = values.get(name);
    return value === undefined ? new Response(null, { status: 404 }) : new Response(value);
  },
};

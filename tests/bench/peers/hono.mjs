// Recovery links as a shop's developer would write them today: Hono, WebCrypto, and the shops' addresses in memory.
import { Hono } from 'hono';

const HEAD_BYTES = 32;
const TOKEN_BYTES = 48;
const TOKEN_CHARS = 64;
const KIND = (1 << 4) | 1; // version 1, purpose recovery

/** @typedef {{ SHOPS: string, MASTER_KEY: string, KID: string }} Env */

const utf8 = new TextEncoder();

/** @type {Map<number, string> | undefined} */
let destinations;

/**
 * A shop's restore address, by the number of its id.
 * @param {Env} env
 * @param {number} shop
 */
function destinationOf(env, shop) {
  destinations ??= new Map(JSON.parse(env.SHOPS));
  return destinations.get(shop);
}

/** @type {Map<number, CryptoKey>} */
const keys = new Map();

/**
 * The key that signs a shop's recovery links.
 * @param {Env} env
 * @param {Uint8Array} shop
 */
async function deriveKey(env, shop) {
  const master = await crypto.subtle.importKey(
    'raw',
    Uint8Array.fromBase64(env.MASTER_KEY, { alphabet: 'base64url' }),
    'HKDF',
    false,
    ['deriveKey'],
  );
  return crypto.subtle.deriveKey(
    {
      name: 'HKDF',
      hash: 'SHA-256',
      salt: utf8.encode('homing/v1'),
      info: new Uint8Array([...utf8.encode('recovery'), 0, ...shop]),
    },
    master,
    { name: 'HMAC', hash: 'SHA-256', length: 256 },
    false,
    ['sign'],
  );
}

/** @param {string} text */
function decode(text) {
  try {
    return Uint8Array.fromBase64(text, { alphabet: 'base64url' });
  } catch {
    return undefined;
  }
}

/** @type {Hono<{ Bindings: Env }>} */
const app = new Hono();

app.get('/r/:token', async (c) => {
  const text = c.req.param('token');
  const token = text.length === TOKEN_CHARS ? decode(text) : undefined;
  if (token?.length !== TOKEN_BYTES || token[0] !== KIND || token[1] !== Number(c.env.KID)) {
    return c.text('this link is not valid', 401);
  }
  const view = new DataView(token.buffer);
  // Five bytes fit a number exactly.
  const shop = view.getUint8(6) * 2 ** 32 + view.getUint32(7);
  let key = keys.get(shop);
  if (key === undefined) {
    key = await deriveKey(c.env, token.subarray(6, 11));
    keys.set(shop, key);
  }
  const mac = await crypto.subtle.sign('HMAC', key, token.subarray(0, HEAD_BYTES));
  // The token carries the first half of the MAC, which `verify` does not take.
  const tag = new Uint8Array(mac, 0, TOKEN_BYTES - HEAD_BYTES);
  if (!crypto.subtle.timingSafeEqual(tag, token.subarray(HEAD_BYTES))) {
    return c.text('this link is not valid', 401);
  }
  if (view.getUint32(2) * 1_000 <= Date.now()) return c.text('this link has expired', 410);
  const destination = destinationOf(c.env, shop);
  if (destination === undefined) return c.text('this link is not valid', 401);
  c.header('cache-control', 'no-store');
  return c.redirect(`${destination}#homing=${text}`);
});

export default app;

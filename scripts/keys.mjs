/**
 * Keys and tokens, derived with Node's own cryptography: an implementation apart from the
 * worker's, so that tests can check one against the other.
 */
import {
  createHash,
  createHmac,
  generateKeyPairSync,
  hkdfSync,
  randomBytes,
  timingSafeEqual,
} from 'node:crypto';

const CROCKFORD = '0123456789abcdefghjkmnpqrstvwxyz';
const SHOP_PREFIX = 'shop_';
const SHOP_BYTES = 5;
const TOKEN_BYTES = 48;
const TOKEN_VERSION = 1;
const MAC_BYTES = 16;

/** What a link is for; the number is part of the token. */
export const PURPOSES = /** @type {const} */ ({
  recovery: 1,
  intent: 2,
  unsubscribe: 3,
  approval: 4,
  survey: 5,
});

/** @typedef {keyof typeof PURPOSES} Purpose */

/**
 * @typedef {object} MasterKeys
 * @property {Map<number, Buffer>} byId
 * @property {number} current the id that new keys and tokens are made with
 */

/**
 * @typedef {object} LinkToken
 * @property {Purpose} purpose
 * @property {number} kid
 * @property {number} expiresAt seconds since 1970
 * @property {string} shop
 * @property {string} subject cart or shopper id, 32 hex digits
 * @property {number} epoch
 * @property {number} generation
 * @property {number} ordinal
 */

/** @param {Uint8Array} bytes */
const base64url = (bytes) => Buffer.from(bytes).toString('base64url');

/**
 * The five bytes of a shop's id.
 * @param {string} shop `shop_` and eight letters
 */
export function shopBytes(shop) {
  const text = shop.startsWith(SHOP_PREFIX) ? shop.slice(SHOP_PREFIX.length) : '';
  if (text.length !== 8) throw new RangeError(`not a shop id: ${shop}`);
  let bits = 0n;
  for (const letter of text) {
    const value = CROCKFORD.indexOf(letter);
    if (value < 0) throw new RangeError(`not a shop id: ${shop}`);
    bits = (bits << 5n) | BigInt(value);
  }
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(bits);
  return bytes.subarray(8 - SHOP_BYTES);
}

/**
 * A shop's id as text.
 * @param {Uint8Array} bytes
 */
export function shopText(bytes) {
  let bits = BigInt(`0x${Buffer.from(bytes).toString('hex')}`);
  let text = '';
  for (let index = 0; index < 8; index += 1) {
    text = CROCKFORD[Number(bits & 31n)] + text;
    bits >>= 5n;
  }
  return SHOP_PREFIX + text;
}

/**
 * Reads HOMING_MASTER_KEYS: `1:<base64url>[,2:<base64url>]`, the last one current.
 * @param {string} text
 * @returns {MasterKeys}
 */
export function parseMasterKeys(text) {
  /** @type {Map<number, Buffer>} */
  const byId = new Map();
  let current = 0;
  for (const part of text.split(',')) {
    const [id = '', key = ''] = part.trim().split(':');
    const bytes = Buffer.from(key, 'base64url');
    const kid = Number(id);
    if (!Number.isInteger(kid) || kid < 1 || kid > 255 || bytes.length !== 32) {
      throw new RangeError('HOMING_MASTER_KEYS is "1:<32 bytes, base64url>[,2:…]"');
    }
    byId.set(kid, bytes);
    current = kid;
  }
  return { byId, current };
}

/** A fresh HOMING_MASTER_KEYS with one key. */
export const newMasterKeys = () => `1:${base64url(randomBytes(32))}`;

/**
 * A fresh key pair that notifications are signed with (RFC 8292), as `npx web-push generate-vapid-keys` writes it: an uncompressed point
 * and the number behind it. Browsers subscribe under it, so it is made once.
 */
export function newVapidKeys() {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  const { x = '', y = '' } = publicKey.export({ format: 'jwk' });
  const { d = '' } = privateKey.export({ format: 'jwk' });
  const point = Buffer.concat([
    Buffer.of(4),
    Buffer.from(x, 'base64url'),
    Buffer.from(y, 'base64url'),
  ]);
  return { VAPID_PUBLIC_KEY: base64url(point), VAPID_PRIVATE_KEY: d };
}

/**
 * The key of one shop for one purpose.
 * @param {MasterKeys} master
 * @param {number} kid
 * @param {string} purpose
 * @param {string} shop
 */
export function derive(master, kid, purpose, shop) {
  const key = master.byId.get(kid);
  if (!key) throw new RangeError(`no master key ${kid}`);
  const info = Buffer.concat([Buffer.from(purpose), Buffer.of(0), shopBytes(shop)]);
  return Buffer.from(hkdfSync('sha256', key, 'homing/v1', info, 32));
}

/**
 * @param {Buffer} key
 * @param {Uint8Array} message
 * @param {number} length
 */
const mac = (key, message, length) =>
  createHmac('sha256', key).update(message).digest().subarray(0, length);

/**
 * @param {MasterKeys} master
 * @param {string} shop
 * @param {{ purpose: 'publishable' | 'secret', prefix: string, macBytes: number, serial: number, kid: number }} kind
 */
function apiKey(master, shop, { purpose, prefix, macBytes, serial, kid }) {
  const head = Buffer.concat([Buffer.of(kid), shopBytes(shop), Buffer.of(serial)]);
  const tag = mac(derive(master, kid, purpose, shop), head, macBytes);
  return prefix + base64url(Buffer.concat([head, tag]));
}

/**
 * The key a storefront shows to everybody.
 * @param {MasterKeys} master
 * @param {string} shop
 */
export const publishableKey = (master, shop, serial = 1, kid = master.current) =>
  apiKey(master, shop, { purpose: 'publishable', prefix: 'pk_', macBytes: 11, serial, kid });

/**
 * The key of the shop's own servers.
 * @param {MasterKeys} master
 * @param {string} shop
 */
export const secretKey = (master, shop, serial = 1, kid = master.current) =>
  apiKey(master, shop, { purpose: 'secret', prefix: 'sk_', macBytes: 20, serial, kid });

/** What a secret key may be allowed; the number is its bit. */
export const SCOPES = /** @type {Record<string, number>} */ ({
  'carts:read': 0,
  'carts:write': 1,
  'contacts:read': 2,
  'contacts:write': 3,
  'catalogue:read': 4,
  'catalogue:write': 5,
  'deliveries:read': 6,
  'deliveries:write': 7,
  'shop:read': 8,
  'reservations:read': 9,
  'reservations:write': 10,
  'privacy:read': 11,
  'privacy:write': 12,
});

/**
 * A secret key that may do only this.
 * @param {MasterKeys} master
 * @param {string} shop
 * @param {{ scopes: string[], serial?: number, kid?: number, expiresAt?: number }} allowed expiresAt: epoch seconds
 */
export function scopedKey(
  master,
  shop,
  { scopes, serial = 1, kid = master.current, expiresAt = 0 },
) {
  const head = Buffer.alloc(15);
  head.writeUInt8(kid, 0);
  shopBytes(shop).copy(head, 1);
  head.writeUInt8(serial, 6);
  const bits = scopes.reduce((sum, scope) => sum | (1 << (SCOPES[scope] ?? 31)), 0);
  head.writeUInt32BE(bits >>> 0, 7);
  head.writeUInt32BE(expiresAt, 11);
  const tag = mac(derive(master, kid, 'scoped_secret', shop), head, 20);
  return `sk_${base64url(Buffer.concat([head, tag]))}`;
}

/**
 * Makes a link token of 64 characters.
 * @param {MasterKeys} master
 * @param {Partial<LinkToken> & Pick<LinkToken, 'purpose' | 'shop' | 'subject' | 'expiresAt'>} fields
 */
export function signToken(master, fields) {
  const { purpose, shop, subject, expiresAt } = fields;
  const { kid = master.current, epoch = 0, generation = 0, ordinal = 0 } = fields;
  const body = Buffer.alloc(TOKEN_BYTES - MAC_BYTES);
  body.writeUInt8((TOKEN_VERSION << 4) | PURPOSES[purpose], 0);
  body.writeUInt8(kid, 1);
  body.writeUInt32BE(expiresAt, 2);
  shopBytes(shop).copy(body, 6);
  const subjectBytes = Buffer.from(subject, 'hex');
  if (subjectBytes.length !== 16) throw new RangeError('a subject is 32 hex digits');
  subjectBytes.copy(body, 11);
  body.writeUInt16BE(epoch, 27);
  body.writeUInt8(generation, 29);
  body.writeUInt16BE(ordinal, 30);
  const tag = mac(derive(master, kid, purpose, shop), body, MAC_BYTES);
  return base64url(Buffer.concat([body, tag]));
}

/**
 * Reads a token and checks its MAC; undefined when it is not one of ours. Expiry is the caller's.
 * @param {MasterKeys} master
 * @param {string} text
 * @returns {LinkToken | undefined}
 */
export function parseToken(master, text) {
  const bytes = Buffer.from(text, 'base64url');
  // Decoding is lenient: a text that does not come back the same is not the token that was signed.
  if (bytes.length !== TOKEN_BYTES || base64url(bytes) !== text) return undefined;
  const head = bytes.readUInt8(0);
  const purpose = /** @type {Purpose[]} */ (Object.keys(PURPOSES)).find(
    (name) => head === ((TOKEN_VERSION << 4) | PURPOSES[name]),
  );
  const kid = bytes.readUInt8(1);
  if (!purpose || !master.byId.has(kid)) return undefined;
  const shop = shopText(bytes.subarray(6, 11));
  const body = bytes.subarray(0, TOKEN_BYTES - MAC_BYTES);
  const expected = mac(derive(master, kid, purpose, shop), body, MAC_BYTES);
  if (!timingSafeEqual(expected, bytes.subarray(TOKEN_BYTES - MAC_BYTES))) return undefined;
  return {
    purpose,
    kid,
    expiresAt: bytes.readUInt32BE(2),
    shop,
    subject: bytes.subarray(11, 27).toString('hex'),
    epoch: bytes.readUInt16BE(27),
    generation: bytes.readUInt8(29),
    ordinal: bytes.readUInt16BE(30),
  };
}

/** A fresh cart secret, as a browser makes it. */
export const newCartSecret = () => base64url(randomBytes(16));

/**
 * The id of the cart that a secret writes to.
 * @param {string} shop
 * @param {string} secret 22 characters
 */
export function cartId(shop, secret) {
  return createHash('sha256')
    .update('homing/cart/v1')
    .update(shopBytes(shop))
    .update(Buffer.from(secret, 'base64url'))
    .digest('hex')
    .slice(0, 32);
}

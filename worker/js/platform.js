// What costs one call from wasm here would cost many there: each property set on a Response is a crossing.

// A Response copies its headers. Setting one of a Headers that is there costs less than having an object's properties read.
const leading = new Headers({ 'cache-control': 'no-store' });
const led = { status: 302, headers: leading };

/**
 * @param {string} prefix
 * @param {string} token
 * @returns {Response}
 */
export function redirect(prefix, token) {
  leading.set('location', prefix + token);
  return new Response(null, led);
}

/**
 * @param {number} status
 * @param {string} type
 * @param {string | null} body
 * @param {string | undefined} origin allowed to read the answer
 * @param {string} [allow] methods that the address takes
 * @returns {Response}
 */
export function respond(status, type, body, origin, allow) {
  /** @type {Record<string, string>} */
  const headers = { 'content-type': type, 'cache-control': 'no-store' };
  if (origin !== undefined) {
    headers['access-control-allow-origin'] = origin;
    headers.vary = 'origin';
  }
  if (type.startsWith('text/html')) {
    headers['content-security-policy'] =
      "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";
    headers['referrer-policy'] = 'no-referrer';
  }
  headers['x-content-type-options'] = 'nosniff';
  if (allow) headers.allow = allow;
  // The platform's counters begin anew after ten seconds.
  if (status === 503 || status === 429) headers['retry-after'] = status === 429 ? '10' : '5';
  return new Response(body, { status, headers });
}

/**
 * @param {number} status
 * @param {string} type
 * @param {string} body
 * @param {number} seconds after which it is worth asking again
 * @returns {Response}
 */
export function respondLater(status, type, body, seconds) {
  const response = respond(status, type, body, undefined);
  response.headers.set('retry-after', String(seconds));
  return response;
}

/**
 * @param {number} status
 * @param {string} type
 * @param {Uint8Array} body as it was answered the first time
 * @returns {Response}
 */
export function respondAgain(status, type, body) {
  // The bytes are the module's memory, which changes: the text is a copy.
  const response = respond(status, type, new TextDecoder().decode(body), undefined);
  response.headers.set('idempotency-replayed', 'true');
  return response;
}

/**
 * Answers with what `source` gives, piece by piece, as fast as the caller takes it.
 * @param {string} type
 * @param {{ next(): Promise<Uint8Array | undefined>, free(): void }} source
 * @param {string | undefined} link where the next page is
 * @returns {Response}
 */
export function stream(type, source, link) {
  const body = new ReadableStream({
    async pull(controller) {
      try {
        const piece = await source.next();
        if (piece !== undefined) return controller.enqueue(piece);
        controller.close();
      } catch (error) {
        controller.error(error);
      }
      source.free();
    },
    cancel() {
      source.free();
    },
  });
  /** @type {Record<string, string>} */
  const headers = {
    'content-type': type,
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
  };
  if (link !== undefined) headers.link = link;
  return new Response(body, { headers });
}

/**
 * Reads a body up to `limit` bytes; null when it is longer, however it says to be.
 * @param {Request} request
 * @param {number} limit
 * @returns {Promise<Uint8Array | null>}
 */
export async function readBody(request, limit) {
  const declared = Number(request.headers.get('content-length') ?? Number.NaN);
  if (declared > limit) return null;
  if (!Number.isNaN(declared)) {
    const bytes = new Uint8Array(await request.arrayBuffer());
    return bytes.length > limit ? null : bytes;
  }
  if (request.body === null) return new Uint8Array();
  /** @type {Uint8Array[]} */
  const chunks = [];
  let size = 0;
  for await (const chunk of request.body) {
    size += chunk.length;
    if (size > limit) return null;
    chunks.push(chunk);
  }
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}

/** @param {Uint8Array} key SubjectPublicKeyInfo in DER */
const rsaKey = (key) =>
  crypto.subtle.importKey('spki', key, { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' }, false, [
    'verify',
  ]);

/**
 * Whether a signature is of this data and key. The platform's own RSA: one in wasm would cost bytes of every isolate.
 * @param {Uint8Array} key
 * @param {Uint8Array} signature
 * @param {Uint8Array} data
 * @returns {Promise<boolean>}
 */
export async function isSignedByRsa(key, signature, data) {
  try {
    return await crypto.subtle.verify('RSASSA-PKCS1-v1_5', await rsaKey(key), signature, data);
  } catch {
    return false;
  }
}

/**
 * @param {Uint8Array} key
 * @returns {Promise<boolean>}
 */
export async function isRsaKey(key) {
  try {
    await rsaKey(key);
    return true;
  } catch {
    return false;
  }
}

/**
 * The public key of an X.509 certificate (RFC 5280, 4.1): the SubjectPublicKeyInfo behind serial number, algorithm, issuer, validity and
 * subject. WebCrypto takes keys, and no certificates.
 * @param {string} pem
 * @returns {Uint8Array} DER
 */
export function keyOfCertificate(pem) {
  const [, base64 = ''] = /-----BEGIN CERTIFICATE-----([^-]+)-----END/.exec(pem) ?? [];
  const der = bytesOf(base64.replace(/\s/g, ''));
  /** Where the content of the element at `at` begins, and where it ends. @param {number} at */
  const spanOf = (at) => {
    let from = at + 2;
    let size = der[at + 1] ?? 0;
    if (size > 127) {
      const digits = size - 128;
      if (digits < 1 || digits > 3) throw new Error('no length');
      size = der.subarray(from, from + digits).reduce((sum, byte) => sum * 256 + byte, 0);
      from += digits;
    }
    if (from + size > der.length) throw new Error('it ends early');
    return { from, end: from + size };
  };
  const certificate = spanOf(0).from;
  let at = spanOf(certificate).from;
  // The version of all but the oldest ones.
  if (der[at] === 0xa0) at = spanOf(at).end;
  for (let n = 0; n < 5; n += 1) at = spanOf(at).end;
  return der.subarray(at, spanOf(at).end);
}

/**
 * Whether a signature is of this data and a certificate's key.
 * @param {string} pem
 * @param {string} hash
 * @param {Uint8Array} signature
 * @param {Uint8Array} data
 * @returns {Promise<boolean>}
 */
export async function isSignedByCertificate(pem, hash, signature, data) {
  // The memory that these lie in may move while the key is waited for.
  const [given, signed] = [signature.slice(), data.slice()];
  try {
    const algorithm = { name: 'RSASSA-PKCS1-v1_5', hash };
    const spki = keyOfCertificate(pem);
    const key = await crypto.subtle.importKey('spki', spki, algorithm, false, ['verify']);
    return await crypto.subtle.verify('RSASSA-PKCS1-v1_5', key, given, signed);
  } catch {
    return false;
  }
}

/**
 * Reads a body as {@link readBody} does, and leaves it to be read.
 * @param {Request} request
 * @param {number} limit
 */
export const peekBody = (request, limit) => readBody(request.clone(), limit);

/**
 * Reads an object's packed value.
 * @param {{ storage: { sql: SqlStorage } }} ctx
 * @returns {Uint8Array | undefined}
 */
export function readValue(ctx) {
  const { sql } = ctx.storage;
  // An object that was only ever read has no table; making one would be a write.
  const known = sql.exec("SELECT 1 FROM sqlite_master WHERE name = 'packed'").toArray().length > 0;
  if (!known) return undefined;
  const [row] = sql.exec('SELECT value FROM packed WHERE id = 0').toArray();
  return row === undefined ? undefined : new Uint8Array(/** @type {ArrayBuffer} */ (row.value));
}

/**
 * Writes a row; the first one of an object makes its table.
 * @param {{ storage: { sql: SqlStorage } }} ctx
 * @param {number} id
 * @param {Uint8Array} value
 */
function writeRow(ctx, id, value) {
  const { sql } = ctx.storage;
  try {
    sql.exec('INSERT OR REPLACE INTO packed (id, value) VALUES (?, ?)', id, value);
  } catch (error) {
    if (!String(error).includes('no such table')) throw error;
    sql.exec('CREATE TABLE packed (id INTEGER PRIMARY KEY, value BLOB NOT NULL)');
    sql.exec('INSERT INTO packed (id, value) VALUES (?, ?)', id, value);
  }
}

/** Where in the definition of its table an object's own key stands. */
const OWN_KEY = /DEFAULT x'([0-9a-f]{64})'/;

/**
 * The key that an object's value is sealed under beside the deployment's: 32 bytes, or none of an object from before there were such
 * keys. It stands in the definition of the object's table, which is written anyway; a row of its own would cost as much as a message.
 * @param {{ storage: { sql: SqlStorage } }} ctx
 * @returns {Uint8Array}
 */
export function readOwnKey(ctx) {
  const tables = ctx.storage.sql
    .exec("SELECT sql FROM sqlite_master WHERE type = 'table' AND name = 'packed'")
    .toArray();
  const digits = OWN_KEY.exec(String(tables[0]?.sql))?.[1] ?? '';
  return Uint8Array.from(digits.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

/**
 * Gives an object a key of its own, and takes away the one that it had, with all that it had written: it opens nothing any more.
 * @param {{ storage: { sql: SqlStorage } }} ctx
 * @param {Uint8Array} key
 */
export function renewOwnKey(ctx, key) {
  const { sql } = ctx.storage;
  const digits = Array.from(key, (byte) => byte.toString(16).padStart(2, '0')).join('');
  sql.exec('DROP TABLE IF EXISTS packed');
  sql.exec(
    `CREATE TABLE packed (id INTEGER PRIMARY KEY, value BLOB NOT NULL DEFAULT x'${digits}')`,
  );
}

/**
 * Writes an object's packed value: one row.
 * @param {{ storage: { sql: SqlStorage } }} ctx
 * @param {Uint8Array} value
 */
export function writeValue(ctx, value) {
  writeRow(ctx, 0, value);
}

/**
 * Writes a page of the log; pages stand behind the value, under their number plus one. A first request can fill a page, so
 * this too may be an object's first write.
 * @param {{ storage: { sql: SqlStorage } }} ctx
 * @param {number} number
 * @param {Uint8Array} value
 */
export function writePage(ctx, number, value) {
  writeRow(ctx, number + 1, value);
}

/**
 * Reads a page of the log.
 * @param {{ storage: { sql: SqlStorage } }} ctx
 * @param {number} number
 * @returns {Uint8Array | undefined}
 */
export function readPage(ctx, number) {
  const { sql } = ctx.storage;
  const [row] = sql.exec('SELECT value FROM packed WHERE id = ?', number + 1).toArray();
  return row === undefined ? undefined : new Uint8Array(/** @type {ArrayBuffer} */ (row.value));
}

/**
 * Sets an object's alarm; the platform writes it together with what was written before.
 * @param {{ storage: { setAlarm(at: number): Promise<void> } }} ctx
 * @param {number} at epoch ms
 */
export function setAlarm(ctx, at) {
  return ctx.storage.setAlarm(at);
}

/**
 * Whether an ECDSA signature (P-256, SHA-256) in DER fits; false for anything that is no key or no signature.
 * @param {string} key SubjectPublicKeyInfo, base64
 * @param {string} signature DER, base64
 * @param {Uint8Array} message
 * @returns {Promise<boolean>}
 */
export async function verifyEcdsa(key, signature, message) {
  try {
    const algorithm = { name: 'ECDSA', namedCurve: 'P-256' };
    const spki = bytesOf(key);
    const raw = rawSignature(bytesOf(signature));
    const known = await crypto.subtle.importKey('spki', spki, algorithm, false, ['verify']);
    // The memory that the message lies in may move while it is waited for.
    const copy = message.slice();
    return await crypto.subtle.verify({ name: 'ECDSA', hash: 'SHA-256' }, known, raw, copy);
  } catch {
    return false;
  }
}

/**
 * A key pair that is made for one message, and what it agrees on with a browser's key (RFC 8291, 3.1): its public key, 65 bytes, and the
 * secret, 32. Nothing where the browser's is no point of the curve.
 * @param {Uint8Array} point
 * @returns {Promise<Uint8Array | undefined>}
 */
export async function agreeWith(point) {
  try {
    const curve = { name: 'ECDH', namedCurve: 'P-256' };
    const known = await crypto.subtle.importKey('raw', point.slice(), curve, false, []);
    // The platform's types spell it with a dollar sign, the platform and the standard do not.
    const agreement = /** @type {any} */ ({ name: 'ECDH', public: known });
    const pair = /** @type {CryptoKeyPair} */ (
      await crypto.subtle.generateKey(curve, true, ['deriveBits'])
    );
    const parts = await Promise.all([
      crypto.subtle.exportKey('raw', pair.publicKey),
      crypto.subtle.deriveBits(agreement, pair.privateKey, 256),
    ]);
    const both = new Uint8Array(97);
    both.set(new Uint8Array(/** @type {ArrayBuffer} */ (parts[0])));
    both.set(new Uint8Array(parts[1]), 65);
    return both;
  } catch {
    return undefined;
  }
}

/**
 * @param {Uint8Array} key 16 bytes
 * @param {Uint8Array} nonce 12 bytes
 * @param {Uint8Array} record
 */
export async function sealRecord(key, nonce, record) {
  // The memory that they lie in may move while it is waited for.
  const [iv, plain] = [nonce.slice(), record.slice()];
  const known = await crypto.subtle.importKey('raw', key.slice(), 'AES-GCM', false, ['encrypt']);
  return new Uint8Array(await crypto.subtle.encrypt({ name: 'AES-GCM', iv }, known, plain));
}

/**
 * Signs by ES256 (RFC 7518, 3.4). Nothing where the key is none.
 * @param {string} x
 * @param {string} y
 * @param {string} d
 * @param {string} text
 * @returns {Promise<Uint8Array | undefined>}
 */
export async function signEs256(x, y, d, text) {
  try {
    const algorithm = { name: 'ECDSA', namedCurve: 'P-256' };
    const jwk = { kty: 'EC', crv: 'P-256', x, y, d };
    const key = await crypto.subtle.importKey('jwk', jwk, algorithm, false, ['sign']);
    const data = new TextEncoder().encode(text);
    const how = { name: 'ECDSA', hash: 'SHA-256' };
    return new Uint8Array(await crypto.subtle.sign(how, key, data));
  } catch {
    return undefined;
  }
}

/** @param {string} base64 */
const bytesOf = (base64) => Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));

/**
 * The two numbers of a DER signature (RFC 3279, 2.2.3) at the width that WebCrypto takes.
 * @param {Uint8Array} der
 */
function rawSignature(der) {
  const raw = new Uint8Array(64);
  if (der[0] !== 0x30 || der[1] !== der.length - 2) throw new Error('no sequence');
  let at = 2;
  for (const end of [32, 64]) {
    const length = der[at + 1] ?? 0;
    const number = der.subarray(at + 2, at + 2 + length);
    if (der[at] !== 0x02 || number.length !== length) throw new Error('no integer');
    const significant = number[0] === 0 ? number.subarray(1) : number;
    if (significant.length > 32) throw new Error('too long');
    raw.set(significant, end - significant.length);
    at += 2 + length;
  }
  if (at !== der.length) throw new Error('something follows');
  return raw;
}

/**
 * Counts one more of `key`; whether that is within a limit of the deployment's. One that it does not have, or that cannot be asked, limits
 * nothing.
 * @param {Record<string, any>} env
 * @param {string} name the limit's binding
 * @param {string} key
 * @returns {Promise<boolean>}
 */
export async function isWithin(env, name, key) {
  try {
    return (await env[name]?.limit({ key }))?.success !== false;
  } catch {
    return true;
  }
}

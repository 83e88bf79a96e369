/** @param {number} length */
const bytes = (length) => crypto.getRandomValues(new Uint8Array(length));

/** The name of a new journal: 16 hexadecimal digits. */
export const newReplica = () =>
  bytes(8).reduce((text, byte) => text + (byte + 256).toString(16).slice(1), '');

/** A new cart's secret: 16 bytes in base64url. */
export const newSecret = () =>
  btoa(String.fromCharCode(...bytes(16)))
    .replace(/\+/g, '-')
    .replace(/\//g, '_')
    .slice(0, 22);

/** @param {number} length */
const bytes = (length) => crypto.getRandomValues(new Uint8Array(length));

/** The name of a new journal: 16 hexadecimal digits. */
export const newReplica = () =>
  Array.from(bytes(8), (byte) => byte.toString(16).padStart(2, '0')).join('');

/** A new cart's secret: 16 bytes in base64url. */
export const newSecret = () =>
  btoa(String.fromCharCode(...bytes(16)))
    .replace(/\+/g, '-')
    .replace(/\//g, '_')
    .slice(0, 22);

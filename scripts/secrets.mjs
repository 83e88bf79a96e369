/** The secrets of one local installation, made once and kept beside its state. */
import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { newMasterKeys, newVapidKeys } from './keys.mjs';
import { readIfThere } from './stamp.mjs';

/**
 * @typedef {object} Secrets
 * @property {string} HOMING_MASTER_KEYS
 * @property {string} HOMING_ADMIN_KEY
 * @property {string} VAPID_PUBLIC_KEY no secret, but of no use without the other
 * @property {string} VAPID_PRIVATE_KEY
 */

/** @returns {Secrets} */
export const newSecrets = () => ({
  HOMING_MASTER_KEYS: newMasterKeys(),
  HOMING_ADMIN_KEY: randomBytes(32).toString('base64url'),
  ...newVapidKeys(),
});

/**
 * Writes variables so that wrangler reads them, and nobody else does.
 * @param {string} path
 * @param {Record<string, string>} variables
 */
export function writeEnvFile(path, variables) {
  const lines = Object.entries(variables).map(([name, value]) => `${name}="${value}"`);
  writeFileSync(path, `${lines.join('\n')}\n`, { mode: 0o600 });
}

/**
 * The secrets of a state folder.
 * @param {string} stateDir
 * @returns {Secrets}
 */
export function secretsOf(stateDir) {
  const path = join(stateDir, 'secrets.env');
  const known = parseEnv(readIfThere(path) ?? '');
  const fresh = newSecrets();
  const names = /** @type {(keyof Secrets)[]} */ (Object.keys(fresh));
  if (names.every((name) => known[name])) return /** @type {Secrets} */ (known);
  // Those of an earlier Homing stay as they are; what it did not have is made.
  const { HOMING_MASTER_KEYS, HOMING_ADMIN_KEY } = known;
  const secrets = fresh;
  if (HOMING_MASTER_KEYS && HOMING_ADMIN_KEY)
    Object.assign(secrets, { HOMING_MASTER_KEYS, HOMING_ADMIN_KEY });
  mkdirSync(stateDir, { recursive: true, mode: 0o700 });
  writeEnvFile(path, secrets);
  return secrets;
}

/** The secrets of one local installation, made once and kept beside its state. */
import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { newMasterKeys } from './keys.mjs';
import { readIfThere } from './stamp.mjs';

/** @typedef {{ HOMING_MASTER_KEYS: string, HOMING_ADMIN_KEY: string }} Secrets */

/** @returns {Secrets} */
export const newSecrets = () => ({
  HOMING_MASTER_KEYS: newMasterKeys(),
  HOMING_ADMIN_KEY: randomBytes(32).toString('base64url'),
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
  const text = readIfThere(path);
  if (text !== undefined) {
    const { HOMING_MASTER_KEYS, HOMING_ADMIN_KEY } = parseEnv(text);
    if (HOMING_MASTER_KEYS && HOMING_ADMIN_KEY) return { HOMING_MASTER_KEYS, HOMING_ADMIN_KEY };
  }
  mkdirSync(stateDir, { recursive: true, mode: 0o700 });
  const secrets = newSecrets();
  writeEnvFile(path, secrets);
  return secrets;
}

/** Where things live in the project. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The project's folder, without a slash at its end. */
export const root = fileURLToPath(new URL('..', import.meta.url)).replace(/[\\/]$/, '');

/**
 * A path inside the project.
 * @param {...string} parts
 */
export const inRoot = (...parts) => join(root, ...parts);

/** Tools and caches that belong to this project alone. */
export const toolsDir = inRoot('.tools');

/** What the build makes. */
export const buildDir = inRoot('build');

/** The local state of `npm start`: secrets, objects, mails. */
export const stateDir = inRoot('.homing');

/** The Node that npm installed for the project; wrangler needs a newer one than many machines have. */
export const projectNode = inRoot('node_modules', '.bin', 'node');

/**
 * A program that npm installed.
 * @param {string} name
 */
export const npmProgram = (name) => inRoot('node_modules', '.bin', name);

/**
 * A program that `cargo install` put into the project's tools.
 * @param {string} name
 */
export const cargoProgram = (name) => join(toolsDir, 'bin', name);

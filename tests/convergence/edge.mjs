/** The edge of the histories: the Cart's own rules in wasm, one cart each. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { run } from '../../scripts/command.mjs';
import { buildDir, cargoProgram } from '../../scripts/paths.mjs';
import { digest, isStamped, stamp, unstamp } from '../../scripts/stamp.mjs';
import { compileWasm, WORKER } from '../../scripts/wasm.mjs';

const PACKAGE = 'homing-convergence';

const folder = join(buildDir, 'convergence');

/**
 * @typedef {object} EdgeModule one cart
 * @property {(body: string, now: number) => string | undefined} collect
 * @property {() => string} view
 * @property {() => void} free
 */

/**
 * What a storefront sees of a cart at the edge.
 * @typedef {{ id: string, t: string } & Record<string, any>} Event
 */

/**
 * Builds the module, if need be, and loads it.
 * @returns {Promise<new () => EdgeModule>}
 */
async function loadModule() {
  // Compiled as the worker is: the same rules on the same standard library, already built.
  const wasm = await compileWasm(WORKER, { crate: PACKAGE, profile: 'release', say: () => {} });
  const stampPath = join(folder, '.stamp');
  const key = digest(readFileSync(wasm));
  const module = join(folder, 'edge_bg.wasm');
  if (!isStamped(stampPath, key) || !existsSync(module)) {
    unstamp(stampPath);
    const into = ['--target', 'web', '--out-dir', folder, '--out-name', 'edge'];
    await run(cargoProgram('wasm-bindgen'), [wasm, ...into]);
    stamp(stampPath, key);
  }
  const glue = await import(`${pathToFileURL(join(folder, 'edge.js'))}`);
  glue.initSync({ module: readFileSync(module) });
  return glue.Edge;
}

/** @type {Promise<new () => EdgeModule> | undefined} */
let loading;

/** One cart at the edge, with all that it has taken. */
export class EdgeCart {
  /** Each event that the cart has taken, with the edge's clock at that moment. @type {Map<string, { event: Event, at: number }>} */
  taken = new Map();
  /** @type {Map<string, string>} */
  refused = new Map();

  /** @param {EdgeModule} module */
  constructor(module) {
    this.module = module;
  }

  static async open() {
    loading ??= loadModule();
    return new EdgeCart(new (await loading)());
  }

  /**
   * Takes a request.
   * @param {string} body
   * @param {number} now epoch ms
   * @returns {any} the answer
   */
  collect(body, now) {
    const answer = this.module.collect(body, now);
    if (!answer) throw new Error(`the edge cannot read ${body}`);
    const reply = JSON.parse(answer);
    const acked = new Set(reply.acked);
    for (const event of JSON.parse(body).events) {
      if (acked.has(event.id) && !this.taken.has(event.id)) {
        this.taken.set(event.id, { event, at: now });
      }
    }
    for (const { id, code } of reply.refused) this.refused.set(id, code);
    return reply;
  }

  /** @returns {{ epoch: number, dots: string[], lines: { variant: string, options: Record<string, string>, quantity: number }[] }} */
  view() {
    return JSON.parse(this.module.view());
  }

  end() {
    this.module.free();
  }
}

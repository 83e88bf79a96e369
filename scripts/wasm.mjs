/** Compiling and shrinking WebAssembly. */
import { rmSync, writeFileSync } from 'node:fs';
import { run } from './command.mjs';
import { cargoProgram, inRoot, npmProgram } from './paths.mjs';
import { toolchainRecord } from './wasm-toolchain.mjs';

const TARGET = 'wasm32-unknown-unknown';

/**
 * What rustc's wasm target may emit. Not `--all-features`: wasm-opt would use encodings that
 * workerd and browsers do not read yet.
 */
const FEATURES = [
  'mutable-globals',
  'sign-ext',
  'nontrapping-float-to-int',
  'bulk-memory',
  'multivalue',
  'reference-types',
];

/**
 * How a crate is compiled for wasm.
 * @typedef {object} Flavour
 * @property {string} std the crates of the standard library that are built along
 * @property {string} [stdFeatures] theirs; cargo's own choice when not given
 * @property {string} rustflags
 * @property {string} targetDir its own, so that flags do not invalidate the builds of others
 * @property {string[]} features what wasm-opt may find and emit
 * @property {string[]} level wasm-opt's
 */

/**
 * The worker: a panic unwinds into a JavaScript exception (by wasm's first exception handling,
 * which rustc emits), so that it fails one request and not the isolate. Sizes of -O3 and -Oz
 * differ by less than one percent; -O3 runs faster.
 * @type {Flavour}
 */
export const WORKER = {
  std: 'std,panic_unwind',
  // Without backtraces: wasm has none, and what would print them is 20 KB.
  stdFeatures: 'panic-unwind',
  rustflags: '-Cpanic=unwind',
  targetDir: inRoot('target', 'wasm-worker'),
  features: [...FEATURES, 'exception-handling'],
  level: ['-O3'],
};

/**
 * The SDK: every byte is paid by every visitor. A panic is a trap without a message; the loader
 * lives on without the runtime.
 * @type {Flavour}
 */
export const SDK = {
  std: 'std,panic_abort',
  rustflags: '-Cpanic=immediate-abort -Zunstable-options -Zlocation-detail=none -Zfmt-debug=none',
  targetDir: inRoot('target', 'wasm-sdk'),
  features: FEATURES,
  // The second time over the first one's blocks: half a percent.
  level: ['--flatten', '--rereloop', '-Oz', '-Oz'],
};

/**
 * The environment that cargo and worker-build need.
 * @param {Flavour} flavour
 */
export function wasmEnv(flavour) {
  return {
    RUSTUP_TOOLCHAIN: toolchainRecord().name,
    // `build-std` and the panic strategies are not stable yet; this opens them on a stable compiler.
    RUSTC_BOOTSTRAP: '1',
    CARGO_UNSTABLE_BUILD_STD: flavour.std,
    CARGO_UNSTABLE_BUILD_STD_FEATURES: flavour.stdFeatures,
    CARGO_ENCODED_RUSTFLAGS: undefined,
    RUSTFLAGS: flavour.rustflags,
    CARGO_TARGET_DIR: flavour.targetDir,
    WASM_BINDGEN_BIN: cargoProgram('wasm-bindgen'),
    WASM_OPT_BIN: npmProgram('wasm-opt'),
    ESBUILD_BIN: npmProgram('esbuild'),
    // As worker-build sets it; it is part of what cargo calls the same build.
    WASM_BINDGEN_USE_JS_SYS: '1',
  };
}

/**
 * Compiles a crate; cargo does nothing when nothing has changed. Returns the module's path.
 * @param {Flavour} flavour
 * @param {{ crate: string, profile: string, args?: string[], say: (line: string) => void }} options
 */
export async function compileWasm(flavour, { crate, profile, args = [], say }) {
  const cargoArgs = ['build', '--lib', '--package', crate, '--profile', profile];
  await run('cargo', [...cargoArgs, '--target', TARGET, ...args], {
    env: wasmEnv(flavour),
    say,
  });
  return `${flavour.targetDir}/${TARGET}/${profile}/${crate.replaceAll('-', '_')}.wasm`;
}

/** @param {Flavour} flavour */
const enabled = ({ features }) => features.map((feature) => `--enable-${feature}`);

const STRIP = ['--strip-debug', '--strip-producers', '--strip-target-features'];

/**
 * Optimises a module in place and drops its names.
 * @param {Flavour} flavour
 * @param {string} path
 */
export async function shrinkWasm(flavour, path) {
  await run(npmProgram('wasm-opt'), [
    path,
    '-o',
    path,
    ...flavour.level,
    ...enabled(flavour),
    ...STRIP,
  ]);
}

/**
 * Copies a module without the section that says what it may use: wasm-bindgen then passes everything by memory, which takes fewer bytes
 * and is all that JavaScript can stand in for.
 * @param {Flavour} flavour
 * @param {string} from
 * @param {string} to
 */
export const plainCalls = (flavour, from, to) =>
  run(npmProgram('wasm-opt'), [
    from,
    '-o',
    to,
    '-g',
    ...enabled(flavour),
    '--strip-target-features',
  ]);

/**
 * Copies a module, with these exports and what they need.
 * @param {Flavour} flavour
 * @param {string} from
 * @param {string} to
 * @param {string[]} names
 */
export async function keepExports(flavour, from, to, names) {
  const graph = `${to}.json`;
  const exports = names.map((name) => ({ name, export: name, root: true }));
  writeFileSync(graph, JSON.stringify(exports));
  await run(npmProgram('wasm-metadce'), [
    from,
    '-o',
    to,
    '--graph-file',
    graph,
    ...enabled(flavour),
  ]);
  rmSync(graph);
}

/** What takes out of a module what JavaScript has no operators for. */
const LOWER = ['nontrapping-fptoint-lowering', 'memory-copy-fill-lowering'];

/**
 * Translates a module into JavaScript.
 * @param {Flavour} flavour
 * @param {string} from
 * @param {string} to
 */
export async function wasmToScript(flavour, from, to) {
  const low = `${to}.wasm`;
  const passes = [...LOWER.map((pass) => `--llvm-${pass}`), '--signext-lowering', ...STRIP];
  await run(npmProgram('wasm-opt'), [from, '-o', low, ...enabled(flavour), ...passes]);
  await run(npmProgram('wasm2js'), [low, '-o', to, '--enable-mutable-globals', '-Oz']);
  rmSync(low);
}

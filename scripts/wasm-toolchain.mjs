/**
 * The Rust toolchain that compiles for wasm.
 *
 * The standard library is built together with the crates (`build-std`), since the worker needs
 * `panic=unwind` and the SDK needs the smallest panics there are; neither comes prebuilt. That
 * takes the library's sources and, on a stable compiler, RUSTC_BOOTSTRAP.
 */
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { aptInstall } from './apt.mjs';
import { run, which } from './command.mjs';
import { toolsDir } from './paths.mjs';
import { readIfThere, stamp } from './stamp.mjs';
import { UserError } from './user-error.mjs';

const TARGET = 'wasm32-unknown-unknown';

/** Older compilers lack `-Cpanic=immediate-abort`. */
const OLDEST_MINOR = 91;

/** rustup tries for long where nothing answers. */
const RUSTUP_TIMEOUT_MS = 180_000;

/** Debian's rustc, packaged for building web browsers, with the library's sources and wasm's linker. */
const DEBIAN_PACKAGES = ['rustc-web', 'cargo-web', 'rust-web-src', 'rust-web-llvm', 'lld-22'];
const DEBIAN_SYSROOT = '/usr';

/** The name under which rustup knows Debian's compiler. */
const DEBIAN_TOOLCHAIN = 'edge';

const recordPath = join(toolsDir, 'wasm-toolchain.json');

/**
 * @typedef {object} Toolchain
 * @property {string} name what RUSTUP_TOOLCHAIN is set to
 * @property {string} rustc the compiler's version line
 * @property {string} sysroot
 */

/** @param {string} name */
const inToolchain = (name) => ({ RUSTUP_TOOLCHAIN: name });

/** @param {string} name */
async function describe(name) {
  const env = inToolchain(name);
  const rustc = (await run('rustc', ['--version'], { env })).trim();
  const sysroot = (await run('rustc', ['--print', 'sysroot'], { env })).trim();
  return { name, rustc, sysroot };
}

/** @param {Toolchain} toolchain */
function isComplete({ sysroot }) {
  const library = join(sysroot, 'lib', 'rustlib');
  return (
    existsSync(join(library, 'src', 'rust', 'library', 'std', 'Cargo.toml')) &&
    existsSync(join(library, TARGET, 'lib'))
  );
}

/** @returns {Toolchain | undefined} */
function recorded() {
  const text = readIfThere(recordPath);
  return text ? JSON.parse(text) : undefined;
}

async function isReady() {
  const known = recorded();
  if (!known || !isComplete(known)) return false;
  // `rustup update` puts another compiler under the same name.
  const rustc = await run('rustc', ['--version'], { env: inToolchain(known.name) }).catch(() => '');
  return rustc.trim() === known.rustc;
}

/** @param {(line: string) => void} say */
async function fromRustup(say) {
  const active = await run('rustup', ['show', 'active-toolchain']);
  const name = active.split(' ', 1)[0]?.trim() ?? '';
  const toolchain = await describe(name);
  const minor = Number(/^rustc 1\.(\d+)/.exec(toolchain.rustc)?.[1] ?? 0);
  if (minor < OLDEST_MINOR) {
    throw new UserError(
      `Homing needs Rust 1.${OLDEST_MINOR} or newer; this is ${toolchain.rustc}.\nType \`rustup update stable\`, then run the command again.`,
    );
  }
  if (!isComplete(toolchain)) {
    const options = { say, timeoutMs: RUSTUP_TIMEOUT_MS };
    await run('rustup', ['target', 'add', TARGET, '--toolchain', name], options);
    await run('rustup', ['component', 'add', 'rust-src', '--toolchain', name], options);
    if (!isComplete(toolchain)) throw new Error('rustup installed less than it said');
  }
  return toolchain;
}

/** @param {(line: string) => void} say */
async function fromDebian(say) {
  if (!isComplete({ name: '', rustc: '', sysroot: DEBIAN_SYSROOT })) {
    await aptInstall(DEBIAN_PACKAGES, {
      purpose: `rustup could not download the Rust parts for ${TARGET}; Debian's packages can stand in for them.`,
      otherwise: `This system has no apt-get. When rustup can reach its server again, type:\n\n  rustup target add ${TARGET}\n  rustup component add rust-src`,
      say,
    });
    const library = join(DEBIAN_SYSROOT, 'lib', 'rustlib', TARGET, 'lib');
    try {
      // worker-build looks whether this folder exists and no further: the library is built with the crate.
      mkdirSync(library, { recursive: true });
    } catch {
      await run('sudo', ['-n', 'mkdir', '-p', library]);
    }
  }
  await run('rustup', ['toolchain', 'link', DEBIAN_TOOLCHAIN, DEBIAN_SYSROOT]);
  return describe(DEBIAN_TOOLCHAIN);
}

/** @type {import('./setup.mjs').Part} */
export const wasmToolchain = {
  label: 'Rust for WebAssembly',
  isReady,
  async install(say) {
    const toolchain = await fromRustup(say).catch((error) => {
      if (error instanceof UserError) throw error;
      console.log('  …  rustup cannot install the wasm parts here: taking those of Debian');
      return fromDebian(say);
    });
    if (!isComplete(toolchain)) {
      throw new UserError(
        `${toolchain.rustc} in ${toolchain.sysroot} lacks the sources of Rust's library.`,
      );
    }
    stamp(recordPath, JSON.stringify(toolchain));
    return toolchain.rustc;
  },
};

/** What the build needs to know about the toolchain; the set-up has run. */
export function toolchainRecord() {
  const toolchain = recorded();
  if (!toolchain) throw new UserError('The set-up has not run yet. Type `npm run setup`.');
  return toolchain;
}

/** The programs without which nothing can start, each with the way to get it. */
export function checkRust() {
  if (!which('cargo') || !which('rustup')) {
    throw new UserError(
      'Homing is built with Rust, and `cargo` and `rustup` were not found.\nInstall both from https://rustup.rs (one line), open a new terminal, then run the command again.',
    );
  }
  if (!which('cc')) {
    throw new UserError(
      'Rust needs a C linker, and `cc` was not found.\nOn Debian and Ubuntu type `sudo apt-get install build-essential`, on macOS `xcode-select --install`.',
    );
  }
}

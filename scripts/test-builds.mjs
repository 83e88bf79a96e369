/** What tests run beside the worker. It is built before any of them: some promise something within a time, and a compiler takes all there is. */
import { run } from './command.mjs';
import { compileWasm, SDK, WORKER } from './wasm.mjs';

/** Crates that tests run as programs; each is built for itself, as `cargo run` does. */
const PROGRAMS = ['homing-parity', 'homing-cli', 'homing-trace'];

/** @param {(line: string) => void} say */
export async function buildForTests(say) {
  await compileWasm(SDK, { crate: 'homing-parity', profile: 'sdk', say });
  await compileWasm(WORKER, { crate: 'homing-convergence', profile: 'release', say });
  for (const name of PROGRAMS) await run('cargo', ['build', '--package', name, '--bins'], { say });
}

/** The cart's rules give the same bytes native and on wasm: what the edge stores, a browser computes alike. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { run } from '../../scripts/command.mjs';
import { compileWasm, SDK } from '../../scripts/wasm.mjs';

const SEEDS = 200;

test(`${SEEDS} walks through the cart's rules have one digest native and on wasm`, async () => {
  const printed = await run('cargo', [
    ...['run', '--quiet', '--package', 'homing-parity', '--bin', 'digests', '--', String(SEEDS)],
  ]);
  const native = printed.trim().split('\n').map(BigInt);
  assert.equal(native.length, SEEDS);

  const options = { crate: 'homing-parity', profile: 'sdk', say: () => {} };
  const module = await compileWasm(SDK, options);
  const { instance } = await WebAssembly.instantiate(readFileSync(module), {});
  const digest = /** @type {(seed: bigint) => bigint} */ (instance.exports.digest);
  const onWasm = native.map((_, seed) => BigInt.asUintN(64, digest(BigInt(seed))));
  assert.deepEqual(onWasm, native);
});

/** What a storefront on another origin needs to load the SDK. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { startStack } from '../../scripts/stack.mjs';

test('the SDK can be loaded from any origin, and the address of npm start leads to the shop', async () => {
  const stateDir = mkdtempSync(join(tmpdir(), 'homing-assets-'));
  const stack = await startStack({ stateDir, cronMs: 0 });
  try {
    for (const [file, type] of [
      ['homing.js', /javascript/],
      ['runtime.js', /javascript/],
      ['homing.wasm', /application\/wasm/],
    ]) {
      const answer = await fetch(`${stack.url}/sdk/v1/${file}`, {
        headers: { origin: 'https://elsewhere.example' },
      });
      assert.equal(answer.status, 200);
      assert.equal(answer.headers.get('access-control-allow-origin'), '*');
      assert.match(answer.headers.get('content-type') ?? '', /** @type {RegExp} */ (type));
    }
    const root = await fetch(stack.url);
    assert.equal(new URL(root.url).pathname, '/store/');
    assert.equal(root.status, 200);
  } finally {
    await stack.stop();
    rmSync(stateDir, { recursive: true, force: true });
  }
});

/** What a storefront on another origin needs to load the SDK. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { currentSdk } from '../../scripts/build-sdk.mjs';
import { startTestStack } from '../fixtures/test-stack.mjs';

test('the SDK can be loaded from any origin, and the address of npm start leads to the shop', async () => {
  const { version } = currentSdk();
  const stateDir = mkdtempSync(join(tmpdir(), 'homing-assets-'));
  const stack = await startTestStack({ stateDir, cronMs: 0 });
  try {
    for (const [file, type] of [
      ['homing.js', /javascript/],
      [`${version}/homing.js`, /javascript/],
      [`${version}/runtime.js`, /javascript/],
      [`${version}/homing.wasm`, /application\/wasm/],
    ]) {
      const answer = await fetch(`${stack.url}/sdk/v1/${file}`, {
        headers: { origin: 'https://elsewhere.example' },
      });
      assert.equal(answer.status, 200);
      assert.equal(answer.headers.get('access-control-allow-origin'), '*');
      assert.match(answer.headers.get('content-type') ?? '', /** @type {RegExp} */ (type));
      // What a name says for ever may be kept for ever; what names it must not.
      const kept = /immutable/.test(answer.headers.get('cache-control') ?? '');
      assert.equal(kept, file !== 'homing.js', `${file}: ${answer.headers.get('cache-control')}`);
    }
    const root = await fetch(stack.url);
    assert.equal(new URL(root.url).pathname, '/store/');
    assert.equal(root.status, 200);
  } finally {
    await stack.stop();
    rmSync(stateDir, { recursive: true, force: true });
  }
});

/** What is served as files: what a storefront on another origin needs to load the SDK, and what a shop's own app needs to open links. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { associations } from '../../scripts/app-links.mjs';
import { currentSdk } from '../../scripts/build-sdk.mjs';
import { startTestStack } from '../fixtures/test-stack.mjs';

const FINGERPRINT = Array.from({ length: 32 }, () => 'A1').join(':');
const APPS = {
  ios: ['ABCDE12345.com.example.shop'],
  android: [{ package: 'com.example.shop', sha256: [FINGERPRINT] }],
};

let stateDir = '';
/** @type {import('../../scripts/stack.mjs').Stack} */
let stack;
before(async () => {
  stateDir = mkdtempSync(join(tmpdir(), 'homing-assets-'));
  const apps = join(stateDir, 'apps.json');
  writeFileSync(apps, JSON.stringify(APPS));
  stack = await startTestStack({ stateDir, apps, cronMs: 0 });
});
after(async () => {
  await stack?.stop();
  rmSync(stateDir, { recursive: true, force: true });
});

test('the SDK can be loaded from any origin, and the address of npm start leads to the shop', async () => {
  const { version } = currentSdk();
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
});

test('iOS and Android are told which app may open recovery links, and no other link', async () => {
  const [apple, google] = await Promise.all(
    ['apple-app-site-association', 'assetlinks.json'].map(async (name) => {
      const answer = await fetch(`${stack.url}/.well-known/${name}`, { redirect: 'manual' });
      assert.equal(answer.status, 200, name);
      assert.match(answer.headers.get('content-type') ?? '', /^application\/json/);
      return answer.json();
    }),
  );
  assert.deepEqual(apple, {
    applinks: {
      details: [{ appIDs: ['ABCDE12345.com.example.shop'], components: [{ '/': '/r/*' }] }],
    },
  });
  assert.deepEqual(google, [
    {
      relation: ['delegate_permission/common.handle_all_urls'],
      target: {
        namespace: 'android_app',
        package_name: 'com.example.shop',
        sha256_cert_fingerprints: [FINGERPRINT],
      },
    },
  ]);
});

test('what would never open is said when it is built', () => {
  const wrong = /** @type {[object, RegExp][]} */ ([
    [{ ios: ['com.example.shop'] }, /TEAMID/],
    [{ ios: 'ABCDE12345.com.example.shop' }, /list of texts/],
    [{ android: [{ package: 'shop', sha256: [FINGERPRINT] }] }, /no package/],
    [{ android: [{ package: 'com.example.shop', sha256: [] }] }, /no certificate/],
    [{ android: [{ package: 'com.example.shop', sha256: ['A1:B2'] }] }, /fingerprint/],
    [{ android: [{ package: 'com.example.shop' }] }, /android is a list/],
    [{ iphone: [] }, /neither ios nor android/],
  ]);
  for (const [list, why] of wrong) assert.throws(() => associations(JSON.stringify(list)), why);
  assert.throws(() => associations('{'), /no JSON/);
  assert.deepEqual(associations('{}'), {});
});

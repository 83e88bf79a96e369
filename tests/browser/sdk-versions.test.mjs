/** The SDK's files in directories of their own: pages that hold them to their digests, and deployments that keep the earlier ones. */
import assert from 'node:assert/strict';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterEach, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  currentSdk,
  integrityOf,
  integrityOfTag,
  PARTS,
  pinnedTag,
  sdkDir,
  sdkFile,
  VERSIONS,
} from '../../scripts/build-sdk.mjs';
import { carryVersions } from '../../scripts/sdk-versions.mjs';
import { ShopifyShop } from '../fixtures/platforms/shopify.mjs';
import { shopPage } from './sdk-page.mjs';
import { until } from './sdk-storefront.mjs';
import { sdkSuite } from './sdk-suite.mjs';
import { addInTheme } from './shopify-theme.mjs';

const built = currentSdk();
const { version, files } = built;
const shop = new ShopifyShop({ 42: { title: 'Mug', minor: 1_450, stock: 9 } }, []);

/** @param {import('./sdk-storefront.mjs').Tab} tab @returns {Promise<boolean>} whether changed code has run */
const hasRunAltered = (tab) => tab.page.evaluate(() => 'altered' in globalThis);

/** @param {import('./sdk-storefront.mjs').Tab} tab */
const isLoaded = (tab) =>
  until('the page', () => tab.page.evaluate(() => document.readyState === 'complete'));

describe('a tag with integrity', () => {
  const suite = sdkSuite({
    ...{ head: '', snippet: '' },
    page: (key, path) => {
      const tag = pinnedTag('', built).replace('data-key="pk_…"', `data-key="${key}"`);
      const own = path === '/shop/own';
      return shopPage(key, '', {
        head: own ? shop.head : '',
        snippet: '',
        answer: () => undefined,
      }).replace(
        /<script async.*<\/script>/,
        own ? tag.replace('data-key', 'data-platform="shopify" data-key') : tag,
      );
    },
    answer: (asked) => shop.answer(asked),
  });

  test('loads a runtime, a module, parts and adapters that are what the build made', async () => {
    const visitor = await suite.newVisitor();
    const tab = await suite.open(visitor, '/shop/own');
    await tab.ready();
    await addInTheme(tab, 42, 3);
    await tab.shows({ 42: 3 });
    const { token } = await tab.settled();
    const guest = await suite.open(await suite.newVisitor(), `/shop/own#homing=${token}`);
    await until('the placed event', () => guest.last('placed'));
    await guest.shows({ 42: 3 });
    const names = await guest.page.evaluate(() =>
      performance.getEntriesByType('resource').map(({ name }) => new URL(name).pathname),
    );
    const ours = names.filter((name) => name.startsWith('/sdk/'));
    assert.ok(
      ours.every((name) => name.startsWith(`/sdk/v1/${version}/`)),
      `${ours}`,
    );
    // The runtime waits for nothing but the loader.
    const isOf = (/** @type {string} */ name) => (/** @type {string} */ one) => one.endsWith(name);
    assert.ok(ours.findIndex(isOf('/runtime.js')) < ours.findIndex(isOf('/pins.js')), `${ours}`);
    for (const name of [
      'runtime.js',
      'pins.js',
      'homing.wasm',
      'restore.js',
      'shopify.js',
      'shopify-place.js',
    ]) {
      // What was checked is what is run: it is not fetched a second time.
      assert.equal(ours.filter((one) => one.endsWith(`/${name}`)).length, 1, name);
    }
  });

  for (const name of ['homing.js', 'runtime.js', 'homing.wasm']) {
    test(`runs nothing of a changed ${name}, and what was called is not lost`, async () => {
      suite.shop.control.altered.add(`/sdk/v1/${name}`);
      const visitor = await suite.newVisitor();
      const tab = await suite.open(visitor);
      await isLoaded(tab);
      await tab.call('cart', 'add', { variant: 'mug-blue' });
      await sleep(1_000);
      assert.equal(await hasRunAltered(tab), false);
      assert.deepEqual(await tab.lines(), {});
      await tab.page.close();
      suite.shop.control.altered.clear();
      // Without a loader there is nobody who could have kept it.
      if (name === 'homing.js') return;
      const next = await suite.open(visitor);
      await next.shows({ 'mug-blue': 1 });
    });
  }

  for (const name of ['restore.js', 'pins.js']) {
    test(`runs no part that is not in the list as it was: ${name} changed`, async () => {
      const owner = await suite.open(await suite.newVisitor());
      await owner.call('cart', 'add', { variant: 'mug-blue' });
      const { token } = await owner.settled();
      suite.shop.control.altered.add(`/sdk/v1/${name}`);
      const tab = await suite.open(await suite.newVisitor(), `/shop#homing=${token}`);
      await tab.ready();
      await sleep(1_000);
      assert.equal(await hasRunAltered(tab), false);
      assert.equal(await tab.last('restored'), undefined);
    });
  }
});

for (const how of ['as it comes', 'with integrity']) {
  describe(`a policy that knows only a nonce, and a tag ${how}`, () => {
    const suite = sdkSuite({
      ...{ head: '', snippet: '' },
      headers: {
        'content-security-policy':
          "default-src 'none'; script-src 'nonce-abc' 'wasm-unsafe-eval'; connect-src 'self'",
      },
      page: (key) => {
        const page = shopPage(key, '').replaceAll('<script', '<script nonce="abc"');
        return how === 'as it comes'
          ? page
          : page.replace(
              'src="/sdk/v1/homing.js"',
              `src="/sdk/v1/${version}/homing.js" integrity="${integrityOfTag(built)}" crossorigin="anonymous"`,
            );
      },
      answer: () => undefined,
    });

    test('is enough', async () => {
      const tab = await suite.open(await suite.newVisitor());
      await tab.call('cart', 'add', { variant: 'mug-blue' });
      await tab.shows({ 'mug-blue': 1 });
      await tab.settled();
    });
  });
}

test('each file has the digest that its version names, and each part is in the list', () => {
  const found = readdirSync(join(sdkDir, version), { recursive: true, withFileTypes: true });
  const names = found
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => relative(join(sdkDir, version), join(parentPath, name)))
    .sort();
  assert.deepEqual(Object.keys(files).sort(), names);
  for (const [name, integrity] of Object.entries(files)) {
    assert.equal(integrityOf(readFileSync(sdkFile(name))), integrity, name);
  }
  const list = readFileSync(sdkFile('pins.js'), 'utf8');
  for (const name of ['runtime', 'plain', ...PARTS, 'shopify', 'shopify-place']) {
    assert.ok(list.includes(JSON.stringify(files[`${name}.js`])), name);
  }
  // The tag's file, with and without digests, is all that names others.
  assert.match(readFileSync(join(sdkDir, 'homing.js'), 'utf8'), new RegExp(`"${version}/"`));
  const named = ['homing.js', 'runtime.js', 'homing.wasm', 'pins.js'].map((name) => files[name]);
  const tag = `/sdk/v1/${version}/homing.js" integrity="${named.join(' ')}"`;
  assert.ok(readFileSync(join(sdkDir, 'snippet.html'), 'utf8').includes(tag));
});

describe('a deployment', () => {
  /** @type {(() => unknown)[]} */
  const cleanUp = [];
  afterEach(async () => {
    for (const work of cleanUp.splice(0)) await work();
  });

  const folder = () => {
    const path = mkdtempSync(join(tmpdir(), 'homing-versions-'));
    cleanUp.push(() => rmSync(path, { recursive: true, force: true }));
    return path;
  };

  /** What was built since: other files under another name. */
  function built() {
    const path = folder();
    mkdirSync(join(path, 'aaaaaaaaaaaa'));
    writeFileSync(join(path, 'aaaaaaaaaaaa', 'homing.js'), 'new');
    const files = { 'homing.js': integrityOf('new') };
    writeFileSync(join(path, VERSIONS), JSON.stringify([{ version: 'aaaaaaaaaaaa', files }]));
    return path;
  }

  /**
   * Serves what is deployed.
   * @param {string} path
   */
  async function deployed(path) {
    const server = createServer((asked, answer) => {
      try {
        const name = new URL(asked.url ?? '', 'http://edge').pathname.replace('/sdk/v1/', '/');
        answer.end(readFileSync(join(path, name)));
      } catch {
        answer.writeHead(404).end();
      }
    });
    await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
    cleanUp.push(() => server.close());
    return `http://127.0.0.1:${/** @type {import('node:net').AddressInfo} */ (server.address()).port}`;
  }

  test('takes along what is served, whole and as it was, through any number of deployments', async () => {
    const first = folder();
    cpSync(sdkDir, first, { recursive: true });
    const second = built();
    assert.equal(await carryVersions(await deployed(first), second), 1);
    for (const name of Object.keys(files)) {
      assert.deepEqual(readFileSync(join(second, version, name)), readFileSync(sdkFile(name)));
    }
    // The same build once more; then the one before comes back.
    assert.equal(await carryVersions(await deployed(second), built()), 1);
    const third = folder();
    cpSync(sdkDir, third, { recursive: true });
    assert.equal(await carryVersions(await deployed(second), third), 1);
    assert.equal(readFileSync(join(third, 'aaaaaaaaaaaa', 'homing.js'), 'utf8'), 'new');
    const names = JSON.parse(readFileSync(join(third, VERSIONS), 'utf8'));
    assert.deepEqual(
      names.map((/** @type {any} */ one) => one.version),
      [version, 'aaaaaaaaaaaa'],
    );
  });

  test('does not go on with files that are missing, changed or none of the SDK’s', async () => {
    const cases = /** @type {((path: string) => void)[]} */ ([
      (path) => rmSync(join(path, version, 'restore.js')),
      (path) => writeFileSync(join(path, version, 'runtime.js'), 'changed'),
      (path) => writeFileSync(join(path, VERSIONS), '<html>'),
      (path) => writeFileSync(join(path, VERSIONS), '[{"version":"../../..","files":{"a.js":""}}]'),
      (path) =>
        writeFileSync(join(path, VERSIONS), `[{"version":"${version}","files":{"../a.js":""}}]`),
    ]);
    for (const change of cases) {
      const before = folder();
      cpSync(sdkDir, before, { recursive: true });
      change(before);
      await assert.rejects(carryVersions(await deployed(before), built()), /could not be fetched/);
    }
    await assert.rejects(carryVersions('http://127.0.0.1:9', built()), /could not be fetched/);
  });

  test('finds nothing to take along where there were no versions', async () => {
    assert.equal(await carryVersions(await deployed(folder()), built()), 0);
  });
});

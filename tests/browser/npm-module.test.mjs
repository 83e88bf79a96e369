/** The package for npm: what is in it, how it is typed, and a shop in React that is built with it. */
import assert from 'node:assert/strict';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { build, stop } from 'esbuild';
import { publint } from 'publint';
import { currentSdk, packageDir } from '../../scripts/build-sdk.mjs';
import { CommandError, run } from '../../scripts/command.mjs';
import { inRoot, npmProgram } from '../../scripts/paths.mjs';
import { claimPorts } from '../../scripts/ports.mjs';
import { startTestStack } from '../fixtures/test-stack.mjs';
import { openBrowser, until } from './sdk-storefront.mjs';

const folder = mkdtempSync(join(tmpdir(), 'homing-npm-'));

after(async () => {
  await stop();
  rmSync(folder, { recursive: true, force: true });
});

/** Whatever runs the tests has npm beside it or in the path. */
const npm = async () =>
  JSON.parse(await run('npm', ['pack', packageDir, '--dry-run', '--json', '--ignore-scripts']));

test('npm packs the modules, the module of the rules and the types, and nothing else', async () => {
  const [packed] = await npm();
  assert.equal(packed.name, 'homing-sdk');
  assert.equal(packed.version, JSON.parse(readFileSync(inRoot('package.json'), 'utf8')).version);
  // What a tag loads, but for the tag's own file and the list that it is held to.
  const { 'homing.js': _, 'pins.js': __, ...modules } = currentSdk().files;
  // And what a shop copies to a place of its own, for notifications.
  const others = [
    ...['package.json', 'README.md', 'index.js', 'index.d.ts', 'types.d.ts'],
    'push-worker.js',
  ];
  const paths = packed.files.map((/** @type {{ path: string }} */ { path }) => path);
  assert.deepEqual(paths.sort(), [...Object.keys(modules), ...others].sort());
});

test('the package is what its description says, for every way of resolving it', async () => {
  const { messages } = await publint({ pkgDir: packageDir, strict: true });
  assert.deepEqual(messages, []);
  // Node can `require` a module by itself; the file of the rules has no types.
  const args = [
    '--pack',
    packageDir,
    '--profile',
    'esm-only',
    '--exclude-entrypoints',
    'homing.wasm',
  ];
  await run(npmProgram('attw'), args);
});

const CONSUMER = `import { type Cart, type Restored, start } from 'homing-sdk';
const shop = start({ key: 'pk_1', endpoint: 'https://homing.example', platform: 'shopify' });
const stop: () => void = shop.on('change', ({ lines, epoch }: Cart) => console.log(lines[0]?.quantity, epoch));
shop.on('restored', (link: Restored) => console.log(link.status === 'ordered'));
shop.cart.add({ variant: 'mug', options: { Size: 'M' } });
shop.cart.set({ variant: 'mug', quantity: 2 });
shop.checkout({ stage: 'payment_failed', code: 'card_declined' });
shop.homing('cart', 'clear');
window.homing('off', 'change', () => {});
stop();
// @ts-expect-error: a key is needed
start({ endpoint: 'https://homing.example' });
// @ts-expect-error: no such platform
start({ key: 'pk_1', endpoint: 'https://homing.example', platform: 'etsy' });
// @ts-expect-error: a whole quantity has to be named
shop.cart.set({ variant: 'mug' });
// @ts-expect-error: nothing of that name happens
shop.on('chnage', () => {});
// @ts-expect-error: no such stage
shop.checkout('paid');
`;

for (const [moduleResolution, module] of [
  ['bundler', 'esnext'],
  ['nodenext', 'nodenext'],
]) {
  test(`a consumer is type-checked: ${moduleResolution}`, async () => {
    const project = join(folder, `${moduleResolution}`);
    mkdirSync(join(project, 'node_modules'), { recursive: true });
    cpSync(packageDir, join(project, 'node_modules', 'homing-sdk'), { recursive: true });
    writeFileSync(join(project, 'package.json'), '{ "type": "module" }');
    const options = {
      ...{ strict: true, noEmit: true, target: 'es2022', types: [], lib: ['es2022', 'dom'] },
      ...{ module, moduleResolution, skipLibCheck: false },
    };
    const config = JSON.stringify({ compilerOptions: options, include: ['*.ts'] });
    writeFileSync(join(project, 'tsconfig.json'), config);
    writeFileSync(join(project, 'shop.ts'), CONSUMER);
    try {
      await run(npmProgram('tsc'), ['--project', project]);
    } catch (error) {
      throw error instanceof CommandError ? new Error(error.output) : error;
    }
  });
}

test('importing it does nothing, and on a server starting does nothing either', async () => {
  const before = Object.getOwnPropertyNames(globalThis).sort();
  const { start } = await import(`${pathToFileURL(join(packageDir, 'index.js'))}`);
  const shop = start({ key: 'pk_1', endpoint: 'https://homing.example' });
  shop.cart.add({ variant: 'mug' });
  shop.on('change', () => assert.fail('nothing happens here'))();
  shop.order('A-1');
  assert.deepEqual(Object.getOwnPropertyNames(globalThis).sort(), before);
});

/**
 * Bundles a file of the example, or what is said of it.
 * @param {import('esbuild').BuildOptions} options
 */
const bundled = (options) =>
  build({
    ...{ bundle: true, format: 'esm', jsx: 'automatic', logLevel: 'error', target: 'es2022' },
    ...{ alias: { 'homing-sdk': join(packageDir, 'index.js') } },
    define: { 'process.env.NODE_ENV': '"production"' },
    ...options,
  });

describe('the example in React', () => {
  const app = join(folder, 'app');
  /** @type {Awaited<ReturnType<typeof startTestStack>>} */
  let stack;
  /** @type {import('node:http').Server} */
  let server;
  /** @type {Awaited<ReturnType<typeof openBrowser>>} */
  let browser;
  let origin = '';

  before(async () => {
    await bundled({
      entryPoints: [inRoot('examples', 'react', 'main.tsx')],
      outdir: app,
      splitting: true,
    });
    cpSync(join(packageDir, 'homing.wasm'), join(app, 'homing.wasm'));
    const port = await claimPorts(0);
    origin = `http://127.0.0.1:${port}`;
    stack = await startTestStack({ stateDir: join(folder, 'state'), demo: { origins: [origin] } });
    const types = { '.js': 'text/javascript', '.wasm': 'application/wasm' };
    server = createServer((asked, answer) => {
      const { pathname } = new URL(asked.url ?? '', origin);
      const type = types[/** @type {keyof typeof types} */ (extname(pathname))];
      answer.setHeader('content-type', type ?? 'text/html');
      answer.end(
        type
          ? readFileSync(join(app, pathname))
          : `<!doctype html><html lang="en" data-key="${stack.keys.publishable}" data-endpoint="${stack.url}"><title>Shop</title><div id="root"></div><script type="module" src="/main.js"></script>`,
      );
    });
    await new Promise((resolve) => server.listen(port, '127.0.0.1', () => resolve(undefined)));
    browser = await openBrowser();
  });

  after(async () => {
    await browser?.close();
    server?.closeAllConnections();
    server?.close();
    await stack?.stop();
  });

  /** @param {import('puppeteer-core').Page} page */
  const shown = (page) =>
    page.$$eval('li', (items) => items.map((item) => item.firstChild?.textContent));

  /** @param {import('puppeteer-core').Page} page @param {string} quantity */
  const shows = (page, quantity) =>
    until(`${quantity} mugs`, async () => `${await shown(page)}` === quantity);

  test('is type-checked', async () => {
    const project = inRoot('examples', 'react');
    await run(npmProgram('tsc'), ['--project', project]).catch((error) => {
      throw error instanceof CommandError ? new Error(error.output) : error;
    });
  });

  test('draws the cart, in every tab and after a reload', async () => {
    const page = await browser.newPage();
    /** @type {unknown[]} */
    const errors = [];
    page.on('pageerror', (error) => errors.push(error));
    page.on('console', (message) => message.type() === 'error' && errors.push(message.text()));
    await page.goto(origin);
    await page.click('main > button');
    await page.click('main > button');
    await shows(page, '2');
    const other = await browser.newPage();
    await other.goto(origin);
    await shows(other, '2');
    await other.click('main > button');
    await shows(page, '3');
    await page.bringToFront();
    await page.reload();
    await shows(page, '3');
    await page.click('li button');
    await shows(page, '');
    await shows(other, '');
    const missing =
      'Failed to load resource: the server responded with a status of 404 (Not Found)';
    assert.deepEqual(
      errors.filter((error) => error !== missing),
      [],
    );
  });

  test('a link opens the cart on another device', async () => {
    const owner = await browser.createBrowserContext();
    const page = await owner.newPage();
    await page.goto(origin);
    await page.click('main > button');
    await shows(page, '1');
    const token = await until('the token', () =>
      page.evaluate(
        () =>
          new Promise((resolve) => {
            const homing = /** @type {any} */ (window).homing;
            homing('on', 'status', (/** @type {any} */ status) => resolve(status.token));
          }),
      ),
    );
    const guest = await (await browser.createBrowserContext()).newPage();
    await guest.goto(`${origin}/#homing=${token}`);
    await shows(guest, '1');
    await until('the greeting', () =>
      guest.$eval('[role=status]', (status) => status.textContent === 'Welcome back'),
    );
  });

  test('is drawn on a server, without a cart', async () => {
    const file = join(folder, 'server.mjs');
    await bundled({
      stdin: {
        contents: `import { renderToString } from 'react-dom/server';
import { startHoming } from './homing.js';
import { Shop } from './Shop.js';
startHoming({ key: 'pk_1', endpoint: 'https://homing.example' });
export const html = renderToString(<Shop />);`,
        loader: 'tsx',
        resolveDir: inRoot('examples', 'react'),
      },
      platform: 'node',
      outfile: file,
      banner: {
        js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
      },
    });
    const { html } = await import(`${pathToFileURL(file)}`);
    assert.match(html, /Put a mug in/);
    assert.match(html, /<ul><\/ul>/);
  });
});

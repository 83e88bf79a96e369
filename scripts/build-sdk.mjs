/**
 * The SDK: build/assets/sdk/v1 with the loader, and a directory, named by what is in it, with everything that the loader needs. So each
 * loader finds the files that it was built with, and these may be cached for ever.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { LANGUAGES } from '../client-sdk/js/ui/text.js';
import { run } from './command.mjs';
import { buildDir, cargoProgram, inRoot } from './paths.mjs';
import { digest, isStamped, stamp, unstamp } from './stamp.mjs';
import { compileWasm, keepExports, plainCalls, SDK, shrinkWasm, wasmToScript } from './wasm.mjs';

const PACKAGE = 'homing-sdk';

/** Change it when this file builds something else out of the same input. */
const RECIPE = '2';

/** wasm-bindgen's output, whose glue only tests use; the module that is shipped, and the same in JavaScript. */
const glueDir = join(buildDir, 'sdk');
const modulePath = join(glueDir, 'rules.wasm');
const plainPath = join(glueDir, 'rules.js');

/** What client-sdk/js/wasm.js calls. */
const CALLED = [
  ...['memory', 'apply', 'settle', 'fork'],
  ...['__wbindgen_add_to_stack_pointer', '__wbindgen_malloc', '__wbindgen_free'],
];

const assetsDir = join(buildDir, 'assets');

/** What storefronts load. */
export const sdkDir = join(assetsDir, 'sdk', 'v1');

/** The package for npm, as it would be published. */
export const packageDir = join(buildDir, 'npm');

/** Below sdkDir: the directories that are served, the newest first. */
export const VERSIONS = 'versions.json';

/**
 * One directory of files that belong together.
 * @typedef {object} Version
 * @property {string} version its name
 * @property {Record<string, string>} files their digests, as an `integrity` attribute has them
 */

/** What was built last. @returns {Version} */
export function currentSdk() {
  const [version] = JSON.parse(readFileSync(join(sdkDir, VERSIONS), 'utf8'));
  return version;
}

/** Where one of its files stands. @param {string} name */
export const sdkFile = (name) => join(sdkDir, currentSdk().version, name);

/**
 * Platforms whose cart the SDK follows. Each makes three modules: one that a storefront loads, one that only a link needs, to fill the
 * cart with what it brought, and one for links that replace a cart, and for what is undone.
 */
const PLATFORMS = ['shopify', 'shopify-storefront', 'woocommerce', 'bigcommerce', 'adobe'];

/** @type {Record<string, string>} the entry points of those modules, by name */
const ADAPTER_ENTRIES = {
  custom: `import { mirror } from './mirror.js';
export const start = (sdk, own) => mirror(sdk, own, 'custom');`,
  'custom-place': `export { place, tell } from './place.js';`,
  'custom-set': `export { takeOut } from './take.js';`,
};
for (const name of PLATFORMS) {
  ADAPTER_ENTRIES[name] = `import { mirror } from './mirror.js';
import * as shop from './${name}.js';
export const start = (sdk) =>
  mirror(sdk, { read: shop.read, requests: shop.requests, order: shop.order }, '${name}');`;
  ADAPTER_ENTRIES[`${name}-place`] = `import { place as fill } from './place.js';
import * as shop from './${name}.js';
export { tell } from './place.js';
export const place = (_, ...asked) =>
  fill({ read: shop.read, add: shop.add, coupon: shop.coupon }, ...asked, '${name}-set');`;
  ADAPTER_ENTRIES[`${name}-set`] = `export { takeOut } from './take.js';
export { set } from './${name}.js';`;
}
// A theme's cart has a way in beside its API.
ADAPTER_ENTRIES['shopify-place'] = `export { place, tell } from './closed.js';`;
ADAPTER_ENTRIES['shopify-permalink'] = `export { place } from './permalink.js';`;

const FILES = ['restore', 'exit_intent', 'consent', 'forget', 'report', 'push'];
/** Consent managers whose word the SDK can follow, each by a file in client-sdk/js/consent. */
const MANAGERS = ['tcf', 'shopify', 'google'];

/** What is loaded when it is needed: with a link, where there is something to leave, and where consent has to be asked for. */
export const PARTS = [...FILES, ...MANAGERS.map((name) => `consent-${name}`)];

/** The rules in JavaScript, for pages that refuse WebAssembly. */
const PLAIN = `import * as rules from ${JSON.stringify(plainPath)};
import { callsOf } from './wasm.js';
const found = () => callsOf(rules);
export { found as rules };`;

/** What a shopper sees, loaded when it is shown, and the words in it, of which one language is. */
export const SURFACES = ['ui-prompt', 'ui-notice', 'ui-banner', 'ui-chat'];
export const WORDS = LANGUAGES.map((language) => `ui-text-${language}`);

/** Modules that a storefront loads beside the runtime. */
export const READERS = ['custom', ...PLATFORMS];

/** Those, and the ones that a link needs. */
export const ADAPTERS = Object.keys(ADAPTER_ENTRIES);

/** @param {(line: string) => void} say */
export async function buildSdk(say) {
  const wasm = await compileWasm(SDK, { crate: PACKAGE, profile: 'sdk', say });
  const stampPath = join(glueDir, '.stamp');
  const versions = readFileSync(inRoot('package-lock.json'));
  const key = digest(RECIPE, JSON.stringify(SDK), versions, readFileSync(wasm));
  let changed = false;
  if (!isStamped(stampPath, key) || !existsSync(modulePath) || !existsSync(plainPath)) {
    unstamp(stampPath);
    mkdirSync(glueDir, { recursive: true });
    say('wasm-bindgen');
    const plain = join(glueDir, 'plain.wasm');
    await plainCalls(SDK, wasm, plain);
    await run(cargoProgram('wasm-bindgen'), [
      ...[plain, '--target', 'web', '--out-dir', glueDir, '--out-name', 'homing'],
    ]);
    rmSync(plain);
    say('wasm-opt');
    await keepExports(SDK, join(glueDir, 'homing_bg.wasm'), modulePath, CALLED);
    await wasmToScript(SDK, modulePath, plainPath);
    await shrinkWasm(SDK, modulePath);
    stamp(stampPath, key);
    changed = true;
  }
  await bundleScripts();
  return changed ? undefined : 'unchanged';
}

/** As an `integrity` attribute has it. @param {string | Uint8Array} content */
export const integrityOf = (content) =>
  `sha256-${createHash('sha256').update(content).digest('base64')}`;

/** @typedef {import('esbuild').BuildOptions} BuildOptions */

/**
 * Bundles one file. What runs on storefronts is minified by terser, whose output is 3 % smaller, gzipped, than esbuild's.
 * @param {BuildOptions} options
 */
async function bundle(options) {
  const [{ build }, { minify }] = await Promise.all([import('esbuild'), import('terser')]);
  const { outputFiles } = await build({
    ...{ bundle: true, legalComments: 'none', charset: 'utf8', write: false },
    ...options,
  });
  const { code = '' } = await minify(outputFiles?.[0]?.text ?? '', {
    ...{ ecma: 2020, toplevel: true, module: options.format === 'esm' },
    compress: { passes: 3 },
    // A page in another encoding hands its own down to a classic script, never to a module.
    format: { comments: false, ascii_only: options.format !== 'esm' },
  });
  return new TextEncoder().encode(code);
}

/**
 * The script tag's file. Older browsers keep it, and run nothing else.
 * @param {string} name
 * @param {string} directory of the other files, as seen from it
 */
const bundleTag = (name, directory) =>
  bundle({
    entryPoints: [inRoot('client-sdk', 'js', `${name}.js`)],
    target: 'es2020',
    format: 'iife',
    define: { DIRECTORY: JSON.stringify(directory) },
  });

/** What shows notifications. It stands outside of the versions: a browser asks for it by itself, long after the page. */
export const PUSH_WORKER = 'push-worker.js';

const bundlePushWorker = () =>
  bundle({
    entryPoints: [inRoot('client-sdk', 'js', PUSH_WORKER)],
    target: 'es2020',
    format: 'iife',
  });

/** Everything but the script tag's file, by name. */
async function bundleModules() {
  const scripts = inRoot('client-sdk', 'js');
  /** Whatever runs the wasm module knows this. @type {BuildOptions} */
  const common = { target: 'es2022', format: 'esm' };
  /** @param {string} name @returns {[string, BuildOptions]} */
  const ofFile = (name) => [name, { ...common, entryPoints: [join(scripts, `${name}.js`)] }];
  /** @param {string} name @param {string} contents @param {string} [folder] @returns {[string, BuildOptions]} */
  const ofText = (name, contents, folder = '') => [
    name,
    {
      ...common,
      stdin: { contents, resolveDir: join(scripts, folder) },
      // Not every platform lets a page know of an order.
      logOverride: { 'import-is-undefined': 'silent' },
    },
  ];
  /** @param {string} name @returns {[string, BuildOptions]} */
  const ofManager = (name) => [`consent-${name}`, ofFile(join('consent', name))[1]];
  /** @param {string} name @returns {[string, BuildOptions]} */
  const ofSurface = (name) => [name, ofFile(join(...name.split('-')))[1]];
  const modules = [
    ...['runtime', ...FILES].map(ofFile),
    ...MANAGERS.map(ofManager),
    ...SURFACES.map(ofSurface),
    ...WORDS.map(ofSurface),
    ofText('plain', PLAIN),
    ...Object.entries(ADAPTER_ENTRIES).map(([name, contents]) =>
      ofText(name, contents, 'adapters'),
    ),
  ];
  return Promise.all(
    modules.map(async ([name, options]) => /** @type {const} */ ([name, await bundle(options)])),
  );
}

/** What a tag with digests names: its own file, what each page may need at once, and the list with the digests of all others. */
const NAMED = ['homing.js', 'runtime.js', 'homing.wasm', 'pins.js'];

/**
 * What the browser holds the loader to, and the loader what it fetches: each has to be one of these files.
 * @param {Version} version
 */
export const integrityOfTag = ({ files }) => NAMED.map((name) => files[name]).join(' ');

/**
 * What `npm run deploy` tells of, and whoever looks into the build finds.
 * @param {string} origin
 * @param {Version} version
 */
export const pinnedTag = (origin, version) =>
  `<script async src="${origin}/sdk/v1/${version.version}/homing.js" integrity="${integrityOfTag(version)}" crossorigin="anonymous" data-key="pk_…"></script>`;

const QUEUE =
  '<script>window.homing=window.homing||function(){(homing.q=homing.q||[]).push(arguments)}</script>';

/** Storefronts are on other origins, and a module and its wasm are fetched with CORS. Nothing here is anybody's secret. */
const HEADERS = `/sdk/*
  Access-Control-Allow-Origin: *
/sdk/v1/:file
  Cache-Control: public, max-age=300, stale-while-revalidate=3600
/sdk/v1/:version/*
  Cache-Control: public, max-age=31536000, immutable
/.well-known/*
  Content-Type: application/json
`;

/**
 * A file, with the folders that it is in.
 * @param {string} path
 * @param {string | Uint8Array} content
 */
export function putFile(path, content) {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
}

/** Writes everything that is served, out of scripts and module as they are. */
export async function bundleScripts() {
  const modules = await bundleModules();
  const wasm = readFileSync(modulePath);
  /** @type {Map<string, Uint8Array>} */
  const files = new Map([['homing.wasm', wasm]]);
  for (const [name, content] of modules) files.set(`${name}.js`, content);
  // By the names that the runtime asks for.
  const pins = Object.fromEntries(modules.map(([name, content]) => [name, integrityOf(content)]));
  const list = new TextEncoder().encode(`export const pins=${JSON.stringify(pins)};\n`);
  files.set('pins.js', list);
  files.set('homing.js', await bundleTag('pinned', ''));

  const hash = createHash('sha256');
  for (const [name, content] of [...files].sort(([a], [b]) => (a < b ? -1 : 1))) {
    hash.update(`${name}\0${content.length}\0`).update(content);
  }
  const version = hash.digest('hex').slice(0, 12);
  rmSync(sdkDir, { recursive: true, force: true });
  for (const [name, content] of files) putFile(join(sdkDir, version, name), content);
  writeFileSync(join(sdkDir, 'homing.js'), await bundleTag('snippet', `${version}/`));
  const pushWorker = await bundlePushWorker();
  writeFileSync(join(sdkDir, PUSH_WORKER), pushWorker);
  /** @type {Version} */
  const built = {
    version,
    files: Object.fromEntries([...files].map(([name, content]) => [name, integrityOf(content)])),
  };
  writeFileSync(join(sdkDir, VERSIONS), JSON.stringify([built], null, 1));
  writeFileSync(
    join(sdkDir, 'snippet.html'),
    `${QUEUE}\n${pinnedTag('https://YOUR-WORKER', built)}\n`,
  );
  writeFileSync(join(assetsDir, '_headers'), HEADERS);
  await layOutPackage(modules, wasm, pushWorker);
}

/**
 * Lays out the package for npm: the same modules, beside an entry that names each, so that bundlers find them.
 * @param {(readonly [string, Uint8Array])[]} modules
 * @param {Uint8Array} wasm
 * @param {Uint8Array} pushWorker
 */
async function layOutPackage(modules, wasm, pushWorker) {
  const named = modules.map(([name]) => `${JSON.stringify(name)}: () => import('./${name}.js')`);
  const contents = `import { begin } from './handle.js';
const modules = { ${named.join(', ')} };
export const start = (options) =>
  begin(options, {
    module: (name) => modules[name](),
    wasm: () => fetch(options.wasm || new URL('./homing.wasm', import.meta.url)),
  });`;
  const entry = await bundle({
    stdin: { contents, resolveDir: inRoot('client-sdk', 'js') },
    external: modules.map(([name]) => `./${name}.js`),
    target: 'es2022',
    format: 'esm',
  });
  rmSync(packageDir, { recursive: true, force: true });
  const put = (/** @type {string} */ name, /** @type {Uint8Array} */ content) =>
    putFile(join(packageDir, name), content);
  put('index.js', entry);
  put('homing.wasm', wasm);
  put(PUSH_WORKER, pushWorker);
  for (const [name, content] of modules) put(`${name}.js`, content);
  for (const name of ['package.json', 'index.d.ts', 'README.md']) {
    put(name, readFileSync(inRoot('client-sdk', 'npm', name)));
  }
  put('types.d.ts', readFileSync(inRoot('client-sdk', 'js', 'index.d.ts')));
}

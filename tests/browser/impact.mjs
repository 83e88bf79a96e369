/** What the snippet costs a page: Lighthouse with and without it, and the main thread's time by whose scripts took it. */
import { createServer, request } from 'node:http';
import lighthouse from 'lighthouse';
import puppeteer from 'puppeteer-core';
import { chromiumFlags, chromiumPath } from '../../scripts/chromium.mjs';
import { until } from './sdk-storefront.mjs';

/** Between two looks of the profiler, µs. */
const SAMPLE_US = 100;

/** The snippet's tag, as the demo shop's pages carry it. */
const TAG = /<script async src="\/sdk\/v1\/homing\.js"[^>]*><\/script>/;

/** Where our scripts are; the wasm module's functions have an address of their own. */
const OURS = /\/sdk\/v1\/|^wasm:/;

/**
 * A shop's pages in front of a running stack, with the snippet or without it: both are served in the same way.
 * @param {string} url
 * @param {boolean} hasSnippet
 */
export async function startShop(url, hasSnippet) {
  const server = createServer((incoming, answer) => {
    const headers = { ...incoming.headers, 'accept-encoding': 'identity' };
    const outgoing = request(url + incoming.url, { method: incoming.method, headers }, (reply) => {
      /** @type {Buffer[]} */
      const chunks = [];
      reply.on('data', (chunk) => chunks.push(chunk));
      reply.on('end', () => {
        const isPage = reply.headers['content-type']?.startsWith('text/html');
        const body = Buffer.concat(chunks);
        const { 'content-length': _, ...kept } = reply.headers;
        answer.writeHead(reply.statusCode ?? 502, kept);
        answer.end(isPage && !hasSnippet ? body.toString().replace(TAG, '') : body);
      });
    });
    outgoing.on('error', () => answer.destroy());
    incoming.pipe(outgoing);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
  const address = server.address();
  return {
    url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`,
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export const launchChromium = () =>
  puppeteer.launch({ executablePath: chromiumPath(), args: chromiumFlags });

/**
 * One run of Lighthouse, as it looks at a phone.
 * @param {import('puppeteer-core').Browser} browser
 * @param {string} url
 */
export async function lighthouseRun(browser, url) {
  const result = await lighthouse(url, {
    port: Number(new URL(browser.wsEndpoint()).port),
    onlyCategories: ['performance'],
    logLevel: 'error',
  });
  if (!result || result.lhr.runtimeError) {
    throw new Error(`Lighthouse: ${result?.lhr.runtimeError?.message ?? 'no result'}`);
  }
  const { categories, audits } = result.lhr;
  const number = (/** @type {string} */ name) => audits[name]?.numericValue ?? Number.NaN;
  return {
    score: (categories.performance?.score ?? Number.NaN) * 100,
    shift: number('cumulative-layout-shift'),
    blocked: number('total-blocking-time'),
    painted: number('largest-contentful-paint'),
  };
}

/** @param {number[]} numbers */
export const median = (numbers) =>
  numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN;

/**
 * @typedef {object} Own
 * @property {number} ms that the main thread worked for our scripts: running them (by samples) and compiling them (by the trace)
 * @property {number} longest the most of that within one task, ms
 * @property {number} shift layout shift of the page
 */

/**
 * Opens a page as somebody who has never been there, and sees what our scripts take of its main thread until all is quiet.
 * @param {import('puppeteer-core').Browser} browser
 * @param {string} url
 * @param {number} slower how many times slower the processor is
 * @returns {Promise<Own>}
 */
export async function ownTime(browser, url, slower) {
  const visitor = await browser.createBrowserContext();
  const page = await visitor.newPage();
  const session = await page.createCDPSession();
  await session.send('Emulation.setCPUThrottlingRate', { rate: slower });
  await session.send('Profiler.enable');
  await session.send('Profiler.setSamplingInterval', { interval: SAMPLE_US });
  await page.evaluateOnNewDocument(() => {
    const scope = /** @type {any} */ (window);
    scope.shift = 0;
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) scope.shift += /** @type {any} */ (entry).value;
    }).observe({ type: 'layout-shift', buffered: true });
    scope.homing = (/** @type {unknown[]} */ ...call) => {
      scope.homing.q = [...(scope.homing.q ?? []), call];
    };
    scope.homing('on', 'status', () => {
      scope.isReady = true;
    });
  });
  await page.tracing.start({
    categories: ['toplevel', 'devtools.timeline', 'v8', 'disabled-by-default-v8.compile'],
  });
  await session.send('Profiler.start');
  await page.goto(url, { waitUntil: 'load' });
  await until('the runtime', () => page.evaluate(() => /** @type {any} */ (window).isReady));
  await page.waitForNetworkIdle({ idleTime: 1_000 });
  const { profile } = await session.send('Profiler.stop');
  const trace = JSON.parse(Buffer.from((await page.tracing.stop()) ?? []).toString());
  const shift = await page.evaluate(() => Number(/** @type {any} */ (window).shift));
  await visitor.close();
  const spans = [...sampledSpans(profile), ...compiledSpans(trace.traceEvents)];
  const within = tasksOf(trace.traceEvents).map(({ begin, end, busy }) => {
    const own = spans
      .filter((span) => span.begin >= begin && span.begin < end)
      .reduce((sum, span) => sum + span.end - span.begin, 0);
    return (own * busy) / 1_000;
  });
  return {
    ms: within.reduce((sum, ms) => sum + ms, 0),
    longest: Math.max(0, ...within),
    shift,
  };
}

/** @typedef {{ begin: number, end: number }} Span µs */

/**
 * The samples in which one of our functions is running, or what a browser does for it. A listener of the shop's is the shop's own.
 * @param {import('puppeteer-core').Protocol.Profiler.Profile} profile
 * @returns {Span[]}
 */
function sampledSpans({ nodes, samples = [], timeDeltas = [], startTime }) {
  /** @type {Map<number, boolean>} */
  const ours = new Map();
  const parents = new Map(
    nodes.flatMap(({ id, children = [] }) => children.map((child) => [child, id])),
  );
  const byId = new Map(nodes.map((node) => [node.id, node]));
  /** @param {number | undefined} id @returns {boolean} */
  const isOurs = (id) => {
    if (id === undefined) return false;
    const known = ours.get(id);
    if (known !== undefined) return known;
    const url = byId.get(id)?.callFrame.url;
    const is = url ? OURS.test(url) : isOurs(parents.get(id));
    ours.set(id, is);
    return is;
  };
  let at = startTime;
  return samples.flatMap((id, n) => {
    at += timeDeltas[n] ?? 0;
    // A sample stands until the next one.
    return isOurs(id) ? [{ begin: at, end: at + (timeDeltas[n + 1] ?? 0) }] : [];
  });
}

/**
 * The main thread of the page: the one on which our loader was evaluated.
 * @param {any[]} events
 */
function mainThread(events) {
  const found = events.find(
    ({ name, args }) => name === 'EvaluateScript' && OURS.test(args?.data?.url ?? ''),
  );
  if (!found) throw new Error('the trace has no loader in it');
  return (/** @type {any} */ { pid, tid }) => pid === found.pid && tid === found.tid;
}

/** When our scripts were compiled. @param {any[]} events @returns {Span[]} */
function compiledSpans(events) {
  return events
    .filter(mainThread(events))
    .filter(({ name, dur }) => dur && /^v8\.compile(Module)?$/.test(name))
    .filter(({ args }) => OURS.test(args?.data?.url ?? args?.fileName ?? ''))
    .map(({ ts, dur }) => ({ begin: ts, end: ts + dur }));
}

/**
 * The main thread's tasks, and how much of its time each had the processor: whatever else the machine does is not the page's fault.
 * @param {any[]} events
 * @returns {(Span & { busy: number })[]}
 */
function tasksOf(events) {
  return events
    .filter(mainThread(events))
    .filter(({ name, dur }) => dur && /RunTask$/.test(name))
    .map(({ ts, dur, tdur }) => ({ begin: ts, end: ts + dur, busy: (tdur ?? dur) / dur }));
}

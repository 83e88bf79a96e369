/** Twice the load that the machine holds: what must not be lost is not, what can be done without is put aside in order, and comes back. */
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { forEveryCart } from '../../scripts/demo-shop.mjs';
import { ResendPeer } from '../fixtures/providers/resend.mjs';
import { until } from '../fixtures/until.mjs';
import { startDeployment } from './deployment.mjs';
import { Crowd, forEach } from './offer.mjs';
import { CAPTURES, OPTIONAL, Visitor } from './visitor.mjs';

/**
 * Of 100 requests. Products that are looked at one after the other are most of what a storefront's visitors with a cart send.
 * Unsubscribes come until nobody is left who could.
 */
const MIX = { view: 74, exit: 8, change: 9, stage: 4, order: 2, restore: 2, unsubscribe: 1 };

/** Requests under way while the machine's measure is taken: far fewer than count as a crowd that is too large. */
const UNDER_WAY = 24;

/** How the levels follow each other, as core/src/load says it. */
const LEVELS = ['calm', 'enrichment', 'tiles', 'views', 'probes', 'sends'];

/** Five levels are left one after the other, two seconds each, on a machine that nobody else keeps busy. */
const RECOVERY_S = 13;

/** Spans of four seconds within which everything has to be taken again. A machine that stands still for a moment is load, too. */
const CALM_TRIES = 12;

const SHOP = 'shop_0ver0ad1';
const DUE_SHOP = 'shop_0ver0ad2';

/** A first message within seconds, no second one. */
const PACE = {
  thresholds: { cart_ms: 1_000, checkout_ms: 1_000 },
  sequences: forEveryCart([{ after_ms: 1_000, template: 'reminder' }]),
  provider: 'resend',
};

/**
 * @typedef {object} Options
 * @property {string} [variant] of the built worker
 * @property {number} visitors
 * @property {number} people of them, how many get a message before the load and can unsubscribe; as many are due in its midst
 * @property {number} seconds of overload
 * @property {number} [times] the load that the machine holds
 * @property {number} [calm] the share of it that is offered before and afterwards
 * @property {Record<string, string>} [vars]
 * @property {(line: string) => void} say
 */

/** @typedef {{ name: string, rate: number, seconds: number, cpuSeconds: number, tallies: Map<string, import('./offer.mjs').Tally> }} Phase */

/**
 * Runs all of it; the promises that were broken.
 * @param {Options} options
 */
export async function overload(options) {
  const { variant, visitors, people, seconds, times = 2, calm = 0.5, vars = {}, say } = options;
  const peer = await ResendPeer.start('re_overload');
  const mail = { RESEND_API_KEY: peer.apiKey, RESEND_URL: peer.url };
  const deployment = await startDeployment({
    name: 'overload',
    variant,
    vars: { ...mail, ...vars },
  });
  /** @type {Crowd | undefined} */
  let crowd;
  try {
    const shop = await deployment.putShop(SHOP, PACE);
    const dueShop = await deployment.putShop(DUE_SHOP, PACE);
    const leavers = make(people, (n) => new Visitor(shop, `leaver/${n}`, address('leaver', n)));
    const due = make(people, (n) => new Visitor(dueShop, `due/${n}`, address('due', n)));
    const all = make(visitors, (n) => new Visitor(shop, `visitor/${n}`));
    crowd = new Crowd(deployment.port, all, leavers, MIX);
    const arrive = async (/** @type {Visitor} */ one) => crowd?.perform(one.arrive());
    await forEach([...leavers, ...all], UNDER_WAY, arrive);
    await until(`${people} messages`, () => peer.sent.length >= people, { within: 60_000 });
    for (const leaver of leavers) leaver.unsubscribe = unsubscribeToken(peer, leaver.email ?? '');

    // The measure, without unsubscribes, which are few: once to warm up, once to count.
    await crowd.hold(UNDER_WAY, 2);
    const held = await crowd.hold(UNDER_WAY, 4);
    const capacity = sum(held.tallies, 'done') / held.seconds;
    say(`The machine holds ${capacity.toFixed(0)} requests a second of this mix.`);

    /** @type {Phase[]} */
    const phases = [];
    const health = watchHealth(deployment.url);
    const phase = async (/** @type {string} */ name, /** @type {number} */ share, span = 5) => {
      const rate = capacity * share;
      const before = deployment.cpuSeconds() ?? Number.NaN;
      const offered = await crowd?.offer(rate, span);
      const cpuSeconds = (deployment.cpuSeconds() ?? Number.NaN) - before;
      const phase = { name, rate, cpuSeconds, seconds: 0, tallies: new Map(), ...offered };
      phases.push(phase);
      return phase;
    };
    await phase('before', calm);
    const begin = Date.now();
    // Their time comes while the load is there.
    const dueArrive = forEach(due, 4, arrive);
    await phase('over', times, seconds);
    await dueArrive;
    await phase('after', calm, RECOVERY_S);
    let hasComeBack = false;
    for (let tries = 0; tries < CALM_TRIES && !hasComeBack; tries += 1) {
      const { tallies } = await phase('calm', calm, 4);
      hasComeBack = sum(tallies, 'shed', OPTIONAL) === 0 && health.level() === 'calm';
    }
    const levels = await health.stop();

    const kept = () => due.every(({ email }) => peer.of(email ?? '').length > 0);
    const sentAll = await until('the due messages', kept, { within: 90_000 }).catch(() => false);
    const broken = [
      ...brokenBy(phases, crowd.failures),
      ...ordered(deployment.log, phases, levels, begin),
      ...(await wrongAfterwards(crowd, [...all, ...leavers, ...due])),
      ...(await unsubscribed(shop, leavers)),
      ...(hasComeBack ? [] : [`what was put aside has not come back: ${health.level()}`]),
      ...(sentAll ? [] : ['a message whose time came under load was never sent']),
      ...due
        .filter(({ email }) => peer.of(email ?? '').length > 1)
        .map(() => 'a message went twice'),
    ];
    return { capacity, phases, levels, broken, putAside: await putAside(deployment.url) };
  } finally {
    crowd?.close();
    await deployment.stop();
    await peer.close();
  }
}

/** @template T @param {number} count @param {(n: number) => T} one */
const make = (count, one) => Array.from({ length: count }, (_, n) => one(n));

/** @param {string} name @param {number} n */
const address = (name, n) => `${name}-${n}@shoppers.example`;

/** @param {Map<string, import('./offer.mjs').Tally>} tallies @param {'done' | 'shed' | 'failed'} what @param {string[]} [kinds] */
function sum(tallies, what, kinds) {
  const chosen = [...tallies].filter(([kind]) => !kinds || kinds.includes(kind));
  return chosen.reduce((total, [, tally]) => total + tally[what], 0);
}

/** @param {ResendPeer} peer @param {string} email */
function unsubscribeToken(peer, email) {
  const header = String(peer.of(email)[0]?.email.headers?.['List-Unsubscribe'] ?? '');
  return /\/u\/([A-Za-z0-9_-]{64})>/.exec(header)?.[1];
}

/** @param {string} url @returns {Promise<any>} */
const healthOf = (url) =>
  fetch(`${url}/healthz`, { signal: AbortSignal.timeout(10_000) }).then((answer) => answer.json());

/** @param {string} url */
const putAside = async (url) => (await healthOf(url)).load.put_aside;

/**
 * Looks at the level from outside, ten times a second.
 * @param {string} url
 */
function watchHealth(url) {
  /** @type {{ at: number, level: string }[]} */
  const seen = [];
  let isOver = false;
  const work = (async () => {
    while (!isOver) {
      const found = await healthOf(url).catch(() => undefined);
      if (found) seen.push({ at: Date.now(), level: found.load.level });
      await sleep(100);
    }
  })();
  return {
    level: () => seen.at(-1)?.level,
    async stop() {
      isOver = true;
      await work;
      return seen;
    },
  };
}

/**
 * What must be taken was taken, and nothing of it was put aside; the rest was, under load and only then.
 * @param {Phase[]} phases
 * @param {string[]} failures
 */
function brokenBy(phases, failures) {
  /** @type {string[]} */
  const broken = [];
  for (const { name, tallies } of phases) {
    const failed = sum(tallies, 'failed');
    if (failed > 0) broken.push(`${failed} requests failed (${name}): ${failures[0] ?? ''}`);
    const lost = sum(tallies, 'shed', CAPTURES);
    if (lost > 0) broken.push(`${lost} captures were put aside (${name})`);
  }
  const shedIn = (/** @type {string} */ name) =>
    sum(phases.find((phase) => phase.name === name)?.tallies ?? new Map(), 'shed', OPTIONAL);
  if (shedIn('over') === 0) broken.push('nothing was put aside under load');
  if (shedIn('before') > 0) broken.push('something was put aside without load');
  return broken;
}

/**
 * Levels were reached one after the other, and no kind was put aside before the one that goes first.
 * @param {string} log the worker's, in which each change of the level stands
 * @param {Phase[]} phases
 * @param {{ at: number, level: string }[]} seen
 * @param {number} begin of the load
 */
function ordered(log, phases, seen, begin) {
  /** @type {string[]} */
  const broken = [];
  const lines = [...readFileSync(log, 'utf8').matchAll(/"detail":"(\w+) after (\w+):/g)];
  if (lines.length === 0) broken.push('the log says nothing of the load');
  for (const [, after = '', before = ''] of lines) {
    const [to, from] = [LEVELS.indexOf(after), LEVELS.indexOf(before)];
    if (to < 0 || from < 0) broken.push(`the log speaks of unknown levels: ${before}, ${after}`);
    if (to > from + 1) broken.push(`${after} came straight after ${before}`);
  }
  for (const { name, tallies } of phases) {
    const [view, exit] = [tallies.get('view')?.shedAt, tallies.get('exit')?.shedAt];
    if (exit && (!view || exit[0] < view[0])) {
      broken.push(`exit intents were put aside before product views (${name})`);
    }
  }
  if (!seen.some(({ at, level }) => at >= begin && LEVELS.indexOf(level) >= 3)) {
    broken.push('/healthz never said that something was put aside');
  }
  return broken;
}

/**
 * Every acknowledged word is in its cart.
 * @param {Crowd} crowd
 * @param {Visitor[]} visitors
 */
async function wrongAfterwards(crowd, visitors) {
  /** @type {string[]} */
  const wrong = [];
  await forEach(visitors, UNDER_WAY, async (visitor) => {
    const { request, verdict } = visitor.inspect();
    const found = verdict(await crowd.ask(request));
    if (found) wrong.push(found);
  });
  return wrong.length > 0 ? [`${wrong.length} carts are wrong; one ${wrong[0]}`] : [];
}

/**
 * Whoever was told that they are not written to any more, is not.
 * @param {import('./deployment.mjs').Shop} shop
 * @param {Visitor[]} leavers
 */
async function unsubscribed(shop, leavers) {
  const gone = leavers.filter(({ hasUnsubscribed }) => hasUnsubscribed);
  if (gone.length === 0) return ['nobody unsubscribed'];
  let lost = 0;
  await forEach(gone, 8, async ({ email }) => {
    const response = await fetch(`${shop.origin}/v1/shoppers/lookup`, {
      method: 'POST',
      headers: { authorization: `Bearer ${shop.secret}` },
      body: JSON.stringify({ email }),
    });
    const found = /** @type {any} */ (await response.json());
    if (found.suppressed !== 'unsubscribed') lost += 1;
  });
  return lost > 0 ? [`${lost} of ${gone.length} unsubscribes were lost`] : [];
}

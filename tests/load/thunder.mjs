/** The thundering minute: everybody's message falls due when the quiet hours end. Nobody is missed, nobody is written to twice. */
import { setTimeout as sleep } from 'node:timers/promises';
import { forEveryCart } from '../../scripts/demo-shop.mjs';
import { readIfThere } from '../../scripts/stamp.mjs';
import { ResendPeer } from '../fixtures/providers/resend.mjs';
import { SmtpPeer } from '../fixtures/smtp-peer.mjs';
import { until } from '../fixtures/until.mjs';
import { startDeployment } from './deployment.mjs';
import { Crowd, forEach } from './offer.mjs';
import { Visitor } from './visitor.mjs';

const SHOP = 'shop_thvnder1';
const MINUTE_MS = 60_000;

/** Carts that are left at once in each process while the minute is prepared. */
const AT_ONCE = 16;

/** The runtime keeps three files of an object open while somebody may call it again; a shopper is two objects. */
const FILES_EACH = 6;
/** Files that a process has open beside those, and some more. */
const FILES_ELSE = 2_000;

/** Every cart has been left, and has found the quiet hours, so long before they end, ms. */
const SETTLED_MS = 20_000;

/** Time to prepare, and for each cart, ms. */
const PREPARE_MS = 20_000;
const PREPARE_EACH_MS = 12;

/** How long it stays quiet after the last message before it is believed that no second one comes, ms. */
const SILENCE_MS = 20_000;

/**
 * @typedef {object} Options
 * @property {string} [variant] of the built worker
 * @property {number} shoppers
 * @property {'smtp' | 'resend'} provider
 * @property {number} [silenceMs]
 * @property {number} [patienceMs] after which whoever got nothing counts as missed
 * @property {(line: string) => void} say
 */

/**
 * On the platform, objects are spread over machines. Here several processes share them, each with as many as it may open at once:
 * all fall due in the same instant.
 * @param {number} shoppers
 */
function processesFor(shoppers) {
  const limits = readIfThere('/proc/self/limits') ?? '';
  const files = Number(/^Max open files\s+(\d+)/m.exec(limits)?.[1] ?? 10_000);
  return Math.ceil(shoppers / Math.max(1, Math.floor((files - FILES_ELSE) / FILES_EACH)));
}

/** @param {Options} options */
export async function thunder(options) {
  const { variant, shoppers, provider, say } = options;
  const peer = await startPeer(provider);
  const numbers = Array.from({ length: processesFor(shoppers) }, (_, n) => n);
  const starting = numbers.map((n) =>
    startDeployment({ name: `thunder-${n}`, variant, vars: peer.vars }),
  );
  const started = await Promise.allSettled(starting);
  const deployments = started.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  /** @type {Crowd[]} */
  let crowds = [];
  try {
    const broken = started.find((one) => one.status === 'rejected');
    if (broken) throw broken.reason;
    const begin = Date.now();
    // By Greenwich's clock it is quiet until a full minute that leaves time to prepare: each cart is left, falls due, finds the
    // quiet hours and is put off to their end.
    const prepared = begin + PREPARE_MS + shoppers * PREPARE_EACH_MS;
    let due = Math.ceil(prepared / MINUTE_MS) * MINUTE_MS;
    const putShops = () =>
      Promise.all(
        deployments.map((deployment) =>
          deployment.putShop(SHOP, {
            provider,
            thresholds: { cart_ms: 1_000, checkout_ms: 1_000 },
            sequences: forEveryCart([{ after_ms: 1_000, template: 'reminder' }]),
            quiet_hours: [{ from: clock(begin - 60 * MINUTE_MS), to: clock(due) }],
          }),
        ),
      );
    const shops = await putShops();
    const people = shops.map((shop, n) =>
      namesIn(n, numbers.length, shoppers).map(
        (name) => new Visitor(shop, name, `${name}@shoppers.example`),
      ),
    );
    crowds = deployments.map(({ port }, n) => new Crowd(port, people[n] ?? [], [], { view: 1 }));
    /** @param {Visitor} one @param {Crowd | undefined} crowd */
    const leave = async (one, crowd) => {
      // A slow machine gets more time: whoever was put off to the old end is put off once more.
      if (Date.now() > due - SETTLED_MS) {
        due += MINUTE_MS;
        await putShops();
      }
      return crowd?.perform(one.arrive());
    };
    await Promise.all(
      people.map((own, n) => forEach(own, AT_ONCE, (one) => leave(one, crowds[n]))),
    );
    const ready = Date.now();
    say(
      `${shoppers} carts were left within ${((ready - begin) / 1_000).toFixed(0)} s, in ${numbers.length} processes.`,
    );
    if (ready > due) throw new Error('the machine is too slow to be quiet for long enough');
    await sleep(due - Date.now());
    say(`The quiet hours have ended; ${peer.arrivals().length} messages had gone before.`);
    const cpu = () => deployments.reduce((sum, one) => sum + (one.cpuSeconds() ?? Number.NaN), 0);
    const cpuThen = cpu();
    const all = () => new Set(peer.arrivals().map(({ to }) => to)).size >= shoppers;
    const within = options.patienceMs ?? 5 * MINUTE_MS;
    await until('everybody’s message', all, { within }).catch(() => {});
    const cpuSeconds = cpu() - cpuThen;
    await silence(peer, options.silenceMs ?? SILENCE_MS);
    const found = summary(people.flat(), peer.arrivals(), due);
    const last = await triesOf(people.flat(), found.latest);
    return { ...found, cpuSeconds, tries: peer.tries(), latestTries: last };
  } finally {
    for (const crowd of crowds) crowd.close();
    await Promise.all(deployments.map((deployment) => deployment.stop()));
    await peer.close();
  }
}

/**
 * The names of those whose objects are in process `n` of `count`.
 * @param {number} n
 * @param {number} count
 * @param {number} shoppers
 */
const namesIn = (n, count, shoppers) =>
  Array.from({ length: shoppers }, (_, number) => number)
    .filter((number) => number % count === n)
    .map((number) => `shopper-${number}`);

/**
 * How often the provider was tried for the messages that came last: a try that was lost on its way is repeated a minute later.
 * @param {Visitor[]} people
 * @param {string[]} addresses
 */
async function triesOf(people, addresses) {
  /** @type {number[]} */
  const tries = [];
  for (const { shop, email } of people.filter(({ email }) => addresses.includes(email ?? ''))) {
    const response = await fetch(`${shop.origin}/v1/shoppers/lookup`, {
      method: 'POST',
      headers: { authorization: `Bearer ${shop.secret}` },
      body: JSON.stringify({ email }),
    });
    const { deliveries } = /** @type {any} */ (await response.json());
    tries.push(deliveries.at(-1).attempts);
  }
  return tries;
}

/** @typedef {{ to: string, at: number }} Arrival */

/**
 * @typedef {object} Peer
 * @property {Record<string, string>} vars by which the worker finds it
 * @property {() => Arrival[]} arrivals what it has accepted
 * @property {() => number} tries how many messages it was offered
 * @property {() => Promise<void>} close
 */

/** @param {'smtp' | 'resend'} provider @returns {Promise<Peer>} */
async function startPeer(provider) {
  if (provider === 'smtp') {
    const smtp = await SmtpPeer.start();
    return {
      vars: { SMTP_URL: smtp.url },
      arrivals: () => smtp.accepted,
      tries: () => smtp.received.length,
      close: () => smtp.close(),
    };
  }
  const resend = await ResendPeer.start('re_thunder');
  return {
    vars: { RESEND_API_KEY: resend.apiKey, RESEND_URL: resend.url },
    arrivals: () => resend.sent.map(({ email, at }) => ({ to: String(email.to[0]), at })),
    tries: () => resend.calls.length,
    close: () => resend.close(),
  };
}

/** A time of day, `HH:MM`. @param {number} ms */
const clock = (ms) => new Date(ms).toISOString().slice(11, 16);

/** @param {{ tries: () => number }} peer @param {number} ms */
async function silence(peer, ms) {
  for (let [seen, since] = [peer.tries(), Date.now()]; Date.now() - since < ms; ) {
    await sleep(250);
    const now = peer.tries();
    if (now !== seen) [seen, since] = [now, Date.now()];
  }
}

/**
 * @param {Visitor[]} people
 * @param {Arrival[]} arrivals
 * @param {number} due
 */
function summary(people, arrivals, due) {
  /** @type {Map<string, number[]>} */
  const times = new Map();
  for (const { to, at } of arrivals) times.set(to, [...(times.get(to) ?? []), at]);
  const late = arrivals.map(({ at }) => at - due).toSorted((a, b) => a - b);
  const quantile = (/** @type {number} */ share) =>
    late[Math.min(late.length - 1, Math.floor(late.length * share))] ?? Number.NaN;
  return {
    missed: people.filter(({ email }) => !times.has(email ?? '')).length,
    twice: [...times.values()].filter(({ length }) => length > 1).length,
    strangers: [...times.keys()].filter((to) => !to.startsWith('shopper-')).length,
    early: late.filter((ms) => ms < 0).length,
    latest: arrivals
      .toSorted((a, b) => b.at - a.at)
      .slice(0, 10)
      .map(({ to }) => to),
    lateness: { p50: quantile(0.5), p99: quantile(0.99), max: late.at(-1) ?? Number.NaN },
  };
}

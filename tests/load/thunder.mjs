/** The thundering minute: everybody's message falls due when the quiet hours end. Nobody is missed, nobody is written to twice. */
import { setTimeout as sleep } from 'node:timers/promises';
import { forEveryCart } from '../../scripts/demo-shop.mjs';
import { ResendPeer } from '../fixtures/resend-peer.mjs';
import { SmtpPeer } from '../fixtures/smtp-peer.mjs';
import { until } from '../fixtures/until.mjs';
import { startDeployment } from './deployment.mjs';
import { Crowd, forEach } from './offer.mjs';
import { Visitor } from './visitor.mjs';

const SHOP = 'shop_thvnder1';
const MINUTE_MS = 60_000;

/** Carts that are left at once while the minute is prepared. */
const AT_ONCE = 24;

/**
 * Carts left a second, at most. The runtime keeps three files of an object open until nobody has called it for ten seconds, and a
 * cart is two objects: faster, one process would need more of them than many systems give it.
 */
const MOST_A_SECOND = 150;

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

/** @param {Options} options */
export async function thunder(options) {
  const { variant, shoppers, provider, say } = options;
  const peer = await startPeer(provider);
  const deployment = await startDeployment({ name: 'thunder', variant, vars: peer.vars });
  /** @type {Crowd | undefined} */
  let crowd;
  try {
    const begin = Date.now();
    const cpuBefore = deployment.cpuSeconds() ?? Number.NaN;
    // By Greenwich's clock it is quiet until a full minute that leaves time to prepare: each cart is left, falls due, finds the
    // quiet hours and is put off to their end.
    const prepared = begin + PREPARE_MS + shoppers * PREPARE_EACH_MS;
    let due = Math.ceil(prepared / MINUTE_MS) * MINUTE_MS;
    const putShop = () =>
      deployment.putShop(SHOP, {
        provider,
        thresholds: { cart_ms: 1_000, checkout_ms: 1_000 },
        sequences: forEveryCart([{ after_ms: 1_000, template: 'reminder' }]),
        quiet_hours: [{ from: clock(begin - 60 * MINUTE_MS), to: clock(due) }],
      });
    const shop = await putShop();
    const people = Array.from({ length: shoppers }, (_, n) => {
      return new Visitor(shop, `thunder/${n}`, `shopper-${n}@shoppers.example`);
    });
    crowd = new Crowd(deployment.port, people, [], { view: 1 });
    let left = 0;
    await forEach(people, AT_ONCE, async (one) => {
      const turn = begin + (left / MOST_A_SECOND) * 1_000;
      left += 1;
      if (turn > Date.now()) await sleep(turn - Date.now());
      // A slow machine gets more time: whoever was put off to the old end is put off once more.
      if (Date.now() > due - SETTLED_MS) {
        due += MINUTE_MS;
        await putShop();
      }
      return crowd?.perform(one.arrive());
    });
    const ready = Date.now();
    say(`${shoppers} carts were left within ${((ready - begin) / 1_000).toFixed(0)} s.`);
    if (ready > due) throw new Error('the machine is too slow to be quiet for long enough');
    await sleep(due - Date.now());
    say(`The quiet hours have ended; ${peer.arrivals().length} messages had gone before.`);
    const cpuThen = deployment.cpuSeconds() ?? Number.NaN;
    const patience = options.patienceMs ?? 5 * MINUTE_MS;
    const all = () => new Set(peer.arrivals().map(({ to }) => to)).size >= shoppers;
    await until('everybody’s message', all, { within: patience }).catch(() => {});
    const cpu = (deployment.cpuSeconds() ?? Number.NaN) - cpuThen;
    await silence(peer, options.silenceMs ?? SILENCE_MS);
    return {
      ...summary(people, peer.arrivals(), due),
      cpuSeconds: cpu,
      preparedCpuSeconds: cpuThen - cpuBefore,
      tries: peer.tries(),
    };
  } finally {
    crowd?.close();
    await deployment.stop();
    await peer.close();
  }
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
    lateness: { p50: quantile(0.5), p99: quantile(0.99), max: late.at(-1) ?? Number.NaN },
  };
}

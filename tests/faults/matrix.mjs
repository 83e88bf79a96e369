/**
 * The fault matrix of the email providers, of push services and of the marketing platforms: every one × every fault × a kill of the worker
 * before, during or after the call, on real workerd. One deployment with a shop for each; all messages of a round are on their way at the
 * same time.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { forEveryCart } from '../../scripts/demo-shop.mjs';
import { Device, leftCart, MUG } from '../fixtures/device.mjs';
import { FAST_PACE, runEdge } from '../fixtures/edge.mjs';
import { connectPlatform, platformEnv, startPlatforms } from '../fixtures/flows.mjs';
import { PostmarkPeer } from '../fixtures/providers/postmark.mjs';
import { PushPeer } from '../fixtures/providers/push.mjs';
import { ResendPeer } from '../fixtures/providers/resend.mjs';
import { SendgridPeer } from '../fixtures/providers/sendgrid.mjs';
import { SesPeer } from '../fixtures/providers/ses.mjs';
import { FaultySmtp } from '../fixtures/providers/smtp.mjs';
import { until } from '../fixtures/until.mjs';

export const FAULTS = /** @type {const} */ ([
  'none',
  '429',
  '500',
  'timeout',
  'reset',
  'drip',
  'malformed',
]);
export const KILLS = /** @type {const} */ (['no', 'before', 'during', 'after']);

/** @typedef {typeof FAULTS[number]} FaultName */
/** @typedef {typeof KILLS[number]} Kill */
/** @typedef {'smtp' | 'resend' | 'postmark' | 'sendgrid' | 'ses' | 'webpush' | import('../fixtures/flows.mjs').PlatformName} ProviderName */
/** @typedef {ProviderPeer | FaultySmtp} Peer */
/** @typedef {import('../fixtures/providers/peer.mjs').ProviderPeer} ProviderPeer */

/** Those that recognise a repeated message, as `core/src/delivery/provider.rs` has it. */
const IDEMPOTENT = ['resend', 'klaviyo', 'hubspot'];
/** Kills for one fault. */
const MOST_KILLS = 6;
/** Two waits: three tries. */
const PACE = { ...FAST_PACE, retry_ms: [400, 400] };
/** A shop that sends notifications and nothing else. */
const NOTIFYING = {
  push: {},
  sequences: forEveryCart([{ after_ms: 1_000, template: 'reminder', channels: ['push'] }]),
};
const CLOSED = ['sent', 'skipped', 'unknown', 'dead_lettered'];
/** A lease ends after 20 s, a hint that was lost is missed after 15 s and then after 30 s more. */
const SETTLED_WITHIN_MS = 150_000;

/**
 * What became of one message.
 * @typedef {object} Cell
 * @property {ProviderName} provider
 * @property {FaultName} fault
 * @property {Kill} kill
 * @property {boolean} met whether the kill met this message on its way
 * @property {string} state
 * @property {string | null} reason
 * @property {number} calls that reached the provider
 * @property {number} accepted
 * @property {string[]} broken promises
 */

/** @param {FaultName} name @returns {import('../fixtures/providers/peer.mjs').Fault[]} */
function faultsOf(name) {
  if (name === 'none') return [];
  if (name === '429' || name === '500') return [Number(name)];
  return [name];
}

/** What a message breaks of what is promised. @param {Omit<Cell, 'broken'> & { attempts: number }} cell */
function brokenBy({ provider, fault, kill, met, state, calls, accepted, attempts }) {
  const broken = [];
  const isIdempotent = IDEMPOTENT.includes(provider);
  if (accepted > 1) broken.push(`accepted ${accepted} times`);
  if (!CLOSED.includes(state)) broken.push(`lost: ${state}`);
  if (state === 'sent' && accepted !== 1) broken.push('told sent, and never accepted');
  if (state === 'dead_lettered' && accepted > 0) broken.push('told failed, and accepted');
  if (state === 'skipped') broken.push('not sent, though nobody said so');
  if (kill === 'no' && attempts > 3) broken.push(`${attempts} tries`);
  // Whoever called is killed while the answer is held: nobody knows it.
  const isAnswerLost = met && (kill === 'before' || kill === 'during');
  const isProved = fault === '429' && !isAnswerLost;
  if (!isIdempotent && !isProved && calls > 1)
    broken.push(`${calls} calls after an outcome that nobody knew`);
  if (isIdempotent && state !== 'sent')
    broken.push(`${state}, though its key makes it safe to ask again`);
  if (fault === 'none' && kill === 'no' && state !== 'sent') broken.push(state);
  return broken;
}

/**
 * Runs rounds of the matrix and returns its cells.
 * @param {{ kills?: readonly Kill[], faults?: readonly FaultName[], say?: (line: string) => void }} [options]
 * @returns {Promise<Cell[]>}
 */
export async function faultMatrix({ kills = KILLS, faults = FAULTS, say = () => {} } = {}) {
  const smtp = await FaultySmtp.start();
  const resend = await ResendPeer.start('re_faults');
  const postmark = await PostmarkPeer.start('pm-faults');
  const sendgrid = await SendgridPeer.start('SG.faults');
  const ses = await SesPeer.start('AKIDFAULTS', 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY');
  const webpush = await PushPeer.start();
  const platforms = await startPlatforms();
  const peers = /** @type {Record<ProviderName, Peer>} */ ({
    smtp,
    resend,
    postmark,
    sendgrid,
    ses,
    webpush,
    ...platforms,
  });
  const edge = await runEdge({
    demo: { ...PACE },
    cronMs: 5_000,
    env: {
      SMTP_URL: smtp.url,
      RESEND_API_KEY: resend.apiKey,
      RESEND_URL: resend.url,
      POSTMARK_SERVER_TOKEN: postmark.token,
      POSTMARK_URL: postmark.url,
      SENDGRID_API_KEY: sendgrid.apiKey,
      SENDGRID_URL: sendgrid.url,
      SES_REGION: ses.region,
      SES_URL: ses.url,
      SES_ACCESS_KEY_ID: ses.keys.accessKeyId,
      SES_SECRET_ACCESS_KEY: ses.keys.secretAccessKey,
      ...platformEnv(platforms),
    },
  });
  try {
    const shops = /** @type {Record<ProviderName, import('../fixtures/edge.mjs').Edge>} */ ({});
    for (const [n, provider] of Object.keys(peers).entries()) {
      const isPlatform = provider in platforms;
      const flows = isPlatform ? { flows: [{ platform: provider }] } : { provider };
      const carrier = provider === 'webpush' ? NOTIFYING : flows;
      const shop = await edge.anotherShop(`shop_${String(n + 1).padStart(8, '0')}`, {
        ...PACE,
        ...carrier,
      });
      if (isPlatform) await connectPlatform(shop, platforms, /** @type {any} */ (provider));
      shops[/** @type {ProviderName} */ (provider)] = shop;
    }
    const cells = [];
    for (const kill of kills) {
      const begin = Date.now();
      cells.push(...(await round({ edge, shops, peers, kill, faults })));
      say(`kill ${kill}: ${((Date.now() - begin) / 1_000).toFixed(0)} s`);
    }
    return cells;
  } finally {
    await edge.end();
    await Promise.all(Object.values(peers).map((peer) => peer.close()));
  }
}

/**
 * @typedef {object} Given
 * @property {import('../fixtures/edge.mjs').Edge} edge
 * @property {Record<ProviderName, import('../fixtures/edge.mjs').Edge>} shops
 * @property {Record<ProviderName, Peer>} peers
 * @property {Kill} kill
 */

/** @typedef {{ provider: ProviderName, peer: Peer, fault: FaultName, email: string, met: boolean }} Message */

/**
 * Every provider with every fault; waits until nothing is open any more.
 * @param {Given & { faults: readonly FaultName[] }} given
 */
async function round({ faults, ...given }) {
  const { shops, peers, kill } = given;
  const providers = /** @type {ProviderName[]} */ (Object.keys(peers));
  /** @type {Message[]} */
  const messages = [];
  if (kill === 'no') {
    for (const fault of faults) messages.push(...named(given, providers, fault, 0));
    await leave(given, messages);
  } else {
    for (const fault of faults) messages.push(...(await killed(given, providers, fault)));
  }
  /** @type {Map<string, any>} */
  const found = new Map();
  const settled = async () => {
    for (const { provider, email } of messages) {
      if (CLOSED.includes(found.get(email)?.state)) continue;
      found.set(email, (await shops[provider].deliveries(email))[0]);
    }
    return [...found.values()].every((delivery) => CLOSED.includes(delivery?.state));
  };
  // What is not closed by then shows in its cell.
  await until('all are closed', settled, { within: SETTLED_WITHIN_MS, every: 500 }).catch(() => {});
  return messages.map(({ provider, peer, fault, email, met }) => {
    const { state = 'missing', reason = null, attempts = 0 } = found.get(email) ?? {};
    const calls = peer.callsFor(email).length;
    const accepted = peer.of(email).length;
    const cell = { provider, fault, kill, met, state, reason, calls, accepted };
    return { ...cell, broken: brokenBy({ ...cell, attempts }) };
  });
}

/** @param {Given} given @param {ProviderName[]} providers @param {FaultName} fault @param {number} n @returns {Message[]} */
const named = ({ peers, kill }, providers, fault, n) =>
  providers.map((provider) => {
    const email = `${kill}-${fault}-${n}@${provider}.example`;
    return { provider, peer: peers[provider], fault, email, met: false };
  });

/** Leaves a cart for each of the messages. @param {Given} given @param {Message[]} messages */
async function leave({ shops }, messages) {
  for (const { peer, fault, email } of messages) peer.faults.set(email, faultsOf(fault));
  await Promise.all(
    messages.map(async ({ provider, peer, email }) => {
      if (!(peer instanceof PushPeer)) return leftCart(shops[provider], email);
      const answer = await fetch(`${shops[provider].url}/v1/push`);
      const { key } = /** @type {any} */ (await answer.json());
      const consent = { push: true, wording: 'push-v1', page: '/' };
      const device = new Device(shops[provider]);
      // At once: what is due soon is decided by what is known then.
      const said = device.event('push', { push: peer.subscribe(email, key), consent });
      return device.settle(device.add(MUG), device.identify(email), said);
    }),
  );
}

/**
 * Kills the worker while messages with one fault are on their way. The queue hands over some of them at a time, so those that the kill
 * did not meet are followed by others.
 * @param {Given} given
 * @param {ProviderName[]} providers
 * @param {FaultName} fault
 */
async function killed(given, providers, fault) {
  const { edge, peers, kill } = given;
  const all = Object.values(peers);
  /** @type {Message[]} */
  const messages = [];
  let open = providers;
  for (let n = 0; open.length > 0 && n < MOST_KILLS; n += 1) {
    const some = named(given, open, fault, n);
    let release = () => {};
    const over = new Promise((resolve) => {
      release = () => resolve(undefined);
    });
    const who = new Set(some.map(({ email }) => email));
    for (const peer of all) {
      if (kill !== 'after') {
        peer.hold = { phase: kill === 'before' ? 'before' : 'during', who, over };
      }
    }
    await leave(given, some);
    const there = () => {
      const seen = some.filter(({ peer, email }) =>
        (kill === 'after' ? peer.answered : peer.waiting).has(email),
      );
      return seen.length > 0 && seen;
    };
    await until('a message is on its way', there, { within: 30_000, every: 5 });
    // An answer is on its way for a moment only; what is held may wait for others.
    if (kill !== 'after') await sleep(1_500);
    const met = there() || [];
    await edge.stack.kill9();
    for (const message of met) message.met = true;
    for (const peer of all) peer.hold = undefined;
    release();
    await edge.stack.restart();
    messages.push(...some);
    open = some.filter(({ met: isMet }) => !isMet).map(({ provider }) => provider);
  }
  return messages;
}

/**
 * The matrix as lines of text: `state calls/accepted`.
 * @param {(Omit<Cell, 'provider' | 'reason'> & { provider: string })[]} cells
 */
export function table(cells) {
  const names = /** @type {Record<string, string>} */ ({ dead_lettered: 'failed' });
  const rows = new Map();
  for (const { provider, kill, met, fault, state, calls, accepted, broken } of cells) {
    // What the kill did not meet is judged, but tells nothing of kills.
    if (kill !== 'no' && !met && broken.length === 0) continue;
    const key = `${provider.padEnd(10)} ${kill.padEnd(7)}`;
    const mark = broken.length > 0 ? '✗' : ' ';
    const text = `${mark}${names[state] ?? state} ${calls}/${accepted}`;
    rows.set(key, { ...rows.get(key), [fault]: text });
  }
  const faults = [...new Set(cells.map(({ fault }) => fault))];
  const head = `${'provider'.padEnd(10)} ${'kill'.padEnd(7)} ${faults.map((fault) => ` ${fault}`.padEnd(14)).join('')}`;
  const lines = [...rows].map(
    ([key, row]) => `${key} ${faults.map((fault) => (row[fault] ?? '').padEnd(14)).join('')}`,
  );
  return [head, ...lines].join('\n');
}

/**
 * The fault matrix of the services that carry no messages: every service × every fault × a kill of the worker before, during or after the
 * call, on real workerd. Each shopper leaves a quote, is added to an audience at Meta and at Google and told of at HubSpot and
 * Salesforce, and then buys, so that what was added has to be removed, through the same fault once more.
 */
import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Device, MUG } from '../fixtures/device.mjs';
import { FAST_PACE, runEdge } from '../fixtures/edge.mjs';
import { GooglePeer } from '../fixtures/services/google.mjs';
import { HubspotPeer } from '../fixtures/services/hubspot.mjs';
import { MetaPeer } from '../fixtures/services/meta.mjs';
import { SalesforcePeer } from '../fixtures/services/salesforce.mjs';
import { until } from '../fixtures/until.mjs';
import { FAULTS, KILLS } from './matrix.mjs';

/** @typedef {import('./matrix.mjs').FaultName} FaultName */
/** @typedef {import('./matrix.mjs').Kill} Kill */
/** @typedef {'meta' | 'google' | 'hubspot' | 'salesforce'} ServiceName */

/**
 * What became of one errand.
 * @typedef {object} Cell
 * @property {ServiceName} service
 * @property {FaultName} fault
 * @property {Kill} kill
 * @property {boolean} met whether the kill met its call
 * @property {string} state before the purchase
 * @property {number} calls
 * @property {number} accepted
 * @property {string[]} broken promises
 */

const LIST = '23850000000000001';
const GOOGLE_CLIENT = {
  client_id: 'homing.apps.example',
  client_secret: 'GOCSPX-secret',
  refresh_token: '1//refresh',
};
const SALESFORCE_CLIENT = { client_id: '3MVG9.client', client_secret: 'sf-secret-1' };
const SERVICES = /** @type {const} */ (['meta', 'google', 'hubspot', 'salesforce']);
const CLOSED = ['member', 'refused', 'failed', 'told', 'unknown', 'needless'];
const PACE = {
  ...FAST_PACE,
  retry_ms: [400, 400],
  holdout_bp: 0,
  sequences: [],
  audiences: [
    { service: 'meta', list: LIST, after_ms: 1_000 },
    { service: 'google', list: LIST, after_ms: 1_000 },
  ],
  quote_alerts: { to: ['hubspot', 'salesforce'], after_ms: 1_000, external_id: 'Homing_Id__c' },
};

/** @param {FaultName} name @returns {import('../fixtures/providers/peer.mjs').Fault[]} */
const faultsOf = (name) => {
  if (name === 'none') return [];
  return name === '429' || name === '500' ? [Number(name)] : [name];
};

/** By what a service's stand-in knows somebody. @param {ServiceName} service @param {string} email */
const nameAt = (service, email) =>
  service === 'meta' || service === 'google'
    ? createHash('sha256').update(email).digest('hex')
    : email;

/** What an errand breaks of what is promised. @param {Omit<Cell, 'broken'> & { made: number, stays: boolean }} cell */
function brokenBy({ service, fault, kill, met, state, calls, made, stays }) {
  const broken = [];
  if (!CLOSED.includes(state)) broken.push(`lost: ${state}`);
  if (service === 'meta' || service === 'google') {
    if (state !== 'member') broken.push(`${state}, though nothing forbids to ask again`);
    if (stays) broken.push('still in the audience after the purchase');
    return broken;
  }
  if (made > 1) broken.push(`${made} tasks`);
  if (state === 'told' && made !== 1) broken.push('told, and there is no task');
  if (state === 'failed' && made > 0) broken.push('failed, and there is a task');
  if (service === 'salesforce' && state !== 'told') broken.push(state);
  const isAnswerLost = met && (kill === 'before' || kill === 'during');
  const isProved = fault === '429' && !isAnswerLost;
  if (service === 'hubspot' && !isProved && calls > 1)
    broken.push(`${calls} calls after an outcome that nobody knew`);
  if (fault === 'none' && kill === 'no' && state !== 'told') broken.push(state);
  return broken;
}

/**
 * Runs the matrix and returns its cells.
 * @param {{ kills?: readonly Kill[], faults?: readonly FaultName[], say?: (line: string) => void }} [options]
 * @returns {Promise<Cell[]>}
 */
export async function errandMatrix({ kills = KILLS, faults = FAULTS, say = () => {} } = {}) {
  const meta = await MetaPeer.start('EAAB-faults');
  const google = await GooglePeer.start(GOOGLE_CLIENT, '1234567890');
  const hubspot = await HubspotPeer.start('pat-faults');
  const salesforce = await SalesforcePeer.start(SALESFORCE_CLIENT);
  const peers = { meta, google, hubspot, salesforce };
  const edge = await runEdge({
    demo: PACE,
    cronMs: 5_000,
    env: {
      META_URL: meta.url,
      GOOGLE_DATA_URL: google.url,
      GOOGLE_TOKEN_URL: `${google.url}/token`,
      HUBSPOT_URL: hubspot.url,
      SALESFORCE_URL: salesforce.url,
    },
  });
  const instance = 'https://dovecote.my.salesforce.com';
  const accounts = {
    meta: { access_token: meta.token },
    google: { ...GOOGLE_CLIENT, account: google.account },
    hubspot: { access_token: hubspot.token },
    salesforce: { ...SALESFORCE_CLIENT, instance },
  };
  try {
    for (const [service, account] of Object.entries(accounts)) {
      const at = `${edge.url}/v1/shops/${edge.shop}/connections/${service}`;
      const headers = { authorization: `Bearer ${edge.secret}` };
      const response = await fetch(at, { method: 'PUT', headers, body: JSON.stringify(account) });
      if (!response.ok) throw new Error(await response.text());
    }
    const cells = [];
    for (const kill of kills) {
      const begin = Date.now();
      for (const some of kill === 'no' ? [faults] : faults.map((fault) => [fault]))
        cells.push(...(await round({ edge, peers, kill, faults: some })));
      say(`services, kill ${kill}: ${((Date.now() - begin) / 1_000).toFixed(0)} s`);
    }
    return cells;
  } finally {
    await edge.end();
    await Promise.all(Object.values(peers).map((peer) => peer.close()));
  }
}

/**
 * @typedef {object} Peers
 * @property {MetaPeer} meta
 * @property {GooglePeer} google
 * @property {HubspotPeer} hubspot
 * @property {SalesforcePeer} salesforce
 */

/** @param {{ edge: import('../fixtures/edge.mjs').Edge, peers: Peers, kill: Kill, faults: readonly FaultName[] }} given */
async function round({ edge, peers, kill, faults }) {
  const people = faults.map((fault) => ({ fault, email: `${kill}-${fault}@errands.example` }));
  /** @param {readonly ServiceName[]} services */
  const arm = (services) => {
    for (const { fault, email } of people)
      for (const service of services)
        peers[service].faults.set(nameAt(service, email), faultsOf(fault));
  };
  for (const { email } of people)
    peers.hubspot.contacts.set(String(peers.hubspot.contacts.size + 1), email);
  arm(SERVICES);
  /** @type {(service: ServiceName, email: string) => boolean} */
  const isThere = (service, email) =>
    (kill === 'after' ? peers[service].answered : peers[service].waiting).has(
      nameAt(service, email),
    );
  let release = () => {};
  if (kill === 'before' || kill === 'during') {
    const over = new Promise((resolve) => {
      release = () => resolve(undefined);
    });
    for (const service of SERVICES) {
      const who = new Set(people.map(({ email }) => nameAt(service, email)));
      peers[service].hold = { phase: kill, who, over };
    }
  }
  const carts = await Promise.all(people.map(({ email }) => leftQuote(edge, email)));
  /** @type {Set<string>} */
  const met = new Set();
  if (kill !== 'no') {
    const some = () => people.some(({ email }) => SERVICES.some((one) => isThere(one, email)));
    await until('a call is on its way', some, { within: 30_000, every: 5 });
    if (kill !== 'after') await sleep(1_500);
    for (const { email } of people)
      for (const service of SERVICES) if (isThere(service, email)) met.add(`${service} ${email}`);
    await edge.stack.kill9();
    for (const service of SERVICES) peers[service].hold = undefined;
    release();
    await edge.stack.restart();
  }
  /** @type {Map<string, Record<string, string>>} */
  const found = new Map();
  const settled = async () => {
    for (const { email } of people) {
      const { audiences, alerts } = await edge.lookup(email);
      const states = [...audiences, ...alerts].map(({ service, state }) => [service, state]);
      found.set(email, Object.fromEntries(states));
    }
    const all = [...found.values()];
    return all.every((states) => SERVICES.every((one) => CLOSED.includes(states[one] ?? '')));
  };
  // What is not closed by then shows in its cell.
  await until('all are closed', settled, { within: 120_000, every: 500 }).catch(() => {});
  arm(['meta', 'google']);
  for (const { device, dot } of carts) await device.settle(device.order([dot], `o-${dot}`));
  /** @type {(service: ServiceName, email: string) => boolean} */
  const stays = (service, email) =>
    (service === 'meta' && peers.meta.holds(LIST, nameAt(service, email))) ||
    (service === 'google' && peers.google.holds(LIST, nameAt(service, email)));
  const gone = () => people.every(({ email }) => SERVICES.every((one) => !stays(one, email)));
  await until('nobody is a member', gone, { within: 60_000, every: 500 }).catch(() => {});
  return people.flatMap(({ fault, email }) =>
    SERVICES.map((service) => {
      const name = nameAt(service, email);
      const state = found.get(email)?.[service] ?? 'missing';
      const calls = peers[service].callsFor(name).length;
      const accepted = peers[service].of(name).length;
      const made = service === 'salesforce' ? peers.salesforce.about(email).length : accepted;
      const cell = { service, fault, kill, met: met.has(`${service} ${email}`), state };
      const counts = { calls, accepted };
      const judged = { ...cell, ...counts, made, stays: stays(service, email) };
      return { ...cell, ...counts, broken: brokenBy(judged) };
    }),
  );
}

/** A quote that somebody left who agreed to advertising. @param {import('../fixtures/edge.mjs').Edge} edge @param {string} email */
async function leftQuote(edge, email) {
  const device = new Device(edge);
  const add = device.add(MUG, 5);
  const consent = { email: false, ads: true, wording: 'w1', page: '/' };
  const quote = device.event('quote', { quote: true });
  await device.settle(add, quote, device.identify(email, false, { consent }));
  return { device, dot: add.id };
}

/**
 * The fault matrix of the services that carry no messages: every service × every fault × a kill of the worker before, during or after the
 * call, on real workerd. Each shopper leaves a quote, is added to an audience at Meta and at Google and told of at HubSpot and
 * Salesforce, and then buys, so that what was added has to be removed, through the same fault once more. A second shop has named no external id
 * for Salesforce.
 */
import { createHash } from 'node:crypto';
import { Device, MUG } from '../fixtures/device.mjs';
import { FAST_PACE, runEdge } from '../fixtures/edge.mjs';
import { GooglePeer } from '../fixtures/services/google.mjs';
import { HubspotPeer } from '../fixtures/services/hubspot.mjs';
import { MetaPeer } from '../fixtures/services/meta.mjs';
import { SalesforcePeer } from '../fixtures/services/salesforce.mjs';
import { until } from '../fixtures/until.mjs';
import { ALL_ROUNDS, faultsOf } from './cells.mjs';
import { killAmid } from './kill.mjs';

/** @typedef {import('./cells.mjs').Cell} Cell */
/** @typedef {import('./cells.mjs').FaultName} FaultName */
/** @typedef {import('./cells.mjs').Kill} Kill */
/** @typedef {import('../fixtures/edge.mjs').Edge} Edge */
/** @typedef {'meta' | 'google' | 'hubspot' | 'salesforce'} ServiceName */

/**
 * One errand for somebody, whom the service knows as `to`.
 * @typedef {object} Task
 * @property {string} name as the table has it
 * @property {ServiceName} service
 * @property {import('../fixtures/providers/peer.mjs').ProviderPeer} peer
 * @property {string} email
 * @property {string} to
 * @property {FaultName} fault
 * @property {boolean} met
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
/** A task that is told twice is two. */
const NO_ID = {
  ...PACE,
  audiences: [],
  quote_alerts: { to: ['salesforce'], after_ms: 1_000 },
};
const NO_ID_NAME = 'salesforce, no id';
/** Kills in one round; what none of them has met is told as unmet. */
const MOST_KILLS = 6;

/** By what a service's stand-in knows somebody. @param {ServiceName} service @param {string} email */
const nameAt = (service, email) =>
  service === 'meta' || service === 'google'
    ? createHash('sha256').update(email).digest('hex')
    : email;

/** What an errand breaks of what is promised. @param {Omit<Cell, 'broken'> & { made: number, stays: boolean }} cell */
function brokenBy({ name, fault, kill, met, state, calls, made, stays }) {
  const broken = [];
  if (!CLOSED.includes(state)) broken.push(`lost: ${state}`);
  if (name === 'meta' || name === 'google') {
    if (state !== 'member') broken.push(`${state}, though nothing forbids to ask again`);
    if (stays) broken.push('still in the audience after the purchase');
    return broken;
  }
  if (made > 1) broken.push(`${made} tasks`);
  if (state === 'told' && made !== 1) broken.push('told, and there is no task');
  if (state === 'failed' && made > 0) broken.push('failed, and there is a task');
  if (name === 'salesforce' && state !== 'told') broken.push(state);
  const isAnswerLost = met && (kill === 'before' || kill === 'during');
  const isProved = fault === '429' && !isAnswerLost;
  if (name !== 'salesforce' && !isProved && calls > 1)
    broken.push(`${calls} calls after an outcome that nobody knew`);
  if (fault === 'none' && kill === 'no' && state !== 'told') broken.push(state);
  return broken;
}

/**
 * Runs the matrix and returns its cells.
 * @param {{ rounds?: readonly import('./cells.mjs').Round[], say?: (line: string) => void }} [options]
 * @returns {Promise<Cell[]>}
 */
export async function errandMatrix({ rounds = ALL_ROUNDS, say = () => {} } = {}) {
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
    const noId = await edge.anotherShop('shop_n0ext1d1', NO_ID);
    for (const [service, account] of Object.entries(accounts))
      await connect(edge, service, account);
    await connect(noId, 'salesforce', accounts.salesforce);
    const cells = [];
    for (const { kill, faults } of rounds) {
      const begin = Date.now();
      let open = faults;
      for (let n = 0; open.length > 0 && n < (kill === 'no' ? 1 : MOST_KILLS); n += 1) {
        const found = await round({ edge, noId, peers, kill, faults: open, n });
        cells.push(...found);
        open = faults.filter((fault) => found.some((cell) => cell.fault === fault && !cell.met));
      }
      say(`services, kill ${kill}: ${((Date.now() - begin) / 1_000).toFixed(0)} s`);
    }
    return cells;
  } finally {
    await edge.end();
    await Promise.all(Object.values(peers).map((peer) => peer.close()));
  }
}

/** @param {Edge} shop @param {string} service @param {object} account */
async function connect(shop, service, account) {
  const at = `${shop.url}/v1/shops/${shop.shop}/connections/${service}`;
  const headers = { authorization: `Bearer ${shop.secret}` };
  const response = await fetch(at, { method: 'PUT', headers, body: JSON.stringify(account) });
  if (!response.ok) throw new Error(await response.text());
}

/**
 * @typedef {object} Peers
 * @property {MetaPeer} meta
 * @property {GooglePeer} google
 * @property {HubspotPeer} hubspot
 * @property {SalesforcePeer} salesforce
 */

/**
 * Everybody's errands with one kill, from the quote to the end of what the purchase ends.
 * @param {{ edge: Edge, noId: Edge, peers: Peers, kill: Kill, faults: readonly FaultName[], n: number }} given
 * @returns {Promise<Cell[]>}
 */
async function round({ edge, noId, peers, kill, faults, n }) {
  const people = faults.flatMap((fault) => {
    const who = `${kill}-${fault}-${n}`;
    return [
      { shop: edge, fault, email: `${who}@errands.example`, services: SERVICES },
      {
        shop: noId,
        fault,
        email: `${who}@no-id.example`,
        services: /** @type {const} */ (['salesforce']),
      },
    ];
  });
  const tasks = people.flatMap(({ shop, fault, email, services }) =>
    services.map((service) => {
      const name = shop === noId ? NO_ID_NAME : service;
      const to = nameAt(service, email);
      return { name, service, peer: peers[service], email, to, fault, met: false };
    }),
  );
  /** @param {readonly string[]} services */
  const arm = (services) => {
    for (const { service, peer, to, fault } of tasks)
      if (services.includes(service)) peer.faults.set(to, faultsOf(fault));
  };
  const { contacts } = peers.hubspot;
  for (const { email } of people) contacts.set(String(contacts.size + 1), email);
  arm(SERVICES);
  /** @type {{ device: Device, dot: string }[]} */
  let carts = [];
  const begin = async () => {
    carts = await Promise.all(people.map(({ shop, email }) => leftQuote(shop, email)));
  };
  if (kill === 'no') await begin();
  else for (const task of await killAmid(edge.stack, kill, tasks, begin)) task.met = true;
  /** @type {Map<string, Record<string, string>>} */
  const found = new Map();
  const stateOf = (/** @type {Task} */ { email, service }) =>
    found.get(email)?.[service] ?? 'missing';
  const settled = async () => {
    for (const { shop, email } of people) {
      const { audiences, alerts } = await shop.lookup(email);
      const states = [...audiences, ...alerts].map(({ service, state }) => [service, state]);
      found.set(email, Object.fromEntries(states));
    }
    return tasks.every((task) => CLOSED.includes(stateOf(task)));
  };
  // What is not closed by then shows in its cell.
  await until('all are closed', settled, { within: 120_000, every: 500 }).catch(() => {});
  arm(['meta', 'google']);
  for (const { device, dot } of carts) await device.settle(device.order([dot], `o-${dot}`));
  const stays = (/** @type {Task} */ { service, to }) =>
    (service === 'meta' && peers.meta.holds(LIST, to)) ||
    (service === 'google' && peers.google.holds(LIST, to));
  const gone = () => !tasks.some(stays);
  await until('nobody is a member', gone, { within: 60_000, every: 500 }).catch(() => {});
  return tasks.map((task) => {
    const { name, service, peer, email, to, fault, met } = task;
    const calls = peer.callsFor(to).length;
    const accepted = peer.of(to).length;
    const made = service === 'salesforce' ? peers.salesforce.about(email).length : accepted;
    const cell = { name, fault, kill, met, state: stateOf(task), calls, accepted };
    return { ...cell, broken: brokenBy({ ...cell, made, stays: stays(task) }) };
  });
}

/** A quote that somebody left who agreed to advertising. @param {Edge} edge @param {string} email */
async function leftQuote(edge, email) {
  const device = new Device(edge);
  const add = device.add(MUG, 5);
  const consent = { email: false, ads: true, wording: 'w1', page: '/' };
  const quote = device.event('quote', { quote: true });
  await device.settle(add, quote, device.identify(email, false, { consent }));
  return { device, dot: add.id };
}

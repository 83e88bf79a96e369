/**
 * The fault matrix of a merchant's own servers: every fault × a kill of the worker before, during or after the call, on real workerd. What
 * an endpoint is told it may hear twice, under the same id and in the same bytes: it is told until it has arrived.
 */
import { FAST_PACE, runEdge } from '../fixtures/edge.mjs';
import { ProviderPeer } from '../fixtures/providers/peer.mjs';
import { until } from '../fixtures/until.mjs';
import { ALL_ROUNDS, faultsOf } from './cells.mjs';
import { killAmid } from './kill.mjs';

/** @typedef {import('./cells.mjs').Cell} Cell */
/** @typedef {import('./cells.mjs').FaultName} FaultName */
/** @typedef {import('./cells.mjs').Kill} Kill */

/** A lease ends after 20 s; the first wait is of 5 s, and the second, after a kill and a fault, of 5 minutes. */
const SETTLED_WITHIN_MS = 420_000;
/** Kills in one round; what none of them has met is told as unmet. */
const MOST_KILLS = 4;

/** A merchant's server with many endpoints: whom a call is for, its path says. */
class MerchantPeer extends ProviderPeer {
  // The signature is looked at elsewhere: `tests/edge/endpoints.test.mjs`.
  /** @param {import('node:http').IncomingMessage} request @param {string} body */
  read(request, body) {
    return { to: request.url ?? '/', email: { id: request.headers['webhook-id'], body } };
  }
}

/** What an event breaks of what is promised. @param {Omit<Cell, 'broken'> & { different: number }} cell */
function brokenBy({ fault, kill, state, calls, accepted, different }) {
  const broken = [];
  if (state !== 'told') broken.push(`lost: ${state}`);
  if (state === 'told' && accepted < 1) broken.push('told, and never taken');
  if (different > 1) broken.push(`${different} different messages`);
  if (kill === 'no' && calls > 2) broken.push(`${calls} calls`);
  if (fault === 'none' && kill === 'no' && calls !== 1) broken.push(`${calls} calls`);
  return broken;
}

/**
 * Runs the matrix and returns its cells.
 * @param {{ rounds?: readonly import('./cells.mjs').Round[], say?: (line: string) => void }} [options]
 * @returns {Promise<Cell[]>}
 */
export async function endpointMatrix({ rounds = ALL_ROUNDS, say = () => {} } = {}) {
  const peer = new MerchantPeer();
  await peer.listen();
  const edge = await runEdge({ demo: FAST_PACE, cronMs: 5_000 });
  /** @param {string} method @param {string} path @param {object} [body] @returns {Promise<any>} */
  const asked = async (method, path, body) => {
    const response = await fetch(`${edge.url}/v1/endpoints${path}`, {
      method,
      headers: { authorization: `Bearer ${edge.secret}` },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    if (!response.ok) throw new Error(await response.text());
    return response.json();
  };
  /** @param {Kill} kill @param {readonly FaultName[]} faults @param {number} n @returns {Promise<Cell[]>} */
  const round = async (kill, faults, n) => {
    /** @type {{ peer: MerchantPeer, to: string, fault: FaultName, id: string, met: boolean }[]} */
    const events = [];
    for (const fault of faults) {
      const to = `/${kill}-${fault}-${n}`;
      const { id } = await asked('POST', '', { url: peer.url + to, events: ['survey.*'] });
      peer.faults.set(to, faultsOf(fault));
      events.push({ peer, to, fault, id, met: false });
    }
    const begin = () => Promise.all(events.map(({ id }) => asked('POST', `/${id}/test`)));
    if (kill === 'no') await begin();
    else for (const event of await killAmid(edge.stack, kill, events, begin)) event.met = true;
    /** @type {any[]} */
    let shown = [];
    const settled = async () => {
      ({ endpoints: shown } = await asked('GET', ''));
      return shown.every(({ waiting }) => waiting === 0);
    };
    // What is not told by then shows in its cell.
    await until('all are told', settled, { within: SETTLED_WITHIN_MS, every: 500 }).catch(() => {});
    for (const { id } of events) await asked('DELETE', `/${id}`);
    return events.map(({ to, fault, id, met }) => {
      const { waiting, resting, enabled } = shown.find((one) => one.id === id) ?? {};
      const state = enabled && waiting === 0 && resting === 0 ? 'told' : 'waiting';
      const heard = peer.callsFor(to).map(({ headers, body }) => headers['webhook-id'] + body);
      const different = new Set(heard).size;
      const [calls, accepted] = [heard.length, peer.of(to).length];
      const cell = { name: 'endpoint', fault, kill, met, state, calls, accepted };
      return { ...cell, broken: brokenBy({ ...cell, different }) };
    });
  };
  try {
    const cells = [];
    for (const { kill, faults } of rounds) {
      const begin = Date.now();
      let open = faults;
      for (let n = 0; open.length > 0 && n < (kill === 'no' ? 1 : MOST_KILLS); n += 1) {
        const found = await round(kill, open, n);
        cells.push(...found);
        open = found.filter(({ met }) => !met).map(({ fault }) => fault);
      }
      say(`endpoints, kill ${kill}: ${((Date.now() - begin) / 1_000).toFixed(0)} s`);
    }
    return cells;
  } finally {
    await edge.end();
    await peer.close();
  }
}

/**
 * The fault matrix of everything that carries messages: every channel × every fault × a kill of the worker before, during or after the call,
 * on real workerd. All messages of a round are on their way at the same time.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { Device, leftCart, MUG } from '../fixtures/device.mjs';
import { PushPeer } from '../fixtures/providers/push.mjs';
import { until } from '../fixtures/until.mjs';
import { ALL_ROUNDS, faultsOf } from './cells.mjs';
import { startChannels } from './channels.mjs';
import { killAmid } from './kill.mjs';

/** @typedef {import('./cells.mjs').Cell} Cell */
/** @typedef {import('./cells.mjs').Round} Round */
/** @typedef {import('./channels.mjs').Channel} Channel */

/** Kills in one round; what none of them has met is told as unmet. */
const MOST_KILLS = 10;
const CLOSED = ['sent', 'skipped', 'unknown', 'dead_lettered'];
/** A lease ends after 20 s, a hint that was lost is missed after 15 s and then after 30 s more. */
const SETTLED_WITHIN_MS = 150_000;
/** What is said after the purchase is due at once, and the others two seconds after their cart was left. */
const OTHERS_FIRST_MS = 2_000;

/**
 * One message, on its way to `to`, by which the channel knows its recipient and the shop by `name`.
 * @typedef {object} Message
 * @property {Channel} channel
 * @property {Channel['peer']} peer
 * @property {import('./cells.mjs').FaultName} fault
 * @property {import('./cells.mjs').Kill} kill
 * @property {string} to
 * @property {{ email: string } | { phone: string }} name
 * @property {boolean} met
 * @property {{ calls: number, accepted: number }} earlier what there was before it
 * @property {() => Promise<unknown>} [order] the purchase after which it goes
 * @property {any} [delivery] what became of it
 */

/** What a message breaks of what is promised. @param {Omit<Cell, 'broken'> & { channel: Channel, attempts: number }} cell */
function brokenBy({ channel, fault, kill, met, state, calls, accepted, attempts }) {
  const broken = [];
  const { kind, knowsAgain } = channel;
  // An end that is told twice ends nothing twice: it is told until it has arrived.
  const isTold = kind === 'stop';
  if (accepted > 1 && !(isTold && !knowsAgain)) broken.push(`accepted ${accepted} times`);
  if (!CLOSED.includes(state)) broken.push(`lost: ${state}`);
  if (state === 'sent' && accepted < 1) broken.push('told sent, and never accepted');
  if (state === 'dead_lettered' && accepted > 0) broken.push('told failed, and accepted');
  if (state === 'skipped') broken.push('not sent, though nobody said so');
  if (kill === 'no' && attempts > 2) broken.push(`${attempts} tries`);
  // Whoever called is killed while the answer is held: nobody knows it.
  const isAnswerLost = met && (kill === 'before' || kill === 'during');
  const isProved = fault === '429' && !isAnswerLost;
  if (!knowsAgain && !isTold && !isProved && calls > 1)
    broken.push(`${calls} calls after an outcome that nobody knew`);
  if ((knowsAgain || isTold) && state !== 'sent')
    broken.push(`${state}, though it may be asked again`);
  if (fault === 'none' && kill === 'no' && state !== 'sent') broken.push(state);
  return broken;
}

/**
 * Runs rounds of the matrix and returns its cells.
 * @param {{ rounds?: readonly Round[], atOnce?: boolean, say?: (line: string) => void }} [options] atOnce: a round does not wait for what
 *   the one before has left under way
 * @returns {Promise<Cell[]>}
 */
export async function faultMatrix({ rounds = ALL_ROUNDS, atOnce = false, say = () => {} } = {}) {
  const { edge, channels, end } = await startChannels(atOnce ? 3 : 4);
  try {
    /** @type {Message[]} */
    const messages = [];
    for (const [n, round] of rounds.entries()) {
      const begin = Date.now();
      messages.push(...(await played(edge, channels, round, n)));
      if (!atOnce) await settled(messages);
      const { kill, faults } = round;
      say(`kill ${kill}, ${faults.length} faults: ${((Date.now() - begin) / 1_000).toFixed(0)} s`);
    }
    await settled(messages);
    return messages.map(cellOf);
  } finally {
    await end();
  }
}

/** @param {Message} message @returns {Cell} */
function cellOf({ channel, peer, fault, kill, met, to, earlier, delivery }) {
  const { state = 'missing', attempts = 0 } = delivery ?? {};
  const calls = peer.callsFor(to).length - earlier.calls;
  const accepted = peer.of(to).length - earlier.accepted;
  const cell = { name: channel.name, fault, kill, met, state, calls, accepted };
  return { ...cell, broken: brokenBy({ ...cell, channel, attempts }) };
}

/** Waits until nothing is open any more. What is open even then shows in its cell. @param {Message[]} messages */
async function settled(messages) {
  const isClosed = (/** @type {Message} */ { delivery }) => CLOSED.includes(delivery?.state);
  const allClosed = async () => {
    for (const message of messages.filter((one) => !isClosed(one))) {
      const found = await deliveriesOf(message);
      message.delivery = found[message.channel.kind === 'stop' ? 1 : 0];
    }
    return messages.every(isClosed);
  };
  await until('all are closed', allClosed, { within: SETTLED_WITHIN_MS, every: 500 }).catch(
    () => {},
  );
}

/** @param {Message} message @returns {Promise<any[]>} */
async function deliveriesOf({ channel, name }) {
  const response = await channel.shop.asServer('/v1/shoppers/lookup', name);
  return /** @type {any} */ (await response.json()).deliveries ?? [];
}

/**
 * One round: what a kill has not met is followed by another message, and another kill.
 * @param {import('../fixtures/edge.mjs').Edge} edge @param {Channel[]} all @param {Round} round @param {number} of which
 */
async function played(edge, all, { kill, faults, only }, of) {
  /** @param {number} n @param {{ channel: Channel, fault: import('./cells.mjs').FaultName }[]} open */
  const made = (n, open) => open.map(({ channel, fault }) => message(channel, fault, kill, of, n));
  let open = all
    .flatMap((channel) => faults.map((fault) => ({ channel, fault })))
    .filter(({ channel, fault }) => !only || only(channel.name, fault));
  /** @type {Message[]} */
  const messages = [];
  for (let n = 0; open.length > 0 && n < (kill === 'no' ? 1 : MOST_KILLS); n += 1) {
    const some = made(n, open);
    messages.push(...some);
    await prepared(some);
    if (kill === 'no') await left(some);
    else for (const one of await killAmid(edge.stack, kill, some, () => left(some))) one.met = true;
    open = some.filter(({ met }) => !met);
  }
  return messages;
}

let numbers = 0;

/** @param {Channel} channel @param {import('./cells.mjs').FaultName} fault @param {import('./cells.mjs').Kill} kill @param {number} round @param {number} n @returns {Message} */
function message(channel, fault, kill, round, n) {
  const { peer, kind } = channel;
  const earlier = { calls: 0, accepted: 0 };
  const common = { channel, peer, fault, kill, met: false, earlier };
  if (kind === 'text') {
    numbers += 1;
    const phone = `+4915799${String(numbers).padStart(6, '0')}`;
    return { ...common, to: phone, name: { phone } };
  }
  const email = `${kill}-${fault}-${round}-${n}@${channel.name.replace(' ', '-')}.example`;
  return { ...common, to: email, name: { email } };
}

/** What has to have happened before: somebody buys after a platform was told of them. @param {Message[]} messages */
async function prepared(messages) {
  const stops = messages.filter(({ channel }) => channel.kind === 'stop');
  await Promise.all(
    stops.map(async (message) => {
      const { device, dot } = await leftCart(message.channel.shop, message.to);
      message.order = () => device.settle(device.order([dot]));
      const isTold = async () => (await deliveriesOf(message))[0]?.state === 'sent';
      await until(`${message.to} is told of`, isTold, { within: 60_000, every: 500 });
      const { peer, to, earlier } = message;
      earlier.calls = peer.callsFor(to).length;
      earlier.accepted = peer.of(to).length;
    }),
  );
}

/** What leads to the messages. @param {Message[]} messages */
async function left(messages) {
  for (const { peer, fault, to } of messages) peer.faults.set(to, faultsOf(fault));
  const stops = messages.filter(({ order }) => order);
  await Promise.all(messages.filter(({ order }) => !order).map(leave));
  if (stops.length < messages.length) await sleep(OTHERS_FIRST_MS);
  await Promise.all(stops.map(({ order }) => order?.()));
}

/** Leaves a cart. @param {Message} message */
async function leave({ channel: { shop, kind }, peer, to }) {
  const device = new Device(shop);
  if (peer instanceof PushPeer) {
    const { key } = /** @type {any} */ (await (await fetch(`${shop.url}/v1/push`)).json());
    const consent = { push: true, wording: 'push-v1', page: '/' };
    const said = device.event('push', { push: peer.subscribe(to, key), consent });
    // At once: what is due soon is decided by what is known then.
    return device.settle(device.add(MUG), device.identify(to), said);
  }
  if (kind !== 'text') return leftCart(shop, to);
  const { body } = device;
  // Texts wait for an hour of day, wherever that is not known.
  device.body = (events) => ({ ...body.call(device, events), page: { tz: 'Europe/Berlin' } });
  const consent = { sms: true, wording: 'checkout-v1', page: '/checkout' };
  return device.settle(device.add(MUG), device.event('identify', { phone: to, consent }));
}

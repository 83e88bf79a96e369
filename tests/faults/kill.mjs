/** A kill of the worker at a chosen point of its calls. Whoever is called holds them there, so that it does not depend on luck which are met. */
import { setTimeout as sleep } from 'node:timers/promises';
import { until } from '../fixtures/until.mjs';

/** @typedef {import('./cells.mjs').Kill} Kill */

/**
 * What a kill needs of whom is called.
 * @typedef {object} Called
 * @property {import('../fixtures/http-peer.mjs').Hold | undefined} hold
 * @property {Set<string>} waiting
 * @property {Set<string>} answered
 */

/** A call that is to be met. @typedef {{ peer: Called, to: string }} Wanted */

/** How long the first call may take to come, ms. */
const FIRST_WITHIN_MS = 60_000;
/** Nobody waits for another one that comes so much later, ms. */
const GAP_MS = 4_000;
/** All of them wait no longer than this, ms: less than callers do. */
const HELD_MS = 9_000;

/**
 * Lets calls begin, kills the worker while they are where the kill is to meet them, and starts it again.
 * @template {Wanted} T
 * @param {import('../../scripts/stack.mjs').Stack} stack
 * @param {Kill} kill before whoever is called has done anything, during the call, when all is done but the answer, or after it
 * @param {readonly T[]} wanted
 * @param {() => Promise<unknown>} begin what leads to them
 * @returns {Promise<T[]>} those that it met
 */
export async function killAmid(stack, kill, wanted, begin) {
  let release = () => {};
  const over = new Promise((resolve) => {
    release = () => resolve(undefined);
  });
  const peers = new Set(wanted.map(({ peer }) => peer));
  for (const peer of peers) {
    const who = new Set(wanted.filter((one) => one.peer === peer).map(({ to }) => to));
    for (const to of who) {
      peer.waiting.delete(to);
      peer.answered.delete(to);
    }
    peer.hold = { phase: kill === 'before' ? 'before' : 'during', who, over };
  }
  const letGo = () => {
    for (const peer of peers) peer.hold = undefined;
    release();
  };
  try {
    await begin();
    const held = () => wanted.filter(({ peer, to }) => peer.waiting.has(to));
    const some = () => held().length > 0;
    await until('a call is on its way', some, { within: FIRST_WITHIN_MS, every: 5 });
    const first = Date.now();
    let [count, since] = [0, first];
    while (count < wanted.length && Date.now() - since < GAP_MS && Date.now() - first < HELD_MS) {
      if (held().length > count) [count, since] = [held().length, Date.now()];
      await sleep(20);
    }
    let met = held();
    if (kill === 'after') {
      letGo();
      const answered = () => met.every(({ peer, to }) => peer.answered.has(to));
      await until('all are answered', answered, { within: 1_000, every: 1 }).catch(() => {});
      met = met.filter(({ peer, to }) => peer.answered.has(to));
    }
    await stack.kill9();
    return met;
  } finally {
    letGo();
    await stack.restart();
  }
}

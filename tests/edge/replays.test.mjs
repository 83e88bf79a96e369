/** Dead letters, tried again: one, those of a filter, or all; and everything that may keep a message from going still does. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { scopedKey } from '../../scripts/keys.mjs';
import { leftCart } from '../fixtures/device.mjs';
import { FAST_PACE, runEdge } from '../fixtures/edge.mjs';
import { EndpointPeer } from '../fixtures/endpoint-peer.mjs';
import { assertProblem } from '../fixtures/problem.mjs';
import { ResendPeer } from '../fixtures/providers/resend.mjs';
import { SmtpPeer } from '../fixtures/smtp-peer.mjs';
import { until } from '../fixtures/until.mjs';

/** @typedef {import('../fixtures/edge.mjs').Edge} Edge */

/** @type {ResendPeer} */
let resend;
/** @type {SmtpPeer} */
let smtp;
/** @type {EndpointPeer} */
let peer;
/** Its messages go by a provider that recognises repeats. @type {Edge} */
let edge;
/** Its messages go by one that does not. @type {Edge} */
let plain;
/** For all of a shop's dead letters. @type {Edge} */
let crowded;
before(async () => {
  resend = await ResendPeer.start('re_key');
  smtp = await SmtpPeer.start();
  peer = await EndpointPeer.start();
  edge = await runEdge({
    demo: { ...FAST_PACE, provider: 'resend' },
    env: {
      SMTP_URL: smtp.url,
      ...resend.env,
    },
  });
  plain = await edge.anotherShop('shop_p1a1n001', { ...FAST_PACE, provider: 'smtp' });
  crowded = await edge.anotherShop('shop_cr0wd001', { ...FAST_PACE, provider: 'resend' });
});
after(async () => {
  await edge?.end();
  await Promise.all([resend, smtp, peer].map((one) => one?.close()));
});

/** @param {Edge} shop @param {object} body @param {string} [key] */
const replay = (shop, body, key = shop.secret) =>
  fetch(`${shop.url}/v1/deliveries/replay`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}` },
    body: JSON.stringify(body),
  });

/** @param {Edge} shop @param {object} body @returns {Promise<any>} */
async function replayed(shop, body) {
  const response = await replay(shop, body);
  const text = await response.text();
  assert.equal(response.status, 200, text);
  return JSON.parse(text);
}

/** The first delivery of a person, once it stands so. @param {Edge} shop @param {string} email @param {string} state */
const stands = (shop, email, state) =>
  until(
    `the reminder to ${email} is ${state}`,
    async () => (await shop.deliveries(email)).find((one) => one.state === state),
    { within: 60_000 },
  );

/** How a delivery is named. @param {Edge} shop @param {string} email */
async function nameOf(shop, email) {
  const { shopper, deliveries } = await shop.lookup(email);
  return { shopper, conversation: deliveries[0].conversation, step: deliveries[0].step };
}

/** Somebody whose message the provider refuses for good. @param {Edge} shop @param {string} email */
async function died(shop, email) {
  resend.faults.set(email, [422]);
  const { device, dot } = await leftCart(shop, email);
  await stands(shop, email, 'dead_lettered');
  return { device, dot, name: await nameOf(shop, email) };
}

/** The last word about a message. @param {Edge} shop @param {{ shopper: string }} name @param {string} state */
const listed = (shop, name, state) =>
  until(
    `it is listed as ${state}`,
    async () => {
      const response = await shop.asServer(`/v1/deliveries?state=${state}`);
      const { deliveries } = /** @type {any} */ (await response.json());
      return deliveries.find((/** @type {any} */ one) => one.shopper === name.shopper);
    },
    { within: 30_000 },
  );

describe('dead letters', { concurrency: true }, () => {
  test('one is tried again, accepted once, and told; asked for twice it goes once', async () => {
    const email = 'once-more@replay.example';
    const { name } = await died(edge, email);
    assert.equal((await listed(edge, name, 'dead_lettered')).code, 'resend_422');
    const answers = await Promise.all([replayed(edge, name), replayed(edge, name)]);
    for (const answer of answers)
      assert.deepEqual(answer, { done: true, replayed: 1, refused: {} });
    const sent = await stands(edge, email, 'sent');
    assert.deepEqual([sent.attempts, sent.replays], [2, 1]);
    const [first, second] = resend.callsFor(email);
    // Under a name of its own: what the provider remembers of the first try must not stand for this one.
    assert.equal(second?.key, `${first?.key}_r1`);
    assert.equal(resend.of(email).length, 1);
    assert.equal((await listed(edge, name, 'sent')).code, 'replayed');
    assert.deepEqual((await replayed(edge, name)).refused, { not_dead: 1 });
  });

  test('a try that the provider has accepted without saying so is not accepted twice', async () => {
    const email = 'lost-answer@replay.example';
    const { name } = await died(edge, email);
    resend.faults.set(email, ['reset']);
    await replayed(edge, name);
    const sent = await stands(edge, email, 'sent');
    assert.equal(sent.attempts, 3);
    assert.equal(resend.of(email).length, 1);
  });

  test('a try that is under way is not begun again by another wish', async () => {
    const email = 'under-way@replay.example';
    const { name } = await died(edge, email);
    let open = () => {};
    const over = new Promise((resolve) => (open = () => resolve(undefined)));
    resend.hold = { phase: 'during', who: new Set([email]), over: /** @type {any} */ (over) };
    await replayed(edge, name);
    await until('the provider has it', () => resend.waiting.has(email), { within: 30_000 });
    assert.equal((await replayed(edge, name)).replayed, 1);
    open();
    resend.hold = undefined;
    await stands(edge, email, 'sent');
    assert.equal(resend.of(email).length, 1);
  });

  test('after a purchase, an unsubscription, a suppression or a no it is refused, and says why', async () => {
    const bought = await died(edge, 'bought@replay.example');
    await bought.device.settle(bought.device.order([bought.dot]));
    assert.deepEqual(await replayed(edge, bought.name), {
      done: true,
      replayed: 0,
      refused: { ordered: 1 },
    });

    const withheld = await died(edge, 'withheld@replay.example');
    await edge.asServer('/v1/suppressions', {
      email: 'withheld@replay.example',
      cause: 'withheld',
    });
    assert.deepEqual((await replayed(edge, withheld.name)).refused, { withheld: 1 });

    const declined = await died(edge, 'declined@replay.example');
    await declined.device.settle(declined.device.identify('declined@replay.example', false));
    assert.deepEqual((await replayed(edge, declined.name)).refused, { no_consent: 1 });

    // What the gate finds when it is released is told as well.
    const emptied = await died(edge, 'emptied@replay.example');
    await emptied.device.settle(emptied.device.remove([emptied.dot]));
    assert.equal((await replayed(edge, emptied.name)).replayed, 1);
    assert.equal((await listed(edge, emptied.name, 'skipped')).code, 'emptied');

    for (const who of ['bought', 'withheld', 'declined', 'emptied']) {
      const email = `${who}@replay.example`;
      assert.deepEqual([resend.callsFor(email).length, resend.of(email).length], [1, 0], who);
    }
  });

  test('what nobody knows goes only by a word about that very one', async () => {
    const email = 'unknown@replay.example';
    smtp.rule(email, { data: ['drop'] });
    await leftCart(plain, email);
    await stands(plain, email, 'unknown');
    const name = await nameOf(plain, email);
    assert.deepEqual((await replayed(plain, name)).refused, { unknown_outcome: 1 });
    const all = await replayed(plain, { all: true });
    assert.deepEqual([all.replayed, all.refused], [0, {}]);
    await assertProblem(
      await replay(plain, { all: true, despite_unknown: true }),
      400,
      'body_invalid',
    );
    await sleep(2_000);
    assert.equal(smtp.attempts(email), 1);
    assert.equal((await replayed(plain, { ...name, despite_unknown: true })).replayed, 1);
    await stands(plain, email, 'sent');
    assert.equal(smtp.attempts(email), 2);
  });

  test('all of a shop, more than fit on a page, by way of the queue; those of a cause alone', async () => {
    const endpoint = await crowded.asServer('/v1/endpoints', {
      url: `${peer.url}/replays`,
      events: ['delivery.replayed'],
    });
    assert.equal(endpoint.status, 200, await endpoint.clone().text());
    const emails = Array.from({ length: 60 }, (_, n) => `many-${n}@replay.example`);
    const [odd = ''] = emails;
    for (const email of emails) resend.faults.set(email, [email === odd ? 400 : 422]);
    for (let at = 0; at < emails.length; at += 10) {
      await Promise.all(emails.slice(at, at + 10).map((email) => leftCart(crowded, email)));
    }
    await until(
      'all are dead',
      async () => (await crowded.reports('dead_lettered')).length === emails.length,
      { within: 120_000, every: 500 },
    );
    const one = await replayed(crowded, { code: 'resend_400' });
    assert.deepEqual([one.replayed, one.refused, one.done], [1, {}, false]);
    const progress = async () => {
      const response = await crowded.asServer('/v1/deliveries/replay');
      return /** @type {any} */ (await response.json());
    };
    await until('that is done', async () => (await progress()).done, { within: 30_000 });
    await stands(crowded, odd, 'sent');

    const first = await replayed(crowded, { all: true });
    assert.deepEqual([first.replayed, first.done], [50, false]);
    await assertProblem(await replay(crowded, { code: 'x' }), 409, 'replay_in_progress');
    const done = await until(
      'all have been asked for',
      async () => {
        const now = await progress();
        return now.done && now;
      },
      { within: 30_000 },
    );
    assert.deepEqual([done.replayed, done.refused, done.begun_at], [59, {}, first.begun_at]);
    await until('all are sent', () => emails.every((email) => resend.of(email).length === 1), {
      within: 120_000,
    });
    assert.deepEqual(await crowded.reports('dead_lettered'), []);
    await until('an endpoint has heard of each', () => peer.at('/replays').length === 60, {
      within: 60_000,
    });
  });

  test('who may not, and what is no wish, is refused', async () => {
    const weak = scopedKey(edge.master, edge.shop, { scopes: ['deliveries:read'] });
    await assertProblem(await replay(edge, { all: true }, weak), 403, 'scope_missing');
    const some = { shopper: `shp_${'0'.repeat(32)}`, conversation: 1, step: 0 };
    for (const body of [{}, { ...some, all: true }, { shopper: some.shopper }, { who: 1 }]) {
      await assertProblem(await replay(edge, body), 400, 'body_invalid');
    }
    assert.deepEqual((await replayed(edge, some)).refused, { unknown_delivery: 1 });
  });
});

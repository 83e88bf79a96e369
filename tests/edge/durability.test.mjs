/** SIGKILL in the middle: nothing acknowledged is lost, nothing arrives twice, nothing due is forgotten. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { forEveryCart } from '../../scripts/demo-shop.mjs';
import { MUG } from '../fixtures/device.mjs';
import { runEdge } from '../fixtures/edge.mjs';
import { Journal } from '../fixtures/journal.mjs';
import { randomFrom } from '../fixtures/random.mjs';
import { rawHeader, SmtpPeer } from '../fixtures/smtp-peer.mjs';
import { until } from '../fixtures/until.mjs';
import { asMuch } from '../fixtures/wide.mjs';

const KILLS = asMuch(10, 4);
const SEED = 0x9e3779b9;

/** Two steps, so that kills meet the way from one to the next, too. */
const PACE = {
  thresholds: { cart_ms: 1_000, checkout_ms: 1_000 },
  sequences: forEveryCart([
    { after_ms: 1_000, template: 'reminder' },
    { after_ms: 2_000, template: 'last_chance' },
  ]),
  retry_ms: [500, 500, 500],
};

/** A hint that was lost in a queue is missed after 15 s, a lease after 20 s; a hint lost twice after 30 s more. */
const SETTLED_WITHIN_MS = 90_000;

/** @type {SmtpPeer} */
let smtp;
/** @type {import('../fixtures/edge.mjs').Edge} */
let edge;
before(async () => {
  smtp = await SmtpPeer.start();
  // Long enough for a kill to meet a message on its way.
  smtp.slowness = 150;
  edge = await runEdge({ demo: PACE, env: { SMTP_URL: smtp.url } });
});
after(async () => {
  await edge?.end();
  await smtp?.close();
});

test(`workerd is killed ${KILLS} times during collects and reminders`, async (t) => {
  const random = randomFrom(SEED);
  let running = true;
  let failed = false;
  t.after(() => {
    running = false;
    failed = true;
  });
  /** @type {{ email: string, journal: Journal, orderedAt?: number }[]} */
  const shoppers = [];
  /** @type {Promise<void>[]} */
  const work = [];

  /** Sends what waits until the edge has all of it. @param {Journal} journal */
  const drain = async (journal) => {
    while (!failed && !(await journal.flush())) await sleep(100);
  };

  // Carts that are worked on all the time.
  const busy = Array.from({ length: 5 }, () => new Journal(edge));
  for (const journal of busy) {
    const own = randomFrom(random.below(2 ** 31));
    work.push(
      (async () => {
        while (running) {
          if (journal.pending.length === 0) {
            for (let n = own.below(3); n >= 0; n -= 1) journal.act(own);
          }
          await journal.flush();
          await sleep(60);
        }
        await drain(journal);
      })(),
    );
  }

  /** Somebody fills a cart and leaves it; some buy it after a while. @param {string} email @param {boolean} buys */
  const visit = async (email, buys) => {
    const shopper = { email, journal: new Journal(edge) };
    shoppers.push(shopper);
    const { journal } = shopper;
    const { id } = journal.noteAdd(MUG, 1);
    journal.note(journal.identify(email));
    await drain(journal);
    if (!buys) return;
    await sleep(1_000 + random.below(2_000));
    journal.model.clear();
    journal.note(journal.order([id]));
    await drain(journal);
    Object.assign(shopper, { orderedAt: Date.now() });
  };

  for (let kill = 0; kill < KILLS; kill += 1) {
    for (let n = 0; n < 4; n += 1) work.push(visit(`round-${kill}-${n}@shoppers.example`, n === 3));
    await sleep(300 + random.below(900));
    await edge.stack.kill9();
    const acknowledged = busy.map(({ acknowledged: list }) => list.length);
    await edge.stack.restart();
    // What was acknowledged before the kill is there, whatever is sent again.
    for (const [n, journal] of busy.entries()) {
      const { seq } = await journal.fresh();
      assert.ok(seq >= (acknowledged[n] ?? 0), `kill ${kill}: ${seq} of ${acknowledged[n]} events`);
    }
  }
  running = false;
  await Promise.all(work);

  for (const { journal } of shoppers) await journal.assertWhole();
  let events = 0;
  for (const journal of busy) {
    await journal.assertWhole();
    events += journal.acknowledged.length;
  }

  /** @type {Map<string, any>} */
  const found = new Map();
  const isSettled = async () => {
    for (const { email } of shoppers) {
      if (found.get(email)?.planned !== false) found.set(email, await edge.lookup(email));
    }
    return [...found.values()].every(({ planned }) => !planned);
  };
  const begin = Date.now();
  await until('every plan has come to its end', isSettled, {
    within: SETTLED_WITHIN_MS,
    every: 500,
  });
  const settledIn = Date.now() - begin;

  /** @type {Map<string, number>} */
  const arrived = new Map();
  for (const mail of smtp.accepted) {
    const [id = ''] = rawHeader(mail, 'Message-ID');
    arrived.set(id, (arrived.get(id) ?? 0) + 1);
  }
  for (const [id, count] of arrived) assert.equal(count, 1, `${id} arrived ${count} times`);

  /** @type {Record<string, number>} */
  const states = {};
  for (const { email, orderedAt } of shoppers) {
    const { deliveries, shopper } = found.get(email);
    const id = shopper.replace('shp_', '');
    if (!orderedAt) assert.equal(deliveries.length, 2, `${email}: each step is accounted for`);
    for (const { state, reason, conversation, step } of deliveries) {
      const has = arrived.has(`<dlv_${id}_${conversation}_${step}@dovecote.example>`);
      const what = `${email}, step ${step}: ${state} ${reason}`;
      states[state] = (states[state] ?? 0) + 1;
      if (state === 'sent') assert.ok(has, what);
      else if (state === 'skipped') assert.ok(!has && reason === 'ordered' && orderedAt, what);
      // Provably not accepted, or nobody knows: a kill met it on its way.
      else assert.ok(state === 'unknown', what);
    }
    for (const mail of smtp.of(email)) {
      assert.ok(
        !orderedAt || mail.at <= orderedAt,
        `${email}: a mail after the order was acknowledged`,
      );
    }
  }
  assert.ok((states.sent ?? 0) >= KILLS, JSON.stringify(states));
  t.diagnostic(
    `${events} events of ${busy.length} carts, ${shoppers.length} shoppers, ${smtp.accepted.length} mails, ${JSON.stringify(states)}; settled in ${settledIn} ms`,
  );
});

/** Experiments, flags and suppressions: who gets what, who is counted, and what a merchant reads of it. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { demoCatalogue, demoConfiguration, putShop } from '../../scripts/demo-shop.mjs';
import { BAG, leftCart } from '../fixtures/device.mjs';
import { Edge, runEdge } from '../fixtures/edge.mjs';
import { assertProblem } from '../fixtures/problem.mjs';
import { parseMail, SmtpPeer } from '../fixtures/smtp-peer.mjs';
import { until } from '../fixtures/until.mjs';

const SEQUENCE = {
  id: 'left-carts',
  version: 1,
  name: 'Left carts',
  trigger: { cart: {} },
  steps: [{ after_ms: 1_000, template: 'reminder', offer: { code: 'PLAIN5', percent: 5 } }],
};
const PACE = {
  thresholds: { cart_ms: 1_000, checkout_ms: 1_000 },
  sequences: [SEQUENCE],
};

/** Two arms that differ in subject and offer. @param {number} control the first arm's share, basis points */
const wording = (control) => ({
  id: 'wording',
  from: 0,
  sequence: SEQUENCE.id,
  arms: [
    { id: 'plain', share_bp: control },
    {
      id: 'warm',
      share_bp: 10_000 - control,
      changes: {
        subject: 'Something of yours is here',
        offer: { replace: { code: 'WARM15', percent: 15 } },
      },
    },
  ],
});

/** @type {SmtpPeer} */
let smtp;
/** @type {Edge} */
let edge;
before(async () => {
  smtp = await SmtpPeer.start();
  edge = await runEdge({ demo: PACE, env: { SMTP_URL: smtp.url } });
});
after(async () => {
  await edge?.end();
  await smtp?.close();
});

/** A shop of its own, with the demo's catalogue. @param {string} shop @param {object} changes */
async function shopWith(shop, changes) {
  await putShop(edge.url, edge.stack.keys.admin, {
    shop,
    configuration: { ...demoConfiguration(edge.url), ...PACE, ...changes },
    catalogue: demoCatalogue(edge.url),
  });
  return new Edge(edge.stack, shop);
}

/** @param {string} email @returns {Promise<{ subject: string | undefined, text: string | undefined }>} */
async function mailTo(email) {
  const [mail] = await smtp.awaited(email, 1, 25_000);
  assert.ok(mail);
  const { subject, text } = await parseMail(mail);
  return { subject, text };
}

/** @param {Edge} shop @returns {Promise<any>} */
async function measured(shop) {
  const response = await shop.asServer('/v1/experiments');
  assert.equal(response.status, 200, await response.clone().text());
  return response.json();
}

/** Exposures and conversions by arm. @param {any} readout */
const countsOf = (readout) =>
  Object.fromEntries(
    readout.arms.map((/** @type {any} */ { arm, exposures, conversions }) => [
      arm,
      [exposures, conversions],
    ]),
  );

/** @param {Edge} shop @param {string} path @param {string} method @param {object} body */
const server = (shop, path, method, body) =>
  fetch(shop.url + path, {
    method,
    headers: { authorization: `Bearer ${shop.secret}` },
    body: JSON.stringify(body),
  });

describe('experiments', { concurrency: true }, () => {
  test('who counts under one share of the holdout is not compared with who counts under another', async () => {
    const name = 'shop_exper009';
    const shop = await shopWith(name, { holdout_bp: 1_000 });
    const leave = (/** @type {string} */ share) =>
      Promise.all([1, 2, 3].map((n) => leftCart(shop, `share-${share}-${n}@shoppers.example`)));
    const counted = async () => {
      const { holdout } = await measured(shop);
      return {
        exposures: Object.values(countsOf(holdout)).reduce((sum, [n]) => sum + n, 0),
        holdout,
      };
    };
    const becomes = (/** @type {number} */ exposures) =>
      until(`${exposures} exposures`, async () => (await counted()).exposures === exposures, {
        within: 25_000,
      });
    await leave('a');
    await becomes(3);
    await shopWith(name, { holdout_bp: 9_000 });
    assert.equal((await counted()).exposures, 0);
    await leave('b');
    await becomes(3);
    assert.equal((await counted()).holdout.mismatch, false);
    await shopWith(name, { holdout_bp: 1_000 });
    assert.equal((await counted()).exposures, 3);
  });

  test('arms write differently, and the readout counts who was decided about and who ordered', async () => {
    const shop = await shopWith('shop_exper001', { experiments: [wording(5_000)] });
    /** @type {Record<string, { device: import('../fixtures/device.mjs').Device, dot: string }[]>} */
    const by = { plain: [], warm: [] };
    // Who is in which arm is drawn under a random key: twelve at a time, until both arms have somebody.
    for (let round = 0; round < 5 && !(by.plain?.length && by.warm?.length); round += 1) {
      const emails = Array.from({ length: 12 }, (_, n) => `arm-${round}-${n}@shoppers.example`);
      await Promise.all(
        emails.map(async (email) => {
          const left = await leftCart(shop, email);
          const { subject, text } = await mailTo(email);
          const [count] = (await shop.lookup(email)).counts;
          const arm = count === 'experiment/wording/0/warm' ? 'warm' : 'plain';
          assert.equal(count, `experiment/wording/0/${arm}`);
          const isWarm = subject === 'Something of yours is here';
          assert.equal(arm, isWarm ? 'warm' : 'plain');
          assert.match(text ?? '', isWarm ? /15% off with the code WARM15/ : /PLAIN5/);
          by[arm]?.push(left);
        }),
      );
    }
    const [buyer] = by.warm ?? [];
    assert.ok(buyer, 'somebody is in the arm that changes something');
    await buyer.device.settle(buyer.device.order([buyer.dot]));
    const expected = { plain: [by.plain?.length, 0], warm: [by.warm?.length, 1] };
    const read = await until('the desk has heard of all of them', async () => {
      const { experiments } = await measured(shop);
      const counts = countsOf(experiments[0].readout);
      return JSON.stringify(counts) === JSON.stringify(expected) && experiments[0];
    });
    assert.deepEqual([read.id, read.running, read.design], ['wording', true, 0]);
    assert.equal(read.readout.mismatch, false);
    assert.match(read.readout.arms[1].conversion.sentence, /each arm needs 10 buyers first/);

    // Shares that are edited are counted anew; who was counted stays what they were.
    await shopWith('shop_exper001', { experiments: [wording(7_000)] });
    const [edited] = (await measured(shop)).experiments;
    assert.equal(edited.design, 1);
    assert.deepEqual(countsOf(edited.readout), { plain: [0, 0], warm: [0, 0] });
    await shopWith('shop_exper001', { experiments: [wording(7_000)] });
    assert.equal((await measured(shop)).experiments[0].design, 1);
  });

  test('a flag that is off keeps a sequence from being sent, and one that is on does not', async () => {
    const email = 'flagged@shoppers.example';
    const flagged = { sequences: [{ ...SEQUENCE, flag: 'left-carts' }] };
    const off = { ...flagged, flags: [{ id: 'left-carts', on: false }] };
    const shop = await shopWith('shop_f1ag0001', off);
    await leftCart(shop, email);
    await sleep(4_000);
    const before = await shop.lookup(email);
    assert.deepEqual([before.planned, before.deliveries], [false, []]);
    await shopWith('shop_f1ag0001', { ...flagged, flags: [{ id: 'left-carts' }] });
    await leftCart(shop, email, BAG);
    const { subject } = await mailTo(email);
    assert.match(subject ?? '', /^You left the /);
    assert.equal(smtp.of(email).length, 1);
  });

  test('a flag with a share sends to some, tells the others why not, and is read like an experiment', async () => {
    const shop = await shopWith('shop_f1ag0002', {
      sequences: [{ ...SEQUENCE, flag: 'half' }],
      flags: [{ id: 'half', share_bp: 5_000 }],
    });
    const counts = { off: 0, on: 0 };
    for (let round = 0; round < 5 && !(counts.off && counts.on); round += 1) {
      const emails = Array.from({ length: 12 }, (_, n) => `half-${round}-${n}@shoppers.example`);
      await Promise.all(
        emails.map(async (email) => {
          await leftCart(shop, email);
          const [delivery] = await until(
            'it is decided',
            async () => {
              const list = await shop.deliveries(email);
              return ['sent', 'skipped'].includes(list[0]?.state) && list;
            },
            { within: 25_000 },
          );
          const isOn = delivery.state === 'sent';
          counts[isOn ? 'on' : 'off'] += 1;
          assert.equal(smtp.of(email).length, isOn ? 1 : 0);
          if (isOn) return;
          assert.equal(delivery.reason, 'flag_off');
          assert.match(delivery.sentence, /the flag “half” is off for this shopper/);
        }),
      );
    }
    const [flag] = await until('the desk has heard of all of them', async () => {
      const { flags } = await measured(shop);
      const read = countsOf(flags[0].readout);
      return read.off?.[0] === counts.off && read.on?.[0] === counts.on && flags;
    });
    assert.deepEqual([flag.id, flag.share_bp], ['half', 5_000]);
  });

  test('whoever is suppressed by the merchant gets nothing, from before they are known until it is lifted', async () => {
    const email = 'fraud@shoppers.example';
    const asked = { email, cause: 'fraud' };
    const said = await server(edge, '/v1/suppressions', 'POST', asked);
    assert.equal(said.status, 200, await said.clone().text());
    const { cause, until: end, settled } = /** @type {any} */ (await said.json());
    assert.deepEqual([cause, end, settled], ['fraud', null, true]);
    await leftCart(edge, email);
    await sleep(3_000);
    const told = await edge.lookup(email);
    assert.deepEqual([told.suppressed, told.planned, told.deliveries], ['fraud', false, []]);
    assert.deepEqual(
      told.suppressions.map((/** @type {any} */ one) => [one.cause, one.until]),
      [['fraud', null]],
    );
    const other = { email, cause: 'bounced' };
    const wrong = await server(edge, '/v1/suppressions', 'DELETE', other);
    await assertProblem(wrong, 404, 'suppression_unknown');
    const lifted = await server(edge, '/v1/suppressions', 'DELETE', asked);
    assert.equal(lifted.status, 200, await lifted.clone().text());
    await leftCart(edge, email, BAG);
    await mailTo(email);
    const again = await server(edge, '/v1/suppressions', 'DELETE', asked);
    await assertProblem(again, 404, 'suppression_unknown');
  });

  test('a suppression that ends puts a message off, and lets it go then', async () => {
    const email = 'full-mailbox@shoppers.example';
    const end = Date.now() + 6_000;
    const asked = { email, cause: 'soft_bounced', until: end };
    const said = await server(edge, '/v1/suppressions', 'POST', asked);
    assert.equal(said.status, 200, await said.clone().text());
    await leftCart(edge, email);
    const [waiting] = await until('it is put off', async () => {
      const list = await edge.deliveries(email);
      return list[0]?.decisions.length > 0 && list;
    });
    assert.deepEqual([waiting.state, waiting.due_at], ['scheduled', end]);
    assert.equal(waiting.decisions[0].code, 'soft_bounced');
    await mailTo(email);
    assert.ok((smtp.of(email)[0]?.at ?? 0) >= end, 'not before the end');
  });

  test('a configuration that is wrong is refused with all of its wrong fields', async () => {
    const changes = {
      holdout_bp: 10_001,
      experiments: [wording(5_000), { ...wording(5_000), id: 'late', sequence: 'none', flag: 'x' }],
      country_rules: [{ country: 'FR' }],
    };
    const response = await fetch(`${edge.url}/v1/shops/shop_wr0ng001`, {
      method: 'PUT',
      headers: { authorization: `Bearer ${edge.stack.keys.admin}` },
      body: JSON.stringify({ ...demoConfiguration(edge.url), ...PACE, ...changes }),
    });
    const problem = await assertProblem(response, 422, 'configuration_invalid');
    assert.deepEqual(
      problem.errors.map((/** @type {any} */ { field }) => field),
      ['holdout_bp', 'country_rules[0]', 'experiments[1].sequence', 'experiments[1].flag'],
    );
  });
});

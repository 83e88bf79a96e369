/**
 * What a message may offer, on real workerd: percent, money off and free shipping, with a least order or none, as codes that are made at
 * each platform. Once a message, whatever is lost on the way; in the shop's currency, or not at all. The stand-ins refuse what the
 * platforms would, Shopify's by graphql-js over the published schema.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { demoConfiguration, forEveryCart } from '../../scripts/demo-shop.mjs';
import { leftCart } from '../fixtures/device.mjs';
import { runEdge } from '../fixtures/edge.mjs';
import { AdobePeer } from '../fixtures/platform-apis/adobe.mjs';
import { listenAll, platformPeers } from '../fixtures/platform-apis/all.mjs';
import { parseMail, SmtpPeer, tokenIn } from '../fixtures/smtp-peer.mjs';
import { until } from '../fixtures/until.mjs';
import { connect, putProducts } from '../fixtures/webhooks.mjs';

const CODE = 'BACK-{unique}';
const EUR = { currency: 'EUR' };
const LEAST = { min_order_minor: 5_000, ...EUR };

/**
 * What is offered, what the platform has to know of it, and what the message says.
 * @type {{ name: string, gives: object, made: Partial<import('../fixtures/platform-apis/peer.mjs').Code>, says: string }[]}
 */
const KINDS = [
  {
    name: 'money off',
    gives: { amount_minor: 500, ...EUR },
    made: { amount: '5.00' },
    says: '€5.00 off with',
  },
  {
    name: 'money off a least order',
    gives: { amount_minor: 500, ...LEAST },
    made: { amount: '5.00', least: '50.00' },
    says: '€5.00 off orders from €50.00 with',
  },
  {
    name: 'free shipping',
    gives: { free_shipping: true },
    made: { free: true },
    says: 'Free shipping with',
  },
  {
    name: 'free shipping of a least order',
    gives: { free_shipping: true, ...LEAST },
    made: { free: true, least: '50.00' },
    says: 'Free shipping on orders from €50.00 with',
  },
  {
    name: 'percent off a least order',
    gives: { percent: 15, ...LEAST },
    made: { percent: 15, least: '50.00' },
    says: '15% off orders from €50.00 with',
  },
];

/** @param {object} gives */
const offering = (gives) => ({
  thresholds: { cart_ms: 1_000, checkout_ms: 1_000 },
  sequences: forEveryCart([
    { after_ms: 1_000, template: 'offer', offer: { code: CODE, ...gives } },
  ]),
  retry_ms: [300, 300, 300, 300, 300, 300],
});

const peers = platformPeers();
/** @typedef {import('../fixtures/edge.mjs').Edge} Edge */
/** @type {SmtpPeer} */
let smtp;
/** @type {Edge} */
let edge;
before(async () => {
  smtp = await SmtpPeer.start();
  const platforms = await listenAll(peers);
  edge = await runEdge({
    env: {
      SMTP_URL: smtp.url,
      ...platforms,
    },
  });
});
after(async () => {
  await edge?.end();
  await smtp?.close();
  await Promise.all(Object.values(peers).map((peer) => peer.close()));
});

/** A decimal as it counts: a JSON number has no zeros at its end. @param {string | undefined} text */
const counted = (text) => (text === undefined ? undefined : Number(text));

/** The only delivery to somebody, once it is over. @param {Edge} shop @param {string} email */
const ended = (shop, email) =>
  until(
    `the message to ${email} is over`,
    async () => {
      const [delivery] = await shop.deliveries(email);
      return ['sent', 'skipped', 'dead_lettered', 'unknown'].includes(delivery?.state) && delivery;
    },
    { within: 30_000 },
  );

describe('what a message offers', { concurrency: true }, () => {
  for (const [n, [name, peer]] of Object.entries(peers).entries()) {
    describe(name, { concurrency: false }, () => {
      /** @param {string} id @param {object} changes */
      async function connected(id, changes) {
        const shop = await edge.anotherShop(id, changes);
        await connect(shop, peer.platform, peer.connection);
        await putProducts(shop, [peer.variant(1)]);
        peer.stock.set(peer.variant(1), { available: true, price: '15.00' });
        return shop;
      }

      for (const [k, { name: kind, gives, made, says }] of KINDS.entries()) {
        test(`${kind}: one code, although answers were lost and the making was repeated`, async () => {
          const shop = await connected(`shop_kn${n}${k}0001`, offering(gives));
          const who = `ada-${k}@${name}.example`;
          const before = peer.codes.size;
          // Made, and the answer lost; then not made at all; then made once more, as far as we know.
          peer.faults.set('currency', [503]);
          peer.faults.set('rule', ['reset', 'malformed']);
          peer.faults.set('code', ['reset', 'malformed', 500]);
          await leftCart(shop, who, peer.variant(1));
          const [mail] = await smtp.awaited(who, 1, 40_000);
          assert.ok(mail);
          const { text = '', subject = '', html } = await parseMail(mail);
          assert.ok(text.includes(says), text);
          assert.ok(subject.startsWith(says.replace(' with', '')), subject);
          const [code = ''] = text.match(/BACK-[0-9A-Z]{10}/) ?? [];
          assert.ok(String(html).includes(code));
          assert.equal(peer.codes.size, before + 1);
          const all = [...peer.codes.values()];
          const found = all.find((one) => one.code.toUpperCase() === code);
          assert.ok(found, `${code} of ${[...peer.codes.keys()]}`);
          const { percent, amount, free, least, uses } = found;
          assert.deepEqual(
            [percent, counted(amount), free, counted(least), uses],
            [made.percent, counted(made.amount), made.free, counted(made.least), 1],
          );
          const { state, attempts } = await ended(shop, who);
          assert.equal(state, 'sent');
          assert.ok(attempts > 1, `${attempts} attempts`);
          assert.equal(smtp.of(who).length, 1);
          peer.faults.clear();
          const { offer } = await shop.restore(tokenIn(text, 'r'));
          assert.deepEqual(offer, { code, ...gives });
          if (peer instanceof AdobePeer) {
            // However many were asked for, the day has one rule for this.
            const names = [...peer.rules.values()].map((rule) => rule.name);
            assert.equal(new Set(names).size, names.length, names.join(', '));
          }
        });
      }

      test('a store of another currency: the message is not sent, and a person sees why', async () => {
        // No rule of the day's gives this: it is asked about anew.
        const shop = await connected(`shop_kc${n}00001`, offering({ amount_minor: 700, ...EUR }));
        const before = peer.codes.size;
        peer.currency = 'USD';
        await leftCart(shop, `bob@${name}.example`, peer.variant(1));
        const { state, reason, sentence } = await ended(shop, `bob@${name}.example`);
        peer.currency = 'EUR';
        assert.deepEqual([state, reason], ['skipped', 'offer_refused']);
        assert.match(sentence, /refused to make the code.*currency/);
        assert.equal(peer.codes.size, before);
        assert.equal(smtp.of(`bob@${name}.example`).length, 0);
      });

      test('currencies without decimals and with three are exact', async () => {
        for (const [k, [currency, minor, amount]] of Object.entries([
          ['JPY', 501, '501'],
          ['KWD', 1_005, '1.005'],
        ])) {
          const offer = { amount_minor: minor, currency };
          const shop = await connected(`shop_kd${n}${k}0001`, { ...offering(offer), currency });
          const who = `eve-${k}@${name}.example`;
          peer.currency = String(currency);
          await leftCart(shop, who, peer.variant(1));
          const [mail] = await smtp.awaited(who, 1, 30_000);
          peer.currency = 'EUR';
          assert.ok(mail);
          const { text = '' } = await parseMail(mail);
          const [code = ''] = text.match(/BACK-[0-9A-Z]{10}/) ?? [];
          const all = [...peer.codes.values()];
          const found = all.find((one) => one.code.toUpperCase() === code);
          assert.equal(found?.amount, amount, text);
        }
      });
    });
  }
});

test('an offer that says half, two things, or another currency than the shop is refused', async () => {
  for (const [gives, field] of /** @type {const} */ ([
    [{}, 'sequences[0].steps[0].offer'],
    [{ percent: 5, free_shipping: true }, 'sequences[0].steps[0].offer'],
    [{ amount_minor: 500 }, 'sequences[0].steps[0].offer'],
    [{ amount_minor: 0, ...EUR }, 'sequences[0].steps[0].offer.amount_minor'],
    [{ amount_minor: 500, currency: 'USD' }, 'sequences[0].steps[0].offer.currency'],
    [{ bundle: ['mug', 'bowl'] }, 'sequences[0].steps[0].offer.bundle'],
  ])) {
    const refused = await fetch(`${edge.url}/v1/shops/${edge.shop}`, {
      method: 'PUT',
      headers: { authorization: `Bearer ${edge.stack.keys.admin}` },
      body: JSON.stringify({ ...demoConfiguration(edge.url), ...offering(gives) }),
    });
    const problem = await refused.json();
    assert.deepEqual([refused.status, problem.field], [422, field], JSON.stringify(problem));
  }
});

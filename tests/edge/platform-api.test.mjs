/**
 * Platforms' own APIs, on real workerd, against stand-ins that follow their published contracts: codes that are made for one message, stock
 * and price before a send and on a click, and reasons noted with the customer. Shopify's queries are validated and carried out by
 * graphql-js over the published schema.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { forEveryCart } from '../../scripts/demo-shop.mjs';
import { leftCart } from '../fixtures/device.mjs';
import { runEdge } from '../fixtures/edge.mjs';
import { AdobePeer } from '../fixtures/platform-apis/adobe.mjs';
import { listenAll, platformPeers } from '../fixtures/platform-apis/all.mjs';
import { BigCommercePeer } from '../fixtures/platform-apis/bigcommerce.mjs';
import { PAGE, PICTURE } from '../fixtures/platform-apis/peer.mjs';
import { ShopifyPeer } from '../fixtures/platform-apis/shopify.mjs';
import { WooCommercePeer } from '../fixtures/platform-apis/woocommerce.mjs';
import { parseMail, SmtpPeer, tokenIn } from '../fixtures/smtp-peer.mjs';
import { until } from '../fixtures/until.mjs';
import { connect, putConnection, putProducts } from '../fixtures/webhooks.mjs';

const DAY = 86_400_000;
const WAITS = [300, 300, 300, 300, 300, 300];

/** @param {string} template @param {object} [offer] */
const paced = (template, offer) => ({
  thresholds: { cart_ms: 1_000, checkout_ms: 1_000 },
  sequences: forEveryCart([{ after_ms: 1_000, template, ...(offer ? { offer } : {}) }]),
  retry_ms: WAITS,
});
const OFFER = { code: 'BACK-{unique}', percent: 15 };

/** @typedef {ShopifyPeer | BigCommercePeer | WooCommercePeer | AdobePeer} Peer */
/** @typedef {import('../fixtures/edge.mjs').Edge} Edge */

const peers = platformPeers();
/** @type {SmtpPeer} */
let smtp;
/** @type {Edge} */
let edge;
before(async () => {
  smtp = await SmtpPeer.start();
  const platforms = await listenAll(peers);
  edge = await runEdge({
    demo: paced('offer', OFFER),
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

/** A shop whose catalogue holds ten products of the platform, each for 15.00. @param {string} id @param {Peer} peer @param {object} changes */
async function connected(id, peer, changes) {
  const shop = await edge.anotherShop(id, changes);
  await connect(shop, peer.platform, peer.connection);
  const variants = Array.from({ length: 10 }, (_, n) => peer.variant(n + 1));
  await putProducts(shop, variants);
  return shop;
}

/** The only mail to somebody, as text. @param {string} email */
async function mailTo(email) {
  const [mail] = await smtp.awaited(email, 1, 30_000);
  assert.ok(mail);
  const { text = '', subject = '', html } = await parseMail(mail);
  return { text, subject, html: String(html) };
}

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

/** @param {Peer} peer @param {string} text */
function codeIn(peer, text) {
  const [code = ''] = text.match(/BACK-[0-9A-Z]{10}/) ?? [];
  const made = [...peer.codes.values()].filter((one) => one.code.toUpperCase() === code);
  assert.equal(made.length, 1, `${code} of ${[...peer.codes.keys()]}`);
  return { code, made: made[0] };
}

// Each is a platform of its own, and so they run beside each other.
describe('a connected shop', { concurrency: true }, () => {
  for (const [n, [name, peer]] of Object.entries(peers).entries()) {
    describe(name, { concurrency: false }, () => {
      const at = (/** @type {string} */ who) => `${who}@${name}.example`;
      /** @type {Edge} */
      let strict;
      /** @type {Edge} */
      let lenient;
      /** @type {Edge} */
      let asking;
      /** @type {Edge} */
      let choosy;
      before(async () => {
        const sends = paced('offer', OFFER);
        strict = await connected(`shop_st${n}ct001`, peer, sends);
        lenient = await connected(`shop_ren${n}0001`, peer, {
          ...sends,
          platform: { without_code: true },
        });
        const rule = { all: [{ customer_tier: ['gold'] }, { orders_count: { at_least: 1 } }] };
        choosy = await connected(`shop_ch${n}sy001`, peer, {
          ...sends,
          sequences: forEveryCart([
            { after_ms: 1_000, template: 'offer', offer: OFFER, when: rule },
          ]),
        });
        asking = await connected(`shop_ask${n}0001`, peer, paced('survey'));
        // What the platform knows unless a test says otherwise: as the catalogue has it.
        for (let item = 1; item <= 10; item += 1) {
          peer.stock.set(peer.variant(item), { available: true, price: '15.00' });
        }
      });

      test('a message names a code that counts once, ends, and comes along with the link', async () => {
        peer.customers.set(at('ada'), '7');
        await leftCart(strict, at('ada'), peer.variant(1));
        const { text, html } = await mailTo(at('ada'));
        const { code, made } = codeIn(peer, text);
        assert.ok(html.includes(code));
        assert.deepEqual([made?.percent, made?.uses], [15, 1]);
        const left = (made?.ends ?? 0) - Date.now();
        // Never before the seven days since the message was written are over.
        assert.ok(left > 6.99 * DAY && left < 8.01 * DAY, `${left / DAY} days`);
        if (name === 'shopify') assert.equal(made?.whose, '7');
        if (name === 'woocommerce') assert.equal(made?.whose, at('ada'));
        const { offer } = await strict.restore(tokenIn(text, 'r'));
        assert.deepEqual(offer, { code, percent: 15 });
      });

      test('another message has another code', async () => {
        await leftCart(strict, at('bob'), peer.variant(1));
        const { code } = codeIn(peer, (await mailTo(at('bob'))).text);
        const { text } = await mailTo(at('ada'));
        assert.notEqual(code, codeIn(peer, text).code);
      });

      test('it is made once, however often the platform fails, and the message waits for it', async () => {
        const before = peer.codes.size;
        peer.faults.set('code', [500, 'reset', 429, 'malformed', 503]);
        await leftCart(strict, at('eve'), peer.variant(2));
        const { text } = await mailTo(at('eve'));
        codeIn(peer, text);
        assert.equal(peer.codes.size, before + 1);
        const { state, attempts } = await ended(strict, at('eve'));
        assert.equal(state, 'sent');
        assert.ok(attempts > 1, `${attempts} attempts`);
        assert.equal(smtp.of(at('eve')).length, 1);
        peer.faults.clear();
      });

      test('where it cannot be made for long, nothing is sent, and a person sees why', async () => {
        peer.faults.set('code', Array(20).fill(503));
        await leftCart(strict, at('dan'), peer.variant(2));
        const { state, reason, offer } = await ended(strict, at('dan'));
        assert.deepEqual([state, reason], ['dead_lettered', 'code_unavailable']);
        assert.ok(!offer || !peer.codes.has(offer.code));
        assert.equal(smtp.of(at('dan')).length, 0);
        const reports = await strict.reports('dead_lettered');
        assert.ok(reports.some(({ code }) => code === 'code_unavailable'));
        peer.faults.clear();
      });

      test('where it is refused, the message is not sent, or goes without a word of it', async () => {
        peer.faults.set('code', [403]);
        await leftCart(strict, at('fay'), peer.variant(3));
        const { state, reason, sentence } = await ended(strict, at('fay'));
        assert.deepEqual([state, reason], ['skipped', 'offer_refused']);
        assert.match(sentence, /refused to make the code.*not_allowed/);
        assert.equal(smtp.of(at('fay')).length, 0);
        peer.faults.set('code', [403]);
        await leftCart(lenient, at('gil'), peer.variant(3));
        const { text, subject, html } = await mailTo(at('gil'));
        for (const part of [text, subject, html]) assert.doesNotMatch(part, /BACK-|15%/);
        const { offer } = await lenient.restore(tokenIn(text, 'r'));
        assert.equal(offer, undefined);
        const sent = await ended(lenient, at('gil'));
        assert.equal(sent.state, 'sent');
      });

      test("the platform's stock and price count before a send and on a click", async () => {
        peer.stock.set(peer.variant(4), { available: false, price: '15.00' });
        peer.stock.set(peer.variant(5), { available: true, price: '12.50' });
        await leftCart(strict, at('hal'), peer.variant(4));
        await leftCart(strict, at('ida'), peer.variant(5));
        const out = await mailTo(at('hal'));
        assert.match(out.text, /sold out/i);
        const { lines, changes } = await strict.restore(tokenIn(out.text, 'r'));
        assert.equal(lines[0].available, false);
        assert.deepEqual(
          changes.map((/** @type {any} */ { kind }) => kind),
          ['sold_out'],
        );
        const cheaper = await mailTo(at('ida'));
        // Adobe's prices are not those that a shopper sees.
        const price = name === 'adobe' ? '€15.00' : '€12.50';
        assert.ok(cheaper.text.includes(price), cheaper.text);
        const shown = await strict.restore(tokenIn(cheaper.text, 'r'));
        assert.equal(shown.lines[0].price_minor, name === 'adobe' ? 1_500 : 1_250);
      });

      test('what nobody has told of is named, priced and shown as the platform has it', async () => {
        const nameless = await edge.anotherShop(`shop_nam${n}0001`, paced('reminder'));
        await connect(nameless, peer.platform, peer.connection);
        const title = `Cup of ${name}`;
        peer.stock.set(peer.variant(11), { available: true, price: '17.05', title });
        // One that the shop shows to nobody: any browser can name it.
        peer.stock.set(peer.variant(12), { available: true, price: '99.00' });
        await leftCart(nameless, at('una'), peer.variant(11));
        await leftCart(nameless, at('vic'), peer.variant(12));
        // Adobe tells a name, and no price that a shopper sees; it has no drafts, only what is off.
        if (name === 'adobe') {
          const { state, reason } = await ended(nameless, at('una'));
          assert.deepEqual([state, reason], ['skipped', 'not_in_catalogue']);
          return;
        }
        const { text, html } = await mailTo(at('una'));
        assert.ok(text.includes(title) && text.includes('€17.05'), text);
        assert.ok(html.includes(PICTURE));
        const { lines } = await nameless.restore(tokenIn(text, 'r'));
        assert.deepEqual([lines[0].title, lines[0].price_minor], [title, 1_705]);
        const page = { shopify: `${PAGE}?variant=${peer.variant(11)}`, woocommerce: PAGE }[name];
        assert.equal(lines[0].url, page ?? '');
        const { state, reason } = await ended(nameless, at('vic'));
        assert.deepEqual([state, reason], ['skipped', 'not_in_catalogue']);
      });

      test('what the platform has no more is sold out', async () => {
        peer.stock.delete(peer.variant(6));
        await leftCart(strict, at('jan'), peer.variant(6));
        assert.match((await mailTo(at('jan'))).text, /sold out/i);
      });

      test('where the platform does not answer in time, the catalogue stands', async () => {
        peer.stock.set(peer.variant(7), { available: false, price: '1.00' });
        peer.faults.set('shelf', ['hang', 'hang', 'hang', 'hang']);
        await leftCart(strict, at('kim'), peer.variant(7));
        const { text } = await mailTo(at('kim'));
        assert.ok(text.includes('€15.00'));
        assert.doesNotMatch(text, /sold out/i);
        const begun = Date.now();
        const { lines } = await strict.restore(tokenIn(text, 'r'));
        assert.deepEqual([lines[0].available, lines[0].price_minor], [true, 1_500]);
        assert.ok(Date.now() - begun < 2_500, `${Date.now() - begun} ms`);
        peer.faults.clear();
      });

      test('a reason is noted with the customer, tried again where the platform fails', async () => {
        peer.customers.set(at('lea'), '9');
        peer.faults.set('tag', [500]);
        const { text } = await asked(asking, at('lea'), peer.variant(8));
        const [, token = ''] = text.match(/\/s\/([A-Za-z0-9_-]{64})/) ?? [];
        const begun = Date.now();
        const answer = `${edge.url}/s/${token}?answer=shipping_cost`;
        assert.equal((await fetch(answer, { method: 'POST' })).status, 200);
        assert.ok(Date.now() - begun < 2_000, 'nobody waits for it');
        await until('it is noted', async () => peer.notes.get('9') === 'shipping_cost', {
          within: 30_000,
        });
        assert.equal(peer.of('tag').length >= 2, true);
        // Another answer takes its place.
        const other = answer.replace('shipping_cost', 'price');
        assert.equal((await fetch(other, { method: 'POST' })).status, 200);
        await until('it is noted anew', async () => peer.notes.get('9') === 'price', {
          within: 30_000,
        });
      });

      test('an offer is for those alone whose tier and history the platform tells', async () => {
        for (const [who, id, tier, orders] of /** @type {const} */ ([
          ['mia', '21', 'gold', 3],
          ['noa', '22', undefined, 3],
          ['olga', '23', 'gold', 0],
        ])) {
          peer.customers.set(at(who), id);
          peer.standing.set(id, { ...(tier ? { tier } : {}), orders });
          await leftCart(choosy, at(who), peer.variant(9));
        }
        codeIn(peer, (await mailTo(at('mia'))).text);
        for (const who of ['noa', 'olga']) {
          const { state, reason } = await ended(choosy, at(who));
          assert.deepEqual([state, reason], ['skipped', 'condition_unmet'], who);
        }
        // Where the platform does not say, nobody is taken for somebody.
        peer.customers.set(at('pia'), '24');
        peer.faults.set('customer', [503, 503]);
        await leftCart(choosy, at('pia'), peer.variant(9));
        const { state, reason } = await ended(choosy, at('pia'));
        assert.deepEqual([state, reason], ['skipped', 'condition_unmet']);
        peer.faults.clear();
      });

      test('what a shop is connected with is nowhere to be read', async () => {
        const response = await strict.asServer(`/v1/shops/${strict.shop}/connections`);
        const text = await response.text();
        assert.equal(response.status, 200, text);
        assert.ok(text.includes('"api"'));
        assert.doesNotMatch(text, /0123456789/);
      });
    });
  }
});

/** Somebody who left a cart and was asked why. @param {Edge} shop @param {string} email @param {string} variant */
async function asked(shop, email, variant) {
  await leftCart(shop, email, variant);
  return mailTo(email);
}

describe('limits and addresses', () => {
  test('a bucket that is nearly empty is left to fill before it refuses', async () => {
    const { shopify } = peers;
    const shop = await connected('shop_bck00001', shopify, paced('offer', OFFER));
    shopify.points = 0;
    shopify.restoreRate = 10;
    await leftCart(shop, 'max@limits.example', shopify.variant(9));
    await until('it was throttled', async () => shopify.of('customer').length > 0);
    const before = shopify.calls.length;
    // What rests is not asked.
    await new Promise((resolve) => setTimeout(resolve, 400));
    assert.ok(shopify.calls.length - before <= 1, `${shopify.calls.length - before} calls`);
    shopify.points = 2_000;
    codeIn(shopify, (await mailTo('max@limits.example')).text);
  });

  test('a code counts for anybody where customers may not be looked up', async () => {
    const { shopify } = peers;
    const shop = await connected('shop_any00001', shopify, paced('offer', OFFER));
    shopify.mayRead = false;
    await leftCart(shop, 'ned@limits.example', shopify.variant(9));
    const { made } = codeIn(shopify, (await mailTo('ned@limits.example')).text);
    assert.equal(made?.whose, undefined);
    shopify.mayRead = true;
  });

  test('a shop without a platform names no code of its own', async () => {
    await leftCart(edge, 'ola@limits.example');
    const { state, reason, sentence } = await ended(edge, 'ola@limits.example');
    assert.deepEqual([state, reason], ['skipped', 'offer_refused']);
    assert.match(sentence, /not_connected/);
  });

  test('an address that must not be called is refused', async () => {
    for (const store of ['https://10.0.0.1', 'https://intranet.local', 'http://shop.example']) {
      const response = await putConnection(edge, 'woocommerce', {
        ...peers.woocommerce.connection,
        store,
      });
      assert.equal(response.status, 422, `${store}: ${await response.text()}`);
    }
  });
});

/** From an alarm to a mail: what is sent, when, and what it says. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { demoCatalogue, forEveryCart } from '../../scripts/demo-shop.mjs';
import { cartId, parseToken } from '../../scripts/keys.mjs';
import { inRoot } from '../../scripts/paths.mjs';
import { BAG, Device, leftCart, MUG } from '../fixtures/device.mjs';
import { runEdge } from '../fixtures/edge.mjs';
import { parseMail, rawHeader, SmtpPeer, tokenIn } from '../fixtures/smtp-peer.mjs';
import { until } from '../fixtures/until.mjs';

/** Steps a few seconds apart; a mail needs up to two seconds from its time to its arrival. */
const PACE = {
  thresholds: { cart_ms: 1_000, checkout_ms: 1_000 },
  sequences: forEveryCart([
    { after_ms: 1_000, template: 'reminder' },
    { after_ms: 4_000, template: 'offer', offer: { code: 'COMEBACK10', percent: 10 } },
    { after_ms: 7_000, template: 'last_chance', offer: { code: 'LASTCALL', percent: 15 } },
  ]),
};

/** Lines that begin with a dot are the transport's business, not the reader's. */
const SENDER = {
  name: '..Dovecote',
  email: 'hello@dovecote.example',
  postal_address: 'Loft Lane 12\n.\n.hidden corner\n..Bath',
};

/** @type {SmtpPeer} */
let smtp;
/** @type {import('../fixtures/edge.mjs').Edge} */
let edge;
before(async () => {
  smtp = await SmtpPeer.start();
  edge = await runEdge({ demo: { ...PACE, sender: SENDER }, env: { SMTP_URL: smtp.url } });
});
after(async () => {
  await edge?.end();
  await smtp?.close();
});

/** @param {string} address @param {number} [count] */
const mailsTo = (address, count = 1) => smtp.awaited(address, count, 25_000);

/** @param {string} variant @returns {any} */
function product(variant) {
  const { products } = JSON.parse(readFileSync(inRoot('www', 'store', 'catalogue.json'), 'utf8'));
  return products.find((/** @type {any} */ one) => one.variant === variant);
}

/** @param {number} minor */
const euros = (minor) => `€${(minor / 100).toFixed(2)}`;

describe('reminders', { concurrency: true }, () => {
  test('a left cart brings one mail a step: lines, pictures and prices of the catalogue, and a link that works', async () => {
    const email = 'sequence@shoppers.example';
    const device = new Device(edge);
    // What a beacon claims about a product is not believed.
    const claims = {
      title: 'FREE IPHONE',
      price_minor: 1,
      image: 'https://evil.example/x.png',
      url: 'https://evil.example/',
    };
    const mug = device.add(MUG, 2, { options: { engraving: 'visit evil.example' }, ...claims });
    await device.settle(mug, device.add(BAG, 1, claims), { ...device.identify(email), ...claims });
    const mails = await mailsTo(email, 3);
    const [first, second, third] = await Promise.all(mails.map(parseMail));
    const raw = mails[0];
    assert.ok(first && second && third && raw);

    assert.equal(first.from?.text, '"..Dovecote" <hello@dovecote.example>');
    assert.equal([first.to].flat()[0]?.text, email);
    assert.ok(Math.abs(Number(first.date) - raw.at) < 10_000, `Date: ${first.date}`);
    assert.match(first.messageId ?? '', /^<dlv_[0-9a-f]{32}_1_0@dovecote\.example>$/);
    assert.deepEqual(rawHeader(raw, 'List-Unsubscribe-Post'), ['List-Unsubscribe=One-Click']);
    const [unsubscribe = ''] = rawHeader(raw, 'List-Unsubscribe');
    assert.match(unsubscribe, new RegExp(`^<${edge.url}/u/[A-Za-z0-9_-]{64}>$`));
    assert.deepEqual(rawHeader(raw, 'Auto-Submitted'), ['auto-generated']);
    assert.match(rawHeader(raw, 'Content-Type')[0] ?? '', /^multipart\/alternative;/);

    const [mugProduct, bagProduct] = [product(MUG), product(BAG)];
    const text = first.text ?? '';
    const html = String(first.html);
    for (const part of [text, html]) {
      for (const words of [
        mugProduct.title,
        bagProduct.title,
        euros(2 * mugProduct.price_minor),
        euros(bagProduct.price_minor),
        euros(2 * mugProduct.price_minor + bagProduct.price_minor),
      ]) {
        assert.ok(part.includes(words), `${words} in the mail`);
      }
      for (const words of ['IPHONE', 'evil.example', '0.01']) {
        assert.ok(!part.includes(words), `${words} not in the mail`);
      }
      assert.ok(part.includes(`${edge.url}/r/`) && part.includes(`${edge.url}/u/`));
    }
    assert.ok(html.includes(`src="${edge.url}/store/${mugProduct.image}"`));
    // Dots at the beginning of a line survive the transport.
    assert.match(text, /^\.\.Dovecote, Loft Lane 12\n\.\n\.hidden corner\n\.\.Bath$/m);

    const token = tokenIn(text, 'r');
    assert.equal(tokenIn(html, 'r'), token);
    const claimed = parseToken(edge.master, token);
    assert.equal(claimed?.purpose, 'recovery');
    assert.equal(claimed?.subject, cartId(edge.shop, device.secret));
    assert.ok(!Buffer.from(token, 'base64url').toString('latin1').includes('sequence'));
    const click = await edge.click(token);
    assert.equal(click.status, 302);
    assert.equal(click.headers.get('location'), `${edge.url}/store/cart#homing=${token}`);
    const restored = await edge.restore(token);
    assert.deepEqual(
      restored.lines.map((/** @type {any} */ line) => [
        line.variant,
        line.qty,
        line.title,
        line.price_minor,
      ]),
      [
        [BAG, 1, bagProduct.title, bagProduct.price_minor],
        [MUG, 2, mugProduct.title, mugProduct.price_minor],
      ],
    );
    assert.deepEqual(restored.lines[1].options, { engraving: 'visit evil.example' });
    assert.equal(restored.offer, undefined);

    // Each step's own words and code.
    assert.match(first.subject ?? '', /^You left the /);
    assert.ok(!text.includes('COMEBACK10'));
    assert.match(second.subject ?? '', /^10% off the /);
    assert.ok(
      second.text?.includes('10% off with the code COMEBACK10') &&
        String(second.html).includes('COMEBACK10'),
    );
    assert.match(third.subject ?? '', /^Last call /);
    assert.ok(third.text?.includes('15% off with the code LASTCALL'));
    assert.deepEqual((await edge.restore(tokenIn(second.text ?? '', 'r'))).offer, {
      code: 'COMEBACK10',
      percent: 10,
    });

    // One mail a step, three steps, then silence.
    assert.deepEqual(
      [first, second, third].map(({ messageId }) => /_1_(\d)@/.exec(messageId ?? '')?.[1]),
      ['0', '1', '2'],
    );
    const { deliveries, planned } = await until('the plan has ended', async () => {
      const found = await edge.lookup(email);
      return !found.planned && found;
    });
    assert.deepEqual(
      deliveries.map((/** @type {any} */ one) => [one.template, one.state, one.attempts]),
      [
        ['reminder', 'sent', 1],
        ['offer', 'sent', 1],
        ['last_chance', 'sent', 1],
      ],
    );
    assert.equal(planned, false);
    await sleep(3_000);
    assert.equal(smtp.of(email).length, 3);
  });

  test('prices and titles are those of the moment of sending', async () => {
    const email = 'price@shoppers.example';
    const variant = 'lamp-white';
    const catalogue = demoCatalogue(edge.url);
    const [one] = catalogue.products;
    const push = (/** @type {number} */ price_minor, /** @type {string} */ title) =>
      fetch(`${edge.url}/v1/catalogue`, {
        method: 'PUT',
        headers: { authorization: `Bearer ${edge.secret}` },
        body: JSON.stringify({ products: [{ ...one, variant, price_minor, title }] }),
      });
    assert.equal((await push(5_000, 'Old lamp')).status, 200);
    await leftCart(edge, email, variant);
    assert.equal((await push(123_456, 'New <lamp> & "shade"')).status, 200);
    const [mail] = await mailsTo(email);
    assert.ok(mail);
    const { text = '', html, subject } = await parseMail(mail);
    assert.ok(text.includes('New <lamp> & "shade"') && text.includes('€1,234.56'), text);
    assert.ok(!String(html).includes('<lamp>'), 'escaped');
    assert.equal(subject, 'You left the New <lamp> & "shade" at Dovecote');
  });

  test('a shopper who is active is left alone', async () => {
    const email = 'active@shoppers.example';
    // Longer than a busy machine may take between two views.
    const rest = 3_000;
    const shop = await edge.anotherShop('shop_act1ve01', {
      thresholds: { cart_ms: rest, checkout_ms: rest },
      sequences: forEveryCart([{ after_ms: rest, template: 'reminder' }]),
    });
    const { device } = await leftCart(shop, email);
    for (let n = 0; n < 12; n += 1) {
      await sleep(500);
      await device.send(device.event('view', { variant: MUG, ms: 100 }));
      assert.equal(smtp.of(email).length, 0);
    }
    const last = (await device.state()).cart.last_activity_at;
    const [mail] = await mailsTo(email);
    assert.ok(mail && mail.at >= last + rest, 'a whole pause after the last activity');
  });

  test('nothing is sent without a consent, and nothing after it was taken back', async () => {
    const never = 'never@shoppers.example';
    const back = 'back@shoppers.example';
    const device = new Device(edge);
    await device.settle(device.add(MUG), device.identify(never, false));
    const other = await leftCart(edge, back);
    await other.device.settle(other.device.identify(back, false));
    await sleep(5_000);
    assert.deepEqual([smtp.of(never), smtp.of(back)], [[], []]);
    const found = await edge.lookup(never);
    assert.deepEqual([found.consent_email, found.planned, found.deliveries], [false, false, []]);
    const taken = await edge.deliveries(back);
    assert.deepEqual(taken.map(({ state, reason }) => [state, reason]).slice(0, 1), [
      ['skipped', 'no_consent'],
    ]);
  });

  test('a shop that pauses sends nothing from that moment on', async () => {
    const email = 'paused@shoppers.example';
    const pace = {
      thresholds: { cart_ms: 3_000, checkout_ms: 3_000 },
      sequences: forEveryCart([{ after_ms: 3_000, template: 'reminder' }]),
    };
    const shop = await edge.anotherShop('shop_pavse001', pace);
    await leftCart(shop, email);
    await edge.anotherShop('shop_pavse001', { ...pace, paused: true });
    await sleep(6_000);
    const [delivery] = await shop.deliveries(email);
    assert.deepEqual([delivery.state, delivery.attempts], ['scheduled', 0]);
    assert.ok(delivery.due_at > Date.now(), 'put off');
    assert.equal(smtp.of(email).length, 0);
  });

  test('a cart without a contact is nobody to write to', async () => {
    const device = new Device(edge);
    await device.send(device.add(MUG));
    const { bound, plan } = await device.state();
    assert.deepEqual([bound, plan], [false, null]);
  });

  test('a cart of which the catalogue knows nothing is not written about', async () => {
    const email = 'unknown@shoppers.example';
    await leftCart(edge, email, 'not-in-the-catalogue');
    const deliveries = await until('the step is skipped', async () => {
      const list = await edge.deliveries(email);
      return list[0]?.state === 'skipped' && list;
    });
    assert.equal(deliveries[0].reason, 'not_in_catalogue');
    assert.match(deliveries[0].sentence, /catalogue/);
    assert.equal(smtp.of(email).length, 0);
  });

  test('a cart that was emptied is not written about', async () => {
    const email = 'emptied@shoppers.example';
    const { device, dot } = await leftCart(edge, email);
    await device.send(device.remove([dot]));
    const deliveries = await until('the step is skipped', async () => {
      const list = await edge.deliveries(email);
      return list[0]?.state === 'skipped' && list;
    });
    assert.equal(deliveries[0].reason, 'emptied');
    assert.equal(smtp.of(email).length, 0);
  });

  test('two carts of one person are one conversation', async () => {
    const email = 'two@shoppers.example';
    await leftCart(edge, email, MUG);
    await leftCart(edge, `  ${email.toUpperCase()} `, BAG);
    await mailsTo(email, 2);
    const ids = await Promise.all(
      smtp.of(email).map(async (mail) => (await parseMail(mail)).messageId),
    );
    assert.equal(new Set(ids).size, ids.length);
    const deliveries = await edge.deliveries(email);
    assert.ok(deliveries.every(({ conversation }) => conversation === 1));
  });

  test('a contact that is not the cart’s is asked to fork, and joins nobody', async () => {
    const [mine, other] = ['mine@shoppers.example', 'other@shoppers.example'];
    const { device } = await leftCart(edge, mine);
    const identify = device.identify(other);
    const answer = await device.send(identify);
    assert.equal(answer.rebind, true);
    assert.deepEqual(answer.acked, []);
    assert.deepEqual(answer.refused, [{ id: identify.id, code: 'cart_bound_elsewhere' }]);
    const { planned, deliveries } = await edge.lookup(other);
    assert.deepEqual([planned, deliveries], [false, []]);
    // Again as the same person: fine.
    await device.settle(device.identify(mine));
    await mailsTo(mine);
    assert.equal(smtp.of(other).length, 0);
  });
});

/** Text messages by Twilio: sent, answered and told of, on real workerd. Twilio's own library signs what comes from it. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { forEveryCart } from '../../scripts/demo-shop.mjs';
import { cartId, parseToken } from '../../scripts/keys.mjs';
import { BAG, Device, MUG } from '../fixtures/device.mjs';
import { FAST_PACE, runEdge } from '../fixtures/edge.mjs';
import { assertProblem } from '../fixtures/problem.mjs';
import { TwilioPeer } from '../fixtures/providers/twilio-peer.mjs';
import { parseMail, SmtpPeer, tokenIn } from '../fixtures/smtp-peer.mjs';
import { until } from '../fixtures/until.mjs';

const SENDER = '+15005550006';
const sms = { provider: 'twilio', sender: SENDER };

/** Somebody with a telephone gets a text first; who cannot get one, a mail. */
const PACE = {
  ...FAST_PACE,
  sms,
  sequences: forEveryCart([
    { after_ms: 1_000, template: 'reminder', channels: ['sms', 'email'] },
    {
      after_ms: 10_000,
      template: 'offer',
      offer: { code: 'COMEBACK10', percent: 10 },
      channels: ['sms', 'email'],
    },
  ]),
};

/** One message, by text alone. */
const TEXTS_ONLY = {
  sequences: forEveryCart([{ after_ms: 1_000, template: 'reminder', channels: ['sms'] }]),
};

/** @type {SmtpPeer} */
let smtp;
/** @type {TwilioPeer} */
let twilio;
/** @type {import('../fixtures/edge.mjs').Edge} */
let edge;
/** @type {import('../fixtures/edge.mjs').Edge} */
let single;
before(async () => {
  [smtp, twilio] = await Promise.all([SmtpPeer.start(), TwilioPeer.start()]);
  edge = await runEdge({ demo: PACE, env: { SMTP_URL: smtp.url, ...twilio.env } });
  single = await edge.anotherShop('shop_s1ng1e02', { ...PACE, ...TEXTS_ONLY });
});
after(async () => {
  await edge?.end();
  await twilio?.close();
  await smtp?.close();
});

let numbers = 0;
/** A mobile number in Germany that nobody else has. */
const newPhone = () => {
  numbers += 1;
  return `+4915799${String(numbers).padStart(6, '0')}`;
};

/**
 * A cart left by somebody who gave these contacts.
 * @param {import('../fixtures/edge.mjs').Edge} at
 * @param {{ email?: string, phone?: string }} contact
 * @param {{ email?: boolean, sms?: boolean }} consent
 */
async function left(at, contact, consent, variant = MUG, tz = 'Europe/Berlin') {
  const device = new Device(at);
  const { body } = device;
  device.body = (events) => ({ ...body.call(device, events), page: { tz } });
  const add = device.add(variant);
  const said = { wording: 'checkout-v1', page: '/checkout', ...consent };
  await device.settle(add, device.event('identify', { ...contact, consent: said }));
  return { device, dot: add.id };
}

/** @param {string} phone @param {number} [count] */
const textsTo = (phone, count = 1) =>
  until(
    `${count} texts to ${phone}`,
    () => twilio.of(phone).length >= count && twilio.of(phone).slice(0, count),
    { within: 40_000 },
  );

/** Their first delivery, once nothing will happen to it any more. @param {import('../fixtures/edge.mjs').Edge} at @param {object} name */
const closed = (at, name) =>
  until(
    'the first delivery is closed',
    async () => {
      const [delivery] = (await at.lookup(name)).deliveries;
      return ['sent', 'skipped', 'unknown', 'dead_lettered'].includes(delivery?.state) && delivery;
    },
    { within: 40_000 },
  );

/** @param {string} text */
const linkIn = (text) => /\/r\/([1-9A-HJ-NP-Za-km-z]{12}) /.exec(text)?.[1] ?? '';

/** @param {import('../fixtures/edge.mjs').Edge} at */
const webhook = (at) => `${at.url}/callbacks/twilio/${at.shop}`;

describe('text messages', { concurrency: true }, () => {
  test('a cart is left, a text comes, its link brings the cart back, and STOP ends texts', async () => {
    const phone = newPhone();
    const { device } = await left(edge, { phone }, { sms: true }, BAG);
    const [text] = await textsTo(phone);
    assert.ok(text);
    assert.equal(text.from, SENDER);
    assert.match(text.body, /^Dovecote: You left the .+\. Your cart is waiting: http/);
    assert.match(text.body, / Reply STOP to opt out$/);
    assert.equal(text.form.get('ValidityPeriod'), '900');
    const code = linkIn(text.body);
    const click = await edge.click(code);
    assert.equal(click.status, 302);
    const [page, token = ''] = (click.headers.get('location') ?? '').split('#homing=');
    assert.equal(page, `${edge.url}/store/cart`);
    assert.equal(parseToken(edge.master, token)?.subject, cartId(edge.shop, device.secret));
    const { lines } = await edge.restore(token);
    assert.deepEqual(
      lines.map((/** @type {any} */ line) => line.variant),
      [BAG],
    );
    const answer = await twilio.answer(webhook(edge), phone, SENDER, 'Stop');
    assert.equal(answer.status, 200, await answer.clone().text());
    assert.match(answer.headers.get('content-type') ?? '', /^text\/xml/);
    assert.equal(await answer.text(), '<Response/>');
    const view = await edge.lookup({ phone });
    assert.deepEqual(
      view.refused.map((/** @type {any} */ one) => [one.channel, one.cause]),
      [['sms', 'opted_out']],
    );
    // The second step comes, and finds nothing to go by: not even Twilio is asked.
    const skipped = await until(
      'the second step is skipped',
      async () => {
        const { deliveries } = await edge.lookup({ phone });
        return deliveries[1]?.state === 'skipped' && deliveries[1];
      },
      { within: 40_000 },
    );
    assert.equal(skipped.reason, 'opted_out');
    assert.equal(twilio.callsFor(phone).length, 1);
  });

  test('somebody who gave an address and a number gets a text, and after STOP mails', async () => {
    const [phone, email] = [newPhone(), 'both-ways@shoppers.example'];
    await left(edge, { email, phone }, { email: true, sms: true });
    await textsTo(phone);
    assert.deepEqual(smtp.of(email), []);
    // The answer names a number, and not the address that the shopper is known by.
    await twilio.answer(webhook(edge), phone, SENDER, 'STOP');
    const [mail] = await smtp.awaited(email, 1, 40_000);
    assert.ok(mail);
    await until('it is told', async () => (await edge.deliveries(email))[1]?.state === 'sent');
    const { deliveries, refused } = await edge.lookup(email);
    assert.deepEqual(
      deliveries.map((/** @type {any} */ one) => [one.channel, one.state]),
      [
        ['sms', 'sent'],
        ['email', 'sent'],
      ],
    );
    assert.equal(refused[0]?.cause, 'opted_out');
    assert.equal(twilio.of(phone).length, 1);
  });

  test('the page behind a mail ends one channel or all, and its one click ends all', async () => {
    const people = [1, 2].map((n) => ({ phone: newPhone(), email: `page-${n}@shoppers.example` }));
    const [first, second] = await Promise.all(
      people.map(async ({ phone, email }) => {
        await left(edge, { email, phone }, { email: true, sms: false });
        const [mail] = await smtp.awaited(email, 1, 40_000);
        assert.ok(mail);
        const token = tokenIn((await parseMail(mail)).text ?? '', 'u');
        return { email, url: `${edge.url}/u/${token}` };
      }),
    );
    assert.ok(first && second);
    const page = await (await fetch(first.url)).text();
    assert.match(page, /formaction="\?channel=sms"[^>]*>Stop text messages only</);
    const answer = await fetch(`${first.url}?channel=email`, { method: 'POST' });
    assert.match(await answer.text(), /will not send you emails any more/);
    const view = await edge.lookup(first.email);
    assert.deepEqual([view.suppressed, view.refused[0]?.channel], [null, 'email']);
    await fetch(second.url, { method: 'POST', body: 'List-Unsubscribe=One-Click' });
    assert.equal((await edge.lookup(second.email)).suppressed, 'unsubscribed');
    const skipped = await until('the second step is skipped', async () => {
      const { deliveries } = await edge.lookup(first.email);
      return deliveries[1]?.state === 'skipped' && deliveries[1];
    });
    // Texts were never agreed to.
    assert.ok(['no_consent', 'opted_out'].includes(skipped.reason), skipped.reason);
    for (const { email } of people) assert.equal(smtp.of(email).length, 1);
  });

  test('START takes a STOP back, and a yes in a page does not', async () => {
    const phone = newPhone();
    await twilio.answer(webhook(single), phone, SENDER, 'unsubscribe');
    await left(single, { phone }, { sms: true });
    await sleep(4_000);
    assert.equal(twilio.callsFor(phone).length, 0);
    await twilio.answer(webhook(single), phone, SENDER, 'start');
    assert.deepEqual((await single.lookup({ phone })).refused, []);
    await left(single, { phone }, { sms: true });
    await textsTo(phone);
  });

  test('who gave no number, or agreed to no texts, gets a mail', async () => {
    const emails = ['no-number@shoppers.example', 'no-texts@shoppers.example'];
    const phone = newPhone();
    await Promise.all([
      left(edge, { email: emails[0] }, { email: true, sms: true }),
      left(edge, { email: emails[1], phone }, { email: true, sms: false }),
    ]);
    await Promise.all(emails.map((email) => smtp.awaited(email, 1, 40_000)));
    assert.equal(twilio.callsFor(phone).length, 0);
  });

  test('a number that takes no texts gives way to the address', async () => {
    for (const code of [21614, 21211]) {
      const [phone, email] = [newPhone(), `landline-${code}@shoppers.example`];
      twilio.faults.set(phone, [{ status: 400, code }]);
      await left(edge, { email, phone }, { email: true, sms: true });
      const [mail] = await smtp.awaited(email, 1, 40_000);
      assert.ok(mail);
      const view = await edge.lookup(email);
      assert.deepEqual([view.suppressed, view.refused[0]?.cause], [null, 'bounced']);
      assert.equal(view.deliveries[0].channel, 'email');
      assert.equal(twilio.callsFor(phone).length, 1);
    }
  });

  test('a number that has answered STOP elsewhere is not asked again', async () => {
    const phone = newPhone();
    twilio.stopped.add(phone);
    await left(single, { phone }, { sms: true });
    const delivery = await closed(single, { phone });
    assert.deepEqual([delivery.state, delivery.reason], ['dead_lettered', 'twilio_21610']);
    assert.equal((await single.lookup({ phone })).refused[0]?.cause, 'opted_out');
    assert.equal(twilio.callsFor(phone).length, 1);
  });

  test('what was provably not taken is offered again', async () => {
    const phone = newPhone();
    twilio.faults.set(phone, [{ status: 429, code: 20429 }]);
    await left(single, { phone }, { sms: true });
    await textsTo(phone);
    const delivery = await closed(single, { phone });
    assert.deepEqual([delivery.state, delivery.attempts], ['sent', 2]);
  });

  test('a try of unknown outcome is never repeated, and a callback closes it', async () => {
    for (const [n, fault] of /** @type {import('../fixtures/providers/peer.mjs').Fault[]} */ ([
      'reset',
      { status: 500, code: 20500 },
    ]).entries()) {
      const phone = newPhone();
      twilio.faults.set(phone, [fault]);
      await left(single, { phone }, { sms: true });
      const delivery = await closed(single, { phone });
      assert.deepEqual([delivery.state, delivery.attempts], ['unknown', 1], JSON.stringify(fault));
      await sleep(1_500);
      assert.equal(twilio.callsFor(phone).length, 1);
      const [text] = twilio.of(phone);
      if (!text) continue;
      const told = await twilio.tell(
        text,
        n ? 'undelivered' : 'delivered',
        n ? '30003' : undefined,
      );
      assert.equal(told.status, 200);
      const after = await closed(single, { phone });
      assert.deepEqual(
        [after.state, after.reason],
        n ? ['dead_lettered', 'twilio_30003'] : ['sent', null],
      );
    }
  });

  test('a callback takes back what was only thought to have arrived', async () => {
    const phone = newPhone();
    await left(single, { phone }, { sms: true });
    const [text] = await textsTo(phone);
    assert.ok(text);
    assert.equal((await closed(single, { phone })).state, 'sent');
    for (const status of ['queued', 'sent'])
      assert.equal((await twilio.tell(text, status)).status, 200);
    assert.equal((await closed(single, { phone })).state, 'sent');
    await twilio.tell(text, 'undelivered', '30006');
    const delivery = await closed(single, { phone });
    assert.deepEqual([delivery.state, delivery.reason], ['dead_lettered', 'twilio_30006']);
    assert.equal((await single.lookup({ phone })).refused[0]?.cause, 'bounced');
    await until('it is listed', async () =>
      (await single.reports('dead_lettered')).find(({ code }) => code === 'twilio_30006'),
    );
  });

  test('only what Twilio has signed, about this account and this address, is taken', async () => {
    const phone = newPhone();
    const url = webhook(single);
    const fields = { AccountSid: twilio.account, From: phone, To: SENDER, Body: 'STOP' };
    const refused = [
      twilio.signed(url, fields, 'another token'),
      twilio.signed(url, { ...fields, AccountSid: `AC${'0'.repeat(32)}` }),
      fetch(url, { method: 'POST', body: new URLSearchParams(fields) }),
    ];
    for (const answer of refused) await assertProblem(await answer, 401, 'signature_invalid');
    // A signature for one address is none for another, and none for other fields.
    const signed = await twilio.signed(url, fields);
    assert.equal(signed.status, 200);
    const stolen = await fetch(webhook(edge), {
      method: 'POST',
      headers: { 'x-twilio-signature': 'AAAAAAAAAAAAAAAAAAAAAAAAAAA=' },
      body: new URLSearchParams(fields),
    });
    await assertProblem(stolen, 401, 'signature_invalid');
    await assertProblem(await fetch(url), 405, 'method_not_allowed');
    assert.equal((await single.lookup({ phone })).refused.length, 1);
    assert.equal((await edge.lookup({ phone })).refused.length, 0);
    // Talk is no instruction; whatever Advanced Opt-Out takes for one is.
    const other = newPhone();
    await twilio.answer(url, other, SENDER, 'please stop writing');
    assert.equal((await single.lookup({ phone: other })).known, false);
    await twilio.answer(url, other, SENDER, 'BASTA', { OptOutType: 'STOP' });
    assert.equal((await single.lookup({ phone: other })).refused[0]?.cause, 'opted_out');
  });

  test('a text waits through quiet hours and keeps the law of the United States', async () => {
    const now = new Date();
    const hour = (/** @type {number} */ n) =>
      `${String((now.getUTCHours() + n + 24) % 24).padStart(2, '0')}:00`;
    const quiet = await edge.anotherShop('shop_qa1et003', {
      ...PACE,
      ...TEXTS_ONLY,
      quiet_hours: [{ from: hour(-1), to: hour(3) }],
    });
    const phone = newPhone();
    await left(quiet, { phone }, { sms: true });
    const held = await until(
      'it is held',
      async () => {
        const [delivery] = (await quiet.lookup({ phone })).deliveries;
        return delivery?.decisions.at(-1)?.code === 'quiet_hours' && delivery;
      },
      { within: 40_000 },
    );
    assert.equal(held.state, 'scheduled');
    assert.equal(twilio.callsFor(phone).length, 0);
    // One text a cart: the second step of an American's goes by mail. Where they are it is noon.
    const ahead = 12 - now.getUTCHours();
    const tz = `Etc/GMT${ahead > 0 ? '-' : '+'}${Math.abs(ahead)}`;
    const [american, email] = ['+12125550147', 'american@shoppers.example'];
    await left(edge, { email, phone: american }, { email: true, sms: true }, MUG, tz);
    await textsTo(american);
    await smtp.awaited(email, 1, 40_000);
    assert.equal(twilio.of(american).length, 1);
  });
});

// Apart, because the local queue has one consumer, which a silent server keeps waiting.
test('a server that never answers is given up before the lease ends', async () => {
  const phone = newPhone();
  twilio.faults.set(phone, ['hang']);
  await left(single, { phone }, { sms: true });
  const delivery = await closed(single, { phone });
  assert.deepEqual([delivery.state, delivery.reason], ['unknown', 'twilio_timeout']);
  assert.equal(twilio.callsFor(phone).length, 1);
});

// By itself: what else is due waits with it.
test('a text that was accepted is sent, however slowly the rest of the answer comes', async () => {
  const phone = newPhone();
  twilio.faults.set(phone, ['drip']);
  await left(single, { phone }, { sms: true });
  const delivery = await closed(single, { phone });
  assert.deepEqual([delivery.state, delivery.attempts], ['sent', 1]);
  assert.equal(twilio.callsFor(phone).length, 1);
});

/** The identity that a telephone number names is asked for texts alone; where it cannot be opened, mails go and texts say why they wait. */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, before, test } from 'node:test';
import { forEveryCart } from '../../scripts/demo-shop.mjs';
import { Device, MUG } from '../fixtures/device.mjs';
import { FAST_PACE, runEdge } from '../fixtures/edge.mjs';
import { TwilioPeer } from '../fixtures/providers/twilio-peer.mjs';
import { SmtpPeer } from '../fixtures/smtp-peer.mjs';
import { until } from '../fixtures/until.mjs';

const SENDER = '+15005550006';

/** @param {string[]} channels */
const pace = (channels) => ({
  ...FAST_PACE,
  sms: { provider: 'twilio', sender: SENDER },
  sequences: forEveryCart([{ after_ms: 1_000, template: 'reminder', channels }]),
});

/** @type {SmtpPeer} */
let smtp;
/** @type {TwilioPeer} */
let twilio;
/** Writes mails, though it could write texts. @type {import('../fixtures/edge.mjs').Edge} */
let mails;
/** Writes texts. @type {import('../fixtures/edge.mjs').Edge} */
let texts;
before(async () => {
  [smtp, twilio] = await Promise.all([SmtpPeer.start(), TwilioPeer.start()]);
  mails = await runEdge({ demo: pace(['email']), env: { SMTP_URL: smtp.url, ...twilio.env } });
  texts = await mails.anotherShop('shop_texts001', pace(['sms']));
});
after(async () => {
  await mails?.end();
  await Promise.all([smtp, twilio].map((one) => one?.close()));
});

/** Makes what an object has written unreadable. @param {string} shopper `shp_…` */
function damage(shopper) {
  const folder = join(mails.stack.stateDir, 'worker', 'v3', 'do', 'homing-Shopper');
  const id = Buffer.from(shopper.replace('shp_', ''), 'hex');
  const damaged = readdirSync(folder)
    .filter((name) => name.endsWith('.sqlite') && name !== 'metadata.sqlite')
    .filter((name) => {
      const database = new DatabaseSync(join(folder, name), { timeout: 10_000 });
      try {
        const row = database.prepare('SELECT value FROM packed WHERE id = 0').get();
        const value = Buffer.from(/** @type {Uint8Array} */ (row?.value ?? new Uint8Array()));
        // Whose it is stands at the beginning, in the clear; other people's rows may name it, sealed.
        if (!value.subarray(0, 40).includes(id)) return false;
        value.fill(0, value.length - 8);
        database.prepare('UPDATE packed SET value = ? WHERE id = 0').run(value);
        return true;
      } catch (error) {
        if (/no such table/.test(String(error))) return false;
        throw error;
      } finally {
        database.close();
      }
    });
  assert.equal(damaged.length, 1);
}

test('a number whose identity cannot be opened keeps no mail waiting, and a text says that it waits for it', async () => {
  const phone = '+4915799777001';
  for (const shop of [mails, texts]) {
    const webhook = `${shop.url}/callbacks/twilio/${shop.shop}`;
    const answer = await twilio.answer(webhook, phone, SENDER, 'START');
    assert.equal(answer.status, 200);
  }
  const numbers = await Promise.all([mails, texts].map((shop) => shop.lookup({ phone })));
  await mails.stack.kill9();
  for (const { shopper } of numbers) damage(shopper);
  await mails.stack.restart();
  for (const [shop, email] of /** @type {const} */ ([
    [mails, 'by-mail@numbers.example'],
    [texts, 'by-text@numbers.example'],
  ])) {
    const device = new Device(shop);
    const consent = { email: true, sms: true, wording: 'checkout-v1', page: '/checkout' };
    const identify = device.event('identify', { email, phone, consent });
    const { body } = device;
    const page = { tz: 'Europe/Berlin' };
    device.body = (events) => ({ ...body.call(device, events), page });
    await device.settle(device.add(MUG), identify);
  }
  const [mail] = await smtp.awaited('by-mail@numbers.example', 1, 40_000);
  assert.ok(mail);
  const waits = await until(
    'the text says why it waits',
    async () => {
      const { deliveries } = await texts.lookup({ email: 'by-text@numbers.example' });
      const last = deliveries[0]?.decisions.at(-1);
      return last?.code === 'number_unheard' && { ...last, state: deliveries[0].state };
    },
    { within: 40_000 },
  );
  assert.match(waits.sentence, /texts to this number were stopped/);
  assert.equal(waits.state, 'scheduled');
  assert.equal(twilio.callsFor(phone).length, 0);
});

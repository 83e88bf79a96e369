/** A contact is found in the Shopper's sealed state and in the mail, and nowhere else. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Device, leftCart, MUG } from '../fixtures/device.mjs';
import { FAST_PACE, runEdge } from '../fixtures/edge.mjs';
import { ResendPeer } from '../fixtures/providers/resend.mjs';
import { SmtpPeer } from '../fixtures/smtp-peer.mjs';
import { until } from '../fixtures/until.mjs';

const NAME = 'zqv7planted';
const PHONE = '33698765432';

/** @type {SmtpPeer} */
let smtp;
/** @type {ResendPeer} */
let resend;
/** @type {import('../fixtures/edge.mjs').Edge} */
let edge;
before(async () => {
  smtp = await SmtpPeer.start();
  resend = await ResendPeer.start('re_test_key');
  // The servers are our own: the mail catcher, which must know whom a mail is for, sees none.
  edge = await runEdge({
    demo: FAST_PACE,
    cronMs: 1_000,
    env: { SMTP_URL: smtp.url, ...resend.env },
  });
});
after(async () => {
  await edge?.end();
  await smtp?.close();
  await resend?.close();
});

/** Every way in which the planted words may have been written down. */
function traces() {
  /** @type {Map<string, Buffer>} */
  const found = new Map();
  for (const word of [NAME, NAME.toUpperCase(), PHONE, '6 98 76 54 32', '698-765-432']) {
    found.set(word, Buffer.from(word));
    found.set(`${word} as UTF-16`, Buffer.from(word, 'utf16le'));
    found.set(`${word} in hexadecimal`, Buffer.from(Buffer.from(word).toString('hex')));
    for (const shift of [0, 1, 2]) {
      // Base64 writes a word in one of three ways, depending on what stands before it; its edges belong to the neighbours.
      const shifted = Buffer.concat([Buffer.alloc(shift), Buffer.from(word)]).toString('base64');
      const inner = shifted.slice(shift === 0 ? 0 : 4, -4);
      if (inner.length >= 6) found.set(`${word} in base64, ${shift}`, Buffer.from(inner));
    }
  }
  return found;
}

/** The files below a folder in which one of the traces stands. @param {string} folder */
function filesWithTraces(folder) {
  const needles = traces();
  /** @type {string[]} */
  const hits = [];
  let files = 0;
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    const bytes = readFileSync(path);
    files += 1;
    for (const [what, needle] of needles) if (bytes.includes(needle)) hits.push(`${path}: ${what}`);
  }
  return { hits, files };
}

/** @param {string} email @param {string} state @param {import('../fixtures/edge.mjs').Edge} [shop] */
const closed = (email, state, shop = edge) =>
  until(`${email} is ${state}`, async () => (await shop.deliveries(email))[0]?.state === state, {
    within: 30_000,
  });

test('the search finds what is there', () => {
  const plain = Buffer.from(JSON.stringify({ email: `${NAME}@x.example`, phone: `+${PHONE}` }));
  const needles = [...traces()];
  for (const shift of ['', 'a', 'ab']) {
    const encoded = Buffer.from(Buffer.concat([Buffer.from(shift), plain]).toString('base64'));
    assert.ok(
      needles.some(([what, needle]) => what.includes('base64') && encoded.includes(needle)),
    );
  }
  assert.ok(needles.some(([, needle]) => plain.includes(needle)));
});

test('planted contacts are in no file and no log', async () => {
  const { stateDir } = edge.stack;
  const mail = (/** @type {string} */ tag) => `${NAME}.${tag}@shoppers.example`;

  // A whole life: reminded, opened, unsubscribed; and every way for a delivery to fail.
  await leftCart(edge, mail('sent'));
  smtp.rule(mail('bounced'), { rcpt: [550] });
  await leftCart(edge, mail('bounced'));
  smtp.rule(mail('lost'), { data: ['drop'] });
  await leftCart(edge, mail('lost'));
  smtp.rule(mail('busy'), { rcpt: [451], data: [undefined, 451] });
  await leftCart(edge, mail('busy'));
  const shop = await edge.anotherShop('shop_resend01', { ...FAST_PACE, provider: 'resend' });
  resend.faults.set(mail('refused'), [422]);
  await leftCart(shop, mail('refused'));

  // Shops put contacts where none belong, and shoppers put them into addresses.
  const device = new Device(edge);
  const planted = mail('planted');
  const page = {
    device: 'phone',
    tz: 'Europe/Paris',
    locale: 'fr-FR',
    referrer: `https://mail.example/inbox/${planted}?to=${planted}&tel=%2B${PHONE}#${NAME}`,
    utm: {
      source: planted,
      medium: encodeURIComponent(planted),
      campaign: `+${PHONE}`,
      content: encodeURIComponent(`+${PHONE}`),
      term: '+33 6 98 76 54 32',
    },
  };
  const consents = [
    `/checkout?email=${encodeURIComponent(planted)}`,
    `/account/${planted}`,
    `/call/+${PHONE}`,
  ];
  /** @type {any} */
  let body;
  for (const path of consents) {
    const identify = device.event('identify', {
      email: ` ${planted.toUpperCase()} `,
      phone: '+33 6 98 76 54 32',
      consent: { email: true, sms: true, wording: 'w1', page: path },
    });
    body = { ...device.body([device.add(MUG), identify]), page };
    assert.equal((await edge.post('/v1/collect', body)).status, 200);
  }
  // What is refused is not written down either.
  await edge.post('/v1/collect', JSON.stringify(body).slice(0, -1));
  await edge.post('/v1/collect', { ...device.body([device.identify(`${planted}@twice`)]) });
  await edge.post('/v1/collect', {
    ...device.body([device.event('identify', { email: { address: planted } })]),
  });
  await edge.post('/v1/collect', { ...device.body([device.identify(planted)]), key: planted });
  await edge.lookup(planted);
  await fetch(`${edge.url}/v1/shoppers/lookup`, {
    method: 'POST',
    body: JSON.stringify({ email: planted }),
  });

  await closed(mail('sent'), 'sent');
  await closed(mail('bounced'), 'dead_lettered');
  await closed(mail('lost'), 'unknown');
  await closed(mail('busy'), 'sent');
  await closed(mail('refused'), 'dead_lettered', shop);
  await until('a mail to the planted address', () => smtp.of(planted).length === 1);
  assert.equal(smtp.of(mail('sent')).length, 1);
  await edge.stack.runCron();

  const running = filesWithTraces(stateDir);
  assert.deepEqual(running.hits, []);
  assert.ok(running.files > 20, `${running.files} files`);
  await edge.stack.kill9();
  await edge.stack.restart();
  assert.equal(
    (await edge.deliveries(planted))[0].state,
    'sent',
    'it is kept, and can be read with the keys',
  );
  assert.deepEqual(filesWithTraces(stateDir).hits, []);
});

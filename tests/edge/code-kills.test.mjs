/** A code that is made for one message is made once, and the message goes once, wherever between the two the worker is killed. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { forEveryCart } from '../../scripts/demo-shop.mjs';
import { killAmid } from '../faults/kill.mjs';
import { leftCart } from '../fixtures/device.mjs';
import { FAST_PACE, runEdge } from '../fixtures/edge.mjs';
import { listenAll, platformPeers } from '../fixtures/platform-apis/all.mjs';
import { ResendPeer } from '../fixtures/providers/resend.mjs';
import { until } from '../fixtures/until.mjs';
import { connect, putProducts } from '../fixtures/webhooks.mjs';

const OFFER = { code: 'BACK-{unique}', percent: 15 };
const PACE = {
  ...FAST_PACE,
  sequences: forEveryCart([{ after_ms: 1_000, template: 'offer', offer: OFFER }]),
  retry_ms: [300, 300, 300, 300, 300, 300],
  provider: 'resend',
};

const peers = platformPeers();
/** @type {ResendPeer} */
let resend;
/** @type {import('../fixtures/edge.mjs').Edge} */
let edge;
/** @type {Record<string, import('../fixtures/edge.mjs').Edge>} by platform */
const shops = {};
before(async () => {
  resend = await ResendPeer.start('re_codes');
  const platforms = await listenAll(peers);
  edge = await runEdge({
    demo: PACE,
    cronMs: 5_000,
    batch: { size: 10, seconds: 2 },
    env: {
      ...resend.env,
      ...platforms,
    },
  });
  for (const [n, [name, peer]] of Object.entries(peers).entries()) {
    const shop = await edge.anotherShop(`shop_c0de000${n + 1}`, PACE);
    await connect(shop, peer.platform, peer.connection);
    await putProducts(shop, [peer.variant(1)]);
    peer.stock.set(peer.variant(1), { available: true, price: '15.00' });
    shops[name] = shop;
  }
});
after(async () => {
  await edge?.end();
  await resend?.close();
  await Promise.all(Object.values(peers).map((peer) => peer.close()));
});

// Once it is made: before the worker hears of that, and when it has just heard.
for (const kill of /** @type {const} */ (['during', 'after'])) {
  test(`a code is made once and its message sent once, with a kill ${kill} its making`, async () => {
    const people = Object.entries(peers).map(([name, peer]) => {
      return { name, peer, to: 'code', email: `${kill}@${name}.example`, known: peer.codes.size };
    });
    const begin = () =>
      Promise.all(
        people.map(({ name, peer, email }) =>
          leftCart(/** @type {any} */ (shops[name]), email, peer.variant(1)),
        ),
      );
    const met = await killAmid(edge.stack, kill, people, begin);
    assert.equal(met.length, people.length, `${met.length} were met`);
    for (const { name, peer, known } of people) assert.equal(peer.codes.size, known + 1, name);
    for (const { name, peer, email, known } of people) {
      const isSent = async () => {
        const [delivery] = (await shops[name]?.deliveries(email)) ?? [];
        return delivery?.state === 'sent' && delivery;
      };
      const sent = await until(`${email} is sent`, isSent, { within: 90_000, every: 300 });
      assert.ok(sent.attempts >= 2, `${name}: ${sent.attempts} tries`);
      assert.equal(peer.codes.size, known + 1, `${name}: one code`);
      const mails = resend.of(email);
      assert.equal(mails.length, 1, `${name}: one message`);
      const [code = ''] = String(mails[0]?.email.text).match(/BACK-[0-9A-Z]{10}/) ?? [];
      const made = [...peer.codes.values()].map((one) => one.code.toUpperCase());
      assert.ok(made.includes(code), `${name}: ${code} of ${made}`);
    }
  });
}

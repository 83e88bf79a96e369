/** Strangers on real workerd: floods of requests, of addresses and of carts, bots, tried cards; and whoever is beside them. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { forEveryCart } from '../../scripts/demo-shop.mjs';
import { BAG, Device, MUG } from '../fixtures/device.mjs';
import { runEdge } from '../fixtures/edge.mjs';
import { parseMail, SmtpPeer } from '../fixtures/smtp-peer.mjs';
import { until } from '../fixtures/until.mjs';
import { connect, shopify } from '../fixtures/webhooks.mjs';

const BROWSER =
  'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36';
const CRAWLER = 'Mozilla/5.0 (compatible; Examplebot/2.1; +https://bots.example/about)';

const PACE = {
  thresholds: { cart_ms: 1_000, checkout_ms: 1_000 },
  sequences: forEveryCart([{ after_ms: 1_000, template: 'reminder' }]),
};

/** Small, so that a flood is one soon. */
const ENV = {
  UNCONFIRMED_CARTS_DAY: '2',
  UNCONFIRMED_NETWORK_HOUR: '3',
  UNCONFIRMED_NETWORK_DAY: '50',
  UNCONFIRMED_SHOP_HOUR: '6',
};
const LIMITS = {
  ...{ LIMIT_PAGES: 60, LIMIT_SERVERS: 25, LIMIT_SIGNATURES: 5 },
  ...{ LIMIT_CARTS: 12, LIMIT_PAYMENTS: 5 },
};

/** @typedef {import('../fixtures/edge.mjs').Edge} Edge */

/** @type {SmtpPeer} */
let smtp;
/** @type {Edge} */
let edge;
before(async () => {
  smtp = await SmtpPeer.start();
  edge = await runEdge({ demo: PACE, env: { ...ENV, SMTP_URL: smtp.url }, limits: LIMITS });
});
after(async () => {
  await edge?.end();
  await smtp?.close();
});

/**
 * A shop as a browser on another network sees it. The platform says where a request comes from; here nothing stands before the worker.
 * @param {Edge} shop @param {string} address @param {string} [agent]
 * @returns {Edge}
 */
function from(shop, address, agent = BROWSER) {
  const own = { 'cf-connecting-ip': address, 'user-agent': agent };
  return Object.assign(Object.create(shop), {
    post: (/** @type {string} */ path, /** @type {any} */ body, headers = {}, init = {}) =>
      shop.post(path, body, { ...own, ...headers }, init),
  });
}

/** A shop of its own. @param {string} shop */
const shopOf = (shop) => edge.anotherShop(shop, PACE);

/** Leaves a cart there. @param {Edge} shop @param {string} address @param {string} email @param {string} [agent] */
async function leaves(shop, address, email, agent) {
  const device = new Device(from(shop, address, agent));
  await device.settle(device.add(MUG), device.identify(email));
  return device;
}

/** Why nobody wrote, once that is decided. @param {Edge} shop @param {string} email */
async function whyNot(shop, email) {
  const { reason, sentence } = await until(
    `${email} is not written to`,
    async () => (await shop.deliveries(email)).findLast(({ state }) => state === 'skipped'),
    { within: 40_000 },
  );
  assert.match(sentence ?? '', /^Not sent, because /);
  return reason;
}

/** @param {string} email */
const isWritten = (email) => smtp.awaited(email, 1, 40_000);

describe('requests', { concurrency: false }, () => {
  test('a network that asks too much is told when to come back, and then loses nothing; its neighbour is not kept waiting', async () => {
    const here = from(edge, '203.0.113.1');
    const device = new Device(here);
    const add = device.add(MUG);
    await device.send(add);
    const more = device.add(BAG);
    const answers = await Promise.all(
      Array.from({ length: 150 }, () => here.post('/v1/collect', device.body([]))),
    );
    const turned = answers.filter(({ status }) => status === 429);
    assert.ok(turned.length >= 30, `${turned.length} of 150 turned away`);
    assert.ok(answers.every(({ status }) => [200, 429].includes(status)));
    const [first] = turned;
    assert.equal(first?.headers.get('retry-after'), '10');
    assert.match(first?.headers.get('content-type') ?? '', /^application\/problem\+json/);
    // The page may read it: it is of another origin.
    assert.equal(first?.headers.get('access-control-allow-origin'), edge.url);
    const problem = /** @type {any} */ (await first?.json());
    assert.deepEqual(
      [problem.status, problem.code, problem.slow_down_ms],
      [429, 'rate_limited', 10_000],
    );
    // The same network of IPv6 whatever its lower half; others are not in its way.
    const other = new Device(from(edge, '203.0.113.2'));
    assert.equal((await other.send(other.add(MUG))).acked.length, 1);
    const six = (/** @type {string} */ last) => from(edge, `2001:db8:1:2::${last}`);
    const crowd = await Promise.all(
      Array.from({ length: 150 }, (_, n) => {
        const shop = six(n.toString(16));
        return shop.post('/v1/collect', new Device(shop).body([]));
      }),
    );
    assert.ok(crowd.filter(({ status }) => status === 429).length >= 30);
    // A client that waits as it was told brings what it had to say.
    const answer = await until(
      'it is taken',
      async () => {
        const response = await here.post('/v1/collect', device.body([more]));
        if (response.status === 429) await sleep(1_000);
        return response.status === 200 && /** @type {Promise<any>} */ (response.json());
      },
      { within: 30_000 },
    );
    assert.deepEqual(answer.acked, [more.id]);
    assert.deepEqual((await new Device(edge, device.secret).fresh()).lines, { [BAG]: 1, [MUG]: 1 });
  });

  test('other calls of pages are counted with beacons, unsubscribing and this machine are not', async () => {
    const here = from(edge, '203.0.113.3');
    const asks = await Promise.all(
      Array.from({ length: 150 }, () =>
        here.post('/v1/restore', { key: edge.key, token: 'x'.repeat(64) }),
      ),
    );
    assert.ok(asks.some(({ status }) => status === 429));
    const headers = { 'cf-connecting-ip': '203.0.113.3' };
    const gone = await fetch(`${edge.url}/u/${'x'.repeat(64)}`, { method: 'POST', headers });
    assert.notEqual(gone.status, 429);
    const own = await Promise.all(
      Array.from({ length: 150 }, () => edge.post('/v1/collect', new Device(edge).body([]))),
    );
    assert.ok(own.every(({ status }) => status === 200));
  });

  test('a secret key has a limit of its own, and another shop another one', async () => {
    const shop = await shopOf('shop_0000aaa1');
    const ask = (/** @type {Edge} */ { secret }, times = 1) =>
      Promise.all(
        Array.from({ length: times }, async () => {
          const headers = { authorization: `Bearer ${secret}`, 'cf-connecting-ip': '203.0.113.4' };
          return (await fetch(`${edge.url}/v1/reservations`, { headers })).status;
        }),
      );
    const asked = await ask(shop, 70);
    assert.ok(asked.filter((status) => status === 429).length >= 15, String(asked));
    assert.deepEqual(await ask(edge), [200]);
  });

  test('who keeps sending bad signatures is turned away, and a good one is taken from there as well', async () => {
    const shop = await shopOf('shop_0000aaa2');
    const secret = 'shpss_0123456789abcdef0123456789abcdef';
    await connect(shop, 'shopify', { webhook_secret: secret });
    const cart = { id: 'a'.repeat(32), token: 'a'.repeat(32), line_items: [] };
    const send = async (/** @type {string} */ address, /** @type {string} */ key) => {
      const { body, headers } = shopify('carts/update', cart, key);
      const response = await fetch(`${edge.url}/webhooks/shopify/${shop.shop}`, {
        method: 'POST',
        headers: { ...headers, 'cf-connecting-ip': address },
        body,
      });
      return response.status;
    };
    const good = await Promise.all(Array.from({ length: 80 }, () => send('203.0.113.5', secret)));
    assert.ok(
      good.every((status) => status === 202),
      String(good),
    );
    const bad = [];
    for (let n = 0; n < 20; n += 1) bad.push(await send('203.0.113.6', 'not the secret'));
    assert.deepEqual([...new Set(bad)].sort(), [401, 429], String(bad));
    // Many shops' servers may share an address with whoever sends the bad ones.
    assert.equal(await send('203.0.113.6', secret), 202);
    assert.equal(await send('203.0.113.6', 'not the secret'), 429);
    assert.equal(await send('203.0.113.5', secret), 202);
  });
});

describe('addresses that nobody vouches for', { concurrency: true }, () => {
  test('a network brings only so many; beside it everybody is written to; a word of the shop lifts it', async () => {
    const shop = await shopOf('shop_0000aaa3');
    const named = (/** @type {number} */ n) => `flood-${n}@network.example`;
    for (const n of [1, 2, 3, 4, 5]) await leaves(shop, '198.51.100.1', named(n));
    await leaves(shop, '198.51.100.2', 'honest@network.example');
    await isWritten('honest@network.example');
    for (const n of [1, 2, 3]) await isWritten(named(n));
    for (const n of [4, 5]) assert.equal(await whyNot(shop, named(n)), 'network_limit');
    // The cart is kept all the same.
    const { shopper } = await shop.lookup(named(4));
    assert.ok(shopper);
    const told = await fetch(`${edge.url}/v1/shoppers`, {
      method: 'PUT',
      headers: { authorization: `Bearer ${shop.secret}` },
      body: JSON.stringify({ email: named(4), tier: 'gold' }),
    });
    assert.equal(told.status, 200, await told.text());
    await leaves(shop, '198.51.100.1', named(4));
    await isWritten(named(4));
  });

  test('so many carts name one address, and the others lead to nothing', async () => {
    const shop = await shopOf('shop_0000aaa4');
    const email = 'victim@address.example';
    /** Once a conversation is over, what is left is the next one's. @param {number} count */
    const written = (count) =>
      until(
        `${count} messages are sent`,
        async () => {
          const sent = (await shop.deliveries(email)).filter(({ state }) => state === 'sent');
          return sent.length === count;
        },
        { within: 40_000 },
      );
    await leaves(shop, '198.51.100.11', email);
    await written(1);
    await leaves(shop, '198.51.100.12', email);
    await written(2);
    for (const n of [13, 14, 15]) await leaves(shop, `198.51.100.${n}`, email);
    assert.equal(await whyNot(shop, email), 'address_limit');
    assert.equal(smtp.of(email).length, 2);
    // Whoever reads that mailbox comes by the link: from then on it is theirs.
    const [mail] = smtp.of(email);
    assert.ok(mail);
    const { text = '' } = await parseMail(mail);
    const [, token = ''] = text.match(/\/r\/([A-Za-z0-9_-]{64})/) ?? [];
    const device = new Device(from(shop, '198.51.100.16'));
    await device.send(device.event('fork', { token, dots: [] }), device.add(BAG));
    await sleep(500);
    await leaves(shop, '198.51.100.17', email);
    await smtp.awaited(email, 3, 40_000);
  });

  test('a shop gets only so many from everywhere together', async () => {
    const shop = await shopOf('shop_0000aaa5');
    const named = (/** @type {number} */ n) => `flood-${n}@shop.example`;
    for (let n = 1; n <= 8; n += 1) await leaves(shop, `192.0.2.${n}`, named(n));
    for (const n of [1, 6]) await isWritten(named(n));
    for (const n of [7, 8]) assert.equal(await whyNot(shop, named(n)), 'shop_limit');
    // Another shop of the deployment has its own.
    await leaves(edge, '192.0.2.7', 'other-shop@shop.example');
    await isWritten('other-shop@shop.example');
  });
});

describe('carts that are no shopper’s', { concurrency: true }, () => {
  test('who says to be a machine fills carts that nobody is written to about', async () => {
    const shop = await shopOf('shop_0000aaa6');
    await leaves(shop, '192.0.2.61', 'crawled@bots.example', CRAWLER);
    const driven = new Device(from(shop, '192.0.2.62'));
    const page = { webdriver: true };
    const events = [driven.add(MUG), driven.identify('driven@bots.example')];
    await from(shop, '192.0.2.62').post('/v1/collect', { ...driven.body(events), page });
    await leaves(shop, '192.0.2.63', 'person@bots.example');
    await isWritten('person@bots.example');
    for (const name of ['crawled', 'driven']) {
      assert.equal(await whyNot(shop, `${name}@bots.example`), 'automated');
    }
  });

  test('a network that begins carts by the dozen within a minute is taken for a machine', async () => {
    const shop = await shopOf('shop_0000aaa7');
    // The counters begin anew with each minute of the clock.
    const left = 60_000 - (Date.now() % 60_000);
    if (left < 20_000) await sleep(left);
    const here = from(shop, '192.0.2.71');
    for (let n = 0; n < 30; n += 1) {
      const device = new Device(here);
      await device.send(device.add(MUG));
    }
    await leaves(shop, '192.0.2.71', 'last@carts.example');
    await leaves(shop, '192.0.2.72', 'beside@carts.example');
    await isWritten('beside@carts.example');
    assert.equal(await whyNot(shop, 'last@carts.example'), 'automated');
  });

  test('payments that fail on and on are tried cards; one that fails twice is reminded of', async () => {
    const shop = await shopOf('shop_0000aaa8');
    const fails = async (/** @type {Device} */ device, /** @type {number} */ times) => {
      for (let n = 0; n < times; n += 1) {
        await device.send(
          device.event('checkout', { stage: 'payment_failed', code: 'card_declined' }),
        );
      }
    };
    const person = await leaves(shop, '192.0.2.81', 'person@cards.example');
    await fails(person, 2);
    const tester = await leaves(shop, '192.0.2.82', 'tester@cards.example');
    await fails(tester, 5);
    // Each failure from another network: the cart itself counts.
    const roaming = await leaves(shop, '192.0.2.90', 'roaming@cards.example');
    for (let n = 0; n < 8; n += 1) {
      const hop = new Device(from(shop, `192.0.2.${100 + n}`), roaming.secret);
      await fails(hop, 1);
    }
    // The same network with another cart, before the minute is over.
    const next = await leaves(shop, '192.0.2.82', 'next@cards.example');
    await fails(next, 7);
    await isWritten('person@cards.example');
    assert.equal(await whyNot(shop, 'roaming@cards.example'), 'card_testing');
    assert.equal(await whyNot(shop, 'next@cards.example'), 'card_testing');
    assert.equal(smtp.of('next@cards.example').length, 0);
  });
});

test('readiness says whether requests are limited', async () => {
  const ready = /** @type {any} */ (await (await fetch(`${edge.url}/readyz`)).json());
  assert.deepEqual([ready.status, ready.limits], ['ready', true]);
});

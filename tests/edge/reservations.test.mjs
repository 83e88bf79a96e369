/** Reservations: the last piece goes to one of those who pay for it, and comes back when nobody does. */
import assert from 'node:assert/strict';
import { randomBytes, randomUUID } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { cartId } from '../../scripts/keys.mjs';
import { Device, leftCart } from '../fixtures/device.mjs';
import { FAST_PACE, runEdge, SLOW_PACE } from '../fixtures/edge.mjs';
import { EndpointPeer } from '../fixtures/endpoint-peer.mjs';
import { assertProblem } from '../fixtures/problem.mjs';
import { randomFrom } from '../fixtures/random.mjs';
import { parseMail, SmtpPeer } from '../fixtures/smtp-peer.mjs';
import { until } from '../fixtures/until.mjs';

const KILLS = 4;

/** @type {import('../fixtures/edge.mjs').Edge} */
let edge;
/** @type {EndpointPeer} */
let peer;
/** @type {SmtpPeer} */
let smtp;
before(async () => {
  [peer, smtp] = await Promise.all([EndpointPeer.start(), SmtpPeer.start()]);
  edge = await runEdge({ demo: SLOW_PACE, env: { SMTP_URL: smtp.url } });
});
after(async () => {
  await edge?.end();
  await Promise.all([peer?.close(), smtp?.close()]);
});

/** @param {string} method @param {string} path @param {any} [body] @param {string} [key] @param {import('../fixtures/edge.mjs').Edge} [shop] */
const call = (method, path, body, key, shop = edge) =>
  fetch(shop.url + path, {
    method,
    headers: {
      authorization: `Bearer ${shop.secret}`,
      ...(key ? { 'idempotency-key': key } : {}),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });

/** @param {Response} response @returns {Promise<any>} */
async function json(response) {
  assert.equal(response.status, 200, await response.clone().text());
  return response.json();
}

/** @param {any} body @param {string} [key] */
const reserve = (body, key) => call('POST', '/v1/reservations', body, key);

/** @param {string} id @param {'confirm' | 'cancel'} what */
const end = (id, what) => call('POST', `/v1/reservations/${id}/${what}`);

/** @param {string} id @returns {Promise<any>} */
const read = async (id) => json(await call('GET', `/v1/reservations/${id}`));

/** Pushes products with so many in stock. @param {Record<string, number | null>} stock @param {object} [more] */
async function push(stock, more = {}) {
  const products = Object.entries(stock).map(([variant, left]) => ({
    ...{ variant, title: variant, price_minor: 500, currency: 'EUR', stock: left },
    ...{ image: 'https://shop.example/i.png', url: `https://shop.example/${variant}`, ...more },
  }));
  await json(await call('PUT', '/v1/catalogue', { products }));
}

/** How many of a variant can be reserved now; it reserves nothing. @param {string} variant */
async function open(variant) {
  const body = { id: randomUUID(), lines: [{ variant, qty: 9_999 }] };
  const problem = await assertProblem(await reserve(body), 409, 'stock_short');
  return problem.short[0].available;
}

/** A cart with these variants. @param {...string} variants */
async function filled(...variants) {
  const device = new Device(edge);
  await device.settle(...variants.map((variant) => device.add(variant)));
  return { device, cart: `crt_${cartId(edge.shop, device.secret)}` };
}

const fresh = () => `v-${randomBytes(6).toString('hex')}`;

describe('a reservation', () => {
  test('holds all of its lines or none', async () => {
    const [mug, bowl] = [fresh(), fresh()];
    await push({ [mug]: 2, [bowl]: 1 });
    const lines = [
      { variant: mug, qty: 1 },
      { variant: bowl, qty: 2 },
    ];
    const problem = await assertProblem(await reserve({ id: mug, lines }), 409, 'stock_short');
    assert.deepEqual(problem.short, [{ variant: bowl, available: 1 }]);
    assert.equal(await open(mug), 2);
    await assertProblem(await call('GET', `/v1/reservations/${mug}`), 404, 'reservation_unknown');
    const made = await json(await reserve({ id: mug, lines: [...lines.slice(0, 1), lines[0]] }));
    assert.deepEqual(made.lines, [{ variant: mug, qty: 2 }]);
    assert.equal(made.state, 'held');
    assert.ok(Math.abs(made.expires_at - Date.now() - 900_000) < 60_000);
    assert.equal(await open(mug), 0);
    // A new figure takes the place of the old one; what is held stays held.
    await push({ [mug]: 5, [bowl]: 1 });
    assert.equal(await open(mug), 3);
    await push({ [mug]: 1, [bowl]: 1 });
    assert.equal(await open(mug), 0);
  });

  test('is confirmed once, cancelled once, and each step is answered the same again', async () => {
    const mug = fresh();
    await push({ [mug]: 3 });
    const body = { id: `${mug}:1`, lines: [{ variant: mug, qty: 2 }] };
    const made = await (await reserve(body)).text();
    assert.equal(await (await reserve(body)).text(), made);
    const other = { ...body, lines: [{ variant: mug, qty: 1 }] };
    await assertProblem(await reserve(other), 409, 'reservation_conflict');
    const sold = await (await end(body.id, 'confirm')).text();
    assert.equal(JSON.parse(sold).state, 'confirmed');
    assert.equal(await (await end(body.id, 'confirm')).text(), sold);
    await assertProblem(await end(body.id, 'cancel'), 409, 'reservation_confirmed');
    assert.equal(await open(mug), 1);
    await json(await reserve({ id: `${mug}:2`, lines: [{ variant: mug, qty: 1 }] }));
    const gone = await (await end(`${mug}:2`, 'cancel')).text();
    assert.equal(await (await end(`${mug}:2`, 'cancel')).text(), gone);
    await assertProblem(await end(`${mug}:2`, 'confirm'), 409, 'reservation_cancelled');
    assert.equal(await open(mug), 1);
    await assertProblem(await end('nobodys', 'confirm'), 404, 'reservation_unknown');
  });

  test('is named by its id or its Idempotency-Key', async () => {
    const mug = fresh();
    await push({ [mug]: 2 });
    const body = { lines: [{ variant: mug, qty: 1 }] };
    await assertProblem(await reserve(body), 400, 'body_invalid');
    const key = randomUUID();
    const first = await reserve(body, key);
    const text = await first.text();
    assert.match(JSON.parse(text).id, /^rsv_[0-9a-f]{32}$/);
    const again = await reserve(body, key);
    assert.equal(again.headers.get('idempotency-replayed'), 'true');
    assert.equal(await again.text(), text);
    await assertProblem(
      await reserve({ lines: [{ variant: mug, qty: 2 }] }, key),
      409,
      'idempotency_conflict',
    );
    assert.equal(await open(mug), 1);
    for (const [wrong, code] of /** @type {[any, string][]} */ ([
      [{ ...body, id: 'a/b' }, 'reservation_id_invalid'],
      [{ id: 'x', lines: [] }, 'field_out_of_range'],
      [{ id: 'x', lines: [{ variant: mug, qty: 0 }] }, 'quantity_invalid'],
      [{ ...body, id: 'x', expires_in_ms: 5 }, 'field_out_of_range'],
      [{ ...body, id: 'x', cart: 'crt_1' }, 'cart_id_invalid'],
    ])) {
      await assertProblem(await reserve(wrong), 400, code);
    }
    const nobody = { ...body, id: 'x', cart: `crt_${'0'.repeat(32)}` };
    await assertProblem(await reserve(nobody), 404, 'cart_unknown');
  });

  test('ends by an alarm when its time is over', async () => {
    const mug = fresh();
    await push({ [mug]: 1 });
    const body = { id: mug, lines: [{ variant: mug, qty: 1 }], expires_in_ms: 1_500 };
    const { expires_at } = await json(await reserve(body));
    // Reading ends nothing: it is the alarm that did.
    const ended = await until('its end', async () => {
      const found = await read(mug);
      return found.state === 'expired' && found;
    });
    assert.ok(ended.ended_at >= expires_at && ended.ended_at < expires_at + 10_000);
    await assertProblem(await end(mug, 'confirm'), 409, 'reservation_expired');
    assert.equal((await json(await end(mug, 'cancel'))).state, 'expired');
    assert.equal(await open(mug), 1);
  });

  test('ends by its alarm although the worker was killed meanwhile', async () => {
    const mug = fresh();
    await push({ [mug]: 1 });
    const body = { id: mug, lines: [{ variant: mug, qty: 1 }], expires_in_ms: 2_000 };
    await json(await reserve(body));
    await edge.stack.kill9();
    await edge.stack.restart();
    await until('its end', async () => (await read(mug)).state === 'expired', { within: 60_000 });
  });

  test('of the last pieces goes to as many as there are, of many who come at once', async () => {
    const [mug, bowl] = [fresh(), fresh()];
    await push({ [mug]: 7, [bowl]: 5 });
    const answers = await Promise.all(
      Array.from({ length: 60 }, (_, n) =>
        reserve({
          id: `${mug}:${n}`,
          lines: [{ variant: mug, qty: 1 }, ...(n % 2 ? [{ variant: bowl, qty: 1 }] : [])],
        }),
      ),
    );
    const made = answers.filter(({ status }) => status === 200);
    for (const answer of answers.filter(({ status }) => status !== 200)) {
      await assertProblem(answer, 409, 'stock_short');
    }
    assert.equal(made.length, 7);
    const bowls = (await Promise.all(made.map(json))).filter(({ lines }) => lines.length > 1);
    assert.ok(bowls.length <= 5);
    assert.equal(await open(bowl), 5 - bowls.length);
    // All of them confirm and cancel at once; each ends one way.
    const ids = (await listed(`state=held`)).filter(({ id }) => id.startsWith(mug));
    assert.equal(ids.length, 7);
    await Promise.all(ids.flatMap(({ id }) => [end(id, 'confirm'), end(id, 'cancel')]));
    const states = await Promise.all(ids.map(async ({ id }) => (await read(id)).state));
    const sold = states.filter((state) => state === 'confirmed').length;
    assert.equal(states.filter((state) => state === 'cancelled').length, 7 - sold);
    assert.equal(await open(mug), 7 - sold);
  });

  test(`holds nothing twice when the worker is killed ${KILLS} times before its answer`, async () => {
    const random = randomFrom(0x5eed);
    const mug = fresh();
    await push({ [mug]: 50 });
    for (let kill = 0; kill < KILLS; kill += 1) {
      const bodies = Array.from({ length: 6 }, (_, n) => ({
        ...(n % 2 ? { id: `${mug}:${kill}:${n}` } : {}),
        lines: [{ variant: mug, qty: 1 }],
      }));
      const keys = bodies.map(() => randomUUID());
      const cut = bodies.map((body, n) => reserve(body, keys[n]).catch(() => {}));
      await sleep(random.below(60));
      await edge.stack.kill9();
      await Promise.all(cut);
      await edge.stack.restart();
      // The same requests, until they are answered; one that was under way counts as such for a minute, and its key names the same one.
      await Promise.all(
        bodies.map((body, n) =>
          until(
            'an answer',
            async () => (await reserve(body, keys[n]).catch(() => undefined))?.status === 200,
            { within: 150_000, every: 1_000 },
          ),
        ),
      );
      assert.equal(await open(mug), 50 - (kill + 1) * 6);
    }
  });
});

/** @param {string} query @returns {Promise<any[]>} */
async function listed(query) {
  const all = [];
  for (let cursor = ''; ; ) {
    const page = await json(await call('GET', `/v1/reservations?${query}&limit=3${cursor}`));
    all.push(...page.reservations);
    if (!page.next) return all;
    assert.equal(page.reservations.length, 3);
    cursor = `&cursor=${page.next}`;
  }
}

test('the list is by id, page after page, and says what it does not know', async () => {
  const mug = fresh();
  for (let n = 0; n < 7; n += 1) {
    await json(await reserve({ id: `${mug}.${n}`, lines: [{ variant: mug, qty: 1 }] }));
  }
  await json(await end(`${mug}.3`, 'cancel'));
  const own = async (/** @type {string} */ query) =>
    (await listed(query)).map(({ id }) => id).filter((id) => id.startsWith(`${mug}.`));
  assert.deepEqual(
    await own(''),
    Array.from({ length: 7 }, (_, n) => `${mug}.${n}`),
  );
  assert.deepEqual(await own('state=cancelled'), [`${mug}.3`]);
  for (const query of ['state=x', 'limit=0', 'limit=101', 'reconciled=false', 'x=1']) {
    await assertProblem(await call('GET', `/v1/reservations?${query}`), 400, 'body_invalid');
  }
});

describe('a cart', () => {
  test('has one reservation: payment that begins again takes the place of the first', async () => {
    const mug = fresh();
    await push({ [mug]: 1 });
    const { cart } = await filled(mug);
    const lines = [{ variant: mug, qty: 1 }];
    await json(await reserve({ id: `${mug}:1`, lines, cart }));
    await json(await reserve({ id: `${mug}:2`, lines, cart }));
    const first = await read(`${mug}:1`);
    assert.deepEqual([first.state, first.cause], ['cancelled', 'replaced']);
    assert.equal(await open(mug), 0);
  });

  test('that is bought confirms what was reserved for it', async () => {
    const mug = fresh();
    await push({ [mug]: 2 });
    const { device, cart } = await filled(mug);
    await json(await reserve({ id: mug, lines: [{ variant: mug, qty: 1 }], cart }));
    await device.settle(device.order([...device.base.keys()]));
    const sold = await until('the confirmation', async () => {
      const found = await read(mug);
      return found.state === 'confirmed' && found;
    });
    assert.equal(sold.cause, 'order');
    assert.equal((await json(await end(mug, 'confirm'))).ended_at, sold.ended_at);
    assert.equal(await open(mug), 1);
    // A basket of the shop's own server, bought in one telling.
    const basket = randomBytes(8).toString('hex');
    const told = { basket, version: 1, lines: [{ variant: mug, qty: 1 }] };
    const kept = await json(await call('PUT', '/v1/baskets', told));
    const second = { id: `${mug}:2`, lines: told.lines, cart: kept.cart };
    assert.equal((await json(await reserve(second))).in_cart, true);
    await json(await call('PUT', '/v1/baskets', { ...told, version: 2, order: basket }));
    await until('it', async () => (await read(`${mug}:2`)).state === 'confirmed');
    assert.equal(await open(mug), 0);
  });
});

describe('the last piece', () => {
  test('is not there for others on a click, and something else is named in its stead', async () => {
    const [mug, sibling] = [fresh(), fresh()];
    await push({ [mug]: 1, [sibling]: 1 }, { product: mug });
    const [mine, theirs] = [await filled(mug), await filled(mug)];
    /** @param {Device} device @returns {Promise<any>} */
    const line = async (device) => (await edge.restore(String(device.token))).lines[0];
    assert.equal((await line(theirs.device)).available, true);
    const body = { id: mug, lines: [{ variant: mug, qty: 1 }], cart: mine.cart };
    await json(await reserve(body));
    assert.equal((await line(mine.device)).available, true, 'it is held for this very cart');
    const missed = await line(theirs.device);
    assert.equal(missed.available, false);
    assert.deepEqual(
      missed.alternatives.map((/** @type {any} */ one) => one.variant),
      [sibling],
    );
    const { changes } = await edge.restore(String(theirs.device.token));
    assert.deepEqual(changes, [{ variant: mug, kind: 'sold_out' }]);
    // What is held for others is no alternative either.
    await json(await reserve({ id: sibling, lines: [{ variant: sibling, qty: 1 }] }));
    assert.equal((await line(theirs.device)).alternatives, undefined);
    await json(await end(mug, 'cancel'));
    assert.equal((await line(theirs.device)).available, true);
    // Sold is gone until the shop pushes a new figure.
    await json(await reserve({ ...body, id: `${mug}:2` }));
    await json(await end(`${mug}:2`, 'confirm'));
    assert.equal((await line(theirs.device)).available, false);
    assert.equal((await line(mine.device)).available, false);
    await push({ [mug]: 1 });
    assert.equal((await line(theirs.device)).available, true);
    await push({ [mug]: 0 });
    assert.equal((await line(theirs.device)).available, false);
  });

  test('is sold out in a message that goes while somebody else holds it', async () => {
    const fast = await edge.anotherShop('shop_fast0009', FAST_PACE);
    const mug = fresh();
    const product = {
      ...{ variant: mug, title: 'The last mug', price_minor: 500, currency: 'EUR', stock: 1 },
      ...{ image: 'https://shop.example/i.png', url: 'https://shop.example/m' },
    };
    await json(await call('PUT', '/v1/catalogue', { products: [product] }, undefined, fast));
    const body = { id: mug, lines: [{ variant: mug, qty: 1 }] };
    await json(await call('POST', '/v1/reservations', body, undefined, fast));
    /** @param {string} email */
    const said = async (email) => {
      await leftCart(fast, email, mug);
      const [mail] = await smtp.awaited(email, 1, 40_000);
      return (await parseMail(/** @type {any} */ (mail))).text ?? '';
    };
    assert.match(await said('late@stock.example'), /The last mug.*: sold out/);
    await json(await call('POST', `/v1/reservations/${mug}/cancel`, undefined, undefined, fast));
    assert.match(await said('later@stock.example'), /The last mug.*: €5.00/);
  });
});

test('a reconciliation frees what no cart needs any more, and says so', async () => {
  const [mug, bowl] = [fresh(), fresh()];
  await push({ [mug]: 9, [bowl]: 9 });
  const endpoint = await json(
    await call('POST', '/v1/endpoints', {
      url: `${peer.url}/reservations`,
      events: ['reservation.*'],
    }),
  );
  const lines = [
    { variant: mug, qty: 1 },
    { variant: bowl, qty: 1 },
  ];
  const hour = { expires_in_ms: 3_600_000 };
  const [empty, half, whole, late] = [
    await filled(mug, bowl),
    await filled(mug, bowl),
    await filled(mug, bowl),
    await filled(mug),
  ];
  for (const [name, { cart }] of Object.entries({ empty, half, whole, late })) {
    const made = await json(await reserve({ id: `${mug}:${name}`, lines, cart, ...hour }));
    assert.equal(made.in_cart, name !== 'late');
  }
  const dots = (/** @type {Device} */ device, /** @type {string} */ variant) =>
    [...device.base].filter(([, one]) => one.variant === variant).map(([dot]) => dot);
  await empty.device.settle(empty.device.remove([...empty.device.base.keys()]));
  await half.device.settle(half.device.remove(dots(half.device, bowl)));
  await edge.stack.runCron();
  const found = await until('the reconciliation', async () => {
    const all = (await listed('reconciled=true')).filter(({ id }) => id.startsWith(mug));
    return all.length === 2 && all;
  });
  const [first, second] = found;
  assert.deepEqual([first.id, first.state, first.cause], [`${mug}:empty`, 'orphaned', 'line_gone']);
  assert.deepEqual([second.id, second.state, second.cause], [`${mug}:half`, 'held', 'line_gone']);
  assert.deepEqual(second.freed, [{ variant: bowl, qty: 1 }]);
  await assertProblem(await end(first.id, 'confirm'), 409, 'reservation_orphaned');
  assert.deepEqual([await open(mug), await open(bowl)], [9 - 3, 9 - 2]);
  const told = await until('the endpoint to hear', () => {
    const calls = peer.at('/reservations');
    return calls.length === 2 && calls.map(({ body }) => JSON.parse(body));
  });
  assert.ok(told.every(({ type }) => type === 'reservation.reconciled'));
  assert.deepEqual(
    told.map(({ data }) => data.reservation).sort(),
    found.map(({ id }) => id).sort(),
  );
  // A second one finds nothing new, and tells nothing again.
  await edge.stack.runCron();
  await sleep(2_000);
  assert.equal(peer.at('/reservations').length, 2);
  assert.equal((await read(`${mug}:whole`)).state, 'held');
  assert.equal((await read(`${mug}:late`)).state, 'held');
  await call('DELETE', `/v1/endpoints/${endpoint.id}`);
});

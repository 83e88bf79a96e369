/** `/v1/carts` on real workerd: what a shop's servers read of all its carts. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { forEveryCart } from '../../scripts/demo-shop.mjs';
import { cartId, parseToken, scopedKey } from '../../scripts/keys.mjs';
import { BAG, Device, leftCart, MUG } from '../fixtures/device.mjs';
import { runEdge, SLOW_PACE } from '../fixtures/edge.mjs';
import { assertProblem } from '../fixtures/problem.mjs';
import { until } from '../fixtures/until.mjs';

/** A cart counts as left after so many ms. */
const LEFT_MS = 4_000;

const QUICK_PACE = {
  thresholds: { cart_ms: LEFT_MS, checkout_ms: LEFT_MS },
  sequences: forEveryCart([{ after_ms: 86_400_000, template: 'reminder' }]),
};

/** @typedef {import('../fixtures/edge.mjs').Edge} Edge */

/** @type {Edge} */
let edge;
/** A shop whose carts are left within seconds. @type {Edge} */
let quick;
before(async () => {
  edge = await runEdge({ demo: SLOW_PACE });
  quick = await edge.anotherShop('shop_qk1ck003', QUICK_PACE);
});
after(() => edge?.end());

/** @param {Edge} at @param {string} path @param {{ secret?: string, body?: object, method?: string }} [options] */
const ask = (at, path, { secret = at.secret, body, method } = {}) =>
  fetch(at.url + path, {
    method: method ?? (body ? 'POST' : 'GET'),
    headers: { authorization: `Bearer ${secret}` },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });

/** @param {Edge} at @param {string} path @param {{ secret?: string, body?: object, method?: string }} [options] @returns {Promise<any>} */
async function read(at, path, options) {
  const response = await ask(at, path, options);
  const text = await response.text();
  assert.equal(response.status, 200, text);
  return JSON.parse(text);
}

/** @param {Device} device */
const idOf = (device) => `crt_${cartId(device.edge.shop, device.secret)}`;

/** Every cart of the list, page by page. @param {Edge} at @param {string} query */
async function all(at, query) {
  const carts = [];
  let pages = 0;
  for (let cursor = ''; pages === 0 || cursor; pages += 1) {
    const page = await read(at, `/v1/carts?${query}${cursor && `&cursor=${cursor}`}`);
    carts.push(...page.carts);
    cursor = page.next ?? '';
  }
  return { carts, pages, ids: carts.map(({ id }) => id) };
}

/** Waits until the desk has heard of so many carts. @param {Edge} at @param {number} count */
const heardOf = (at, count) =>
  until('the desk has heard of the shoppers', async () => {
    return (await all(at, 'limit=100')).carts.length === count;
  });

describe('the carts of a shop', () => {
  /** @type {Device[]} */
  const devices = [];
  const emails = ['ada', 'bob', 'cyd', 'dee', 'eve'].map((name) => `${name}@carts.example`);
  before(async () => {
    for (const [n, email] of emails.entries()) {
      const { device } = await leftCart(edge, email, n === 1 ? BAG : MUG);
      devices.push(device);
    }
    // Nobody knows whose this is, so it is in no list.
    const stranger = new Device(edge);
    await stranger.send(stranger.add(MUG));
    // Who agreed to nothing is in it all the same.
    const refuser = new Device(edge);
    await refuser.settle(refuser.add(BAG), refuser.identify('fay@carts.example', false));
    devices.push(refuser);
    await heardOf(edge, 6);
  });

  test('come with customer, lines, totals, times, consent and recovery link', async () => {
    const [ada] = devices;
    assert.ok(ada);
    await ada.settle(ada.add(MUG, 2, { options: { Engraving: 'Ada' } }));
    const put = await ask(edge, '/v1/shoppers', {
      method: 'PUT',
      body: { email: emails[0] ?? '', name: 'Ada Lovelace', customer_id: 'c-1815' },
    });
    assert.equal(put.status, 200, await put.text());
    const cart = await read(edge, `/v1/carts/${idOf(ada)}`);
    const { products } = await read(edge, '/v1/catalogue/products');
    const mug = products.find((/** @type {any} */ product) => product.variant === MUG);
    const price = mug.price_minor;
    assert.equal(cart.id, idOf(ada));
    assert.equal(cart.state, 'open');
    assert.equal(cart.source, 'snippet');
    const { id, ...customer } = cart.customer;
    assert.match(id, /^shp_[0-9a-f]{32}$/);
    assert.deepEqual(customer, {
      customer_id: 'c-1815',
      name: 'Ada Lovelace',
      email: emails[0],
    });
    assert.deepEqual(cart.consent, { email: true, sms: false });
    /** @type {any[]} */
    const lines = cart.lines;
    assert.deepEqual(
      lines
        .map(
          ({ variant, product, title, options, qty, unit_price_minor, total_minor, currency }) => ({
            variant,
            product,
            title,
            options,
            qty,
            unit_price_minor,
            total_minor,
            currency,
          }),
        )
        .sort((a, b) => a.qty - b.qty),
      [1, 2].map((qty) => ({
        variant: MUG,
        product: mug.product,
        title: mug.title,
        options: qty === 2 ? { Engraving: 'Ada' } : undefined,
        qty,
        unit_price_minor: price,
        total_minor: qty * price,
        currency: 'EUR',
      })),
    );
    assert.deepEqual(cart.totals, [{ currency: 'EUR', total_minor: 3 * price }]);
    assert.equal(cart.unpriced_lines, 0);
    assert.ok(cart.created_at <= cart.modified_at && cart.modified_at <= cart.active_at);
    assert.ok(Math.abs(Date.now() - cart.active_at) < 60_000);
    assert.equal(cart.abandoned_at, undefined);
    // The link is one as messages carry it, and brings exactly this cart back.
    const link = new URL(cart.recovery_link);
    assert.equal(link.origin, edge.url);
    const token = link.pathname.replace('/r/', '');
    const read48 = parseToken(edge.master, token);
    assert.equal(read48?.purpose, 'recovery');
    assert.equal(`crt_${read48?.subject}`, idOf(ada));
    assert.equal((await edge.click(token)).status, 302);
    const restored = await edge.restore(token);
    assert.equal(
      restored.lines.reduce(
        (/** @type {number} */ sum, /** @type {any} */ line) => sum + line.qty,
        0,
      ),
      3,
    );
    assert.deepEqual(restored.utm, { source: 'homing', medium: 'link', campaign: 'cart' });
  });

  test('are all in the list, once each, however small the pages', async () => {
    const own = devices.map(idOf).sort();
    for (const limit of [1, 2, 4, 100]) {
      const { ids, pages } = await all(edge, `limit=${limit}`);
      assert.deepEqual([...ids].sort(), own);
      assert.equal(pages, Math.ceil(own.length / limit));
    }
  });

  test('stay where they are while somebody pages and they change', async () => {
    const first = await read(edge, '/v1/carts?limit=3');
    // All change, one is ordered, one is new.
    for (const device of devices) await device.settle(device.add(BAG));
    const late = (await leftCart(edge, 'gus@carts.example')).device;
    await until(
      'the new one is there',
      async () => (await all(edge, 'limit=100')).carts.length === 7,
    );
    const rest = [];
    for (let cursor = first.next; cursor; ) {
      const page = await read(edge, `/v1/carts?limit=3&cursor=${cursor}`);
      rest.push(...page.carts);
      cursor = page.next;
    }
    const seen = [...first.carts, ...rest].map(({ id }) => id);
    assert.equal(new Set(seen).size, seen.length, 'none comes twice');
    for (const device of devices) assert.ok(seen.includes(idOf(device)), 'none is missed');
    devices.push(late);
  });

  test('are filtered by state, source, value, time', async () => {
    const [, bob] = devices;
    assert.ok(bob);
    const cart = await read(edge, `/v1/carts/${idOf(bob)}`);
    const [{ total_minor: worth }] = cart.totals;
    const everyone = devices.map(idOf).sort();
    /** @param {string} query */
    const ids = async (query) => (await all(edge, query)).ids.sort();
    assert.deepEqual(await ids('state=open,idle,returned'), everyone);
    assert.deepEqual(await ids('state=abandoned'), []);
    assert.deepEqual(await ids('state=ordered&state=recovered'), []);
    assert.deepEqual(await ids('source=snippet'), everyone);
    assert.deepEqual(await ids('source=server'), []);
    const exactly = await ids(`currency=EUR&value_from=${worth}&value_to=${worth}`);
    assert.ok(exactly.includes(idOf(bob)));
    for (const { totals } of (await all(edge, `currency=EUR&value_from=${worth + 1}`)).carts) {
      assert.ok(totals[0].total_minor > worth);
    }
    assert.deepEqual(await ids('currency=USD'), []);
    assert.ok((await ids(`created_from=${cart.created_at}`)).includes(idOf(bob)));
    assert.ok(
      !(
        await ids(`created_from=${cart.created_at + 1}&created_to=${cart.created_at + 1}`)
      ).includes(idOf(bob)),
    );
    assert.ok(
      (await ids(`modified_from=${cart.modified_at}&modified_to=${cart.modified_at}`)).includes(
        idOf(bob),
      ),
    );
    assert.deepEqual(await ids('abandoned_from=0'), []);
    for (const query of [
      'state=left',
      'source=fax',
      'value_from=1',
      'limit=0',
      'limit=101',
      'cursor=x',
      'email=a%40b.example',
    ]) {
      await assertProblem(await ask(edge, `/v1/carts?${query}`), 400, 'body_invalid');
    }
  });

  test('are found by an exact contact, which stands in no address', async () => {
    const found = await read(edge, '/v1/carts/search', { body: { email: ' Bob@carts.example ' } });
    assert.deepEqual(
      found.carts.map((/** @type {any} */ cart) => cart.id),
      [idOf(/** @type {Device} */ (devices[1]))],
    );
    assert.equal(found.carts[0].customer.email, emails[1]);
    const nobody = await read(edge, '/v1/carts/search', {
      body: { email: 'nobody@carts.example' },
    });
    assert.deepEqual(nobody, { carts: [] });
    const left = await read(edge, '/v1/carts/search', {
      body: { email: emails[1], state: ['abandoned'] },
    });
    assert.deepEqual(left.carts, []);
    const without = await read(edge, '/v1/carts/search', { body: { limit: 100 } });
    assert.equal(without.carts.length, devices.length);
    await assertProblem(
      await ask(edge, '/v1/carts/search', { body: { email: 'x' } }),
      400,
      'email_invalid',
    );
    await assertProblem(
      await ask(edge, '/v1/carts/search', { body: { name: 'x' } }),
      400,
      'body_invalid',
    );
    await assertProblem(
      await ask(edge, '/v1/carts/search', { body: { email: emails[1], phone: '+4915112345678' } }),
      400,
      'body_invalid',
    );
  });

  test('show contacts to keys alone that may see them', async () => {
    const secret = scopedKey(edge.master, edge.shop, { scopes: ['carts:read'] });
    const text = await (await ask(edge, '/v1/carts?limit=100', { secret })).text();
    assert.ok(!text.includes('@') && !text.includes('Lovelace'), text);
    const { carts } = JSON.parse(text);
    assert.equal(carts.length, devices.length);
    for (const { customer } of carts) assert.match(customer.id, /^shp_/);
    const refused = await ask(edge, '/v1/carts/search', { secret, body: { email: emails[0] } });
    const problem = await assertProblem(refused, 403, 'scope_missing');
    assert.equal(problem.scope, 'contacts:read');
    const blind = scopedKey(edge.master, edge.shop, { scopes: ['contacts:read'] });
    for (const path of ['/v1/carts', `/v1/carts/${idOf(/** @type {Device} */ (devices[0]))}`]) {
      const response = await ask(edge, path, { secret: blind });
      assert.equal((await assertProblem(response, 403, 'scope_missing')).scope, 'carts:read');
    }
  });

  test('belong to their shop', async () => {
    const [ada] = devices;
    assert.ok(ada);
    await assertProblem(await ask(quick, `/v1/carts/${idOf(ada)}`), 404, 'cart_unknown');
    await assertProblem(await ask(quick, `/v1/carts/${idOf(ada)}/events`), 404, 'cart_unknown');
    const cursor = (await read(edge, '/v1/carts?limit=1')).next;
    assert.deepEqual((await read(quick, `/v1/carts?cursor=${cursor}`)).carts, []);
    await assertProblem(await ask(edge, '/v1/carts/crt_5'), 400, 'cart_id_invalid');
    await assertProblem(await ask(edge, `/v1/carts/${idOf(ada)}/lines`), 404, 'not_found');
    await assertProblem(await ask(edge, '/v1/carts', { body: {} }), 405, 'method_not_allowed');
  });

  test('that nobody is known of can be read by their id', async () => {
    const stranger = new Device(edge);
    await stranger.send(stranger.add(MUG));
    const cart = await read(edge, `/v1/carts/${idOf(stranger)}`);
    assert.equal(cart.state, 'open');
    assert.equal(cart.customer, undefined);
    assert.ok(cart.recovery_link);
  });

  test('that a server tells of say so, and what the catalogue lacks has no price', async () => {
    const told = await ask(edge, '/v1/baskets', {
      method: 'PUT',
      body: {
        basket: randomBytes(12).toString('hex'),
        version: 1,
        lines: [
          { variant: MUG, qty: 1 },
          { variant: 'not-in-it', qty: 2 },
        ],
        email: 'hal@carts.example',
        consent: { email: true, wording: 'w', page: '/' },
      },
    });
    const text = await told.text();
    assert.equal(told.status, 200, text);
    const cart = await read(edge, `/v1/carts/crt_${JSON.parse(text).cart.replace('crt_', '')}`);
    assert.equal(cart.source, 'server');
    assert.equal(cart.customer.email, 'hal@carts.example');
    assert.equal(cart.unpriced_lines, 1);
    assert.deepEqual(
      cart.lines.find((/** @type {any} */ line) => line.variant === 'not-in-it'),
      {
        variant: 'not-in-it',
        qty: 2,
      },
    );
    await until('it is in the list', async () => {
      return (await all(edge, 'source=server')).ids.includes(cart.id);
    });
  });
});

describe('a cart’s way', () => {
  test('from open over left to returned and recovered', async () => {
    const { device, dot } = await leftCart(quick, 'ida@carts.example');
    const path = `/v1/carts/${idOf(device)}`;
    const open = await read(quick, path);
    assert.equal(open.state, 'open');
    const left = await until('it is left', async () => {
      const cart = await read(quick, path);
      return cart.state === 'abandoned' && cart;
    });
    assert.equal(left.abandoned_at, left.active_at + LEFT_MS);
    const listed = await all(quick, `state=abandoned&abandoned_from=${left.abandoned_at}`);
    assert.deepEqual(listed.ids, [idOf(device)]);
    // The link, on another device: a copy begins from it.
    const token = new URL(left.recovery_link).pathname.replace('/r/', '');
    const { lines, utm } = await quick.restore(token);
    const phone = new Device(quick);
    const body = phone.body([
      phone.event('fork', { token, dots: lines[0].dots, merged: false }),
      phone.add(MUG),
    ]);
    const response = await quick.post('/v1/collect', { ...body, page: { device: 'phone', utm } });
    assert.equal(response.status, 200);
    const answer = await response.json();
    phone.learn(answer);
    const copy = await read(quick, `/v1/carts/${idOf(phone)}`);
    assert.equal(copy.state, 'returned');
    assert.equal(copy.copied_from, idOf(device));
    const bought = [...phone.base.keys()];
    await phone.settle(phone.order(bought, '1001'));
    const after = await read(quick, `/v1/carts/${idOf(phone)}`);
    assert.equal(after.state, 'recovered');
    assert.equal(after.recovered_at, after.ordered_at);
    assert.equal(after.recovery_link, undefined);
    const parent = await until('the cart that was left has heard', async () => {
      const cart = await read(quick, path);
      return cart.state === 'recovered' && cart;
    });
    assert.equal(parent.recovered_at, after.recovered_at);
    assert.ok(dot);
  });

  test('back without a link is a return, and an order then no recovery', async () => {
    const { device, dot } = await leftCart(quick, 'jon@carts.example');
    const path = `/v1/carts/${idOf(device)}`;
    await until('it is left', async () => (await read(quick, path)).state === 'abandoned');
    const back = device.add(BAG);
    await device.settle(back);
    const returned = await read(quick, path);
    assert.equal(returned.state, 'returned');
    assert.ok(returned.abandoned_at < returned.active_at);
    await device.settle(device.order([dot, back.id], '1002'));
    assert.equal((await read(quick, path)).state, 'ordered');
  });

  test('rests before it is left', async () => {
    const { device } = await leftCart(quick, 'kim@carts.example');
    await sleep(LEFT_MS / 2);
    const { state } = await read(quick, `/v1/carts/${idOf(device)}`);
    assert.ok(state === 'idle' || state === 'abandoned', state);
  });
});

describe('a cart’s events', () => {
  test('can be read page by page, also after the log has grown', async () => {
    const device = new Device(edge);
    const total = 400;
    // Enough for several pages of the log.
    for (let n = 0; n < total; n += 40) {
      const views = Array.from({ length: n === 0 ? 39 : 40 }, (_, m) =>
        device.event('view', { variant: `${'v'.repeat(40)}-${n + m}`, ms: n + m }),
      );
      await device.send(...(n === 0 ? [device.add(MUG), ...views] : views));
    }
    const path = `/v1/carts/${idOf(device)}/events`;
    const first = await read(edge, `${path}?limit=150`);
    assert.equal(first.cart, idOf(device));
    assert.equal(first.events.length, 150);
    const { at, taken_at, ...add } = first.events[0];
    assert.equal(add.seq, 1);
    assert.equal(add.what.t, 'add');
    assert.equal(add.what.variant, MUG);
    assert.ok(at <= taken_at);
    await device.send(device.add(BAG));
    const events = [...first.events];
    for (let { next } = first; next; ) {
      const page = await read(edge, `${path}?limit=150&cursor=${next}`);
      events.push(...page.events);
      next = page.next;
    }
    assert.deepEqual(
      events.map(({ seq }) => seq),
      Array.from({ length: total + 1 }, (_, n) => n + 1),
    );
    assert.equal(events.at(-1).what.variant, BAG);
    // The same as the log's own export says, without what is for verifying it.
    const log = await (await ask(edge, `/v1/carts/${idOf(device)}/log`)).text();
    const entries = log
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
      .filter(({ seq }) => seq);
    assert.deepEqual(
      events.map(({ seq, id, what }) => ({ seq, id, what })),
      entries.map(({ seq, id, what }) => ({ seq, id, what })),
    );
    for (const query of ['limit=501', 'cursor=7', 'since=1']) {
      await assertProblem(await ask(edge, `${path}?${query}`), 400, 'body_invalid');
    }
  });
});

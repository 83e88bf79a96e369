/** POST /v1/collect on real workerd: what is taken, once, and what is refused. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { newCartSecret, newMasterKeys, parseMasterKeys, publishableKey } from '../../scripts/keys.mjs';
import { BAG, clockAt, Device, MUG } from '../fixtures/device.mjs';
import { runEdge, SLOW_PACE } from '../fixtures/edge.mjs';
import { assertProblem } from '../fixtures/problem.mjs';

const OTHER_SHOP = 'shop_0ther001';

/** @type {import('../fixtures/edge.mjs').Edge} */
let edge;
before(async () => {
  edge = await runEdge({ demo: { ...SLOW_PACE, revoked_publishable: [9] } });
});
after(() => edge?.end());

describe('what is taken', { concurrency: true }, () => {
  test('events are acknowledged and come back as the cart', async () => {
    const device = new Device(edge);
    const mug = device.add(MUG, 2, { options: { engraving: 'Ada' } });
    const bag = device.add(BAG);
    const view = device.event('view', { variant: MUG, ms: 1200 });
    const answer = await device.send(mug, bag, view);
    assert.deepEqual(answer.acked, [mug.id, bag.id, view.id]);
    assert.deepEqual(answer.refused, []);
    assert.equal(answer.seq, 3);
    assert.equal(answer.epoch, 0);
    assert.deepEqual(device.lines(), { [BAG]: 1, [`${MUG} {"engraving":"Ada"}`]: 2 });
    assert.ok(Math.abs(answer.now - Date.now()) < 5_000);
    assert.equal(answer.token.length, 64);
    const { cart, bound } = await device.state();
    assert.equal(bound, false);
    assert.equal(cart.entries, 3);
    assert.equal(cart.status, 'open');
  });

  test('a repeated event is acknowledged and changes nothing', async () => {
    const device = new Device(edge);
    const first = device.add(MUG, 2);
    const second = device.add(BAG, 1);
    await device.send(first, second);
    const before = await device.state();
    for (const events of [[first], [second, first], [first, first, second]]) {
      const answer = await device.send(...events);
      assert.deepEqual([...new Set(answer.acked)].sort(), [...new Set(events.map(({ id }) => id))].sort());
      assert.equal(answer.seq, 2);
    }
    // The id counts, not what comes with it: the first version of an event is the event.
    const changed = await device.send({ ...first, qty: 50 });
    assert.deepEqual(changed.acked, [first.id]);
    assert.deepEqual((await device.fresh()).lines, { [BAG]: 1, [MUG]: 2 });
    assert.deepEqual(await device.state(), before);
  });

  test('a repeat inside one request counts once', async () => {
    const device = new Device(edge);
    const add = device.add(MUG, 3);
    const answer = await device.send(add, add, add);
    assert.equal(answer.seq, 1);
    assert.deepEqual(device.lines(), { [MUG]: 3 });
  });

  test('devices that share a cart merge, in whatever order their events come', async () => {
    const phone = new Device(edge);
    const laptop = new Device(edge, phone.secret);
    const mug = phone.add(MUG, 1);
    await phone.send(mug);
    await laptop.send();
    assert.deepEqual(laptop.lines(), { [MUG]: 1 });
    // The phone removes what it saw while the laptop adds the same thing again: the new add lives.
    const again = laptop.add(MUG, 4);
    await laptop.send(again);
    await phone.send(phone.remove([mug.id]));
    assert.deepEqual((await phone.fresh()).lines, { [MUG]: 4 });
    // Two quantities for one dot: the later clock wins, although it comes first.
    const now = Date.now();
    await laptop.send(laptop.set(again.id, 7, { clock: clockAt(now + 10) }));
    await phone.send(phone.set(again.id, 2, { clock: clockAt(now) }));
    assert.deepEqual((await phone.fresh()).lines, { [MUG]: 7 });
    // A removed add stays removed, whatever comes later under its name.
    await laptop.send(laptop.set(mug.id, 9, { clock: clockAt(now + 20) }));
    assert.deepEqual((await phone.fresh()).lines, { [MUG]: 7 });
    await laptop.send();
    assert.deepEqual(laptop.lines(), { [MUG]: 7 });
  });

  test('a set and a remove may come before their add', async () => {
    const device = new Device(edge);
    const kept = device.add(MUG, 1, { clock: clockAt(Date.now() - 50) });
    const removed = device.add(BAG, 1);
    await device.send(device.set(kept.id, 6), device.remove([removed.id]));
    await device.send(kept, removed);
    assert.deepEqual((await device.fresh()).lines, { [MUG]: 6 });
  });

  test('an order closes the epoch and covers exactly its dots; what it does not cover is carried over once', async () => {
    const phone = new Device(edge);
    const laptop = new Device(edge, phone.secret);
    const bought = phone.add(MUG, 2);
    const kept = phone.add(BAG, 1);
    const late = laptop.add(BAG, 5);
    await phone.send(bought, kept);
    const order = phone.order([bought.id], 'A-1001');
    const answer = await phone.settle(order);
    assert.equal(answer.epoch, 1);
    assert.equal(answer.full, true);
    assert.deepEqual(phone.lines(), { [BAG]: 1 });
    assert.ok(phone.base.has(`${kept.id}+1`), 'carried over under a derived dot');
    // An add from before the order, sent after it.
    await laptop.send(late);
    assert.ok(laptop.base.has(`${late.id}+1`));
    assert.deepEqual(laptop.lines(), { [BAG]: 6 });
    // What was bought does not come back: neither by its add, nor by a quantity.
    await phone.send(bought, phone.set(bought.id, 3));
    assert.deepEqual((await phone.fresh()).lines, { [BAG]: 6 });
    // Nor is anything carried twice: the order and the late add are known.
    const again = await laptop.send(late, order);
    assert.equal(again.epoch, 1);
    const fresh = await phone.fresh();
    assert.deepEqual(fresh.lines, { [BAG]: 6 });
    assert.equal(fresh.dots.length, 2);
    // The next order names the derived dots and leaves nothing.
    const last = await phone.settle(phone.order([`${kept.id}+1`, `${late.id}+1`], 'A-1002'));
    assert.equal(last.epoch, 2);
    assert.deepEqual((await phone.fresh()).lines, {});
    assert.equal((await phone.state()).cart.status, 'ordered');
  });

  test('a clear empties the cart without being an order', async () => {
    const device = new Device(edge);
    const add = device.add(MUG, 2);
    const answer = await device.send(add, device.event('clear', { dots: [add.id] }));
    assert.equal(answer.epoch, 1);
    assert.deepEqual((await device.fresh()).lines, {});
    assert.equal((await device.state()).cart.status, 'empty');
  });

  test('a clock from the future is pulled back, so that it does not win for ever', async () => {
    const hostile = new Device(edge);
    const honest = new Device(edge, hostile.secret);
    const add = hostile.add(MUG, 1, { clock: '18446744073709551615' });
    const answer = await hostile.send(add);
    const ahead = Number(BigInt(answer.clock) >> 16n) - Date.now();
    assert.ok(ahead <= 60_000 + 1_000 && ahead > 50_000, `${ahead} ms ahead`);
    const [told] = answer.dots;
    assert.equal(told.clock, answer.clock, 'the clamped clock replaces the raw one');
    // Whoever has learned from the answer is later than it.
    await honest.send();
    await honest.send(honest.set(add.id, 5, { clock: String(BigInt(answer.clock) + 1n) }));
    assert.deepEqual((await honest.fresh()).lines, { [MUG]: 5 });
  });

  test('hostile times of events do not reach the future', async () => {
    const device = new Device(edge);
    const events = [device.add(MUG), device.event('view', { variant: MUG, ms: 2 ** 53 - 1 })];
    for (const event of events) event.at = 2 ** 53 - 1;
    const response = await edge.post('/v1/collect', { ...device.body(events), sent_at: 0 });
    assert.equal(response.status, 200);
    const { cart } = await device.state();
    assert.ok(cart.last_activity_at <= Date.now() + 1_000);
  });

  test('a device is told what it does not know: all of it once, then what has changed', async () => {
    const phone = new Device(edge);
    const first = await phone.send(phone.add(MUG, 1));
    assert.equal(first.full, true);
    const nothing = await phone.send();
    assert.equal(nothing.full, false);
    assert.deepEqual(nothing.dots, []);
    const laptop = new Device(edge, phone.secret);
    const bag = laptop.add(BAG, 2);
    assert.equal((await laptop.send(bag)).dots.length, 2);
    const delta = await phone.send();
    assert.equal(delta.full, false);
    assert.deepEqual(delta.dots.map((/** @type {any} */ { dot }) => dot), [bag.id]);
    // A removal is told to the one who has the line.
    await laptop.send(laptop.remove([bag.id]));
    const gone = await phone.send();
    assert.equal(gone.full, false);
    assert.deepEqual(gone.dots.map((/** @type {any} */ { dot, gone: is }) => [dot, is]), [[bag.id, true]]);
    assert.deepEqual(phone.lines(), { [MUG]: 1 });
    // A base from a future that never was, or from before the epoch, is replaced whole.
    phone.seen = 10_000;
    assert.equal((await phone.send()).full, true);
    await laptop.send(laptop.event('clear', { dots: [] }));
    phone.seen = 2;
    assert.equal((await phone.send()).full, true);
    assert.deepEqual(phone.lines(), { [MUG]: 1 });
  });

  test('simultaneous requests of one cart are sequenced: nothing is lost', async () => {
    const devices = Array.from({ length: 8 }, (_, index, secret = '') => [index, secret]);
    const first = new Device(edge);
    const all = [first, ...devices.slice(1).map(() => new Device(edge, first.secret))];
    await Promise.all(
      all.map(async (device) => {
        for (let n = 0; n < 5; n += 1) await device.send(device.add(MUG, 1), device.add(BAG, 2));
      }),
    );
    const fresh = await first.fresh();
    assert.equal(fresh.seq, 80);
    assert.deepEqual(fresh.lines, { [BAG]: 80, [MUG]: 40 });
  });

  test('at most 1,000 adds are open in one cart; the rest is refused by name', async () => {
    const device = new Device(edge);
    for (let n = 0; n < 5; n += 1) {
      await device.send(...Array.from({ length: 200 }, () => device.add(MUG)));
    }
    const add = device.add(BAG);
    const answer = await device.send(add);
    assert.deepEqual(answer.acked, []);
    assert.deepEqual(answer.refused, [{ id: add.id, code: 'cart_full' }]);
    // The cart still works: emptied, it takes lines again.
    const dots = [...device.base.keys()];
    await device.send(device.event('clear', { dots: dots.slice(0, 500) }));
    await device.send(device.event('clear', { dots: dots.slice(500).map((dot) => `${dot}+1`) }));
    await device.send(device.add(BAG));
    assert.deepEqual((await device.fresh()).lines, { [BAG]: 1 });
  });
});

describe('who may send', { concurrency: true }, () => {
  test('a page of an allowed origin, and nobody else', async () => {
    const device = new Device(edge);
    const body = device.body([device.add(MUG)]);
    const allowed = await edge.post('/v1/collect', body);
    assert.equal(allowed.status, 200);
    assert.equal(allowed.headers.get('access-control-allow-origin'), edge.url);
    assert.equal(allowed.headers.get('vary'), 'origin');
    assert.equal(allowed.headers.get('access-control-allow-credentials'), null);
    assert.equal(allowed.headers.get('set-cookie'), null);
    const strangers = ['https://evil.example', 'null', `${edge.url}.evil.example`, `${edge.url}/`, edge.url.replace(/\d+$/, "1")];
    for (const origin of strangers) {
      await assertProblem(await edge.post('/v1/collect', body, { origin }), 403, 'origin_refused');
    }
    const none = await fetch(`${edge.url}/v1/collect`, { method: 'POST', body: JSON.stringify(body) });
    await assertProblem(none, 403, 'origin_refused');
  });

  test('text/plain, JSON and no type at all are the same to it', async () => {
    for (const type of ['text/plain', 'application/json', 'application/x-www-form-urlencoded']) {
      const device = new Device(edge);
      const body = device.body([device.add(MUG)]);
      assert.equal((await edge.post('/v1/collect', body, { 'content-type': type })).status, 200);
    }
  });

  test('only with a key of this deployment that is not revoked', async () => {
    const other = await edge.anotherShop(OTHER_SHOP, { origins: ['https://other.example'] });
    const device = new Device(edge);
    const body = device.body([device.add(MUG)]);
    const strange = publishableKey(parseMasterKeys(newMasterKeys()), edge.shop);
    const wrong = [strange, '', 'pk_', edge.secret, edge.key.slice(0, -1), `${edge.key}A`, edge.key.toUpperCase(), ` ${edge.key}`];
    for (const key of wrong) {
      await assertProblem(await edge.post('/v1/collect', { ...body, key }), 401, 'key_invalid');
    }
    const revoked = publishableKey(edge.master, edge.shop, 9);
    await assertProblem(await edge.post('/v1/collect', { ...body, key: revoked }), 401, 'key_invalid');
    const alive = publishableKey(edge.master, edge.shop, 10);
    assert.equal((await edge.post('/v1/collect', { ...body, key: alive })).status, 200);
    // Another shop's key does not work on this shop's pages, and its carts are its own.
    await assertProblem(await edge.post('/v1/collect', { ...body, key: other.key }), 403, 'origin_refused');
    const theirs = await edge.post('/v1/collect', { ...body, key: other.key, events: [] }, { origin: 'https://other.example' });
    const answer = /** @type {any} */ (await theirs.json());
    assert.equal(theirs.status, 200);
    assert.deepEqual([answer.seq, answer.dots], [0, []]);
    const nobody = publishableKey(edge.master, 'shop_n0b0dy00');
    await assertProblem(await edge.post('/v1/collect', { ...body, key: nobody }), 404, 'shop_unknown');
  });

  test('a key that is revoked stops working, and one of the next serial begins to', async () => {
    const shop = 'shop_revke001';
    const configured = await edge.anotherShop(shop, {});
    const device = new Device(configured);
    await device.send(device.add(MUG));
    const { publishable_key: next } = await (
      await fetch(`${edge.url}/v1/shops/${shop}`, {
        method: 'PUT',
        headers: { authorization: `Bearer ${edge.stack.keys.admin}` },
        body: JSON.stringify({
          name: 'Revoked',
          origins: [edge.url],
          restore_url: `${edge.url}/store/cart`,
          currency: 'EUR',
          sender: { name: 'Revoked', email: 'hello@revoked.example' },
          revoked_publishable: [1],
        }),
      })
    ).json().then((/** @type {any} */ answer) => answer);
    await assertProblem(await edge.post('/v1/collect', device.body([])), 401, 'key_invalid');
    assert.equal(next, publishableKey(edge.master, shop, 2));
    assert.equal((await edge.post('/v1/collect', { ...device.body([]), key: next })).status, 200);
  });
});

describe('what is refused', { concurrency: true }, () => {
  /** @param {any} body @param {number} status @param {string} code @param {Record<string, string>} [headers] */
  const refuses = async (body, status, code, headers) =>
    assertProblem(await edge.post('/v1/collect', body, headers), status, code);

  test('too large a body, whether it says so or not', async () => {
    const device = new Device(edge);
    const fits = device.body([device.add(MUG)]);
    const padded = (/** @type {number} */ size) => {
      const text = JSON.stringify(fits);
      return text + ' '.repeat(size - text.length);
    };
    assert.equal((await edge.post('/v1/collect', padded(65_536))).status, 200);
    await refuses(padded(65_537), 413, 'body_too_large');
    await refuses(padded(5_000_000), 413, 'body_too_large');
    const streamed = (/** @type {string} */ text) =>
      new ReadableStream({
        start(controller) {
          const bytes = Buffer.from(text);
          for (let at = 0; at < bytes.length; at += 8_192) controller.enqueue(bytes.subarray(at, at + 8_192));
          controller.close();
        },
      });
    assert.equal((await edge.post('/v1/collect', streamed(padded(65_536)))).status, 200);
    await refuses(streamed(padded(65_537)), 413, 'body_too_large');
    await refuses(streamed(padded(1_000_000)), 413, 'body_too_large');
    assert.equal((await device.state()).cart.seq, 1);
  });

  test('too many events, dots and options', async () => {
    const device = new Device(edge);
    const events = (/** @type {number} */ count) => Array.from({ length: count }, () => device.event('exit', { how: 'tab' }));
    assert.equal((await device.send(...events(200))).acked.length, 200);
    await refuses(device.body(events(201)), 400, 'too_many_events');
    const dots = (/** @type {number} */ count) => Array.from({ length: count }, (_, n) => `${device.replica}-${n + 1}`);
    await refuses(device.body([device.remove(dots(501))]), 400, 'event_invalid');
    const options = Object.fromEntries(Array.from({ length: 9 }, (_, n) => [`o${n}`, 'x']));
    await refuses(device.body([device.add(MUG, 1, { options })]), 400, 'event_invalid');
    assert.equal((await device.state()).cart.seq, 200);
  });

  test('JSON that is nested 10,000 deep, wherever it is', async () => {
    const device = new Device(edge);
    const deep = '['.repeat(10_000) + ']'.repeat(10_000);
    const objects = '{"a":'.repeat(10_000) + '1' + '}'.repeat(10_000);
    const text = JSON.stringify(device.body([device.add(MUG)]));
    for (const nested of [deep, objects]) {
      await refuses(nested, 400, 'body_invalid');
      await refuses(text.replace('"seen":0', `"seen":${nested}`), 400, 'body_invalid');
      await refuses(text.replace(`"${MUG}"`, nested), 400, 'body_invalid');
      await refuses(text.replace('{"v":1', `{"unknown":${nested},"v":1`), 400, 'body_invalid');
    }
    assert.equal((await device.state()).cart.seq, 0);
  });

  test('what is no beacon at all', async () => {
    for (const body of ['', 'null', '[]', '{}', '"x"', '0', '{"v":1}', 'v=1&key=2', '\u0000', '{"v":1,"v":1}']) {
      await refuses(body, 400, 'body_invalid');
    }
    const device = new Device(edge);
    await refuses({ ...device.body([]), v: 2 }, 400, 'body_invalid');
    await refuses({ ...device.body([]), cart: 'short' }, 400, 'cart_secret_invalid');
  });

  test('an impossible event refuses the whole request and is named', async () => {
    const device = new Device(edge);
    const good = device.add(MUG);
    /** @type {[import('../fixtures/device.mjs').Event, string][]} */
    const impossible = [
      [device.event('teleport'), 'event_kind_unknown'],
      [device.event(''), 'event_kind_unknown'],
      [{ ...device.add(MUG), id: 'nope' }, 'event_id_invalid'],
      [{ ...device.add(MUG), id: `${device.replica}-0` }, 'event_id_invalid'],
      [{ ...device.add(MUG), id: `${device.replica.toUpperCase().replace(/^./, 'A')}-1` }, 'event_id_invalid'],
      [device.add('mug blue'), 'variant_invalid'],
      [device.add('v'.repeat(65)), 'variant_invalid'],
      [device.add(MUG, 0), 'quantity_invalid'],
      [device.add(MUG, 10_000), 'quantity_invalid'],
      [device.add(MUG, 1, { clock: 'soon' }), 'field_out_of_range'],
      [device.add(MUG, 1, { clock: undefined }), 'field_missing'],
      [device.add(MUG, 1, { epoch: undefined }), 'field_missing'],
      [device.add(MUG, 1, { options: { a: 'x'.repeat(161) } }), 'options_invalid'],
      [device.set(`${good.id}+0`, 1), 'dot_invalid'],
      [device.event('remove'), 'field_missing'],
      [device.event('checkout', { stage: 'teleported' }), 'field_out_of_range'],
      [device.event('exit', { how: 'a b' }), 'field_out_of_range'],
      [device.event('order', { dots: [], order: 'x'.repeat(65) }), 'field_out_of_range'],
      [device.identify('not an address'), 'email_invalid'],
      [device.identify('ada@example.com\r\nBcc: eve@example.com'), 'email_invalid'],
      [device.event('identify', { phone: '0612345678' }), 'phone_invalid'],
      [device.event('identify'), 'field_missing'],
      [device.event('fork', { token: 'A'.repeat(64), dots: [] }), 'field_out_of_range'],
    ];
    for (const [event, code] of impossible) {
      const problem = await refuses(device.body([good, event]), 400, 'event_invalid');
      assert.equal(problem.refused.length, 1);
      assert.deepEqual([problem.refused[0].id, problem.refused[0].code], [event.id, code]);
    }
    assert.equal((await device.state()).cart.seq, 0, 'nothing is half-applied');
    assert.deepEqual((await device.send(good)).acked, [good.id]);
  });

  test('other methods, and addresses that do not exist', async () => {
    const allowed = {
      '/v1/collect': ['POST'],
      '/v1/restore': ['POST'],
      '/v1/sandbox/state': ['POST'],
      '/v1/shoppers/lookup': ['POST'],
      '/v1/catalogue': ['GET', 'PUT'],
      '/v1/deliveries': ['GET'],
      [`/v1/shops/${edge.shop}`]: ['PUT'],
      '/healthz': ['GET'],
      [`/r/${'A'.repeat(64)}`]: ['GET'],
      [`/u/${'A'.repeat(64)}`]: ['GET', 'POST'],
    };
    for (const [path, methods] of Object.entries(allowed)) {
      for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']) {
        if (methods.includes(method)) continue;
        await assertProblem(await fetch(edge.url + path, { method }), 405, 'method_not_allowed');
      }
    }
    for (const path of ['/v1/nothing', '/v1/collect/', '/v1/Collect', '/v1/collectx', '/v1/']) {
      await assertProblem(await edge.post(path, {}), 404, 'not_found');
    }
  });

  test('the sandbox of a shop that is not in it, and of another browser', async () => {
    const closed = await edge.anotherShop('shop_c10sed01', { sandbox: false });
    const device = new Device(closed);
    await device.send(device.add(MUG));
    const ask = { key: closed.key, cart: device.secret };
    await assertProblem(await edge.post('/v1/sandbox/state', ask), 403, 'sandbox_only');
    await assertProblem(await edge.post('/v1/sandbox/state', { ...ask, key: edge.key }, { origin: 'https://evil.example' }), 403, 'origin_refused');
    assert.equal((await edge.state(newCartSecret())).cart.seq, 0);
  });
});

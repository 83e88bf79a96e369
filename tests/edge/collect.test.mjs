/** POST /v1/collect on real workerd: what is taken, and that it is taken once. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { cartId } from '../../scripts/keys.mjs';
import { BAG, clockAt, Device, MUG } from '../fixtures/device.mjs';
import { runEdge, SLOW_PACE } from '../fixtures/edge.mjs';

/** @type {import('../fixtures/edge.mjs').Edge} */
let edge;
before(async () => {
  edge = await runEdge({ demo: SLOW_PACE });
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
      assert.deepEqual(
        [...new Set(answer.acked)].sort(),
        [...new Set(events.map(({ id }) => id))].sort(),
      );
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
    assert.deepEqual(
      delta.dots.map((/** @type {any} */ { dot }) => dot),
      [bag.id],
    );
    // A removal is told to the one who has the line.
    await laptop.send(laptop.remove([bag.id]));
    const gone = await phone.send();
    assert.equal(gone.full, false);
    assert.deepEqual(
      gone.dots.map((/** @type {any} */ { dot, gone: is }) => [dot, is]),
      [[bag.id, true]],
    );
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
    const first = new Device(edge);
    const all = [first, ...Array.from({ length: 7 }, () => new Device(edge, first.secret))];
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

  /** What the log has of a cart's events. @param {Device} device */
  const logged = async (device) => {
    const cart = cartId(edge.shop, device.secret);
    const response = await edge.asServer(`/v1/carts/crt_${cart}/log`);
    const lines = (await response.text())
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    return lines.filter(({ what }) => what).map(({ what }) => what);
  };

  test('nothing that a page says of itself keeps an order from being taken', async () => {
    const device = new Device(edge);
    const add = device.add(MUG);
    /** @type {Record<string, string>} */
    const utm = Object.fromEntries(Array.from({ length: 20 }, (_, n) => [`p${n}`, 'x']));
    utm.a = 'ü'.repeat(100);
    utm.b = 'line\nbreak';
    utm.c = 'ada@example.com';
    utm['no word'] = 'x';
    const page = {
      device: 'a device of more than sixteen characters',
      tz: 'Europe/Paris',
      locale: 'x'.repeat(25),
      currency: 'EURO',
      referrer: `https://${'a'.repeat(2_000)}.example/path`,
      utm,
    };
    const order = device.order([add.id], 'A-1');
    const response = await edge.post('/v1/collect', { ...device.body([add, order]), page });
    assert.equal(response.status, 200);
    assert.deepEqual((await response.json()).acked, [add.id, order.id]);
    const [said] = await logged(device);
    assert.equal(said.t, 'page');
    assert.equal(said.tz, 'Europe/Paris');
    for (const field of ['device', 'locale', 'currency']) assert.equal(said[field] ?? null, null);
    assert.ok(said.referrer.startsWith('https://aaa') && said.referrer.length <= 130);
    assert.equal(Object.keys(said.utm).length, 8);
    assert.deepEqual([said.utm.a, said.utm.b, said.utm.c], ['ü'.repeat(50), 'linebreak', '']);
  });

  test('nor does what an order, a failed payment or a consent is called', async () => {
    const device = new Device(edge);
    const add = device.add(MUG);
    const failed = device.event('checkout', {
      stage: 'payment_failed',
      code: 'Your card was declined.',
      ms: -12.5,
    });
    const agreed = device.identify('grace@shoppers.example', true, {
      consent: { email: true, wording: 'in words', page: `/${'p'.repeat(300)}` },
    });
    const order = device.order([add.id], `Größe ${'x'.repeat(100)}`);
    const answer = await device.settle(add, failed, agreed, order);
    assert.deepEqual(answer.refused, []);
    const found = (/** @type {string} */ t, /** @type {any[]} */ all) =>
      all.find((what) => what.t === t);
    const all = await logged(device);
    assert.equal(found('checkout', all).code, 'Your_card_was_declined.');
    assert.equal(found('checkout', all).ms, 0);
    const { consent } = found('identify', all);
    assert.deepEqual([consent.wording, consent.page.length], ['unversioned', 200]);
    assert.equal(Buffer.byteLength(found('order', all).order), 64);
  });
});

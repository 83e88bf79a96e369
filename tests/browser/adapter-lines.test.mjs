/** How the shop's own cart is compared with the SDK's, with the merge as it is shipped; needs no browser. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { apply, initSync } from '../../build/sdk/homing.js';
import { byKey, operations } from '../../client-sdk/js/adapters/lines.js';
import * as records from '../../client-sdk/js/records.js';
import { inRoot } from '../../scripts/paths.mjs';
import { randomFrom } from '../fixtures/random.mjs';

initSync({ module: readFileSync(inRoot('build', 'sdk', 'homing_bg.wasm')) });

/** @typedef {{ variant: string, options?: Record<string, unknown> | null, quantity: number }} Line */

/** A browser's cart: its events, and what the merge makes of them. */
class Cart {
  /** @type {records.Event[]} */
  events = [];
  count = 0;

  /** @param {any} command */
  write(command) {
    const id = `00000000000000ab-${this.count + 1}`;
    const text = records.commandText(command);
    const answer = records.answerOf(apply('', records.eventsText(this.events), text, id, 1_000));
    this.count += answer.events.length;
    this.events.push(...answer.events);
  }

  get lines() {
    const nobody = '0000000000000000-1';
    const events = records.eventsText(this.events);
    return records.answerOf(apply('', events, '', nobody, 0)).view.lines;
  }
}

/** @param {Line[]} before @param {Line[]} now @param {Line[]} known */
const changes = (before, now, known) =>
  operations(byKey(before), byKey(now), byKey(known)).map(
    ({ t, variant, qty }) => `${t} ${variant} ${qty}`,
  );

const mug = { variant: 'mug', options: { Size: 'M' }, quantity: 2 };

test('only what changed in the shop says anything', () => {
  assert.deepEqual(changes([], [mug], []), ['add mug 2']);
  assert.deepEqual(changes([], [mug], [mug]), []);
  assert.deepEqual(changes([mug], [{ ...mug, quantity: 5 }], [mug]), ['set mug 5']);
  assert.deepEqual(changes([mug], [], [mug]), ['remove mug 0']);
  assert.deepEqual(changes([mug], [mug], []), [], 'an order has closed it here');
  assert.deepEqual(changes([], [], [mug]), [], 'the shop has refused it');
  assert.deepEqual(changes([], [{ ...mug, quantity: 1 }], [mug]), [], 'the shop had only one');
  assert.deepEqual(changes([], [{ ...mug, quantity: 3 }], [mug]), ['set mug 3']);
});

test('a line is the same in the shop and here, however it is written', () => {
  const ways = [
    { b: ' x ', a: 1, none: null, blank: ' ' },
    { a: '1', b: 'x' },
  ];
  const [one, two] = ways.map((options) => Object.keys(byKey([{ ...mug, options }])));
  assert.deepEqual(one, two);
  const cart = new Cart();
  cart.write({ t: 'add', at: 1, variant: 'mug', options: { b: 'x', a: '1' }, qty: 1 });
  assert.deepEqual(Object.keys(byKey(cart.lines)), one);
  // Two prices of one line are one line.
  const split = byKey([mug, { ...mug, quantity: 3 }, { ...mug, options: null, quantity: 0 }]);
  assert.deepEqual(
    Object.values(split).map(({ quantity }) => quantity),
    [5],
  );
  assert.equal(Object.values(byKey([{ ...mug, quantity: 1.5 }]))[0]?.quantity, 2);
});

test('whatever a shopper does in the shop, the SDK ends with the same cart', () => {
  const { below: pick } = randomFrom(7);
  for (let history = 0; history < 300; history += 1) {
    const cart = new Cart();
    /** @type {ReturnType<typeof byKey>} */
    let before = {};
    /** @type {Map<string, Line>} */
    const shop = new Map();
    for (let step = 0; step < 12; step += 1) {
      // Several changes may come between two looks, and a look may find none.
      for (let change = pick(4); change > 0; change -= 1) {
        const variant = `v${pick(4)}`;
        const options = pick(2) ? { Size: 'M' } : {};
        shop.set(`${variant}${pick(2)}`, { variant, options, quantity: pick(4) });
      }
      const now = byKey([...shop.values()]);
      for (const one of operations(before, now, byKey(cart.lines))) cart.write(one);
      before = now;
      assert.deepEqual(byKey(cart.lines), now);
      assert.deepEqual(operations(before, now, byKey(cart.lines)), []);
    }
  }
});

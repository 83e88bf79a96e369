/** Parts of the SDK that need no browser, with the wasm module as it is shipped. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { apply, fork, initSync, settle } from '../../build/sdk/homing.js';
import { batch } from '../../client-sdk/js/batch.js';
import { commandOf } from '../../client-sdk/js/command.js';
import * as records from '../../client-sdk/js/records.js';
import { cartOf } from '../../client-sdk/js/restore.js';
import { loadWasm } from '../../client-sdk/js/wasm.js';
import { sdkFile } from '../../scripts/build-sdk.mjs';
import { inRoot } from '../../scripts/paths.mjs';

initSync({ module: readFileSync(inRoot('build', 'sdk', 'homing_bg.wasm')) });

const ID = '00000000000000ab-1';

/**
 * @param {any[]} call
 * @param {records.Event[]} [pending]
 * @param {string} [id]
 */
function written(call, pending = [], id = ID) {
  const command = commandOf(call, 1_000);
  assert.ok(command);
  const text = records.commandText(/** @type {any} */ (command));
  return records.answerOf(apply('', records.eventsText(pending), text, id, 1_000));
}

test('an event and a view come out of wasm as they went in', () => {
  const options = { Engraving: 'Ada "Ö" \\ 🙂', Size: 'M' };
  const { events, view } = written(['cart', 'add', { variant: 'mug', options, quantity: 2 }]);
  const add = { id: ID, t: 'add', epoch: 0, clock: '65536000', variant: 'mug', qty: 2, options };
  assert.deepEqual(events, [add]);
  assert.deepEqual(view, {
    epoch: 0,
    dots: [ID],
    lines: [{ variant: 'mug', options, quantity: 2 }],
  });
  const again = records.answerOf(apply('', records.eventsText(events), '', ID, 0));
  assert.deepEqual(again.view, view);
  const set = written(
    ['cart', 'set', { variant: 'mug', options, quantity: 7 }],
    events,
    '00000000000000ab-2',
  );
  assert.deepEqual(set.events, [
    { id: '00000000000000ab-2', t: 'set', dot: ID, clock: '65536001', qty: 7 },
  ]);
  const order = written(['order', { order: 'A-1' }], events, '00000000000000ab-2');
  assert.deepEqual(order.events, [{ id: '00000000000000ab-2', t: 'order', dots: [ID] }]);
});

test('a tab or a line break cannot smuggle in a field', () => {
  for (const value of ['a\tb', 'a\nb', 'a\x01b']) {
    const call = ['cart', 'add', { variant: 'mug', options: { Engraving: value } }];
    assert.throws(() => written(call), /options_invalid/);
    assert.throws(() => written(['cart', 'add', { variant: value }]), /variant_invalid/);
  }
});

test('what a storefront may get wrong is refused with a code', () => {
  assert.throws(
    () => written(['cart', 'add', { variant: 'mug', quantity: 0 }]),
    /quantity_invalid/,
  );
  assert.throws(() => written(['cart', 'set', { variant: 'mug' }]), /field_out_of_range/);
  assert.throws(
    () => written(['cart', 'add', { variant: 'mug', quantity: 1e9 }]),
    /quantity_invalid/,
  );
  assert.equal(commandOf(['cart', 'explode'], 0), undefined);
  assert.equal(commandOf(['cart'], 0), undefined);
  assert.equal(commandOf([], 0), undefined);
  const quotes = [[], [true], [false]].map((rest) => commandOf(['quote', ...rest], 5));
  assert.deepEqual(
    quotes,
    [true, true, false].map((quote) => ({ t: 'quote', at: 5, quote })),
  );
});

test("the edge's answer becomes the base, nulls and all", () => {
  const reply = {
    ...{ seq: 3, epoch: 1, clock: '65536000', full: true },
    dots: [
      {
        dot: `${ID}+1`,
        variant: 'mug',
        options: null,
        qty: 2,
        clock: '65536000',
        by: ID,
        gone: false,
        seq: 3,
      },
      {
        dot: '00000000000000cd-9',
        variant: null,
        options: null,
        qty: null,
        clock: null,
        by: null,
        gone: true,
        seq: 2,
      },
    ],
  };
  const base = settle('', records.replyText(reply), 0);
  assert.equal(base.split('\n')[0], '3\t1\t65536000\t1');
  const { view } = records.answerOf(apply(base, '', '', ID, 0));
  assert.deepEqual(view.lines, [{ variant: 'mug', options: {}, quantity: 2 }]);
  assert.deepEqual(view.dots, [`${ID}+1`]);
});

test('thousands of calls leave the memory as it was', () => {
  const lines = records.linesText([{ variant: 'mug', qty: 2, options: { Size: 'M' } }]);
  const events = records.eventsText(records.answerOf(fork('', '', lines, ID, 0)).events);
  const pages = () => initSync({ module: new Uint8Array() }).memory.buffer.byteLength;
  const before = pages();
  for (let n = 0; n < 5_000; n += 1)
    apply('', events, 'set\tmug\t3\tSize\tM', '00000000000000ab-9', n);
  assert.equal(pages(), before);
});

test('a request stays below its limits and takes the oldest first', () => {
  const events = Array.from({ length: 500 }, (_, n) => ({
    id: `x-${n}`,
    t: 'view',
    variant: 'ö'.repeat(60),
  }));
  const some = batch({ v: 1 }, events);
  assert.equal(some.events.length, 200);
  assert.deepEqual(JSON.parse(some.body), { v: 1, events: events.slice(0, 200) });
  const few = batch({ v: 1 }, events, 1_000);
  assert.ok(
    Buffer.byteLength(few.body) <= 1_000 && few.events.length === 6,
    `${few.events.length}`,
  );
  assert.deepEqual(few.events[0], events[0]);
  assert.equal(batch({ v: 1 }, events, 10).events.length, 1);
  assert.equal(batch({ v: 1 }, []).body, '{"v":1,"events":[]}');
});

test('a token names its cart', () => {
  const bytes = Buffer.alloc(48);
  Buffer.from('00112233445566778899aabbccddeeff', 'hex').copy(bytes, 11);
  assert.equal(cartOf(bytes.toString('base64url')), '00112233445566778899aabbccddeeff');
  assert.equal(cartOf(undefined), undefined);
});

test('the module is called as its own glue calls it', async () => {
  const file = readFileSync(inRoot('build', 'sdk', 'rules.wasm'));
  const headers = { 'content-type': 'application/wasm' };
  const call = await loadWasm(new Response(file, { headers }));
  // A server that names the type wrongly.
  const other = await loadWasm(new Response(file));
  // Where WebAssembly is refused.
  const { rules } = await import(`${pathToFileURL(sdkFile('plain.js'))}`);
  const plain = rules();
  const line = `add\tmug\t2\tEngraving\tAda Ö 🙂${'x'.repeat(100)}`;
  const { events } = records.answerOf(apply('', '', line, ID, 1_000));
  const pending = records.eventsText(events);
  const reply = '5\t0\t65536000\t1\n';
  // Long enough for the memory to grow under it.
  const many = Array.from({ length: 400 }, (_, n) => `thing-${n}\t1\tSize\t${'é'.repeat(70)}`);
  for (let n = 0; n < 3; n += 1) {
    for (const one of [call, other, plain]) {
      assert.equal(one('apply', ['', '', line, ID], 1_000), apply('', '', line, ID, 1_000));
      assert.equal(one('apply', ['', pending, '', ID], 0), apply('', pending, '', ID, 0));
      const lines = many.join('\n');
      assert.equal(one('fork', ['', pending, lines, ID], 9), fork('', pending, lines, ID, 9));
      assert.equal(one('settle', ['', reply], 0), settle('', reply, 0));
    }
  }
  await assert.rejects(loadWasm(new Response('')), WebAssembly.CompileError);
});

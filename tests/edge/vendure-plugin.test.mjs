/** What a link may set of a line in Vendure. The rest of the plugin is tried with a Vendure of its own: `npm run vendure`. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { before, test } from 'node:test';
import { transform } from 'esbuild';
import { inRoot } from '../../scripts/paths.mjs';

/** The plugin's `lines.ts`. @type {any} */
let lines;
before(async () => {
  const source = await readFile(inRoot('examples', 'vendure', 'homing', 'lines.ts'), 'utf8');
  const { code } = await transform(source, { loader: 'ts', format: 'esm' });
  lines = await import(`data:text/javascript,${encodeURIComponent(code)}`);
});

const CONFIGURED = [
  { name: 'engraving', type: 'string' },
  { name: 'height', type: 'int' },
  { name: 'gift', type: 'boolean', public: true },
  { name: 'agreedPrice', type: 'int' },
  { name: 'rebate', type: 'float', internal: true },
  { name: 'origin', type: 'string', readonly: true },
  { name: 'note', type: 'string', public: false },
];

test('a link sets what the shop has named and a shopper could set', () => {
  const named = ['engraving', 'height', 'gift', 'rebate', 'origin', 'note', 'unknown'];
  const fields = lines.settable(named, CONFIGURED);
  const options = {
    engraving: 'Ada',
    height: '12',
    gift: 'true',
    agreedPrice: '1',
    rebate: '0.9',
    origin: 'x',
    note: 'x',
    unknown: 'x',
  };
  assert.deepEqual(lines.customFieldsOf(options, fields), {
    engraving: 'Ada',
    height: 12,
    gift: true,
  });
  assert.deepEqual(lines.customFieldsOf(options, lines.settable([], CONFIGURED)), {});
});

test('what a link does not set makes no line another one', () => {
  const fields = lines.settable(['engraving', 'origin'], CONFIGURED);
  const ada = { engraving: 'Ada', agreedPrice: '1' };
  const wanted = lines.linesAmong(
    [
      { variant: '1', options: { ...ada, origin: 'x' }, qty: 2 },
      { variant: '1', options: { ...ada, origin: 'y' }, qty: 3 },
      { variant: '2', options: ada, qty: 1 },
    ],
    fields,
  );
  assert.deepEqual(wanted, [
    { variant: '1', options: { engraving: 'Ada' }, qty: 5 },
    { variant: '2', options: { engraving: 'Ada' }, qty: 1 },
  ]);
  const held = lines.optionsOf({ engraving: 'Ada', origin: 'y', agreedPrice: 5 }, ['engraving']);
  assert.ok(lines.areSame(held, wanted[0]?.options));
});

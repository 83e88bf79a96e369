/**
 * `npm run fuzz -- --minutes 10`: bytes that nobody would send, at everything that reads what comes from outside. Each target runs for so
 * long; `--target shopify` runs one. What was found worth keeping stays in `target/fuzz/corpus`, and a crash is written to
 * `target/fuzz/crashes`.
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import { run } from './command.mjs';
import { launch } from './launch.mjs';
import { inRoot } from './paths.mjs';
import { UserError } from './user-error.mjs';

const TARGETS = ['shopify', 'bigcommerce', 'adobe', 'woocommerce', 'token', 'beacon'];

/** What tells the engine which code was reached, as cargo-fuzz has it, without what only unsafe code needs. */
const FLAGS = [
  '--cfg fuzzing',
  '-Cpasses=sancov-module',
  '-Cllvm-args=-sanitizer-coverage-level=4',
  '-Cllvm-args=-sanitizer-coverage-inline-8bit-counters',
  '-Cllvm-args=-sanitizer-coverage-pc-table',
  '-Cllvm-args=-sanitizer-coverage-trace-compares',
  '-Cllvm-args=-simplifycfg-branch-fold-threshold=0',
];

/** Longest input, in bytes, of what is short by its nature. */
const MAX_LENGTH = 16_384;
/** Longest payload, in bytes: a cart of more lines than are taken, and then some. */
const MAX_PAYLOAD = 524_288;
/** What is longer than that takes its time: such payloads are there only as a cart, and as an answer about a cart or an order. */
const LARGE = { bytes: 16_384, choices: [0, 64, 65] };
/** The choices that count: topics, what an API answers from 64 on, and with bit 7 the same again later. */
const CHOICES = [0, 1, 2, 3, 64, 65, 128, 193];

/** @param {string} target */
const isShort = (target) => target === 'token' || target === 'beacon';

/** What targets without payloads begin with: a token of the right length, kind and version, and a beacon with an event. */
const FIRST = {
  token: Buffer.concat([Buffer.of(0x11, 1), Buffer.alloc(46)]).toString('base64url'),
  beacon: JSON.stringify({
    v: 1,
    key: 'pk_1',
    cart: 'AAAAAAAAAAAAAAAAAAAAAA',
    sent_at: 1_795_000_000_000,
    events: [
      {
        id: '00000000000000ab-1',
        t: 'add',
        at: 1_795_000_000_000,
        variant: 'mug-blue',
        options: { Engraving: 'Ada' },
        qty: 1,
        clock: '1',
        epoch: 0,
      },
      {
        id: '00000000000000ab-2',
        t: 'remove',
        dots: ['00000000000000ab-1', '00000000000000ab-1+2'],
      },
    ],
  }),
};

/** Where programs are built for this machine. Named, so that the flags are not for the programs that build them. */
async function host() {
  const said = await run('rustc', ['-vV']);
  const [, triple] = /^host: (.+)$/m.exec(said) ?? [];
  if (!triple) throw new UserError('rustc does not say what it builds for.');
  return triple;
}

/**
 * The payloads that the tests know. The first byte chooses how a payload is read, so each is there under every choice that counts.
 * @param {string} target
 * @param {string} corpus
 */
function seed(target, corpus) {
  if (isShort(target)) {
    writeFileSync(join(corpus, 'first'), FIRST[/** @type {'token' | 'beacon'} */ (target)]);
    return;
  }
  const folder = inRoot('tests', 'fixtures', 'payloads', target);
  for (const file of readdirSync(folder).filter((name) => name.endsWith('.body'))) {
    const body = readFileSync(join(folder, file));
    for (const choice of body.length < LARGE.bytes ? CHOICES : LARGE.choices) {
      writeFileSync(
        join(corpus, `${basename(file, '.body')}-${choice}`),
        Buffer.concat([Buffer.of(choice), body]),
      );
    }
  }
}

await launch(import.meta.url, async () => {
  const { values } = parseArgs({
    options: { minutes: { type: 'string', default: '1' }, target: { type: 'string' } },
  });
  const minutes = Number(values.minutes);
  if (!(minutes > 0)) throw new UserError('--minutes is a number above 0.');
  const targets = values.target ? [values.target] : TARGETS;
  for (const target of targets) {
    if (!TARGETS.includes(target)) throw new UserError(`--target is one of ${TARGETS.join(', ')}.`);
  }
  const triple = await host();
  const out = inRoot('target', 'fuzz');
  await run(
    'cargo',
    [
      'build',
      '--quiet',
      '--locked',
      '--profile',
      'fuzz',
      '--target',
      triple,
      '--manifest-path',
      inRoot('tests', 'fuzz', 'Cargo.toml'),
    ],
    { show: true, env: { RUSTFLAGS: FLAGS.join(' '), CARGO_TARGET_DIR: out } },
  );
  const crashes = join(out, 'crashes');
  mkdirSync(crashes, { recursive: true });
  for (const target of targets) {
    const corpus = join(out, 'corpus', target);
    mkdirSync(corpus, { recursive: true });
    seed(target, corpus);
    await run(
      join(out, triple, 'fuzz', target),
      [
        corpus,
        `-max_total_time=${Math.round(minutes * 60)}`,
        `-max_len=${isShort(target) ? MAX_LENGTH : MAX_PAYLOAD}`,
        '-timeout=10',
        '-print_final_stats=1',
        '-verbosity=1',
        `-artifact_prefix=${crashes}/${target}-`,
      ],
      { show: true },
    );
    console.log(`${target}: ${minutes} min without a crash`);
  }
});

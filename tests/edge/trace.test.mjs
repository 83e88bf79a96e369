/** What objects did on the real runtime is what the core does: recorded there, taken again here, to the same bytes. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { run } from '../../scripts/command.mjs';
import { buildDir } from '../../scripts/paths.mjs';
import { secretsOf } from '../../scripts/secrets.mjs';
import { BAG, Device, leftCart, MUG } from '../fixtures/device.mjs';
import { FAST_PACE, runEdge } from '../fixtures/edge.mjs';
import { SmtpPeer } from '../fixtures/smtp-peer.mjs';
import { until } from '../fixtures/until.mjs';

const EMAIL = 'trace@shoppers.example';

/** What the tool says of one trace. */
const VERDICT =
  /(\w+): (\d+) steps, (\d+) rows written, (\d+) effects, (\d+) releases, begun (\d+) times, alarm set (\d+) times: the same bytes/;

test('a run with a reminder, a restart and an order on a fork comes to the same bytes in the core', async () => {
  const smtp = await SmtpPeer.start();
  const folder = mkdtempSync(join(tmpdir(), 'homing-trace-'));
  const edge = await runEdge({
    variant: 'worker-test',
    demo: FAST_PACE,
    env: { SMTP_URL: smtp.url, HOMING_TRACE: '1' },
  });
  try {
    const { device, dot } = await leftCart(edge, EMAIL);
    await device.send(device.set(dot, 3), device.event('view', { variant: BAG, ms: 900 }));
    await until('the reminder', () => smtp.of(EMAIL).length > 0);
    await until('the outcome is known', async () => {
      const [first] = await edge.deliveries(EMAIL);
      return first?.state === 'sent';
    });
    await edge.stack.kill9();
    await edge.stack.restart();
    await device.settle(device.add(BAG));
    const fork = new Device(edge);
    const beginning = fork.event('fork', { token: device.token, dots: [dot] });
    const copied = fork.add(MUG);
    await fork.settle(beginning, copied, fork.event('checkout', { stage: 'started', ms: 40 }));
    await fork.settle(fork.order([copied.id]));

    const subjects = {
      cart: { cart: device.secret },
      fork: { cart: fork.secret },
      shopper: { email: EMAIL },
    };
    const files = [];
    for (const [name, subject] of Object.entries(subjects)) {
      const response = await edge.post('/test/trace', { shop: edge.shop, ...subject });
      const text = await response.text();
      assert.equal(response.status, 200, text);
      const file = join(folder, name);
      writeFileSync(file, text);
      files.push(file);
    }
    const { HOMING_MASTER_KEYS } = secretsOf(edge.stack.stateDir);
    const replay = (/** @type {string[]} */ ...traces) =>
      run('cargo', ['run', '--quiet', '--package', 'homing-trace', '--', ...traces], {
        env: { HOMING_MASTER_KEYS },
      });
    const [cart, forked, shopper] = (await replay(...files))
      .trim()
      .split('\n')
      .map((line) => {
        const [, kind, ...numbers] = VERDICT.exec(line) ?? assert.fail(line);
        const [steps = 0, written = 0, effects = 0, releases = 0, begun = 0, armed = 0] =
          numbers.map(Number);
        return { kind, steps, written, effects, releases, begun, armed };
      });
    assert.ok(cart && forked && shopper);
    assert.deepEqual([cart.kind, forked.kind, shopper.kind], ['Cart', 'Cart', 'Shopper']);
    // Lines and contact, a change, another line, the fork's order; each read and each answer in between is a step as well.
    assert.ok(cart.written >= 4 && cart.steps > cart.written, JSON.stringify(cart));
    assert.ok(forked.written >= 2 && forked.effects >= 1, JSON.stringify(forked));
    assert.ok(shopper.releases >= 1 && shopper.effects >= 2, JSON.stringify(shopper));
    assert.ok(shopper.armed >= 1 && cart.armed === 0, JSON.stringify(shopper));
    assert.ok(cart.begun >= 2 && shopper.begun >= 2, 'before and after the restart');

    // The tool sees what was changed.
    const [file = ''] = files;
    const bytes = Buffer.from(readFileSync(file, 'utf8'), 'base64url');
    const last = bytes.length - 1;
    bytes[last] = (bytes[last] ?? 0) ^ 1;
    writeFileSync(file, bytes.toString('base64url'));
    await assert.rejects(replay(file), /entry \d+: another state/);
  } finally {
    await edge.end();
    await smtp.close();
    rmSync(folder, { recursive: true, force: true });
  }
});

test('what is deployed cannot record anything', () => {
  const knows = (/** @type {string} */ variant) =>
    readFileSync(join(buildDir, variant, 'index_bg.wasm')).includes('HOMING_TRACE');
  assert.deepEqual([knows('worker'), knows('worker-test')], [false, true]);
});

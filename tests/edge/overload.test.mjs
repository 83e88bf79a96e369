/** Under load: what must not be lost is not, the rest is put aside in order. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Device, MUG } from '../fixtures/device.mjs';
import { runEdge } from '../fixtures/edge.mjs';
import { wide } from '../fixtures/wide.mjs';
import { overload } from '../load/overload.mjs';

const VARIANT = 'worker-test';

wide(
  'more than the machine holds: captures, orders and unsubscribes are all there afterwards',
  async (t) => {
    const { broken, putAside } = await overload({
      variant: VARIANT,
      visitors: 900,
      people: 20,
      seconds: 4,
      times: 4,
      calm: 0.2,
      // Lower limits than by default: the crowd of a short test is small.
      vars: { LOAD_IN_FLIGHT: '48' },
      say: (line) => t.diagnostic(line),
    });
    t.diagnostic(JSON.stringify(putAside));
    assert.deepEqual(broken, []);
    assert.ok(putAside.views > 0);
  },
);

test('an object that has more to do than it can is a 503 that says for how long to wait', async () => {
  const edge = await runEdge({ variant: VARIANT });
  try {
    const device = new Device(edge, '_v7-_v7-_v7-_v7-_v7-_g');
    const response = await edge.post('/v1/collect', device.body([device.add(MUG)]));
    assert.equal(response.status, 503);
    assert.equal(response.headers.get('retry-after'), '5');
    const problem = /** @type {any} */ (await response.json());
    assert.deepEqual([problem.code, problem.slow_down_ms], ['overloaded', 5_000]);

    const health = /** @type {any} */ (await (await fetch(`${edge.url}/healthz`)).json());
    assert.equal(health.status, 'ok');
    assert.equal(health.load.level, 'calm');
    assert.deepEqual(health.load.put_aside, { views: 0, probes: 0, sends: 0 });
  } finally {
    await edge.end();
  }
});

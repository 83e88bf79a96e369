/** Many are due at once: everybody gets one message. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { thunder } from '../load/thunder.mjs';

test('many who are due in the same minute: nobody is missed, nobody is written to twice', async (t) => {
  const { missed, twice, early, strangers, lateness } = await thunder({
    variant: 'worker-test',
    shoppers: 150,
    provider: 'smtp',
    // Longer than a Shopper waits before it hints again: a second message would have come.
    silenceMs: 16_000,
    say: (line) => t.diagnostic(line),
  });
  t.diagnostic(JSON.stringify(lateness));
  assert.deepEqual(
    { missed, twice, early, strangers },
    { missed: 0, twice: 0, early: 0, strangers: 0 },
  );
});

/** A few of the histories of `npm run converge`: the shipped journal and wasm on three devices against the edge's rules in wasm. */
import { test } from 'node:test';
import { play } from '../convergence/history.mjs';

const HISTORIES = 500;

/**
 * Seeds under which an event once got another one's name: one that was sent before it was stored, and one that a closed page had left for
 * a page that had to wait.
 */
const FOUND = [76, 78, 93, 207, 210];

test(`${HISTORIES} histories of three devices end alike, with nothing lost and nothing back`, async (t) => {
  const first = 1_000 + (Date.now() % 1_000_000);
  t.diagnostic(`seeds from ${first}`);
  for (let n = 0; n < HISTORIES; n += 1) {
    await play(first + n).catch((error) => {
      throw new Error(`seed ${first + n}: ${error.message}`, { cause: error });
    });
  }
});

for (const seed of FOUND) {
  test(`the history ${seed} ends well`, () => play(seed));
}

/**
 * `npm run faults`: all that carries messages (every email provider, Twilio's and Attentive's texts, a push service, every marketing platform,
 * before and after the purchase), every service of docs/audiences.md and a merchant's own endpoints, with every fault, and the worker
 * killed before, during and after the call; see docs/channels.md. It takes about a quarter of an hour and has no options; a part of it is
 * in `npm test`.
 */
import { buildAll } from './build.mjs';
import { launch, whenAskedToStop } from './launch.mjs';
import { duration } from './progress.mjs';

await launch(import.meta.url, async () => {
  whenAskedToStop(() => process.exit(130));
  await buildAll();
  // Not before the set-up: they need npm's packages.
  const { brokenOf, countOf, table, unmet } = await import('../tests/faults/cells.mjs');
  const { endpointMatrix } = await import('../tests/faults/endpoints.mjs');
  const { errandMatrix } = await import('../tests/faults/errands.mjs');
  const { faultMatrix } = await import('../tests/faults/matrix.mjs');
  const begin = Date.now();
  const say = console.log;
  const carried = await faultMatrix({ say });
  // These wait most of the time.
  const others = await Promise.all([errandMatrix({ say }), endpointMatrix({ say })]);
  const cells = [...carried, ...others.flat()];
  console.log(`\nstate, calls that arrived / what was accepted\n\n${table(cells)}\n`);
  const broken = brokenOf(cells);
  // A cell that no kill has met would be a hole.
  const holes = unmet(cells);
  for (const what of broken) console.log(`✗ ${what}`);
  for (const what of holes) console.log(`✗ ${what}: no kill met it`);
  const all = countOf(cells);
  const isWhole = broken.length + holes.length === 0;
  console.log(
    isWhole
      ? `✓ ${all} cells, each met: nothing accepted twice, nothing lost.`
      : `✗ of ${all} cells ${broken.length} break a promise, and ${holes.length} were not met.`,
  );
  console.log(`in ${duration(Date.now() - begin)}`);
  return isWhole ? 0 : 1;
});

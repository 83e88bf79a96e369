/**
 * `npm run faults`: every email provider, a push service, every marketing platform and every service of docs/audiences.md, every fault,
 * with the worker killed before, during and after the call; see docs/channels.md.
 */
import { errandMatrix } from '../tests/faults/errands.mjs';
import { faultMatrix, table } from '../tests/faults/matrix.mjs';
import { buildAll } from './build.mjs';
import { launch, whenAskedToStop } from './launch.mjs';
import { duration } from './progress.mjs';

await launch(import.meta.url, async () => {
  whenAskedToStop(() => process.exit(130));
  await buildAll();
  const begin = Date.now();
  const emails = await faultMatrix({ say: console.log });
  const errands = await errandMatrix({ say: console.log });
  const cells = [
    ...emails,
    ...errands.map(({ service, ...cell }) => ({ provider: service, ...cell })),
  ];
  console.log(
    `\nstate, calls that reached the provider / messages that it accepted\n\n${table(cells)}\n`,
  );
  const broken = cells.filter((cell) => cell.broken.length > 0);
  for (const { provider, fault, kill, broken: promises } of broken) {
    console.log(`✗ ${provider}, ${fault}, kill ${kill}: ${promises.join('; ')}`);
  }
  console.log(
    broken.length > 0
      ? `✗ ${broken.length} of ${cells.length} cells break a promise.`
      : `✓ ${cells.length} cells: nothing accepted twice, nothing lost.`,
  );
  console.log(`in ${duration(Date.now() - begin)}`);
  return broken.length > 0 ? 1 : 0;
});

/** `npm run bugs`: puts each deliberate bug into the rules; the simulation has to find it. */
import { run } from './command.mjs';
import { launch } from './launch.mjs';

await launch(import.meta.url, async () => {
  const test = ['test', '--profile', 'native', '--quiet', '--package', 'homing-sim'];
  const args = [...test, '--features', 'bugs', '--test', 'bugs', '--', '--nocapture'];
  await run('cargo', args, { show: true });
});

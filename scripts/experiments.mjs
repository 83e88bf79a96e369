/** `npm run experiments`: what the intervals of experiments promise, on simulated shops. */
import { run } from './command.mjs';
import { launch } from './launch.mjs';

await launch(import.meta.url, async () => {
  const [trials] = process.argv.slice(2);
  const args = ['run', '--profile', 'native', '--quiet', '--package', 'homing-experiments'];
  await run('cargo', trials ? [...args, '--', trials] : args, { show: true });
});

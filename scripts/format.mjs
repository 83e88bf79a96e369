/** `npm run format`: puts every source into the project's format. */
import { run } from './command.mjs';
import { launch } from './launch.mjs';
import { npmProgram } from './paths.mjs';
import { step } from './progress.mjs';

await launch(import.meta.url, async () => {
  await step('rustfmt', async () => {
    await run('cargo', ['fmt', '--all']);
  });
  await step('biome', async () => {
    await run(npmProgram('biome'), ['check', '--write', '.'], { show: true });
  });
});

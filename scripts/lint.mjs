/** `npm run lint`: everything that can be found without running the product. */
import { buildAll } from './build.mjs';
import { run } from './command.mjs';
import { launch } from './launch.mjs';
import { step } from './progress.mjs';
import { staticChecks } from './static-checks.mjs';

await launch(import.meta.url, async () => {
  // The type check reads the declarations that the build writes.
  await buildAll();
  let failed = 0;
  for (const { name, program, args } of staticChecks()) {
    await step(name, async (say) => {
      await run(program, args, { say });
    }).catch((error) => {
      failed += 1;
      console.error(error.message);
    });
  }
  return failed > 0 ? 1 : 0;
});

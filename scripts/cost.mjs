/**
 * `npm run cost`: what the reference workload costs by the platform's list prices; fails above the bar. `--write` puts the
 * figures into docs/cost.md.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { run } from './command.mjs';
import { launch } from './launch.mjs';
import { inRoot } from './paths.mjs';

const BEGIN = '<!-- figures of npm run cost -->\n';
const END = '<!-- end of figures -->\n';

await launch(import.meta.url, async () => {
  const program = ['run', '--profile', 'native', '--quiet', '--bin', 'homing-cost'];
  const args = [...program, '--package', 'homing-sim'];
  if (!process.argv.includes('--write')) {
    await run('cargo', args, { show: true });
    return;
  }
  const figures = await run('cargo', [...args, '--', '--markdown']);
  const page = inRoot('docs', 'cost.md');
  const [before, rest] = readFileSync(page, 'utf8').split(BEGIN);
  const after = rest?.split(END)[1];
  if (after === undefined) throw new Error('docs/cost.md has no place for the figures');
  writeFileSync(page, `${before}${BEGIN}\n${figures}\n${END}${after}`);
});

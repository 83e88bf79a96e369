/**
 * `npm run replay -- --sequence FILE`: a shop's history under edited messages, by `homing replay`. What is not given as a file is
 * fetched from the demo shop of a running `npm start`, at the port that PORT names. See docs/replay.md.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { DEMO_SHOP } from './demo-shop.mjs';
import { parseMasterKeys, secretKey } from './keys.mjs';
import { launch } from './launch.mjs';
import { inRoot, stateDir } from './paths.mjs';
import { secretsOf } from './secrets.mjs';
import { ShopReader } from './shop-reader.mjs';
import { UserError } from './user-error.mjs';

const URL_OF_START = `http://127.0.0.1:${process.env.PORT ?? 8787}`;

/** What is fetched where no file of it is named. */
const FETCHED = /** @type {const} */ (['history', 'config', 'catalogue']);

/** The program's own, which says more about each. */
const OPTIONS = /** @type {const} */ ({
  sequence: { type: 'string' },
  history: { type: 'string' },
  config: { type: 'string' },
  catalogue: { type: 'string' },
  'held-out': { type: 'string' },
  price: { type: 'string', multiple: true },
  until: { type: 'string' },
  limit: { type: 'string' },
  json: { type: 'boolean' },
});

/** What the program does not know. */
const HELP = `\`npm run replay\` needs --sequence alone: --history, --config and --catalogue that are not named are fetched from the demo shop
of a running \`npm start\`, at ${URL_OF_START} (PORT chooses another). The rest is what the program itself says, which needs all four:
`;

const asksForHelp = process.argv.slice(2).some((arg) => ['-h', '--help'].includes(arg));

/** What is wrong with the arguments is said before anything is built, and before the demo shop is asked. */
async function checkArguments() {
  if (asksForHelp) return;
  const ending = '`npm run replay -- --help` names all options.';
  let sequence;
  try {
    ({ sequence } = parseArgs({ options: OPTIONS }).values);
  } catch (error) {
    throw new UserError(`${/** @type {Error} */ (error).message}\n${ending}`);
  }
  if (!sequence) {
    throw new UserError(
      `--sequence FILE is missing: the edited sequence, sequences or configuration.\n${ending}`,
    );
  }
}

function demoShop() {
  if (!existsSync(join(stateDir, 'secrets.env'))) {
    throw new UserError('There is no demo shop yet: run `npm start` first, or name all files.');
  }
  const master = parseMasterKeys(secretsOf(stateDir).HOMING_MASTER_KEYS);
  return new ShopReader(URL_OF_START, secretKey(master, DEMO_SHOP), DEMO_SHOP);
}

await launch(
  import.meta.url,
  async () => {
    const args = process.argv.slice(2);
    const folder = mkdtempSync(join(tmpdir(), 'homing-replay-'));
    try {
      const wants = (/** @type {string} */ name) =>
        !args.some((arg) => arg === `--${name}` || arg.startsWith(`--${name}=`));
      if (asksForHelp) console.log(HELP);
      for (const name of FETCHED) {
        if (asksForHelp || !wants(name)) continue;
        const path = join(folder, name);
        writeFileSync(path, await demoShop()[name]());
        args.push(`--${name}`, path);
      }
      const command = ['run', '--quiet', '--profile', 'native', '--package', 'homing-cli'];
      const manifest = ['--manifest-path', inRoot('Cargo.toml')];
      const { status } = spawnSync('cargo', [...command, ...manifest, '--', 'replay', ...args], {
        stdio: 'inherit',
        // Files are named from where the caller stands.
        cwd: process.env.INIT_CWD ?? process.cwd(),
      });
      return status ?? 1;
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
  { ownHelp: true, first: checkArguments },
);

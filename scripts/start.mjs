/**
 * `npm start`: builds everything and runs the main job on this machine. `PORT` (8787) is the worker's and the shop's port; the
 * inbox page and SMTP take the two that follow. State is kept in .homing/ until `npm run reset`.
 */
import { launch, whenAskedToStop } from './launch.mjs';
import { stateDir } from './paths.mjs';
import { claimPorts } from './ports.mjs';
import { disownState, ownState, refuseIfRunning } from './state-owner.mjs';
import { UserError } from './user-error.mjs';

const DEFAULT_PORT = 8787;

function wantedPort() {
  const text = process.env.PORT ?? String(DEFAULT_PORT);
  const port = Number(text);
  if (!Number.isInteger(port) || port < 1 || port > 65_533) {
    throw new UserError(`PORT must be a number from 1 to 65533, not "${text}".`);
  }
  return port;
}

function refuseArguments() {
  const [unknown] = process.argv.slice(2);
  if (unknown === undefined) return;
  throw new UserError(
    `\`npm start\` takes no arguments, so "${unknown}" means nothing. \`PORT=9000 npm start\` chooses another port.`,
  );
}

/** What can be told before anything is set up or built. */
async function check() {
  refuseArguments();
  const port = wantedPort();
  refuseIfRunning(stateDir);
  await claimPorts(port);
}

/** @param {import('./stack.mjs').Stack} stack */
const welcome = (stack) => `
  Homing is running. Somebody is about to leave a cart behind.

    Shop     ${stack.url}/store/    fill a cart, give an address at the checkout, leave
    Inbox    ${stack.mailUrl}           the reminder arrives here within half a minute

  Click the link in the mail, in another browser if you like: the cart is there.
  Ctrl-C stops everything; the state stays in .homing/ until \`npm run reset\`.
`;

const main = async () => {
  const port = wantedPort();
  /** @type {Promise<string>} */
  const asked = new Promise((resolve) => whenAskedToStop(resolve));

  await claimPorts(port);
  // From here on, so that neither a second start nor a reset comes in between while everything is built.
  ownState(stateDir);
  process.once('exit', () => disownState(stateDir));
  const { buildAll } = await import('./build.mjs');
  await buildAll();
  const { startStack } = await import('./stack.mjs');
  const { step } = await import('./progress.mjs');
  const stack = await Promise.race([
    step('worker, inbox and shop', () => startStack({ port, stateDir })),
    asked.then(() => undefined),
  ]);
  // Stopped while starting: the guards end what was started.
  if (!stack) process.exit(0);
  console.log(welcome(stack));
  console.log(`ready ${stack.url}`);
  const ending = await Promise.race([asked, stack.ended().then(() => 'ended')]);
  if (ending === 'ended') {
    console.error(`\nThe worker has ended by itself; its log is ${stateDir}/logs/worker.log`);
  } else {
    console.log('\nStopping …');
  }
  await stack.stop();
  process.exit(ending === 'ended' ? 1 : 0);
};

await launch(import.meta.url, main, { first: check });

/** `npm run reset`: forgets the local shop, its carts, shoppers and mails. */
import { rmSync } from 'node:fs';
import { helps } from './help.mjs';
import { stateDir } from './paths.mjs';
import { runningWith } from './state-owner.mjs';
import { report, UserError } from './user-error.mjs';

function reset() {
  try {
    const running = runningWith(stateDir);
    if (running) {
      throw new UserError(`Homing is running (process ${running}). Stop it with Ctrl-C first.`);
    }
    rmSync(stateDir, { recursive: true, force: true });
    console.log('The local state in .homing/ is gone. `npm start` begins afresh.');
  } catch (error) {
    process.exitCode = report(error);
  }
}

if (!helps(import.meta.url)) reset();

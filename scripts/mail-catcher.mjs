/** A real SMTP server that keeps what it gets and shows it on an inbox page. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { inRoot, projectNode } from './paths.mjs';
import { startProgram } from './processes.mjs';

/**
 * @typedef {object} Mail
 * @property {string} id
 * @property {string} subject
 * @property {string[]} to
 * @property {string} from
 * @property {string} html
 * @property {string} text
 * @property {string} at
 * @property {string} raw the message as it came over SMTP
 */

/**
 * @param {{ stateDir: string, webPort: number, smtpPort: number }} options
 */
export function startMailCatcher({ stateDir, webPort, smtpPort }) {
  // Mails stay on disk: the inbox survives a restart.
  const folder = join(stateDir, 'mail');
  mkdirSync(folder, { recursive: true });
  const address = '127.0.0.1';
  return startProgram(
    projectNode,
    [
      inRoot('node_modules', 'maildev', 'dist', 'bin', 'maildev.js'),
      ...['--ip', address, '--smtp', String(smtpPort)],
      ...['--web-ip', address, '--web', String(webPort)],
      ...['--mail-directory', folder],
    ],
    { log: join(stateDir, 'logs', 'mail.log') },
  );
}

/**
 * The address that answers when the catcher is up.
 * @param {string} url
 */
export const mailCatcherHealth = (url) => `${url}/api/healthz`;

/**
 * Every mail so far, oldest first.
 * @param {string} url
 * @returns {Promise<Mail[]>}
 */
export async function readMail(url) {
  const response = await fetch(`${url}/api/email`);
  if (!response.ok) throw new Error(`the mail catcher answered ${response.status}`);
  const list = /** @type {any[]} */ (await response.json());
  const mails = await Promise.all(
    list.map(async (mail) => {
      const source = await fetch(`${url}/api/email/${mail.id}/source`);
      return {
        id: mail.id,
        subject: mail.subject,
        from: mail.from?.[0]?.address ?? '',
        to: (mail.to ?? []).map((/** @type {{ address: string }} */ to) => to.address),
        html: mail.html ?? '',
        text: mail.text ?? '',
        at: mail.time,
        raw: await source.text(),
      };
    }),
  );
  return mails.sort((a, b) => a.at.localeCompare(b.at));
}

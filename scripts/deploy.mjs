/**
 * `npm run deploy`: builds, makes what is missing in the Cloudflare account, deploys. What it needs stands in the environment:
 *
 *   PUBLIC_URL      always: where shoppers reach the worker, such as https://homing.your-name.workers.dev
 *   a way to mail   the first time: SMTP_URL, RESEND_API_KEY, POSTMARK_SERVER_TOKEN, SENDGRID_API_KEY or the SES_… of Amazon
 *   other secrets   TWILIO_…, callbacks' secrets and a VAPID_… pair of your own: set where they are given, else left as they are
 *   SHORT_URL, OWN_HOSTS, SDK_VERSIONS=forget      where they are wanted
 *
 * `npx wrangler login` comes first, or CLOUDFLARE_API_TOKEN. docs/deploy.md says what each of them is.
 */
import { existsSync, readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { buildAll } from './build.mjs';
import { currentSdk, pinnedTag } from './build-sdk.mjs';
import { CommandError } from './command.mjs';
import { launch } from './launch.mjs';
import { inRoot } from './paths.mjs';
import { step } from './progress.mjs';
import { carryVersions } from './sdk-versions.mjs';
import { newSecrets, writeEnvFile } from './secrets.mjs';
import { UserError } from './user-error.mjs';
import { wrangler, wranglerInTerminal } from './wrangler-command.mjs';

const QUEUES = [
  'homing-deliveries',
  'homing-relay',
  'homing-inbound',
  'homing-orders',
  'homing-mail-events',
  'homing-dead-letters',
];

/** Secrets that have a value of the operator's own; taken from the environment when they stand there. */
const MAIL_SECRETS = [
  'SMTP_URL',
  'RESEND_API_KEY',
  'POSTMARK_SERVER_TOKEN',
  'SENDGRID_API_KEY',
  'SES_SECRET_ACCESS_KEY',
];
/** What notifications are signed with: a pair, made by us unless the operator has one. */
const VAPID_KEYS = ['VAPID_PUBLIC_KEY', 'VAPID_PRIVATE_KEY'];
const OPERATOR_SECRETS = [
  ...VAPID_KEYS,
  ...MAIL_SECRETS,
  'SES_ACCESS_KEY_ID',
  'SES_REGION',
  'SES_CONFIGURATION_SET',
  'SES_TOPIC_ARNS',
  'POSTMARK_STREAM',
  'RESEND_WEBHOOK_SECRET',
  'POSTMARK_WEBHOOK_AUTH',
  'SENDGRID_WEBHOOK_KEY',
  'SES_CALLBACK_TOKEN',
  'TWILIO_ACCOUNT_SID',
  'TWILIO_API_KEY',
  'TWILIO_API_SECRET',
  'TWILIO_AUTH_TOKEN',
];

/** Kept until the operator has put it in a safe place; git ignores it. */
const secretsFile = inRoot('.env.deployed');

async function checkLogin() {
  try {
    await wrangler(['whoami', '--json']);
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    throw new UserError(
      'You are not logged in to Cloudflare.\nType `node_modules/.bin/node node_modules/wrangler/bin/wrangler.js login`, or set CLOUDFLARE_API_TOKEN (a token with the template "Edit Cloudflare Workers" and the right to edit queues), then run `npm run deploy` again.',
    );
  }
}

/** An address that begins links; a wrong one would make every one of them dead. @param {string} text @param {string} what */
function baseOfLinks(text, what) {
  const url = URL.parse(text);
  if (url?.protocol !== 'https:' || url.pathname !== '/') throw new UserError(what);
  return url.origin;
}

/** The address that goes into mails. */
const publicUrl = () =>
  baseOfLinks(
    process.env.PUBLIC_URL ?? '',
    'Set PUBLIC_URL to the address under which shoppers will reach Homing: it is the base of every link in a mail.\nFor example:\n\n  PUBLIC_URL=https://homing.your-name.workers.dev npm run deploy',
  );

/** What else the command says of this deployment's names, as variables of the worker. */
function namesOf() {
  const { SHORT_URL, OWN_HOSTS } = process.env;
  const short =
    SHORT_URL &&
    baseOfLinks(
      SHORT_URL,
      'SHORT_URL is the short name under which this worker is reached as well, such as https://go.shop.example: it is the base of every link in a text message.',
    );
  return [
    ...(short ? ['--var', `SHORT_URL:${short}`] : []),
    ...(OWN_HOSTS ? ['--var', `OWN_HOSTS:${OWN_HOSTS}`] : []),
  ];
}

async function createQueues() {
  for (const queue of QUEUES) {
    await wrangler(['queues', 'create', queue]).catch((error) => {
      // A second deployment finds them there.
      if (!(error instanceof CommandError) || !/already (exists|taken)|11009/.test(error.output))
        throw error;
    });
  }
}

/** The names of the secrets the deployed worker has; none before the first deployment. */
async function deployedSecrets() {
  try {
    const text = await wrangler(['secret', 'list', '--format', 'json']);
    const list = /** @type {{ name: string }[]} */ (JSON.parse(text));
    return new Set(list.map(({ name }) => name));
  } catch (error) {
    if (error instanceof CommandError && /not found|10007/i.test(error.output)) return new Set();
    throw error;
  }
}

/** @param {Set<string>} present */
const hasVapidKeys = (present) => VAPID_KEYS.some((name) => present.has(name) || process.env[name]);

/** Writes the secrets that this deployment has to bring along. @param {Set<string>} present */
function collectSecrets(present) {
  /** @type {Record<string, string>} */
  const bring = {};
  // A deployment that failed half-way has made secrets already: the same ones are used again.
  const earlier = existsSync(secretsFile) ? parseEnv(readFileSync(secretsFile, 'utf8')) : {};
  for (const [name, value] of Object.entries(newSecrets())) {
    // Half of a pair of keys is of no use beside another half.
    const isThere = present.has(name) || (VAPID_KEYS.includes(name) && hasVapidKeys(present));
    if (!isThere) bring[name] = earlier[name] ?? value;
  }
  for (const name of OPERATOR_SECRETS) {
    const value = process.env[name];
    if (value) bring[name] = value;
  }
  if (!MAIL_SECRETS.some((name) => present.has(name) || bring[name])) {
    throw new UserError(
      'Homing has no way to send mail yet. Give it one of these with the same command:\n\n  SMTP_URL=smtps://user:password@smtp.example.com:465\n  SMTP_URL=smtp+starttls://user:password@smtp.example.com:587\n  RESEND_API_KEY=re_…\n\ndocs/channels.md has the others.',
    );
  }
  return bring;
}

await launch(import.meta.url, async () => {
  const url = publicUrl();
  const names = namesOf();
  await step('login', checkLogin);
  await buildAll();
  const secrets = collectSecrets(await deployedSecrets());
  await step('queues', createQueues);
  const args = ['deploy', '--var', `PUBLIC_URL:${url}`, ...names];
  const isFirst = 'HOMING_ADMIN_KEY' in secrets;
  if (!isFirst && process.env.SDK_VERSIONS !== 'forget') {
    await step('earlier versions of the SDK', async () => `${await carryVersions(url)} kept`);
  }
  if (Object.keys(secrets).length > 0) {
    writeEnvFile(secretsFile, secrets);
    args.push('--secrets-file', secretsFile);
  }
  const code = await wranglerInTerminal(args);
  if (code === 0) {
    console.log(
      `\nThe SDK of this deployment, for pages that load nothing else:\n\n  ${pinnedTag(url, currentSdk())}\n`,
    );
  }
  if (code === 0 && isFirst) {
    console.log(
      `\nThe secrets of this installation are in ${secretsFile}.\nPut them in a safe place, then delete the file: the master key cannot be read back from Cloudflare,\nand the admin key is what you create shops with (see docs/).`,
    );
  }
  return code;
});

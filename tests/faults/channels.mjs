/** Everything that carries messages, with what stands in for it: one deployment, and a shop of its own for each. */
import { forEveryCart } from '../../scripts/demo-shop.mjs';
import { FAST_PACE, runEdge } from '../fixtures/edge.mjs';
import { connectPlatform, platformEnv, startPlatforms } from '../fixtures/flows.mjs';
import { CloudflarePeer } from '../fixtures/providers/cloudflare.mjs';
import { PostmarkPeer } from '../fixtures/providers/postmark.mjs';
import { PushPeer } from '../fixtures/providers/push.mjs';
import { ResendPeer } from '../fixtures/providers/resend.mjs';
import { SendgridPeer } from '../fixtures/providers/sendgrid.mjs';
import { SesPeer } from '../fixtures/providers/ses.mjs';
import { FaultySmtp } from '../fixtures/providers/smtp.mjs';
import { TwilioPeer } from '../fixtures/providers/twilio-peer.mjs';

/** @typedef {import('../fixtures/edge.mjs').Edge} Edge */
/** @typedef {import('../fixtures/providers/peer.mjs').ProviderPeer} ProviderPeer */

/**
 * What carries messages.
 * @typedef {object} Channel
 * @property {string} name
 * @property {ProviderPeer | FaultySmtp} peer
 * @property {Edge} shop
 * @property {'mail' | 'text' | 'push' | 'stop'} kind stop: what a marketing platform is told after the purchase
 * @property {boolean} knowsAgain whether it recognises repeats, as `core/src/delivery/provider` has it
 */

const PLATFORMS = /** @type {const} */ (['klaviyo', 'braze', 'hubspot', 'attentive']);
const KNOW_AGAIN = ['resend', 'klaviyo', 'hubspot'];
/** Tries enough for what is killed more than once. */
const PACE = { ...FAST_PACE, retry_ms: [400, 400, 400, 400, 400] };
/** So many that are due are handed over together, so that one kill meets them. */
const BATCH = 100;

/** Those that send nothing but mails. @param {'sms' | 'push'} channel */
const alone = (channel) => ({
  sequences: forEveryCart([{ after_ms: 1_000, template: 'reminder', channels: [channel] }]),
});

/** Starts all of it. @param {number} seconds how long what is due waits for more of it */
export async function startChannels(seconds) {
  const platforms = await startPlatforms();
  const smtp = await FaultySmtp.start();
  const resend = await ResendPeer.start('re_faults');
  const postmark = await PostmarkPeer.start('pm-faults');
  const sendgrid = await SendgridPeer.start('SG.faults');
  const ses = await SesPeer.start('AKIDFAULTS', 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY');
  const cloudflare = await CloudflarePeer.start();
  const webpush = await PushPeer.start();
  const twilio = await TwilioPeer.start();
  const mails = { smtp, resend, postmark, sendgrid, ses, cloudflare };
  const edge = await runEdge({
    demo: PACE,
    cronMs: 5_000,
    batch: { size: BATCH, seconds },
    sendEmail: cloudflare.config,
    env: {
      SMTP_URL: smtp.url,
      ...resend.env,
      ...postmark.env,
      ...sendgrid.env,
      ...ses.env,
      ...twilio.env,
      ...platformEnv(platforms),
    },
  });
  /** @type {Channel[]} */
  const channels = [];
  /** @param {string} name @param {object} changes @param {Omit<Channel, 'name' | 'shop' | 'knowsAgain'>} more */
  const open = async (name, changes, more) => {
    const id = `shop_${String(channels.length + 1).padStart(8, '0')}`;
    const shop = await edge.anotherShop(id, { ...PACE, ...changes });
    const knowsAgain = KNOW_AGAIN.includes(name.split(' ')[0] ?? '');
    channels.push({ name, shop, knowsAgain, ...more });
    return shop;
  };
  for (const [provider, peer] of Object.entries(mails))
    await open(provider, { provider }, { peer, kind: 'mail' });
  await open('webpush', { push: {}, ...alone('push') }, { peer: webpush, kind: 'push' });
  const sms = { provider: 'twilio', sender: '+15005550006' };
  await open('twilio', { sms, ...alone('sms') }, { peer: twilio, kind: 'text' });
  const texts = { sms: { provider: 'attentive', sender: '12345' }, ...alone('sms') };
  const texting = await open('attentive text', texts, { peer: platforms.attentive, kind: 'text' });
  await connectPlatform(texting, platforms, 'attentive');
  for (const platform of PLATFORMS) {
    const flows = { flows: [{ platform }] };
    const peer = platforms[platform];
    for (const [name, kind] of /** @type {const} */ ([
      [platform, 'mail'],
      [`${platform} stop`, 'stop'],
    ])) {
      await connectPlatform(await open(name, flows, { peer, kind }), platforms, platform);
    }
  }
  const peers = [...Object.values(mails), webpush, twilio, ...Object.values(platforms)];
  const end = async () => {
    await edge.end();
    await Promise.all(peers.map((peer) => peer.close()));
  };
  return { edge, channels, end };
}

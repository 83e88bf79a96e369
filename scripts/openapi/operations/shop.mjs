/** A shop: its configuration, its keys, what it measures, and its audiences. */
import { ids } from '../schemas.mjs';
import { any, list, object, orNull, ref, text, whole } from '../shapes.mjs';

/** @type {import('../operations.mjs').Call[]} */
export const shop = [
  {
    ...{ method: 'get', path: '/v1/shops/{shop}', id: 'getShop', tag: 'Shop', scope: 'shop:read' },
    summary: 'The configuration in force',
    answer: object({ shop: ids.shopId, version: whole(), configuration: ref('Configuration') }),
  },
  {
    ...{ method: 'put', path: '/v1/shops/{shop}', id: 'putShop', tag: 'Shop', key: 'operator' },
    summary: 'Creates or reconfigures a shop',
    once: true,
    body: ref('Configuration'),
    answer: object({
      shop: ids.shopId,
      version: whole(),
      publishable_key: orNull(text()),
      secret_key: orNull(text()),
    }),
  },
  {
    ...{ method: 'post', path: '/v1/keys', id: 'makeKey', tag: 'Shop', key: 'owner', once: true },
    summary: 'Makes a secret key that may do only what it says',
    body: ref('KeyRequest'),
    answer: ref('Key'),
  },
  {
    ...{ method: 'get', path: '/v1/experiments', id: 'experiments', tag: 'Shop' },
    summary: 'What the messages, each experiment and each flag with a share bring',
    scope: 'shop:read',
    answer: any,
  },
  {
    ...{ method: 'get', path: '/v1/experiments/holdout', id: 'holdout', tag: 'Shop' },
    summary: 'What the messages bring against the held out',
    scope: 'shop:read',
    answer: any,
  },
  {
    ...{ method: 'get', path: '/v1/audiences', id: 'listAudiences', tag: 'Shop' },
    summary: 'The advertising audiences, with words for what each is about: docs/audiences.md',
    scope: 'shop:read',
    answer: object({ audiences: list(ref('ListedAudience')) }),
  },
];

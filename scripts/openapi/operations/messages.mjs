/** Messages before anybody gets them. */
import { any, list, object, oneOf, text, whole } from '../shapes.mjs';

const CHANNELS = ['email', 'sms', 'push'];

const scene = {
  sequence: {
    description: "The id of one of the shop's sequences, or a sequence that is not saved",
    oneOf: [text(), any],
  },
  'step?': whole('Which of its messages, from 0', { maximum: 11 }),
  'channel?': oneOf(CHANNELS, 'By which channel; the first that the step names otherwise'),
  'locale?': text("In place of the shop's"),
  'arms?': {
    type: 'object',
    description: 'Arms of experiments, by their ids',
    additionalProperties: text(),
  },
  'cart?': text('A cart of the shop; needs `carts:read` as well', {
    pattern: '^crt_[0-9a-f]{32}$',
  }),
  'lines?': list(
    object({
      variant: text(),
      'qty?': whole(undefined, { minimum: 1, maximum: 9_999 }),
      'options?': { type: 'object', additionalProperties: text() },
    }),
    { minItems: 1, maxItems: 50 },
  ),
};

/** @type {import('../operations.mjs').Call[]} */
export const messages = [
  {
    ...{ method: 'post', path: '/v1/messages/preview', id: 'previewMessage', tag: 'Messages' },
    summary: 'A message as a release would write it now, with links that lead nowhere',
    scope: 'shop:read',
    body: object(scene),
    answer: object({
      sequence: text(),
      version: whole(),
      step: whole(),
      template: text(),
      channel: oneOf(CHANNELS),
      'skipped?': text('Why a release would send nothing'),
      'subject?': text(),
      'html?': text(),
      'text?': text(),
      'segments?': whole('Of a text message'),
      'encoding?': oneOf(['gsm7', 'ucs2'], 'Of a text message'),
      'title?': text('Of a notification'),
      'url?': text('Of a notification'),
      'image?': text('Of a notification'),
      warnings: list(object({ code: text(), detail: text(), 'variant?': text() })),
    }),
  },
  {
    ...{ method: 'post', path: '/v1/messages/test', id: 'testMessage', tag: 'Messages' },
    summary: "Sends one to one of the shop's own people, who stand in test_recipients",
    scope: 'deliveries:write',
    once: true,
    body: object({ ...scene, to: text('An address, or a number in E.164') }),
    answer: object({
      test: text(undefined, { pattern: '^tst_[0-9a-f]{32}$' }),
      channel: oneOf(CHANNELS),
      provider: text(),
      result: oneOf(['accepted', 'refused', 'unknown']),
      'provider_id?': text('Where it was accepted'),
      'code?': text('Where it was not, or where nobody knows'),
    }),
  },
];

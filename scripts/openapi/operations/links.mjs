/** The links in messages. */
import { text } from '../shapes.mjs';

/** @type {import('../operations.mjs').Call[]} */
export const links = [
  {
    ...{ method: 'get', path: '/r/{token}', id: 'followLink', tag: 'Links', status: '302' },
    summary: 'A recovery link: leads to the shop and changes nothing',
  },
  {
    ...{ method: 'get', path: '/u/{token}', id: 'preferences', tag: 'Links', kind: 'text/html' },
    summary: 'The page on which a shopper unsubscribes; changes nothing',
  },
  {
    ...{ method: 'post', path: '/u/{token}', id: 'unsubscribe', tag: 'Links', kind: 'text/html' },
    summary: 'Unsubscribes with one click, as RFC 8058 has it',
  },
  {
    ...{ method: 'get', path: '/s/{token}', id: 'survey', tag: 'Links', kind: 'text/html' },
    summary: 'The survey after a miss; changes nothing',
  },
  {
    ...{ method: 'post', path: '/s/{token}', id: 'answerSurvey', tag: 'Links', kind: 'text/html' },
    summary: 'One answer to it',
    query: { answer: text() },
  },
];

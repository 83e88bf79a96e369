/** Whether it answers. */
import { flag, oneOf, open } from '../shapes.mjs';

/** @type {import('../operations.mjs').Call[]} */
export const health = [
  {
    ...{ method: 'get', path: '/healthz', id: 'healthz', tag: 'Health' },
    summary: 'Answers while the isolate lives',
    answer: open({ status: { const: 'ok' } }),
  },
  {
    ...{ method: 'get', path: '/readyz', id: 'readyz', tag: 'Health' },
    summary: 'Whether objects, configuration and mail answer',
    answer: open({
      status: oneOf(['ready', 'starting']),
      objects: flag(),
      configuration: flag(),
      limits: flag(),
    }),
  },
];

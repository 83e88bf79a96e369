/**
 * A KV namespace in memory, by the protocol that the runtime speaks to one. It runs outside the worker's process, as KV
 * does: what it costs is not the worker's.
 */
import { createServer } from 'node:http';

/**
 * Starts an empty namespace.
 * @returns {Promise<{ address: string, stop: () => Promise<void> }>}
 */
export function startKvService() {
  /** @type {Map<string, string>} */
  const values = new Map();
  const server = createServer(async (request, response) => {
    const name = decodeURIComponent((request.url ?? '/').slice(1).split('?')[0] ?? '');
    if (request.method === 'PUT') {
      let value = '';
      for await (const chunk of request.setEncoding('utf8')) value += chunk;
      values.set(name, value);
      response.writeHead(204).end();
      return;
    }
    const value = values.get(name);
    response.writeHead(value === undefined ? 404 : 200).end(value);
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      const port = address !== null && typeof address === 'object' ? address.port : 0;
      resolve({
        address: `127.0.0.1:${port}`,
        stop: () =>
          new Promise((stopped) => {
            server.close(() => stopped());
            server.closeAllConnections();
          }),
      });
    });
  });
}

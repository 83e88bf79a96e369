/** Marks the adapters' own requests, so that they are not taken for the shop's. */
export const MARK = 'homing=1';

/**
 * Asks the shop. What is not answered for so long must not keep the other tabs waiting.
 * @param {string} url
 * @param {object} [body]
 * @param {Record<string, string>} [headers]
 * @param {string} [method] by default what the body asks for
 */
export const ask = (url, body, headers, method = body ? 'POST' : 'GET') =>
  fetch(`${url + (url.includes('?') ? '&' : '?')}${MARK}`, {
    method,
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
    cache: 'no-store',
    signal: AbortSignal.timeout?.(20_000),
  });

/**
 * Reads from the shop. An answer that is none must not be taken for an empty cart.
 * @param {Response | Promise<Response>} asked
 * @returns {Promise<any>}
 */
export async function answerOf(asked) {
  const answer = await asked;
  if (!answer.ok) throw new Error(`http_${answer.status}`);
  return answer.json();
}

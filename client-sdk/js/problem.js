/** Why a request was not answered with what it asked for. */
export class Problem extends Error {
  /**
   * @param {number} status 0 when there was no answer at all
   * @param {string} code stable
   * @param {string} [detail]
   * @param {{ id: string, code: string }[]} [refused] events because of which the whole request was refused
   * @param {number} [slowDown] how long the edge wants to be left alone, ms
   */
  constructor(status, code, detail, refused = [], slowDown = 0) {
    super(code);
    this.status = status;
    this.code = code;
    this.detail = detail;
    this.refused = refused;
    this.slowDown = slowDown;
  }

  /** Whether the same request may be answered differently soon. */
  get isTransient() {
    const { status } = this;
    return status < 400 || status >= 500 || [408, 425, 429].includes(status);
  }

  toJSON() {
    return { status: this.status, code: this.code, detail: this.detail };
  }
}

/** The code where no answer came. */
export const UNREACHABLE = 'unreachable';

/** A request that takes longer will not be answered. */
const TIMEOUT_MS = 20_000;

/**
 * Posts JSON as plain text, which needs no preflight.
 * @param {string} url
 * @param {string} body
 * @param {boolean} [keepalive] goes on when the page closes
 * @returns {Promise<any>}
 */
export async function post(url, body, keepalive) {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), TIMEOUT_MS);
  try {
    const response = await fetch(url, {
      method: 'POST',
      body,
      keepalive,
      signal: stop.signal,
      credentials: 'omit',
      headers: { 'content-type': 'text/plain' },
    });
    const answer = await response.json().catch(() => ({}));
    if (response.ok) return answer;
    const { code = `http_${response.status}`, detail, refused, slow_down_ms } = answer;
    throw new Problem(response.status, code, detail, refused, slow_down_ms);
  } catch (error) {
    throw error instanceof Problem ? error : new Problem(0, UNREACHABLE);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * So that many browsers do not come back at once: somewhere in the second half of a time.
 * @param {number} ms
 */
export const scatter = (ms) => ms * (0.5 + Math.random() / 2);

/**
 * How long to wait before the next try: doubling, and scattered.
 * @param {number} attempt from 0
 * @param {Problem} [problem] nothing came at all, where none is given
 */
export function backoffMs(attempt, problem) {
  const first = problem?.isTransient === false ? 30_000 : 1_000;
  return scatter(Math.min(first * 2 ** attempt, 300_000));
}

/** The platform's cron, which `wrangler dev` leaves to its caller. */

const RUN_TIMEOUT_MS = 30_000;

/** Runs a worker's scheduled handler every so often. */
export class Cron {
  /** @type {NodeJS.Timeout | undefined} */
  #timer;

  /**
   * @param {string} url the worker's
   * @param {number} everyMs 0: only when `run` is called
   */
  constructor(url, everyMs) {
    this.address = `${url}/cdn-cgi/handler/scheduled?cron=${encodeURIComponent('*/5 * * * *')}`;
    this.everyMs = everyMs;
  }

  /** Runs it once, now. */
  async run() {
    try {
      await fetch(this.address, { signal: AbortSignal.timeout(RUN_TIMEOUT_MS) });
    } catch {
      // A worker that is being restarted misses one run, as it would on the platform.
    }
  }

  start() {
    if (this.everyMs > 0) this.#timer = setInterval(() => this.run(), this.everyMs);
  }

  stop() {
    clearInterval(this.#timer);
  }
}

// What short links stand for: places without a rule, so that no wasm is woken for them. What a row holds neither tells the link nor
// opens anything by itself; see the core's short_link.rs.
import { DurableObject } from 'cloudflare:workers';
import { wake } from './alarm.js';

/** Expired rows of one object go together, at most once in this time, ms. */
const APART_MS = 86_400_000;

const TABLE =
  'CREATE TABLE IF NOT EXISTS link (row TEXT PRIMARY KEY, token TEXT NOT NULL, until INTEGER NOT NULL) WITHOUT ROWID';

export class ShortLinks extends DurableObject {
  /** @param {string} query @param {...(string | number)} bound @returns {Record<string, any>[]} */
  #rows(query, ...bound) {
    return this.ctx.storage.sql.exec(query, ...bound).toArray();
  }

  /** Who only asks leaves no table behind. */
  #isEmpty() {
    const [table] = this.#rows("SELECT 1 FROM sqlite_master WHERE name = 'link'");
    return !table || this.#rows('SELECT 1 FROM link LIMIT 1').length === 0;
  }

  /**
   * Keeps what a link stands for. The answer leaves when it is durable. False: the place is another link's.
   * @param {string} row
   * @param {string} token
   * @param {number} until epoch ms
   */
  keep(row, token, until) {
    const isFirst = this.#isEmpty();
    const known = isFirst ? undefined : this.#rows('SELECT token FROM link WHERE row = ?', row)[0];
    if (known) return known.token === token;
    this.#rows(TABLE);
    this.#rows('INSERT INTO link VALUES (?, ?, ?)', row, token, until);
    // As long as there are rows there is an alarm. Not awaited: it is written together with the first of them.
    if (isFirst) this.ctx.storage.setAlarm(until);
    return true;
  }

  /** What a link stands for; undefined for one that has expired as for one that never was. @param {string} row @returns {string | undefined} */
  find(row) {
    if (this.#isEmpty()) return undefined;
    return this.#rows('SELECT token FROM link WHERE row = ? AND until > ?', row, Date.now())[0]
      ?.token;
  }

  alarm() {
    return wake(this.ctx, () => this.#sweep());
  }

  async #sweep() {
    if (this.#isEmpty()) return;
    const now = Date.now();
    this.#rows('DELETE FROM link WHERE until <= ?', now);
    const next = this.#rows('SELECT min(until) AS next FROM link')[0]?.next;
    if (typeof next === 'number') await this.ctx.storage.setAlarm(Math.max(next, now + APART_MS));
  }
}

// Brings the journal's events to the edge: by fetch while the page lives, by beacon when it closes. An event stays in the
// journal until the edge has acknowledged or refused it by name.

import { unlessBusy } from './alone.js';
import { batch, MOST_BYTES } from './batch.js';
import { pageContext } from './device.js';
import { backoffMs, Problem, post, scatter, UNREACHABLE } from './problem.js';
import { traceOfVisit } from './trace.js';

/** Calls that come together go together. */
const DEBOUNCE_MS = 300;

/** How long another tab may take for what this one has to say as well, and how often it is waited for: a tab that sleeps keeps its turn. */
const TURN_MS = 2_000;
const MOST_WAITS = 3;

/** What nobody may wait for, however much the edge has to do. */
const URGENT = ['order', 'identify'];

/** Why a cart takes no event under a new name any more. */
const WORN_OUT = 'event_ids_exhausted';

/** Without the fields that say nothing. @param {Record<string, unknown>} fields */
const defined = (fields) =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value != null));

/** So long what the edge told of a cart is taken for the whole of it, ms. */
const FRESH_MS = 600_000;

/** A page that stays open hears of its cart so often at least: each answer brings a token that works for longer. */
const DAILY_MS = 86_400_000;

/** So long an intent token works after the answer that brought it, ms. */
const TOKEN_MS = 7 * DAILY_MS;

/** A clock may have been set back since. @param {number} [then] epoch ms @param {number} [ms] */
const isLongAgo = (then = 0, ms = FRESH_MS) => Math.abs(Date.now() - then) > ms;

/** A cart that is turned away again and again must not fork for ever. */
const MOST_REBINDS = 3;

export class Transport {
  /** Why the last request failed; undefined after one that did not. */
  /** @type {Problem | undefined} */
  problem;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  #attempt = 0;
  /** How often in a row another tab had the turn. */
  #waited = 0;
  #rebinds = 0;
  #isFlying = false;
  #isWanted = false;
  /** Until when the edge wants what is said to be gathered, epoch ms. */
  #gatherUntil = 0;
  /** Ids under way in a request that outlives the page. */
  /** @type {Set<string>} */
  #underWay = new Set();
  #beaconed = '';
  /** Set once a request was refused as a whole: what is said of the page is left out from then on. */
  #isBare = false;
  /** Whether events go one by one, to find the one that a request is refused for. */
  #isSearching = false;

  /**
   * @param {import('./journal.js').Journal} journal
   * @param {import('./loader.js').Boot} boot
   * @param {() => void} changed
   */
  constructor(journal, boot, changed) {
    this.journal = journal;
    this.boot = boot;
    this.changed = changed;
  }

  get isOnline() {
    return navigator.onLine !== false && this.problem?.code !== UNREACHABLE;
  }

  /** The intent token, as long as it works. */
  get token() {
    const { token, heard } = this.journal.book;
    return token && !isLongAgo(heard, TOKEN_MS) ? token : null;
  }

  get #isUrgent() {
    return this.journal.due.some(({ e }) => URGENT.includes(e.t));
  }

  /** Whether it is not worth a try. Browsers err sometimes: what nobody may wait for is tried all the same. */
  get #isOff() {
    return navigator.onLine === false && !this.#isUrgent;
  }

  /** How long to wait for more to say. */
  get #pause() {
    return this.#isUrgent ? DEBOUNCE_MS : Math.max(DEBOUNCE_MS, this.#gatherUntil - Date.now());
  }

  /** @param {number} [ms] */
  schedule(ms = this.#pause) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.flush(), ms);
  }

  /** The connection is back, or somebody asks for it. */
  hurry() {
    this.#attempt = 0;
    this.schedule(0);
  }

  /** Sends what is due, request by request, until nothing is left or something goes wrong. */
  async flush() {
    clearTimeout(this.#timer);
    this.#isWanted = true;
    if (this.#isFlying || this.journal.isOver || this.#isOff) return;
    this.#isFlying = true;
    try {
      const isUrgent = this.#isUrgent || this.#waited >= MOST_WAITS;
      const work = () => this.#sendAll();
      if (isUrgent) await work();
      const isDone = isUrgent || (await unlessBusy('homing.flush', work));
      this.#waited = isDone ? 0 : this.#waited + 1;
      // Another tab says it; what it did not know of is said afterwards.
      if (!isDone) this.schedule(scatter(TURN_MS));
      // What has come up since the last answer has asked for its time already.
      else if (!this.#next().events.length) this.schedule(DAILY_MS);
      else this.schedule();
    } catch (error) {
      const problem = error instanceof Problem ? error : new Problem(0, String(error));
      this.problem = problem;
      const pause = problem.slowDown + backoffMs(this.#attempt, problem);
      if (problem.slowDown) this.#gatherUntil = Date.now() + pause;
      this.schedule(pause);
      this.#attempt += 1;
    } finally {
      this.#isFlying = false;
      this.changed();
    }
  }

  async #sendAll() {
    while (this.#isWanted) {
      this.#isWanted = false;
      const { cart, events } = this.#next();
      const isCold = this.journal.isCold && cart === this.boot.cart;
      if (events.length || isCold || this.#isBehind) {
        await this.#collect(cart, events);
        // What could not be said of a cart unseen is said now.
        if (isCold) await this.journal.look();
        this.problem = undefined;
        this.#attempt = 0;
        this.#isWanted = this.#next().events.length > 0;
      }
    }
  }

  /** Whether what is shown may have been bought or changed elsewhere since the edge last told. */
  get #isBehind() {
    const { book, view } = this.journal;
    return !!book.base && view.lines.length > 0 && isLongAgo(book.heard);
  }

  /** The events of one cart; those of an earlier cart go first. */
  #next() {
    const { due, book } = this.journal;
    const cart = due.length && due[0] ? due[0].cart : book.cart;
    return { cart, events: due.filter((entry) => entry.cart === cart).map(({ e }) => e) };
  }

  /**
   * @param {string} cart
   * @param {boolean} [isBare]
   */
  #head(cart, isBare = this.#isBare) {
    const { book } = this.journal;
    const { key, currency } = this.boot.config;
    const seen = cart === book.cart ? book.seq : 0;
    const page = isBare ? undefined : pageContext(this.boot.arrival(), currency);
    return { v: 1, key, cart, seen, sent_at: Date.now(), trace: traceOfVisit(this.boot), page };
  }

  /**
   * @param {string} cart
   * @param {import('./records.js').Event[]} all
   */
  async #collect(cart, all) {
    // A question alone is nothing to write down.
    const head = this.#head(cart, this.#isBare || !all.length);
    const { body, events } = batch(head, this.#isSearching ? all.slice(0, 1) : all);
    this.#underWay = new Set(events.map(({ id }) => id));
    try {
      const reply = await post(this.#url, body, body.length < MOST_BYTES);
      this.#gatherUntil = Date.now() + scatter(reply.slow_down_ms || 0);
      let isProgress = false;
      await this.journal.change((draft) => {
        isProgress = this.#settle(draft, head, events, reply);
      });
      // Neither taken nor refused: asking again at once would not help.
      if (!isProgress) throw new Problem(0, 'not_acknowledged');
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      const isMended =
        (await this.#withdraw(cart, error.refused)) || (await this.#narrow(head, events, error));
      if (!isMended) throw error;
    } finally {
      this.#underWay.clear();
    }
  }

  /**
   * One impossible event refuses a whole request; the others go through without it.
   * @param {string} cart
   * @param {{ id: string, code: string }[]} refused
   * @returns {Promise<boolean>} whether there was such an event
   */
  async #withdraw(cart, refused) {
    const codes = new Map(refused.map(({ id, code }) => [id, code]));
    let found = false;
    await this.journal.change((draft) => {
      const ended = draft.entries.filter(({ cart: of, e }) => of === cart && codes.has(e.id));
      found = ended.length > 0;
      if (!found) return;
      draft.remove(ended);
      draft.rename();
      draft.errors.push(...codes.values());
    });
    return found;
  }

  /**
   * A request was refused that names no event: nothing in it may hold up the rest for ever. It goes without what is said of the
   * page, then event by event; an event goes when the edge takes everything but it.
   * @param {{ cart: string }} head
   * @param {import('./records.js').Event[]} events
   * @param {Problem} problem
   * @returns {Promise<boolean>} whether the next request is another one
   */
  async #narrow(head, events, { status, code }) {
    const [event] = events;
    if (![400, 413, 422].includes(status) || !event) return false;
    if (!this.#isBare) this.#isBare = true;
    else if (events.length > 1) this.#isSearching = true;
    else {
      await post(this.#url, batch(head, []).body);
      await this.#withdraw(head.cart, [{ id: event.id, code }]);
      this.#isSearching = false;
    }
    return true;
  }

  /**
   * @param {import('./draft.js').Draft} draft
   * @param {{ cart: string, seen: number }} head
   * @param {import('./records.js').Event[]} sent
   * @param {any} reply
   * @returns {boolean} whether it is worth going on
   */
  #settle(draft, { cart, seen }, sent, reply) {
    const refused = new Map(reply.refused.map((/** @type {any} */ one) => [one.id, one.code]));
    const done = new Set([...reply.acked, ...refused.keys()]);
    const { book } = draft;
    const isCurrent = cart === book.cart;
    // Under load the edge takes what it can do without unseen: such an answer knows nothing of the cart.
    const isSeen = !!reply.dots;
    if (isCurrent && isSeen) {
      const base = draft.engine.settle(book.base, reply, seen);
      // Another tab has begun anew meanwhile; the same events go out once more. Otherwise the answer is none, and so is the next.
      if (!base) return book.seq !== seen;
      Object.assign(book, { base, seq: Number.parseInt(base, 10) });
      book.token = reply.token || book.token;
      book.heard = Date.now();
      draft.isChanged = true;
    }
    // A cart remembers only so many names: everything goes on in a copy of it.
    const isWornOut = isCurrent && [...refused.values()].includes(WORN_OUT);
    if (isWornOut) {
      for (const [id, code] of refused) if (code === WORN_OUT) done.delete(id);
    }
    const ended = draft.entries.filter((entry) => entry.cart === cart && done.has(entry.e.id));
    book.recent = [...book.recent, ...ended.map(({ e }) => ({ id: e.id, t: e.t }))].slice(-20);
    draft.remove(ended);
    if (refused.size || !isSeen) draft.rename();
    draft.errors.push(...refused.values());
    if (((reply.rebind && isCurrent) || isWornOut) && this.#rebinds < MOST_REBINDS) {
      this.#rebinds += 1;
      this.#rebind(
        draft,
        sent.filter(({ id }) => !reply.acked.includes(id)),
      );
      if (isWornOut) {
        // What it would not take is in the copy; orders it does take.
        draft.remove(draft.entries.filter(({ cart: of, e }) => of === cart && e.t !== 'order'));
      }
      return true;
    }
    return ended.length > 0 || !sent.length;
  }

  /**
   * Goes on in a copy, and says there who is asking: in all that was said meanwhile the last word counts, with what was said of
   * the same contact before.
   * @param {import('./draft.js').Draft} draft
   * @param {import('./records.js').Event[]} sent what the edge has not taken
   */
  #rebind(draft, sent) {
    const isSaid = (/** @type {{ t: string }} */ { t }) => t === 'identify';
    const { cart } = draft.book;
    const later = draft.entries.filter((entry) => entry.cart === cart && isSaid(entry.e));
    const ids = new Set(sent.map(({ id }) => id));
    const asked = [
      ...sent.filter(isSaid),
      ...later.map(({ e }) => e).filter((e) => !ids.has(e.id)),
    ];
    draft.remove(later);
    draft.fork({ token: draft.book.token, dots: draft.look().dots }, []);
    const last = asked.at(-1);
    if (!last) return;
    const said = asked
      .filter(({ email, phone }) => email === last.email && (email || phone === last.phone))
      .reduce((before, { consent, phone, ...rest }) => ({
        ...rest,
        phone: phone ?? before.phone,
        consent: consent ? { ...before.consent, ...defined(consent) } : before.consent,
      }));
    draft.write({ ...said, at: said.at || 0 });
  }

  get #url() {
    return `${this.boot.config.endpoint}/v1/collect`;
  }

  /** The page is closing or hidden: everything unacknowledged goes out, without waiting for anything. */
  leave() {
    if (this.journal.isOver || this.#isOff) return;
    const { due } = this.journal;
    const ids = due.map(({ e }) => e.id).join();
    // `visibilitychange` and `pagehide` come in a row.
    if (ids === this.#beaconed) return;
    this.#beaconed = ids;
    for (const cart of new Set(due.map((entry) => entry.cart))) {
      const events = due.filter((entry) => entry.cart === cart).map(({ e }) => e);
      const send = (/** @type {import('./records.js').Event[]} */ some) =>
        navigator.sendBeacon(this.#url, batch(this.#head(cart), some).body);
      // Too much under way together: what a request already carries need not be said twice.
      if (!send(events)) send(events.filter(({ id }) => !this.#underWay.has(id)));
    }
  }

  /** The page is seen again. */
  comeBack() {
    this.#beaconed = '';
    this.hurry();
  }
}

// Whether this page may keep and send anything: the shop's rule, the shopper's answer, and what a consent manager knows of it.
// Only loaded where one of them has something to say. docs/consent.md describes all of it.
import { again } from './again.js';
import { LASTING, SHOWN } from './calls.js';
import {
  CONSENT,
  DENIED,
  DENIED_BY_MANAGER,
  GRANTED,
  isRefused,
  read,
  remove,
  write,
} from './local.js';

/**
 * @typedef {import('./loader.js').Boot} Boot
 * @typedef {import('./loader.js').Call} Call
 */

/**
 * What a consent manager says: yes, no, not yet (undefined), or that the shopper was not to be asked, so that the shop's own rule
 * counts (null).
 * @typedef {boolean | null | undefined} Word
 */

/**
 * @typedef {object} Manager
 * @property {string[]} purposes all of which are needed, where the shop names no others
 * @property {(heard: (word: Word) => void, purposes: string[]) => void} watch calls back at once and after each change
 */

/** From the least strict. */
const RULES = ['implied', 'required', DENIED];

/** Countries that are named together: the European Economic Area. */
const EEA =
  'AT BE BG HR CY CZ DE DK EE ES FI FR GR HU IE IS IT LI LT LU LV MT NL NO PL PT RO SE SI SK';

/** What is often written instead: who asks in the Union has to ask in the whole Area. */
/** @type {Record<string, string>} */
const SPELT = { EU: 'EEA', UK: 'GB' };

/** That a link was opened in this visit, in `sessionStorage`. */
const CAME = 'homing.came';

/** So long it may take to ask where the shopper is, and so often it is tried again. */
const REGION_MS = 5_000;
const MOST_REGION_TRIES = 2;

/** Tries for what forgets, before it is left to the next page. */
const MOST_TRIES = 6;

/** @param {string} rule what nobody knows is asked for */
const known = (rule) => (RULES.includes(rule) ? rule : 'required');

/**
 * Reads `implied; DE, FR, EEA: required`.
 * @param {string} text
 */
export function readRules(text) {
  const rules = { elsewhere: 'implied', regions: /** @type {Record<string, string>} */ ({}) };
  for (const part of text.split(';')) {
    const [names = '', rule] = part.split(':').map((one) => one.trim());
    if (rule == null) {
      if (names) rules.elsewhere = known(names);
      continue;
    }
    for (const name of names.toUpperCase().split(/[\s,]+/)) {
      if (name) rules.regions[SPELT[name] || name] = known(rule);
    }
  }
  return rules;
}

/**
 * The rule for a region, the nearest name first; where nobody knows the region, the strictest.
 * @param {ReturnType<typeof readRules>} rules
 * @param {string} region `DE`, or `US-CA`
 */
export function ruleFor({ elsewhere, regions }, region) {
  if (!region) {
    const all = [elsewhere, ...Object.values(regions)].map((rule) => RULES.indexOf(rule));
    return RULES[Math.max(...all)] || DENIED;
  }
  const place = region.toUpperCase();
  const country = place.slice(0, 2);
  const area = EEA.includes(country) ? 'EEA' : '';
  return regions[place] || regions[country] || regions[area] || elsewhere;
}

/**
 * Where the shopper is, as far as the edge can tell from where the request comes. Nothing is said with it, and nothing kept.
 * @param {string} endpoint
 */
async function askedRegion(endpoint) {
  const answer = await fetch(`${endpoint}/v1/region`, {
    credentials: 'omit',
    cache: 'no-store',
    referrerPolicy: 'no-referrer',
    signal: AbortSignal.timeout?.(REGION_MS),
  });
  return `${(await answer.json()).region || ''}`;
}

/**
 * The rule that holds as long as the shopper has not answered; none where that might be `denied`, and nobody knows.
 * @param {Boot} boot
 */
async function ruleHere({ config }) {
  const rules = readRules(config.consent || '');
  const isLocal = Object.keys(rules.regions).length > 0;
  const asked = () => again(() => askedRegion(config.endpoint), MOST_REGION_TRIES).catch(() => '');
  const region = isLocal ? config.region || (await asked()) : 'XX';
  const rule = ruleFor(rules, region);
  if (!region && rule === DENIED) return undefined;
  // Who asks all sites to keep what they know to themselves has not agreed by saying nothing.
  const isAsked = /** @type {any} */ (navigator).globalPrivacyControl;
  return isAsked && rule === 'implied' && !wantsCart() ? 'required' : rule;
}

/** Whether the shopper has asked for their cart in this visit, by opening a link to it. */
function wantsCart() {
  const isLink = /[#&]homing=/.test(location.hash);
  try {
    if (isLink) sessionStorage.setItem(CAME, '1');
    return isLink || !!sessionStorage.getItem(CAME);
  } catch {
    return isLink;
  }
}

/** Whether a call is about what is shown. @param {Call} waiting */
const isShown = ({ call }) => SHOWN.includes(call[0]);

/** Whether a call says nothing of a shopper, and holds whatever the answer is. @param {Call} waiting */
const isLasting = (waiting) =>
  LASTING.includes(waiting.call[0]) || (isShown(waiting) && typeof waiting.call[1] === 'object');

/** Whether there is anything that a page has kept; of databases there is a word as well. */
function isAnythingKept() {
  try {
    const keys = [localStorage, sessionStorage].flatMap((storage) => Object.keys(storage));
    return keys.some((key) => key.startsWith('homing.'));
  } catch {
    // Refused storage holds nothing.
    return false;
  }
}

/**
 * Takes over what is called as long as nothing may be kept, and decides when that ends.
 * @param {Boot} boot
 */
export function gate(boot) {
  // Whoever comes later finds it at work.
  if (boot.turn) return;
  boot.turn = Promise.resolve();
  const { config, held } = boot;
  const { consentManager, consentPurposes } = config;
  let isDenied = false;
  let words = 0;
  /** @type {Word} */
  let last;
  /** @type {ReturnType<typeof ruleHere> | undefined} */
  let rule;
  /** Whether it was needed and could not be found out. */
  let isRuleMissing = false;
  /** What has to be forgotten and is not yet. @type {(() => Promise<void>) | undefined} */
  let owed;

  /** @param {unknown} error the page has no part in it */
  const warn = (error) => console.warn('homing:', error);

  /** What was called does not count. */
  const drop = () => {
    const lasting = held.filter(isLasting);
    held.length = 0;
    Array.prototype.push.apply(held, lasting);
  };

  /** Whether another tab has forgotten what all of them share, and begun anew. */
  const isAnew = () => read(CONSENT) === GRANTED;

  /** Forgets everything, unless that is another tab's already. */
  async function deny(isOthers = isAnew) {
    boot.close();
    if (!isAnythingKept() && !boot.journal && !history.state?.homing) return;
    owed = () => deny(isOthers);
    /** @type {typeof import('./forget.js')} */
    const { forgetAll } = await again((attempt) => boot.module('forget', attempt), MOST_TRIES);
    await forgetAll(config, boot.journal, isOthers);
    boot.journal = undefined;
    owed = undefined;
  }

  /** One after the other: nobody may begin anew in the middle of forgetting. @param {() => unknown} work */
  const queue = (work) => {
    boot.turn = Promise.resolve(boot.turn)
      .then(() => work())
      .catch(warn);
  };

  /**
   * @param {Word} word yes, or that it is for the rule to say
   * @param {() => boolean} isLast whether nobody has said anything since
   */
  async function decide(word, isLast) {
    /** @type {string | undefined} */
    let here = 'required';
    // Where no region forbids it, a yes needs no rule.
    if (!word || config.consent?.includes(DENIED)) {
      rule ??= ruleHere(boot);
      here = await rule;
    }
    if (!isLast()) return;
    if (here === DENIED) {
      isDenied = true;
      drop();
      return queue(() => deny(() => false));
    }
    if (!here) {
      // What was called waits until the connection is back.
      isRuleMissing = true;
      rule = undefined;
      if (word) write(CONSENT, GRANTED);
    } else if (word || here === 'implied') {
      queue(async () => {
        // Nothing begins on top of what was to be forgotten.
        await owed?.();
        if (!isLast()) return;
        if (word) write(CONSENT, GRANTED);
        else if (isRefused()) remove(CONSENT);
        boot.begin();
      });
    }
  }

  /**
   * @param {Word} word
   * @param {string} [no] the word for a no that nobody has kept yet: the other tabs and the next pages go by it
   */
  const hear = (word, no) => {
    if (word === undefined) return;
    // Where a manager has nobody to ask, what the shopper has told the shop itself holds.
    if (word === null && read(CONSENT) === DENIED) word = false;
    words += 1;
    last = word;
    const mine = words;
    // What is called from here on may count yet, or it does not any more.
    isDenied = word === false;
    if (!isDenied) {
      // A yes that was taken back meanwhile begins nothing.
      decide(word, () => mine === words).catch(warn);
      return;
    }
    if (no && read(CONSENT) !== DENIED) write(CONSENT, no);
    drop();
    // At once; what is to be forgotten has its turn.
    boot.close();
    queue(deny);
  };

  /** Another tab has said no, and forgets what all of them share; it may have said yes since. */
  const heardNo = () => {
    boot.close();
    drop();
    if (isAnew()) queue(deny);
    hear(isAnew());
  };

  let isSaid = false;
  /** @param {Call} waiting */
  const hold = (waiting) => {
    const { call } = waiting;
    if (call[0] === 'consent') {
      isSaid = true;
      if (waiting.isHeard) heardNo();
      else hear(!!call[1], DENIED);
      // What was to be shown at once is not shown at some other time.
    } else if (isLasting(waiting) || !(isDenied || isShown(waiting)))
      Array.prototype.push.call(held, waiting);
  };
  const earlier = held.splice(0);
  held.push = (...waiting) => {
    waiting.forEach(hold);
    return held.length;
  };
  held.push(...earlier);

  addEventListener('storage', ({ key, newValue }) => {
    if (key !== CONSENT || !newValue) return;
    if (newValue === GRANTED) hear(read(CONSENT) === GRANTED || undefined);
    else heardNo();
  });
  // Where the shopper is may be known now.
  addEventListener('online', () => {
    if (!isRuleMissing) return;
    isRuleMissing = false;
    hear(last);
  });
  if (consentManager) {
    again((attempt) => boot.module(`consent-${consentManager}`, attempt))
      .then((/** @type {Manager} */ { watch, purposes }) =>
        watch(
          (word) => hear(word, DENIED_BY_MANAGER),
          consentPurposes?.split(/[\s,]+/).filter(Boolean) || purposes,
        ),
      )
      .catch(warn);
  } else if (!isSaid) {
    hear(!isRefused() && (read(CONSENT) === GRANTED || null));
  }
}

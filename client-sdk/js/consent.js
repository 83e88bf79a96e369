// Whether this page may keep and send anything: the shop's rule, the shopper's answer, and what a consent manager knows of it.
// Only loaded where one of them has something to say. docs/consent.md describes all of it.
import { again } from './again.js';
import { CART, CONSENT, DENIED, GRANTED, read, remove, write } from './local.js';

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

/** So long it may take to ask where the shopper is. */
const REGION_MS = 5_000;

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
  try {
    const answer = await fetch(`${endpoint}/v1/region`, {
      credentials: 'omit',
      cache: 'no-store',
      referrerPolicy: 'no-referrer',
      signal: AbortSignal.timeout?.(REGION_MS),
    });
    return `${(await answer.json()).region || ''}`;
  } catch {
    // Unknown, then.
    return '';
  }
}

/** The rule that holds as long as the shopper has not answered. @param {Boot} boot */
async function ruleHere({ config }) {
  const rules = readRules(config.consent || '');
  const isLocal = Object.keys(rules.regions).length > 0;
  const region = isLocal ? config.region || (await askedRegion(config.endpoint)) : 'XX';
  const rule = ruleFor(rules, region);
  // Who asks all sites to keep what they know to themselves has not agreed by saying nothing.
  const isAsked = /** @type {any} */ (navigator).globalPrivacyControl;
  return isAsked && rule === 'implied' ? 'required' : rule;
}

/** Whether a call says nothing of a shopper, and holds whatever the answer is. @param {Call} waiting */
const isLasting = ({ call }) => /^(on|off|platform)$/.test(call[0]);

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
  /** @type {Promise<string> | undefined} */
  let rule;

  /** What was called does not count. */
  const drop = () => {
    const lasting = held.filter(isLasting);
    held.length = 0;
    Array.prototype.push.apply(held, lasting);
  };

  /** Nothing more is kept or said, and what was is forgotten. */
  async function deny() {
    boot.close();
    // The cart's name comes first of all, and goes last.
    if (read(CART) == null && !boot.journal && !history.state?.homing) return;
    /** @type {typeof import('./forget.js')} */
    const { forgetAll } = await boot.module('forget', 0);
    await forgetAll(config, boot.journal);
    boot.journal = undefined;
  }

  /** @param {Word} word */
  async function decide(word) {
    if (word === false) {
      // The other tabs go by it as well, and the next pages.
      write(CONSENT, DENIED);
      return deny();
    }
    rule ??= ruleHere(boot);
    const here = await rule;
    if (here === DENIED) {
      isDenied = true;
      drop();
      return deny();
    }
    if (word) write(CONSENT, GRANTED);
    else if (here !== 'implied') return;
    else if (read(CONSENT) === DENIED) remove(CONSENT);
    boot.begin();
  }

  /** One after the other: nobody may begin anew in the middle of forgetting. @param {() => unknown} work */
  const queue = (work) => {
    boot.turn = Promise.resolve(boot.turn)
      .then(work)
      // The page has no part in it.
      .catch((error) => console.warn('homing:', error));
  };

  /** @param {Word} word */
  const hear = (word) => {
    if (word === undefined) return;
    words += 1;
    const mine = words;
    // What is called from here on may count yet, or it does not any more.
    isDenied = word === false;
    if (isDenied) drop();
    // A yes that was taken back meanwhile begins nothing; a no has something to forget all the same.
    queue(async () => (mine === words || word === false) && decide(word));
  };

  let isSaid = false;
  /** @param {Call} waiting */
  const hold = (waiting) => {
    const { call } = waiting;
    if (call[0] === 'consent') {
      isSaid = true;
      hear(!!call[1]);
    } else if (!isDenied || isLasting(waiting)) Array.prototype.push.call(held, waiting);
  };
  const earlier = held.splice(0);
  held.push = (...waiting) => {
    waiting.forEach(hold);
    return held.length;
  };
  held.push(...earlier);

  addEventListener('storage', ({ key, newValue }) => {
    if (key === CONSENT && newValue) hear(newValue === GRANTED);
  });
  if (consentManager) {
    again((attempt) => boot.module(`consent-${consentManager}`, attempt))
      .then((/** @type {Manager} */ { watch, purposes }) =>
        watch(hear, consentPurposes?.split(/[\s,]+/).filter(Boolean) || purposes),
      )
      .catch((error) => console.warn('homing:', error));
  } else if (!isSaid) {
    const answer = read(CONSENT);
    hear(answer !== DENIED && (answer === GRANTED || null));
  }
}

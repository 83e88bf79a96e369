// Tells the edge of our own mistakes, of some of them alone: what went wrong and in which line of which file. Nothing of the page or
// the shopper goes with it. Only loaded after one.
import { traceOfVisit } from './trace.js';

/** The share of mistakes that is told. */
const SHARE = 0.1;
/** Told in one page, each once. */
const MOST = 3;
const LONGEST = 120;

/** @type {Set<string>} */
const told = new Set();

/** What is a word of ours stays; addresses, numbers and what stands in quotes do not. @param {string} text */
const plainly = (text) =>
  text
    .replace(/\w+:\/\/\S+|\S+@\S+|"[^"]*"|'[^']*'|`[^`]*`|[\w-]*\d[\w-]*/g, '…')
    .slice(0, LONGEST);

/** Where it happened: the nearest line of a file of ours. @param {string} stack */
const placeIn = (stack) => /([\w-]+\.js:\d+:\d+)/.exec(stack)?.[1] || '';

/**
 * @param {import('./loader.js').Boot} boot
 * @param {any} error
 */
export function report(boot, error) {
  const { endpoint, key } = boot.config;
  const name = plainly(String(error?.name || typeof error));
  const message = plainly(String(error?.message ?? ''));
  const mistake = { name, message, at: placeIn(`${error?.stack}`) };
  const text = JSON.stringify(mistake);
  if (told.has(text) || told.size >= MOST || Math.random() >= SHARE) return;
  told.add(text);
  const version = /\/([0-9a-f]{12})\//.exec(import.meta.url)?.[1] || '';
  // A beacon asks for no answer, and for nothing before it.
  const body = JSON.stringify({ key, trace: traceOfVisit(boot), version, ...mistake });
  navigator.sendBeacon(`${endpoint}/v1/sdk-errors`, body);
}

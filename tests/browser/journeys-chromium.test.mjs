/** The journeys of tests/browser/journeys.mjs in Chromium. */
import { chromium } from './engines/puppeteer.mjs';
import { journeys } from './journeys.mjs';

journeys(chromium);

/** The journeys of tests/browser/journeys.mjs in Firefox. */
import { firefox } from './engines/puppeteer.mjs';
import { journeys } from './journeys.mjs';

journeys(firefox);

/** The journeys of tests/browser/journeys.mjs in WebKit, where it can be had. */
import { test } from 'node:test';
import { canHaveWebkit } from '../../scripts/webkit.mjs';
import { webkit } from './engines/webkit.mjs';
import { journeys } from './journeys.mjs';

if (canHaveWebkit) journeys(webkit);
else test('WebKit', { skip: 'WebKitGTK exists for Linux alone' });

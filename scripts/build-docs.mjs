/** /openapi.json and /docs: the document, and a page that shows it. Everything that the page loads comes from the same place. */
import { copyFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openApi } from './openapi/document.mjs';
import { buildDir, inRoot } from './paths.mjs';

const assetsDir = join(buildDir, 'assets');

/** Of Swagger UI, under Apache 2.0, which its licence goes along with. */
const VIEWER = ['swagger-ui-bundle.js', 'swagger-ui.css', 'LICENSE', 'NOTICE'];

/** Where the document stands. */
export const documentPath = join(assetsDir, 'openapi.json');

export function buildDocs() {
  mkdirSync(assetsDir, { recursive: true });
  writeFileSync(documentPath, `${JSON.stringify(openApi(), null, 1)}\n`);
  const target = join(assetsDir, 'docs');
  rmSync(target, { recursive: true, force: true });
  mkdirSync(target);
  for (const file of ['index.html', 'docs.js', 'icon.svg']) {
    copyFileSync(inRoot('www', 'docs', file), join(target, file));
  }
  for (const file of VIEWER) {
    copyFileSync(inRoot('node_modules', 'swagger-ui-dist', file), join(target, file));
  }
}

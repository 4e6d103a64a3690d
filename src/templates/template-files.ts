import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Language } from '../core/build-plan.js';

/** Beside `src` in the repository and beside `dist` in the package. */
const FOLDER = new URL('../../templates/', import.meta.url);

/** Parts that the templates of several languages share: `partials/<name>.hbs`. */
const PARTIALS = ['build-stage', 'final-stage', 'steps', 'start'] as const;

export function languageTemplate(language: Language): string {
  return read(`${language}/Dockerfile.hbs`);
}

export function partialTemplates(): Readonly<Record<string, string>> {
  return Object.fromEntries(PARTIALS.map((name) => [name, read(`partials/${name}.hbs`)]));
}

function read(path: string): string {
  return readFileSync(fileURLToPath(new URL(path, FOLDER)), 'utf8');
}

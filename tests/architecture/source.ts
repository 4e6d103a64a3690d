import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Import } from './layers.js';

const src = fileURLToPath(new URL('../../src', import.meta.url));

/** Source files of `src`: path with `/`, and text. */
export function sourceFiles(): readonly { readonly file: string; readonly text: string }[] {
  return readdirSync(src, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.[jt]s$/.test(entry.name))
    .map((entry) => {
      const full = path.join(entry.parentPath, entry.name);
      return {
        file: path.relative(src, full).split(path.sep).join('/'),
        text: readFileSync(full, 'utf8'),
      };
    });
}

const IMPORT =
  /^\s*(?:import|export)\b(?:[^'"`;]*?\bfrom)?\s*['"](?<from>[^'"]+)['"]|\bimport\(\s*['"](?<dynamic>[^'"]+)['"]\s*\)/gm;

/** Every static, type-only and dynamic import of a file. */
export function importsOf(file: string, text: string): readonly Import[] {
  return [...text.matchAll(IMPORT)].map((match) => ({
    file,
    specifier: match.groups?.['from'] ?? match.groups?.['dynamic'] ?? '',
  }));
}

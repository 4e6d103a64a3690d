import { accessSync, constants, mkdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { quoteValue } from '../core/options.js';
import type { Refuse, Setting } from './settings.js';

/**
 * The folder as an absolute path; it is made when it is not there. A server that cannot write
 * where its operator looks does not start.
 */
export function writableFolder({ source, value }: Setting, refuse: Refuse): string | undefined {
  if (value === undefined) return undefined;
  if (value === '') return refuse(`${source} must name a folder; got "".`);
  const folder = resolve(value);
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    accessSync(folder, constants.W_OK | constants.X_OK);
    return folder;
  } catch (error) {
    return refuse(`${source} must name a folder that can be written; ${why(value, error)}.`);
  }
}

function why(folder: string, error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'it failed';
  return `${quoteValue(folder)} is none (${code})`;
}

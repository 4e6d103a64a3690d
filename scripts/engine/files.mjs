import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * @param {string} file
 * @returns {string} its content, empty when it cannot be read
 */
export function readIfThere(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

/**
 * @param {string} file
 * @param {string} content
 */
export function writeWithFolder(file, content) {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
}

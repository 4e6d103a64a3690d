import type { Candidate } from './entry-types.js';
import type { Launch } from './launch.js';
import { relativeTo } from '../support/paths.js';
import { normalizeName } from './requirement.js';

/** Whether a start command of the hints is this entry. */
export function isHinted(entry: Candidate, launch: Launch, folder: string): boolean {
  if (launch.what === 'script') return entry.what === 'script' && sameName(entry.name, launch.name);
  const path = relativeTo(folder, entry.file) ?? entry.file;
  if (launch.what === 'module') {
    const module = launch.name.replaceAll('.', '/');
    const own = path
      .replace(/^src\//, '')
      .replace(/\.py$/, '')
      .replace(/\/__main__$/, '');
    return entry.what !== 'script' && (own === module || own === `${module}/__main__`);
  }
  if (launch.what === 'application') return false;
  const written = launch.name.replaceAll('\\', '/');
  return entry.what !== 'script' && (written === path || written.endsWith(`/${path}`));
}

function sameName(left: string, right: string): boolean {
  return normalizeName(left) === normalizeName(right);
}

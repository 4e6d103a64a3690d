/** Paths of a repository: relative, with `/`; `.` is the root. */
import { relativePathRule } from '../../core/safe-path.js';

/** For names of ours. What leads out of the repository begins with `..`: no file of it does. */
export function join(folder: string, path: string): string {
  const parts: string[] = [];
  for (const part of `${folder}/${path}`.split('/')) {
    if (part === '..') {
      if (parts.length === 0 || parts.at(-1) === '..') parts.push('..');
      else parts.pop();
    } else if (part !== '.' && part !== '') parts.push(part);
  }
  return parts.length === 0 ? '.' : parts.join('/');
}

/** For paths that the repository names; undefined for one that leads out of it, or is none. */
export function joinInside(folder: string, path: string): string | undefined {
  if (path.includes('\0') || path.includes('\\')) return undefined;
  const joined = join(folder, path);
  return relativePathRule(joined) === undefined ? joined : undefined;
}

export function parentOf(path: string): string {
  const at = path.lastIndexOf('/');
  return at === -1 ? '.' : path.slice(0, at);
}

/** The folder and all above it, nearest first, down to the repository's `.`. */
export function ancestorsOf(folder: string): string[] {
  const found = [folder];
  for (let at = folder; at !== '.';) {
    at = parentOf(at);
    found.push(at);
  }
  return found;
}

export function isIn(folder: string, path: string): boolean {
  return relativeTo(folder, path) !== undefined;
}

/** `path` as seen from `folder`; undefined when it is not in or below it. */
export function relativeTo(folder: string, path: string): string | undefined {
  if (folder === '.') return path;
  if (path === folder) return '.';
  return path.startsWith(`${folder}/`) ? path.slice(folder.length + 1) : undefined;
}

/** The deepest folder that holds all of them. */
export function commonFolder(...folders: readonly string[]): string {
  const [first = '.', ...others] = folders;
  return ancestorsOf(first).find((folder) => others.every((other) => isIn(folder, other))) ?? '.';
}

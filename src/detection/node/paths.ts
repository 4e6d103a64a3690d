import { posix } from 'node:path';
import { relativePathRule } from '../../core/safe-path.js';

/** `path` as seen from `folder`, relative to the repository; undefined when it leads outside of it. */
export function joinPath(folder: string, path: string): string | undefined {
  if (path.includes('\0') || path.includes('\\')) return undefined;
  const joined = posix.normalize(posix.join(folder, path)).replace(/\/$/, '');
  const result = joined === '' ? '.' : joined;
  return relativePathRule(result) === undefined ? result : undefined;
}

/** The way from one folder of the repository to a path in or below it. */
export function relativeTo(folder: string, path: string): string {
  const relative = posix.relative(folder, path);
  return relative === '' ? '.' : relative;
}

export function isIn(folder: string, path: string): boolean {
  return folder === '.' || path === folder || path.startsWith(`${folder}/`);
}

export function folderOf(path: string): string {
  return posix.dirname(path);
}

/** The folder and all above it, nearest first, down to the repository's `.`. */
export function ancestorsOf(folder: string): string[] {
  const found = [folder];
  for (let at = folder; at !== '.';) {
    at = posix.dirname(at);
    found.push(at);
  }
  return found;
}

/** The deepest folder that holds all of them. */
export function commonFolder(folders: readonly string[]): string {
  const [first, ...others] = folders;
  if (first === undefined) return '.';
  return ancestorsOf(first).find((folder) => others.every((other) => isIn(folder, other))) ?? '.';
}

/** Where a path of the context is in the build and in the image. */
export function imagePath(context: string, path: string): string {
  return posix.join('/app', posix.relative(context, path));
}

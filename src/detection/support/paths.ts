/** Paths of a repository: relative, with `/`; `.` is the root. */

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

export function parentOf(path: string): string {
  const at = path.lastIndexOf('/');
  return at === -1 ? '.' : path.slice(0, at);
}

/** `path` as seen from `folder`; undefined when it is not below it. */
export function relativeTo(folder: string, path: string): string | undefined {
  if (folder === '.') return path;
  if (path === folder) return '.';
  return path.startsWith(`${folder}/`) ? path.slice(folder.length + 1) : undefined;
}

/** The deepest folder that holds both. */
export function commonFolder(left: string, right: string): string {
  let folder = left;
  while (folder !== '.' && relativeTo(folder, right) === undefined) folder = parentOf(folder);
  return folder;
}

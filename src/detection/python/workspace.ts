import type { SourceTree } from '../source-tree.js';
import { commonFolder, join, joinInside, parentOf, relativeTo } from '../support/paths.js';
import { isTable, parseToml, tableAt, textAt, textsAt, type Table } from '../support/toml.js';

/** The folder a project is built in, and what of it the dependencies need. */
export interface Workspace {
  /** The folder of the build context, relative to the repository. */
  readonly root: string;
  /** The project is one of several in a uv workspace. */
  readonly isMember: boolean;
  /** uv.lock, relative to the repository; null without one. */
  readonly uvLock: string | null;
  /** pyproject.toml of every member, relative to the repository. */
  readonly manifests: readonly string[];
}

/** The uv workspace around a folder, or the folder with what it takes from beside it. */
export async function workspaceOf(
  tree: SourceTree,
  folder: string,
  pyproject: Table,
): Promise<Workspace> {
  const own = [join(folder, 'pyproject.toml')].filter((file) => tree.files.includes(file));
  for (let at = folder; ; at = parentOf(at)) {
    const table =
      at === folder ? pyproject : parseToml(await readOne(tree, join(at, 'pyproject.toml')));
    const members = textsAt(table, 'tool', 'uv', 'workspace', 'members');
    const path = relativeTo(at, folder) ?? '.';
    if (members.length > 0 && (at === folder || members.some((member) => matches(member, path)))) {
      const lock = join(at, 'uv.lock');
      const uvLock = tree.files.includes(lock) ? lock : null;
      const manifests = membersOf(tree, at, members);
      return { root: at, isMember: at !== folder, uvLock, manifests };
    }
    if (at === '.') break;
  }
  const lock = join(folder, 'uv.lock');
  return {
    root: rootWithPaths(folder, pyproject),
    isMember: false,
    uvLock: tree.files.includes(lock) ? lock : null,
    manifests: own,
  };
}

async function readOne(tree: SourceTree, path: string): Promise<string | undefined> {
  return tree.files.includes(path) ? tree.read(path) : undefined;
}

function membersOf(tree: SourceTree, root: string, members: readonly string[]): string[] {
  return tree.files.filter((file) => {
    if (!/(^|\/)pyproject\.toml$/.test(file)) return false;
    const path = relativeTo(root, parentOf(file));
    return path === '.' || (path !== undefined && members.some((member) => matches(member, path)));
  });
}

/** A member pattern is a path with `*` for one part and `**` for any. */
function matches(pattern: string, path: string): boolean {
  const parts = join('.', pattern).split('/');
  return matchParts(parts, path.split('/'));
}

function matchParts(pattern: readonly string[], path: readonly string[]): boolean {
  const [first, ...rest] = pattern;
  if (first === undefined) return path.length === 0;
  if (first === '**') {
    return matchParts(rest, path) || (path.length > 0 && matchParts(pattern, path.slice(1)));
  }
  const [part, ...others] = path;
  return part !== undefined && matchPart(first, part) && matchParts(rest, others);
}

function matchPart(pattern: string, part: string): boolean {
  const pieces = pattern.split('*');
  if (pieces.length === 1) return pattern === part;
  const [head = '', tail = ''] = [pieces[0], pieces.at(-1)];
  return part.length >= head.length + tail.length && part.startsWith(head) && part.endsWith(tail);
}

/** Dependencies that are folders above make the folder that holds them all the context. */
function rootWithPaths(folder: string, pyproject: Table): string {
  const uv = Object.values(tableAt(pyproject, 'tool', 'uv', 'sources'));
  const poetry = Object.values(tableAt(pyproject, 'tool', 'poetry', 'dependencies'));
  let root = folder;
  for (const source of [...uv, ...poetry]) {
    const path = isTable(source) ? textAt(source, 'path') : undefined;
    if (path === undefined || path.startsWith('/')) continue;
    const target = joinInside(folder, path);
    if (target !== undefined) root = commonFolder(root, target);
  }
  return root;
}

import { parse } from 'yaml';
import type { SourceTree } from '../source-tree.js';
import { matchesGlob } from './globs.js';
import {
  allDependencies,
  isRecord,
  listOfTexts,
  readManifest,
  type PackageManifest,
} from './manifest.js';
import { ancestorsOf, commonFolder, isIn, joinInside, parentOf } from '../support/paths.js';
import { wayTo } from './paths.js';

export interface Member {
  /** Relative to the repository. */
  readonly folder: string;
  readonly manifest: PackageManifest;
}

/** Where a server's dependencies are installed, and what has to be in the build context. */
export interface Layout {
  readonly target: Member;
  /** Where the install runs: the root of the workspace, else the target. */
  readonly root: Member;
  /** The build context: the root, or above it when the project reaches out of it. */
  readonly context: string;
  /** Every package of the workspace but the root; empty without a workspace. */
  readonly members: readonly Member[];
  /** Packages of the workspace that the target depends on, in the order they are built. */
  readonly needed: readonly Member[];
  /** Dependencies on folders, which an install without sources does not find. */
  readonly folderDependencies: readonly string[];
  readonly source: string;
}

export const LOCKFILES = [
  'package-lock.json',
  'npm-shrinkwrap.json',
  'pnpm-lock.yaml',
  'yarn.lock',
  'bun.lock',
  'bun.lockb',
] as const;

export async function layoutOf(tree: SourceTree, target: Member): Promise<Layout> {
  const workspace = await workspaceOf(tree, target);
  const above = workspace?.root;
  const root = above === undefined || above.folder === target.folder ? target : above;
  const members = workspace?.members ?? [];
  const packages = new Set([root, target, ...members]);
  const folderDependencies = [...new Set([...packages].flatMap(foldersOf))];
  const extended = await extendedFolders(tree, target.folder);
  const outside = [...folderDependencies, ...extended].filter((path) => !isIn(root.folder, path));
  return {
    target,
    root,
    context: commonFolder(root.folder, ...outside),
    members,
    needed: neededBy(target, members),
    folderDependencies,
    source: workspace?.source ?? 'package.json',
  };
}

interface Workspace {
  readonly root: Member;
  readonly members: readonly Member[];
  readonly source: string;
}

/** The nearest folder above the target whose workspace lists it. */
async function workspaceOf(tree: SourceTree, target: Member): Promise<Workspace | undefined> {
  for (const folder of ancestorsOf(target.folder)) {
    const manifest = await readManifest(tree, folder);
    if (manifest === undefined) continue;
    const { patterns, source } = await patternsOf(tree, folder, manifest);
    const members = patterns.length === 0 ? [] : await membersOf(tree, folder, patterns);
    const lists =
      folder === target.folder
        ? members.length > 0
        : members.some((member) => member.folder === target.folder);
    if (lists && !standsAlone(tree, target, folder)) {
      return { root: { folder, manifest }, members, source };
    }
  }
  return undefined;
}

/** A member with a lock of its own, in a workspace whose root has none, is installed by itself. */
function standsAlone(tree: SourceTree, target: Member, root: string): boolean {
  if (target.folder === root || usesWorkspace(target)) return false;
  return hasLock(tree, target.folder) && !hasLock(tree, root);
}

function hasLock(tree: SourceTree, folder: string): boolean {
  return LOCKFILES.some((name) => tree.files.includes(joinInside(folder, name) ?? ''));
}

function usesWorkspace(member: Member): boolean {
  return [...allDependencies(member.manifest).values()].some((range) =>
    /^(?:workspace|catalog):/.test(range),
  );
}

async function patternsOf(
  tree: SourceTree,
  folder: string,
  manifest: PackageManifest,
): Promise<{ patterns: readonly string[]; source: string }> {
  const path = joinInside(folder, 'pnpm-workspace.yaml') ?? '';
  const text = await tree.read(path);
  const yaml = text === undefined ? undefined : parseYaml(text);
  const listed = isRecord(yaml) ? listOfTexts(yaml['packages']) : [];
  if (listed.length > 0) return { patterns: listed, source: path };
  return { patterns: manifest.workspaces, source: joinInside(folder, 'package.json') ?? '' };
}

export function parseYaml(text: string): unknown {
  try {
    const value: unknown = parse(text, { maxAliasCount: 100, logLevel: 'silent' });
    return value;
  } catch {
    return undefined;
  }
}

async function membersOf(
  tree: SourceTree,
  root: string,
  patterns: readonly string[],
): Promise<Member[]> {
  const members: Member[] = [];
  for (const path of tree.files) {
    if (!isPackageFile(path) || !isIn(root, path)) continue;
    const folder = parentOf(path);
    if (folder === root || !isListed(wayTo(root, folder), patterns)) continue;
    const manifest = await readManifest(tree, folder);
    if (manifest !== undefined) members.push({ folder, manifest });
  }
  return members;
}

function isPackageFile(path: string): boolean {
  return path === 'package.json' || path.endsWith('/package.json');
}

function isListed(folder: string, patterns: readonly string[]): boolean {
  const excluded = patterns.some(
    (pattern) => pattern.startsWith('!') && matchesGlob(pattern.slice(1), folder),
  );
  return !excluded && patterns.some((pattern) => matchesGlob(pattern, folder));
}

/** Folders that `file:`, `link:` and `portal:` dependencies name. */
function foldersOf(member: Member): string[] {
  return [...allDependencies(member.manifest).values()].flatMap((range) => {
    const path = /^(?:file|link|portal):(.+)$/.exec(range)?.[1];
    const folder = path === undefined ? undefined : joinInside(member.folder, path);
    return folder === undefined ? [] : [folder];
  });
}

/** Files outside of the folder that its tsconfig extends. */
async function extendedFolders(tree: SourceTree, folder: string): Promise<string[]> {
  const text = await tree.read(joinInside(folder, 'tsconfig.json') ?? '');
  const found = [...(text ?? '').matchAll(/"extends"\s*:\s*"(\.\.\/[^"]+)"/g)];
  return found.flatMap((match) => {
    const path = joinInside(folder, match[1] ?? '');
    return path === undefined ? [] : [parentOf(path)];
  });
}

/** Depth first, so that what others need comes before them. A cycle is cut where it closes. */
function neededBy(target: Member, members: readonly Member[]): Member[] {
  const byName = new Map(members.map((member) => [member.manifest.name, member]));
  const ordered: Member[] = [];
  const seen = new Set<string>([target.folder]);
  const visit = (member: Member, dev: boolean): void => {
    const { dependencies, devDependencies } = member.manifest;
    const names = dev
      ? [...dependencies.keys(), ...devDependencies.keys()]
      : [...dependencies.keys()];
    for (const name of names) {
      const needed = byName.get(name);
      if (needed === undefined || seen.has(needed.folder)) continue;
      seen.add(needed.folder);
      visit(needed, true);
      ordered.push(needed);
    }
  };
  visit(target, true);
  return ordered;
}

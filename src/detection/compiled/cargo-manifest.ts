import { join, parentOf, relativeTo } from '../support/paths.js';
import { parseToml, type Table, tableAt, tablesAt, textAt } from '../support/toml.js';
import { textsAt, valueAt } from '../support/toml.js';
import type { SourceTree } from '../source-tree.js';

/** A package of Cargo, with what it takes from its workspace filled in. */
export interface CargoPackage {
  /** The folder in the repository. */
  readonly folder: string;
  readonly name: string;
  readonly version: string | null;
  readonly description: string | null;
  readonly author: string | null;
  readonly license: string | null;
  readonly rustVersion: string | null;
  readonly binaries: readonly CargoBinary[];
  readonly defaultRun: string | null;
  /** Name of the package on its registry, and the version range. */
  readonly dependencies: Readonly<Record<string, string>>;
}

export interface CargoBinary {
  readonly name: string;
  /** In the repository. */
  readonly path: string;
  readonly requiredFeatures: readonly string[];
}

export interface CargoProject {
  /** The folder with the lock. */
  readonly root: string;
  readonly packages: readonly CargoPackage[];
}

/** The package in the folder, or those of the workspace that begins there. */
export async function readCargoProject(
  tree: SourceTree,
  folder: string,
): Promise<CargoProject | undefined> {
  const manifest = parseToml(await tree.read(join(folder, 'Cargo.toml')));
  if (!manifest) return undefined;
  const root = (await workspaceAbove(tree, folder)) ?? folder;
  const workspace = parseToml(await tree.read(join(root, 'Cargo.toml')));
  const shared = tableAt(workspace, 'workspace');
  const own = cargoPackage(tree, folder, manifest, shared);
  if (own) return { root, packages: [own] };
  const packages: CargoPackage[] = [];
  for (const member of memberFolders(tree, folder, textsAt(manifest, 'workspace', 'members'))) {
    const text = parseToml(await tree.read(join(member, 'Cargo.toml')));
    const one = text && cargoPackage(tree, member, text, shared);
    if (one) packages.push(one);
  }
  return { root, packages };
}

async function workspaceAbove(tree: SourceTree, folder: string): Promise<string | undefined> {
  for (let at = folder; at !== '.';) {
    at = parentOf(at);
    const manifest = parseToml(await tree.read(join(at, 'Cargo.toml')));
    if (manifest && Object.hasOwn(manifest, 'workspace')) return at;
  }
  return undefined;
}

/** Folders that a pattern such as `crates/*` names. */
function memberFolders(tree: SourceTree, root: string, members: readonly string[]): string[] {
  const patterns = members.map((member) => member.split('/').filter((part) => part !== '.'));
  return tree.files
    .filter((path) => path.endsWith('/Cargo.toml'))
    .map(parentOf)
    .filter((folder) => {
      const parts = relativeTo(root, folder)?.split('/');
      return parts !== undefined && patterns.some((pattern) => matches(pattern, parts));
    });
}

function matches(pattern: readonly string[], parts: readonly string[]): boolean {
  if (pattern.includes('**')) return true;
  return pattern.length === parts.length && pattern.every((one, at) => matchesPart(one, parts[at]));
}

function matchesPart(pattern: string, part: string | undefined): boolean {
  if (part === undefined) return false;
  const [start = '', ...rest] = pattern.split('*');
  const end = rest.at(-1);
  return end === undefined ? pattern === part : part.startsWith(start) && part.endsWith(end);
}

function cargoPackage(
  tree: SourceTree,
  folder: string,
  manifest: Table,
  workspace: Table,
): CargoPackage | undefined {
  const table = tableAt(manifest, 'package');
  const name = textAt(table, 'name');
  if (name === undefined) return undefined;
  const own = (key: string): string | null =>
    textAt(table, key) ??
    (valueAt(table, key, 'workspace') === true ? textAt(workspace, 'package', key) : undefined) ??
    null;
  return {
    folder,
    name,
    version: own('version'),
    description: own('description'),
    author: textsAt(table, 'authors')[0] ?? textsAt(workspace, 'package', 'authors')[0] ?? null,
    license: own('license'),
    rustVersion: own('rust-version'),
    binaries: cargoBinaries(tree, folder, manifest, name),
    defaultRun: textAt(table, 'default-run') ?? null,
    dependencies: dependenciesOf(tableAt(manifest, 'dependencies'), workspace),
  };
}

/** The `[[bin]]` tables, and what Cargo finds by itself. */
function cargoBinaries(
  tree: SourceTree,
  folder: string,
  manifest: Table,
  name: string,
): CargoBinary[] {
  const found = new Map<string, CargoBinary>();
  for (const table of tablesAt(manifest, 'bin')) {
    const bin = textAt(table, 'name');
    if (bin === undefined) continue;
    const path = join(folder, textAt(table, 'path') ?? defaultPath(tree, folder, bin));
    found.set(bin, { name: bin, path, requiredFeatures: textsAt(table, 'required-features') });
  }
  if (valueAt(manifest, 'package', 'autobins') === false) return [...found.values()];
  const known = new Set([...found.values()].map(({ path }) => path));
  for (const [bin, path] of discovered(tree, folder, name)) {
    if (known.has(path) || found.has(bin)) continue;
    found.set(bin, { name: bin, path, requiredFeatures: [] });
  }
  return [...found.values()];
}

function defaultPath(tree: SourceTree, folder: string, bin: string): string {
  const places = [`src/bin/${bin}.rs`, `src/bin/${bin}/main.rs`];
  return places.find((path) => tree.files.includes(join(folder, path))) ?? 'src/main.rs';
}

function discovered(tree: SourceTree, folder: string, name: string): [string, string][] {
  const found: [string, string][] = [];
  const main = join(folder, 'src/main.rs');
  if (tree.files.includes(main)) found.push([name, main]);
  for (const path of tree.files) {
    const inside = relativeTo(folder, path);
    const bin = /^src\/bin\/([^/]+)(?:\.rs|\/main\.rs)$/.exec(inside ?? '')?.[1];
    if (bin !== undefined) found.push([bin, path]);
  }
  return found;
}

function dependenciesOf(table: Table, workspace: Table): Record<string, string> {
  const found: Record<string, string> = {};
  for (const [key, value] of Object.entries(table)) {
    const shared = valueAt(value, 'workspace') === true;
    const entry = shared ? valueAt(workspace, 'dependencies', key) : value;
    found[textAt(entry, 'package') ?? key] =
      typeof entry === 'string' ? entry : (textAt(entry, 'version') ?? textAt(entry, 'git') ?? '*');
  }
  return found;
}

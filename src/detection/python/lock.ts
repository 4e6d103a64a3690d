import type { SourceTree } from '../source-tree.js';
import { join } from '../support/paths.js';
import { normalizeName, type Requirement } from './requirement.js';
import {
  isTable,
  listAt,
  parseToml,
  tablesAt,
  tableAt,
  textAt,
  textsAt,
  type Table,
} from '../support/toml.js';
import { groupByName } from './wheels.js';

/** One package a lock pins for running the server. */
export interface LockedPackage {
  readonly name: string;
  readonly version: string;
  /** File names of its wheels; empty when it must be built from its sources. */
  readonly wheels: readonly string[];
  readonly fromGit: boolean;
  /** `sys_platform == 'win32'`; null without one. */
  readonly marker: string | null;
}

export interface Lock {
  /** Path in the repository. */
  readonly path: string;
  readonly tool: 'uv' | 'poetry' | 'pdm' | 'pipenv';
  readonly packages: readonly LockedPackage[];
  /** Something is locked to an index that is not the public one. */
  readonly otherIndex: boolean;
  /** Something is a folder beside the project, not a member of its workspace. */
  readonly localFolders: boolean;
  /** All that the manifest asks for is in it. */
  readonly inStep: boolean;
}

/** What a lock has to be about. */
export interface LockedProject {
  readonly name: string | null;
  readonly requirements: readonly Requirement[];
  readonly prefersPoetry: boolean;
}

/** The lock that decides: uv's when it is in step, else that of the project's own tool. */
export async function readLock(
  tree: SourceTree,
  folder: string,
  uvLock: string | null,
  project: LockedProject,
): Promise<Lock | undefined> {
  const read = async (name: string): Promise<[string, string] | undefined> => {
    const path = join(folder, name);
    const text = tree.files.includes(path) ? await tree.read(path) : undefined;
    return text === undefined ? undefined : [path, text];
  };
  const uv = uvLock === null ? undefined : readUvLock(uvLock, await tree.read(uvLock), project);
  if (uv?.inStep === true) return uv;
  const poetryFile = await read('poetry.lock');
  const pdmFile = await read('pdm.lock');
  const pipenvFile = await read('Pipfile.lock');
  const { requirements } = project;
  const poetry = poetryFile && readFilesLock(...poetryFile, 'poetry', requirements);
  const pdm = pdmFile && readFilesLock(...pdmFile, 'pdm', requirements);
  const others = [poetry, pdm].filter((one) => one !== undefined);
  const inStep = others.find((one) => one.inStep);
  if (inStep !== undefined) return inStep;
  if (pipenvFile !== undefined && requirements.length === 0) return readPipfileLock(...pipenvFile);
  return uv ?? (project.prefersPoetry ? poetry : undefined);
}

const publicIndex = /^https:\/\/(?:pypi\.org|files\.pythonhosted\.org)\//;

/** Undefined when the text is no lock of the tool. */
function readUvLock(
  path: string,
  text: string | undefined,
  project: { readonly name: string | null; readonly requirements: readonly Requirement[] },
): Lock | undefined {
  const lock = parseToml(text);
  if (lock === undefined) return undefined;
  const all = tablesAt(lock, 'package');
  if (all.length === 0) return undefined;
  const members = new Set(textsAt(lock, 'manifest', 'members').map((name) => normalizeName(name)));
  const root =
    all.find((one) => textAt(one, 'name') === normalizeName(project.name ?? '')) ??
    (members.size === 0 ? all.find((one) => isLocal(one)) : undefined);
  const direct = listedNames(root);
  const used = closure(all, root);
  return {
    path,
    tool: 'uv',
    packages: used.filter((one) => !isLocal(one)).map((one) => uvPackage(one)),
    otherIndex: used.some(
      (one) => !publicIndex.test(textAt(one, 'source', 'registry') ?? 'https://pypi.org/'),
    ),
    localFolders: used.some((one) => isLocal(one) && one !== root && !members.has(nameOf(one))),
    inStep: root !== undefined && project.requirements.every((one) => direct.has(one.name)),
  };
}

function isLocal(entry: Table): boolean {
  const source = tableAt(entry, 'source');
  return ['editable', 'virtual', 'directory', 'path'].some((key) => source[key] !== undefined);
}

function nameOf(entry: Table): string {
  return normalizeName(textAt(entry, 'name') ?? '');
}

function listedNames(root: Table | undefined): Set<string> {
  const listed = [
    ...tablesAt(root, 'dependencies'),
    ...tablesAt(root, 'metadata', 'requires-dist'),
  ];
  return new Set(listed.map((one) => nameOf(one)));
}

/** The package itself and what it needs to run, without its groups and extras. */
function closure(all: readonly Table[], root: Table | undefined): Table[] {
  if (root === undefined) return [...all];
  const byName = groupByName(all, (one) => nameOf(one));
  const seen = new Set<Table>([root]);
  for (const one of seen) {
    const wanted = tablesAt(one, 'dependencies');
    const optional = one === root ? [] : extrasOf(one);
    for (const next of [...wanted, ...optional]) {
      for (const found of byName.get(nameOf(next)) ?? []) seen.add(found);
    }
  }
  return [...seen];
}

function extrasOf(entry: Table): Table[] {
  const table = tableAt(entry, 'optional-dependencies');
  return Object.keys(table).flatMap((extra) => tablesAt(table, extra));
}

function uvPackage(entry: Table): LockedPackage {
  return {
    name: nameOf(entry),
    version: textAt(entry, 'version') ?? '',
    wheels: tablesAt(entry, 'wheels').map((wheel) =>
      fileName(textAt(wheel, 'url') ?? textAt(wheel, 'path')),
    ),
    fromGit: textAt(entry, 'source', 'git') !== undefined,
    marker: null,
  };
}

function fileName(url: string | undefined): string {
  return decodeURI((url ?? '').split('#')[0]?.split('/').at(-1) ?? '');
}

/** poetry.lock and pdm.lock have the same form: packages with the names of their files. */
function readFilesLock(
  path: string,
  text: string | undefined,
  tool: 'poetry' | 'pdm',
  requirements: readonly Requirement[],
): Lock | undefined {
  const lock = parseToml(text);
  if (lock === undefined) return undefined;
  const entries = tablesAt(lock, 'package').filter((one) => isForRunning(one));
  const packages = entries.map((one) => ({
    name: nameOf(one),
    version: textAt(one, 'version') ?? '',
    wheels: tablesAt(one, 'files')
      .map((file) => textAt(file, 'file') ?? fileName(textAt(file, 'url')))
      .filter((file) => file.endsWith('.whl')),
    fromGit: textAt(one, 'source', 'type') === 'git' || textAt(one, 'git') !== undefined,
    marker: markerOf(one),
  }));
  const names = new Set(packages.map((one) => one.name));
  return {
    path,
    tool,
    packages,
    otherIndex: entries.some((one) => textAt(one, 'source', 'type') === 'legacy'),
    localFolders: entries.some(
      (one) => textAt(one, 'source', 'type') === 'directory' || one['path'] !== undefined,
    ),
    inStep: requirements.every((one) => names.has(one.name)),
  };
}

/** Old locks say a category, later ones groups; without either a package is for running. */
function isForRunning(entry: Table): boolean {
  const category = textAt(entry, 'category');
  if (category !== undefined) return category === 'main' && entry['optional'] !== true;
  const groups = textsAt(entry, 'groups');
  if (groups.length === 0) return entry['optional'] !== true;
  return (groups.includes('main') || groups.includes('default')) && entry['optional'] !== true;
}

function markerOf(entry: Table): string | null {
  const marker = textAt(entry, 'marker') ?? textAt(entry, 'markers');
  return marker ?? textAt(entry, 'markers', 'main') ?? null;
}

/** Pipfile.lock is JSON: names to `==1.2.3`. */
function readPipfileLock(path: string, text: string | undefined): Lock | undefined {
  const lock = parseJson(text);
  if (lock === undefined) return undefined;
  const table = tableAt(lock, 'default');
  const packages = Object.keys(table).map((name) => ({
    name: normalizeName(name),
    version: (textAt(table, name, 'version') ?? '').replace(/^==/, ''),
    wheels: ['unknown-py3-none-any.whl'],
    fromGit: textAt(table, name, 'git') !== undefined,
    marker: textAt(table, name, 'markers') ?? null,
  }));
  const local = Object.keys(table).some((name) => textAt(table, name, 'path') !== undefined);
  return {
    path,
    tool: 'pipenv',
    packages,
    otherIndex: false,
    localFolders: local,
    inStep: packages.length > 0,
  };
}

function parseJson(text: string | undefined): Table | undefined {
  try {
    const parsed: unknown = JSON.parse(text ?? '');
    return isTable(parsed) && listAt(parsed, 'default').length === 0 ? parsed : undefined;
  } catch {
    return undefined;
  }
}

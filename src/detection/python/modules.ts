import type { SourceTree } from '../source-tree.js';
import { join, parentOf, relativeTo } from '../support/paths.js';
import { codeOf } from './python-text.js';
import { tableAt, textAt, textsAt, type Table } from '../support/toml.js';

/** One Python file and what detection keeps of it. */
export interface SourceFile {
  /** Relative to the repository. */
  readonly path: string;
  /** Without comments and strings over several lines. */
  readonly code: string;
}

/** The Python files of one project: finds modules, and what they import of one another. */
export interface Modules {
  /** Files that may hold a server, without tests, examples and other projects; sorted. */
  readonly files: readonly string[];
  /** The file of a module by its dotted name; undefined when the project has none. */
  find(module: string): string | undefined;
  source(path: string): Promise<SourceFile | undefined>;
  /** The file and all of the project that it imports, nearest first; at most 150 files. */
  reachable(path: string): Promise<readonly SourceFile[]>;
}

/** Folders whose code is not the server. */
const aside =
  /(^|\/)(tests?|testing|examples?|samples?|docs?|demos?|benchmarks?|scripts|tools\/dev|evals?|notebooks?|node_modules|\.[^/]+)\//i;
const asideFile = /(^|\/)(test_[^/]*|[^/]*_test|conftest|setup|noxfile|tasks)\.py$/;

const reachLimit = 150;

/** Characters of one file; longer ones are data. */
const longestSource = 300_000;

export function modulesOf(tree: SourceTree, folder: string, pyproject: Table): Modules {
  const nested = otherProjects(tree, folder);
  const all = tree.files.filter((file) => {
    const path = relativeTo(folder, file);
    if (path === undefined || !path.endsWith('.py')) return false;
    return !nested.some((other) => relativeTo(other, file) !== undefined);
  });
  const paths = new Set(all);
  const roots = sourceRoots(folder, pyproject, all);
  const read = new Map<string, SourceFile | undefined>();
  const declared =
    textAt(pyproject, 'project', 'name') ?? textAt(pyproject, 'tool', 'poetry', 'name');
  const project = (declared ?? '').toLowerCase().replaceAll(/[-.]/g, '_');

  const source = async (path: string): Promise<SourceFile | undefined> => {
    if (!read.has(path)) {
      const text = paths.has(path) ? await tree.read(path) : undefined;
      read.set(
        path,
        text === undefined ? undefined : { path, code: codeOf(text.slice(0, longestSource)) },
      );
    }
    return read.get(path);
  };
  const find = (module: string) => findModule(paths, roots, module);
  return {
    files: all.filter((file) => isMain(relativeTo(folder, file) ?? file, project)),
    find,
    source,
    reachable: async (start) => reach(start, source, (name) => find(name)),
  };
}

function isMain(path: string, project: string): boolean {
  const inside = path.replace(/^src\//, '');
  // A project may itself be called demo or tools.
  const below = inside.startsWith(`${project}/`) ? inside.slice(project.length + 1) : path;
  return !aside.test(below) && !asideFile.test(path);
}

/** Folders below that are projects of their own. */
function otherProjects(tree: SourceTree, folder: string): string[] {
  return tree.files
    .filter((file) => /(^|\/)pyproject\.toml$/.test(file))
    .map((file) => parentOf(file))
    .filter((other) => other !== folder && relativeTo(folder, other) !== undefined);
}

/** Where top-level modules lie: the folder, `src`, and what the build back end is told. */
function sourceRoots(folder: string, pyproject: Table, files: readonly string[]): string[] {
  const packageDir = textAt(tableAt(pyproject, 'tool', 'setuptools', 'package-dir'), '');
  const where = textsAt(pyproject, 'tool', 'setuptools', 'packages', 'find', 'where');
  const moduleRoot = textAt(pyproject, 'tool', 'uv', 'build-backend', 'module-root');
  const packages = textsAt(pyproject, 'tool', 'hatch', 'build', 'targets', 'wheel', 'packages');
  const named = [packageDir, moduleRoot, ...where, ...packages.map((path) => parentOf(path))];
  const texts = ['.', 'src', ...named.filter((path) => path !== undefined)];
  const folders = texts.map((path) => join(folder, path));
  return [...new Set([...folders, ...scriptFolders(folder, files)])];
}

/** A script imports from its own folder: folders that hold files but are no packages. */
function scriptFolders(folder: string, files: readonly string[]): string[] {
  const packages = new Set(
    files.filter((file) => file.endsWith('/__init__.py')).map((file) => parentOf(file)),
  );
  const folders = files.map((file) => parentOf(file)).filter((one) => !packages.has(one));
  return [...new Set(folders)].filter((one) => one !== folder).slice(0, 20);
}

function findModule(
  paths: ReadonlySet<string>,
  roots: readonly string[],
  module: string,
): string | undefined {
  const path = module.replaceAll('.', '/');
  for (const root of roots) {
    for (const candidate of [join(root, `${path}.py`), join(root, `${path}/__init__.py`)]) {
      if (paths.has(candidate)) return candidate;
    }
  }
  return undefined;
}

async function reach(
  start: string,
  source: (path: string) => Promise<SourceFile | undefined>,
  find: (module: string) => string | undefined,
): Promise<readonly SourceFile[]> {
  const found: SourceFile[] = [];
  const seen = new Set([start]);
  const queue = [start];
  for (let path = queue.shift(); path !== undefined; path = queue.shift()) {
    const file = await source(path);
    if (file === undefined) continue;
    found.push(file);
    if (found.length >= reachLimit) break;
    for (const module of importedModules(file)) {
      const next = await resolve(file.path, module, source, find);
      if (next === undefined || seen.has(next)) continue;
      seen.add(next);
      queue.push(next);
    }
  }
  return found;
}

/** The file of an import: `from .server import main` may name a module or a name in one. */
async function resolve(
  importer: string,
  module: string,
  source: (path: string) => Promise<SourceFile | undefined>,
  find: (module: string) => string | undefined,
): Promise<string | undefined> {
  if (!module.startsWith('.')) return find(module);
  const dots = /^\.+/.exec(module)?.[0].length ?? 1;
  let folder = parentOf(importer);
  for (let up = 1; up < dots; up += 1) folder = parentOf(folder);
  const path = join(folder, module.slice(dots).replaceAll('.', '/'));
  const candidates = [`${path}.py`, join(path, '__init__.py')];
  for (const candidate of candidates) {
    if ((await source(candidate)) !== undefined) return candidate;
  }
  return undefined;
}

const fromImport = /^[ \t]*from[ \t]+(\.*[\w.]*)[ \t]+import[ \t]+(\([^)]*\)|[^\n]+)/gm;
const plainImport = /^[ \t]*import[ \t]+([^\n]+)/gm;

const imports = new WeakMap<SourceFile, readonly string[]>();

/** Every module a file may import: `from a import b` gives `a` and `a.b`. */
export function importedModules(file: SourceFile): readonly string[] {
  const known = imports.get(file);
  if (known !== undefined) return known;
  const found = [...new Set([...fromImports(file.code), ...plainImports(file.code)])];
  imports.set(file, found);
  return found;
}

function fromImports(code: string): string[] {
  return [...code.matchAll(fromImport)].flatMap((match) => {
    const base = match[1] ?? '';
    const names = (match[2] ?? '').replaceAll(/[()\\]/g, ' ').split(',');
    const start = base.endsWith('.') ? base : `${base}.`;
    return [base, ...firstWords(names).map((name) => `${start}${name}`)];
  });
}

function plainImports(code: string): string[] {
  return [...code.matchAll(plainImport)].flatMap((match) =>
    firstWords((match[1] ?? '').split(',')),
  );
}

function firstWords(texts: readonly string[]): string[] {
  return texts.map((text) => /^\s*([\w.]+)/.exec(text)?.[1]).filter((word) => word !== undefined);
}

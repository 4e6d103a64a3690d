import type { SourceTree } from '../source-tree.js';
import { join } from '../support/paths.js';
import {
  fromPoetry,
  parseRequirement,
  parseRequirementsFile,
  poetrySpecifier,
  type Requirement,
} from './requirement.js';
import { readSetup, type SetupFacts } from './setup-script.js';
import {
  isTable,
  parseToml,
  tableAt,
  tablesAt,
  textAt,
  textsAt,
  valueAt,
  type Table,
} from '../support/toml.js';

/** An executable that installing the project makes. */
export interface ConsoleScript {
  readonly name: string;
  readonly module: string;
  /** What is called in the module: `main`, `mcp.run`. */
  readonly attribute: string;
  readonly source: string;
}

/** What a folder's manifests say about its project, whatever tool they are for. */
export interface PythonManifest {
  readonly name: string | null;
  readonly version: string | null;
  readonly description: string | null;
  readonly author: string | null;
  readonly license: string | null;
  readonly requiresPython: string | null;
  readonly requirements: readonly Requirement[];
  /** Optional dependencies by the name of the extra. */
  readonly extras: Readonly<Record<string, readonly Requirement[]>>;
  /** Dependency groups by name. */
  readonly groups: Readonly<Record<string, readonly Requirement[]>>;
  readonly scripts: readonly ConsoleScript[];
  /** `hatchling.build`; null when the manifests name none. */
  readonly backend: string | null;
  readonly buildRequires: readonly Requirement[];
  /** An installer can make a wheel of it: there is a `[build-system]` or a setup.py. */
  readonly installable: boolean;
  /** A list of its own requirements is in a file that builds nothing. */
  readonly requirementsFile: string | null;
  /** Which file declares the project: `pyproject.toml`; null when none does. */
  readonly declaredIn: string | null;
  /** pyproject.toml as a table; empty without one. */
  readonly pyproject: Table;
}

/** Undefined when the folder has no manifest of Python at all. */
export async function readManifest(
  tree: SourceTree,
  folder: string,
): Promise<PythonManifest | undefined> {
  const has = (name: string) => tree.files.includes(join(folder, name));
  const read = async (name: string) => (has(name) ? tree.read(join(folder, name)) : undefined);
  const pyproject = parseToml(await read('pyproject.toml')) ?? {};
  const setup = await readSetup(read);
  const requirementsFile = requirementsNames.find(has) ?? null;
  const listed =
    requirementsFile === null ? [] : parseRequirementsFile((await read(requirementsFile)) ?? '');
  const pipfile = tableAt(parseToml(await read('Pipfile')), 'packages');
  const known = ['pyproject.toml', 'setup.py', 'setup.cfg', 'Pipfile'].some(has);
  if (!known && requirementsFile === null) return undefined;
  const described = isTable(pyproject['project'])
    ? fromProject(pyproject)
    : isTable(valueAt(pyproject, 'tool', 'poetry'))
      ? fromPoetryTable(pyproject)
      : undefined;
  const all = [...listed, ...poetryList(pipfile)];
  return merge(pyproject, described, setup, { listed: all, file: requirementsFile });
}

const requirementsNames = ['requirements.txt', 'requirements/base.txt', 'requirements.in'];

type Described = Omit<
  PythonManifest,
  'backend' | 'buildRequires' | 'installable' | 'requirementsFile' | 'declaredIn' | 'pyproject'
>;

function merge(
  pyproject: Table,
  described: Described | undefined,
  setup: SetupFacts | undefined,
  list: { readonly listed: readonly Requirement[]; readonly file: string | null },
): PythonManifest {
  const own = filled(described ?? empty, setup);
  const dynamic = textsAt(pyproject, 'project', 'dynamic');
  const none = own.requirements.length === 0;
  const inFile = none && (dynamic.includes('dependencies') || own.scripts.length === 0);
  return {
    ...own,
    requirements: inFile ? list.listed : own.requirements,
    backend: textAt(pyproject, 'build-system', 'build-backend') ?? null,
    buildRequires: words(textsAt(pyproject, 'build-system', 'requires')),
    installable: isInstallable(pyproject, described !== undefined, setup),
    requirementsFile: list.file,
    declaredIn: described === undefined ? (setup?.file ?? null) : 'pyproject.toml',
    pyproject,
  };
}

/** What pyproject.toml leaves open, setup.py or setup.cfg may say. */
function filled(own: Described, setup: SetupFacts | undefined): Described {
  if (setup === undefined) return own;
  return {
    ...own,
    name: own.name ?? setup.name,
    version: own.version ?? setup.version,
    description: own.description ?? setup.description,
    requiresPython: own.requiresPython ?? setup.requiresPython,
    requirements: own.requirements.length > 0 ? own.requirements : setup.requirements,
    scripts: own.scripts.length > 0 ? own.scripts : setupScripts(setup),
  };
}

function isInstallable(
  pyproject: Table,
  described: boolean,
  setup: SetupFacts | undefined,
): boolean {
  const asked = valueAt(pyproject, 'tool', 'uv', 'package');
  const poetryAsked = valueAt(pyproject, 'tool', 'poetry', 'package-mode');
  if (asked === false || poetryAsked === false) return false;
  if (!described && setup === undefined) return false;
  return asked === true || isTable(pyproject['build-system']) || setup?.file === 'setup.py';
}

const empty: Described = {
  name: null,
  version: null,
  description: null,
  author: null,
  license: null,
  requiresPython: null,
  requirements: [],
  extras: {},
  groups: {},
  scripts: [],
};

function fromProject(pyproject: Table): Described {
  const project = tableAt(pyproject, 'project');
  const author = tablesAt(project, 'authors')[0];
  return {
    name: textAt(project, 'name') ?? null,
    version: textAt(project, 'version') ?? null,
    description: textAt(project, 'description') ?? null,
    author: textAt(author, 'name') ?? textAt(author, 'email') ?? null,
    license: textAt(project, 'license') ?? licenseText(textAt(project, 'license', 'text')),
    requiresPython: textAt(project, 'requires-python') ?? null,
    requirements: words(textsAt(project, 'dependencies')),
    extras: wordTables(tableAt(project, 'optional-dependencies')),
    groups: wordTables(tableAt(pyproject, 'dependency-groups')),
    scripts: scriptsOf(tableAt(project, 'scripts'), 'pyproject.toml project.scripts'),
  };
}

/** A whole licence is no name of one. */
function licenseText(text: string | undefined): string | null {
  return text === undefined || text.length > 60 ? null : text;
}

function fromPoetryTable(pyproject: Table): Described {
  const poetry = tableAt(pyproject, 'tool', 'poetry');
  const python = textAt(poetry, 'dependencies', 'python');
  const all = tableAt(poetry, 'dependencies');
  const extras = Object.keys(tableAt(poetry, 'extras')).map((extra): [string, Requirement[]] => [
    extra,
    textsAt(poetry, 'extras', extra)
      .map((name) => parseRequirement(name))
      .filter((found) => found !== undefined),
  ]);
  const groups = Object.keys(tableAt(poetry, 'group')).map((group): [string, Requirement[]] => [
    group,
    poetryList(tableAt(poetry, 'group', group, 'dependencies')),
  ]);
  return {
    name: textAt(poetry, 'name') ?? null,
    version: textAt(poetry, 'version') ?? null,
    description: textAt(poetry, 'description') ?? null,
    author: textsAt(poetry, 'authors')[0]?.replace(/\s*<.*$/, '') ?? null,
    license: textAt(poetry, 'license') ?? null,
    requiresPython: python === undefined ? null : poetryPython(python),
    requirements: poetryList(all),
    extras: Object.fromEntries(extras),
    groups: Object.fromEntries(groups),
    scripts: scriptsOf(tableAt(poetry, 'scripts'), 'pyproject.toml tool.poetry.scripts'),
  };
}

function poetryPython(text: string): string {
  return text
    .split('||')
    .map((part) => poetrySpecifier(part))
    .join('||');
}

function poetryList(table: Table): Requirement[] {
  return Object.entries(table)
    .map(([name, value]) => fromPoetry(name, value))
    .filter((found) => found !== undefined);
}

function scriptsOf(table: Table, source: string): ConsoleScript[] {
  return Object.entries(table)
    .map(([name, value]) => {
      const target = typeof value === 'string' ? value : textAt(value, 'reference');
      return consoleScript(name, target ?? textAt(value, 'callable') ?? '', source);
    })
    .filter((script) => script !== undefined);
}

function setupScripts(setup: SetupFacts): ConsoleScript[] {
  return setup.scripts
    .map(([name, target]) => consoleScript(name, target, `${setup.file} entry_points`))
    .filter((script) => script !== undefined);
}

/** Undefined when the name or the target is not what an installer makes an executable of. */
function consoleScript(name: string, target: string, source: string): ConsoleScript | undefined {
  const match = /^\s*([A-Za-z_][\w.]*)\s*:\s*([A-Za-z_][\w.]*)\s*(?:\[.*\])?\s*$/.exec(target);
  if (!/^[A-Za-z0-9_][\w.-]{0,99}$/.test(name)) return undefined;
  if (match?.[1] === undefined || match[2] === undefined) return undefined;
  return { name, module: match[1], attribute: match[2], source };
}

function words(texts: readonly string[]): Requirement[] {
  return texts.map((text) => parseRequirement(text)).filter((found) => found !== undefined);
}

function wordTables(table: Table): Record<string, Requirement[]> {
  return Object.fromEntries(Object.keys(table).map((name) => [name, words(textsAt(table, name))]));
}

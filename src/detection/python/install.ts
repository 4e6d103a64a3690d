import type { BuildStep, CacheFolder, Evidence, PackageManager } from '../../core/build-plan.js';
import type { Missing } from './dependencies.js';
import type { Layout } from './layout.js';
import type { Lock } from './lock.js';
import type { PythonManifest } from './manifest.js';
import { relativeTo } from '../support/paths.js';
import type { Requirement } from './requirement.js';
import { tableAt, textsAt } from '../support/toml.js';
import { withoutOtherSystems } from './wheels.js';
import type { Workspace } from './workspace.js';

/** What decides how the virtual environment comes to be. */
export interface InstallNeeds {
  readonly workspace: Workspace;
  readonly folder: string;
  readonly manifest: PythonManifest | undefined;
  readonly lock: Lock | undefined;
  readonly layout: Layout;
  readonly missing: Missing;
  /** Files beside the manifest that a requirements.txt includes, relative to the repository. */
  readonly requirementFiles: readonly string[] | null;
  /** ISO date; null when it is not known. */
  readonly commitDate: string | null;
  /** Upper bounds for libraries whose next major removed what the source uses: `mcp<2`. */
  readonly caps: readonly string[];
  /** Of the step that builds the project itself. */
  readonly versionEnvironment: Readonly<Record<string, string>>;
}

export interface Install {
  readonly manager: PackageManager;
  readonly managerVersion: string | null;
  readonly tools: readonly BuildStep[];
  readonly manifests: readonly string[];
  readonly install: readonly BuildStep[];
  readonly build: readonly BuildStep[];
  readonly caches: readonly CacheFolder[];
  readonly evidence: readonly Evidence[];
}

export const uvVersion = '0.13.9';
const poetryVersion = '2.5.1';

/** Where the virtual environment is, in the build and in the final image. */
export const environmentFolder = '/app/.venv';
const interpreter = '/usr/local/bin/python3';

export function planInstall(needs: InstallNeeds): Install {
  switch (needs.lock?.tool) {
    case 'uv':
      return fromUvLock(needs, needs.lock);
    case 'poetry':
      return fromPoetryLock(needs, needs.lock);
    case 'pdm':
    case 'pipenv':
      return fromPins(needs, needs.lock);
    case undefined:
      return withoutLock(needs);
  }
}

const caches: readonly CacheFolder[] = [
  { id: 'pip', path: '/root/.cache/pip' },
  { id: 'uv', path: '/root/.cache/uv' },
];
const uvTool: BuildStep = { run: ['pip', 'install', `uv==${uvVersion}`], folder: '.' };
const venv: BuildStep = {
  run: ['uv', 'venv', '--allow-existing', '--python', interpreter, environmentFolder],
  folder: '.',
};

function fromUvLock(needs: InstallNeeds, lock: Lock): Install {
  const folder = relativeTo(needs.workspace.root, needs.folder) ?? '.';
  const { layout, workspace } = needs;
  const severalProjects = workspace.manifests.length > 1;
  const inSources = layout.mode === 'sources';
  const without = severalProjects && !inSources ? '--no-install-workspace' : '--no-install-project';
  const refused = lock.otherIndex || !lock.inStep ? pinned(needs, lock) : undefined;
  // A lock that has to be completed asks the build back end, which may read any file.
  const whole = lock.localFolders || !lock.inStep || (severalProjects && inSources);
  return {
    manager: 'uv',
    managerVersion: uvVersion,
    tools: [uvTool],
    manifests: whole ? [] : relative(needs, [...workspace.manifests, lock.path]),
    install: [
      { run: [...syncWords(needs, lock), without], ...fallback(refused), folder },
      ...undeclaredStep(needs, folder),
    ],
    build: inSources ? [] : [uvBuild(needs, lock, folder)],
    caches,
    evidence: [uvEvidence(lock)],
  };
}

function syncWords(needs: InstallNeeds, lock: Lock): string[] {
  const { missing, workspace } = needs;
  const name = needs.manifest?.name ?? '';
  return [
    'uv',
    'sync',
    ...(lock.inStep ? ['--frozen'] : []),
    '--no-default-groups',
    '--inexact',
    ...(workspace.isMember && isName(name) ? ['--package', name] : []),
    ...missing.extras.flatMap((extra) => ['--extra', extra]),
    ...missing.groups.flatMap((group) => ['--group', group]),
  ];
}

function uvBuild(needs: InstallNeeds, lock: Lock, folder: string): BuildStep {
  const sync = syncWords(needs, lock);
  return {
    run: needs.layout.mode === 'wheel' ? [...sync, '--no-editable'] : sync,
    otherwise: installProject(needs),
    folder,
    ...environmentOf(needs),
  };
}

function uvEvidence(lock: Lock): Evidence {
  const reason = lock.inStep
    ? 'uv.lock pins what the manifest asks for.'
    : 'uv.lock lacks requirements of the manifest: uv keeps its pins and adds what is missing.';
  return { field: 'lockfile', value: lock.path, source: lock.path, reason };
}

/** uv's own words for the pins of a lock, when its index cannot be reached or its tool refuses. */
function pinned(needs: InstallNeeds, lock: Lock): readonly string[] {
  const pins = withoutOtherSystems(lock).map((one) => {
    const marker = one.marker === null ? '' : ` ; ${one.marker}`;
    return `${one.name}==${one.version}${marker}`;
  });
  const usable = pins.filter((pin) =>
    /^[a-z0-9][a-z0-9.-]*==[A-Za-z0-9.+!_-]+(?: ; [\w\s.'"<>=!()~-]+)?$/.test(pin),
  );
  return lock.inStep || needs.manifest === undefined
    ? [...pipInstall, '--no-config', '--no-deps', ...usable]
    : [...pipInstall, ...requirementWords(needs.manifest.requirements), ...needs.caps];
}

function fromPoetryLock(needs: InstallNeeds, lock: Lock): Install {
  const folder = relativeTo(needs.workspace.root, needs.folder) ?? '.';
  const extras = needs.missing.extras.flatMap((extra) => ['--extras', extra]);
  const groups = ['main', ...needs.missing.groups].join(',');
  const install: BuildStep = {
    run: ['poetry', 'install', '--only', groups, ...extras, '--no-root'],
    otherwise: pinned(needs, lock),
    folder,
  };
  return {
    manager: 'poetry',
    managerVersion: poetryVersion,
    tools: [uvTool, { run: ['uv', 'tool', 'install', `poetry==${poetryVersion}`], folder: '.' }],
    manifests: lock.localFolders ? [] : relative(needs, [...needs.workspace.manifests, lock.path]),
    install: [venv, install, ...undeclaredStep(needs, folder)],
    build: projectSteps(needs, folder),
    caches: [...caches, { id: 'poetry', path: '/root/.cache/pypoetry' }],
    evidence: [
      {
        field: 'lockfile',
        value: lock.path,
        source: lock.path,
        reason:
          'poetry.lock pins the dependencies; uv installs the same versions when poetry refuses the lock.',
      },
    ],
  };
}

function fromPins(needs: InstallNeeds, lock: Lock): Install {
  const folder = relativeTo(needs.workspace.root, needs.folder) ?? '.';
  const without = requirementWords(needs.manifest?.requirements ?? []);
  return {
    manager: 'uv',
    managerVersion: uvVersion,
    tools: [uvTool],
    manifests: relative(needs, [lock.path]),
    install: [
      venv,
      { run: pinned(needs, lock), otherwise: [...pipInstall, ...without, ...needs.caps], folder },
      ...undeclaredStep(needs, folder),
    ],
    build: projectSteps(needs, folder),
    caches,
    evidence: [
      {
        field: 'lockfile',
        value: lock.path,
        source: lock.path,
        reason: `uv installs the versions that ${lock.tool} locked.`,
      },
    ],
  };
}

const pipInstall = ['uv', 'pip', 'install', '--python', environmentFolder];

function withoutLock(needs: InstallNeeds): Install {
  const folder = relativeTo(needs.workspace.root, needs.folder) ?? '.';
  const list = listedDependencies(needs);
  return {
    manager: needs.manifest?.requirementsFile !== null && list.files !== null ? 'pip' : 'uv',
    managerVersion: uvVersion,
    tools: [uvTool],
    manifests: list.files === null ? [] : relative(needs, list.files),
    install: [venv, ...(list.words.length === 0 ? [] : [asOfCommit(needs, list.words, folder)])],
    build: projectSteps(needs, folder),
    caches,
    evidence: [asOfEvidence(needs)],
  };
}

interface Listed {
  readonly words: readonly string[];
  /** Files it reads; null when it needs all sources. */
  readonly files: readonly string[] | null;
}

/** What to install before the project itself: a file that lists it, or the words themselves. */
function listedDependencies(needs: InstallNeeds): Listed {
  const { manifest, missing } = needs;
  const extra = requirementWords(missing.undeclared);
  if (manifest === undefined) return { words: extra, files: null };
  const dynamic = textsAt(manifest.pyproject, 'project', 'dynamic').includes('dependencies');
  const isProject = Object.keys(tableAt(manifest.pyproject, 'project')).length > 0;
  const file = manifest.requirementsFile;
  if (file !== null && isListedIn(manifest, dynamic)) {
    return { words: ['-r', file, ...extra], files: needs.requirementFiles };
  }
  if (manifest.declaredIn === 'setup.py' || (isProject && (dynamic || hasPaths(manifest)))) {
    return { words: [], files: null };
  }
  const { manifests } = needs.workspace;
  if (!isProject) {
    return { words: [...requirementWords(manifest.requirements), ...extra], files: manifests };
  }
  const extras = missing.extras.flatMap((name) => ['--extra', name]);
  const groups = missing.groups.flatMap((name) => ['--group', name]);
  return { words: ['-r', 'pyproject.toml', ...extras, ...groups, ...extra], files: manifests };
}

/** The list is in requirements.txt: no other manifest has one. */
function isListedIn(manifest: PythonManifest, dynamic: boolean): boolean {
  if (manifest.declaredIn === 'setup.py') return false;
  const own = textsAt(manifest.pyproject, 'project', 'dependencies').length;
  const none = manifest.declaredIn === null || manifest.requirements.length === 0;
  return none || dynamic || (own === 0 && !manifest.installable);
}

/** Dependencies that are folders: their sources are needed. */
function hasPaths(manifest: PythonManifest): boolean {
  return Object.values(tableAt(manifest.pyproject, 'tool', 'uv', 'sources')).some((source) =>
    /"(?:path|workspace)"/.test(JSON.stringify(source)),
  );
}

function requirementWords(requirements: readonly Requirement[]): string[] {
  return requirements.map((one) => one.text);
}

/** Versions as they were when the commit was made; with bounds when that cannot be asked for. */
function asOfCommit(needs: InstallNeeds, words: readonly string[], folder: string): BuildStep {
  const capped = [...pipInstall, ...words, ...needs.caps];
  if (needs.commitDate === null) return { run: capped, folder };
  return {
    run: [...pipInstall, '--exclude-newer', needs.commitDate, ...words],
    otherwise: capped,
    folder,
  };
}

function asOfEvidence(needs: InstallNeeds): Evidence {
  const bounds =
    needs.caps.length === 0 ? 'without upper bounds' : `with ${needs.caps.join(' and ')}`;
  return needs.commitDate === null
    ? {
        field: 'lockfile',
        value: 'none',
        source: 'default',
        reason: `Nothing pins the dependencies and the date of the commit is not known: they are resolved as of now, ${bounds}.`,
      }
    : {
        field: 'lockfile',
        value: 'none',
        source: 'commit date',
        reason: `Nothing pins the dependencies: they are resolved as of ${needs.commitDate}; if the index does not say when a version came, ${bounds}.`,
      };
}

/** Builds and installs the project over its dependencies. */
function projectSteps(needs: InstallNeeds, folder: string): BuildStep[] {
  if (needs.layout.mode === 'sources') return [];
  const own = ownWords(needs);
  const fromSetup = needs.lock === undefined && listedDependencies(needs).words.length === 0;
  const step = fromSetup ? asOfCommit(needs, own, folder) : { run: installProject(needs), folder };
  return [{ ...step, ...environmentOf(needs) }];
}

function installProject(needs: InstallNeeds): readonly string[] {
  return [...pipInstall, '--no-config', '--no-deps', ...ownWords(needs)];
}

/** The project itself: `.[server]`, or `-e .`. */
function ownWords(needs: InstallNeeds): string[] {
  const { extras } = needs.missing;
  const own = extras.length === 0 ? '.' : `.[${extras.join(',')}]`;
  return needs.layout.mode === 'editable' ? ['-e', own] : [own];
}

function undeclaredStep(needs: InstallNeeds, folder: string): BuildStep[] {
  const words = requirementWords(needs.missing.undeclared);
  return words.length === 0 ? [] : [asOfCommit(needs, words, folder)];
}

function environmentOf(needs: InstallNeeds): Pick<BuildStep, 'environment'> {
  const { versionEnvironment } = needs;
  return Object.keys(versionEnvironment).length === 0 ? {} : { environment: versionEnvironment };
}

function fallback(otherwise: readonly string[] | undefined): Pick<BuildStep, 'otherwise'> {
  return otherwise === undefined ? {} : { otherwise };
}

function relative(needs: InstallNeeds, paths: readonly string[]): string[] {
  return [...new Set(paths)]
    .map((path) => relativeTo(needs.workspace.root, path))
    .filter((path) => path !== undefined)
    .sort();
}

function isName(text: string): boolean {
  return /^[A-Za-z0-9](?:[\w.-]*[A-Za-z0-9])?$/.test(text);
}

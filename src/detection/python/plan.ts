import type { BuildPlan, ServerStart } from '../../core/build-plan.js';
import { inlineRequirements, missingDependencies, type Missing } from './dependencies.js';
import { inputsOf } from './inputs.js';
import { environmentFolder, planInstall } from './install.js';
import { layoutOf, type Layout } from './layout.js';
import { join, parentOf, relativeTo } from '../support/paths.js';
import { confidenceOf, evidenceOf, metadataOf, rejectedOf } from './plan-evidence.js';
import { requirementFiles } from './requirement-files.js';
import { choosePython, type PythonChoice } from './python-version.js';
import type { Reading } from './reading.js';
import { oldLibraries } from './source-facts.js';
import { startsOf } from './start.js';
import { systemPackages } from './system-packages.js';
import { versionEnvironment } from './vcs-version.js';
import { withoutWheel } from './wheels.js';

export async function planPython(reading: Reading): Promise<BuildPlan> {
  const { project, manifest, workspace, lock, entry } = reading;
  const layout = layoutOf(project.tree, project.folder, manifest, entry);
  const python = await pythonFor(reading);
  const missing = await missingOf(reading);
  const install = planInstall({
    workspace,
    folder: project.folder,
    manifest,
    lock,
    layout,
    missing,
    requirementFiles: await requirementFiles(reading),
    commitDate: dateOf(project.commitDate),
    caps: capsOf(reading),
    versionEnvironment: versionEnvironment(manifest, project.gitVersion),
  });
  const minor = Number(python.versions[0]?.split('.')[1]);
  const packages = systemPackages(
    lock,
    minor,
    manifest?.requirements ?? missing.undeclared,
    entry.sources,
  );
  const starts = reading.entries.flatMap((one) =>
    startsOf(one, reading.launches, layout, workspace.root),
  );
  const [start = noStart] = starts;
  return {
    ...start,
    alternatives: starts.slice(1, 6),
    language: 'python',
    ...versionFields(python, manifest?.requiresPython ?? null),
    packageManager: { name: install.manager, version: install.managerVersion },
    lockfile: lock?.path ?? null,
    workspaceRoot: workspace.root,
    target: project.folder,
    aptPackages: { build: packages.build, run: packages.run },
    tools: install.tools,
    manifests: install.manifests,
    install: install.install,
    build: install.build,
    prune: [],
    buildEnvironment,
    runEnvironment: runEnvironment(layout, reading),
    caches: install.caches,
    outputs: [
      layout.mode === 'wheel'
        ? { from: environmentFolder, to: environmentFolder }
        : { from: '/app', to: '/app' },
    ],
    workingDirectory: layout.mode === 'wheel' ? '/app' : imagePath(workspace.root, project.folder),
    inputs: inputsOf(entry.sources, project.hints.inputs),
    metadata: metadataOf(reading),
    confidence: confidenceOf(reading),
    evidence: evidenceOf(reading, { python, layout, missing, install, packages, start }),
    rejected: rejectedOf(reading),
  };
}

function versionFields(
  python: PythonChoice,
  constraint: string | null,
): Pick<BuildPlan, 'languageVersion' | 'bases'> {
  return {
    languageVersion: { value: python.versions[0] ?? '3.13', constraint, source: python.source },
    bases: python.versions.map((version) => {
      const image = `python:${version}-slim`;
      return { build: image, run: image };
    }),
  };
}

/** A path of the repository as it is in the image. */
function imagePath(root: string, path: string): string {
  const relative = relativeTo(root, path) ?? '.';
  return relative === '.' ? '/app' : `/app/${relative}`;
}

const noStart: ServerStart = {
  start: [`${environmentFolder}/bin/python`],
  args: [],
  transport: { kind: 'stdio' },
  environment: {},
  source: 'default',
};

const buildEnvironment = {
  PIP_DISABLE_PIP_VERSION_CHECK: '1',
  PIP_ROOT_USER_ACTION: 'ignore',
  PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD: '1',
  POETRY_NO_INTERACTION: '1',
  POETRY_VIRTUALENVS_CREATE: 'true',
  POETRY_VIRTUALENVS_IN_PROJECT: 'true',
  PUPPETEER_SKIP_DOWNLOAD: '1',
  // Without compiled bytecode every start of a read-only container compiles all imports again.
  UV_COMPILE_BYTECODE: '1',
  UV_LINK_MODE: 'copy',
  UV_PROJECT_ENVIRONMENT: environmentFolder,
  UV_PYTHON: '/usr/local/bin/python3',
  UV_PYTHON_DOWNLOADS: 'never',
  UV_TOOL_BIN_DIR: '/usr/local/bin',
  UV_TOOL_DIR: '/opt/uv-tools',
};

function runEnvironment(layout: Layout, reading: Reading): Record<string, string> {
  const base = {
    PATH: `${environmentFolder}/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin`,
    PYTHONDONTWRITEBYTECODE: '1',
    PYTHONUNBUFFERED: '1',
    VIRTUAL_ENV: environmentFolder,
  };
  if (layout.mode !== 'sources') return base;
  const { root } = reading.workspace;
  const { folder, tree } = reading.project;
  const src = join(folder, 'src');
  const below = tree.files.some((file) => relativeTo(src, file) !== undefined);
  const folders = [folder, ...(below ? [src] : [])];
  if (reading.entry.what === 'object') folders.unshift(parentOf(reading.entry.file));
  const paths = [...new Set(folders)].map((path) => imagePath(root, path));
  return { ...base, PYTHONPATH: paths.join(':') };
}

async function pythonFor(reading: Reading): Promise<PythonChoice> {
  const { tree, folder } = reading.project;
  const files = [join(folder, '.python-version'), join(reading.workspace.root, '.python-version')];
  const file = files.find((path) => tree.files.includes(path));
  return choosePython({
    constraint: reading.manifest?.requiresPython ?? null,
    pinned: file === undefined ? undefined : await tree.read(file),
    compiled: (minor) => withoutWheel(reading.lock, minor).length,
  });
}

async function missingOf(reading: Reading): Promise<Missing> {
  const { entry, modules, manifest, lock, project } = reading;
  const missing = missingDependencies(entry.sources, modules, manifest, lock);
  const text = manifest === undefined ? await project.tree.read(entry.file) : undefined;
  const inline = text === undefined ? [] : inlineRequirements(text);
  return inline.length === 0 ? missing : { ...missing, undeclared: inline };
}

function dateOf(text: string | null): string | null {
  return /^\d{4}-\d{2}-\d{2}/.exec(text ?? '')?.[0] ?? null;
}

/** Bounds below the majors that removed what the source imports, where it has none itself. */
function capsOf(reading: Reading): string[] {
  const old = oldLibraries(reading.entry.sources);
  const wants = (name: string, from: RegExp) =>
    reading.manifest?.requirements.some((one) => one.name === name && from.test(one.specifier)) ===
    true;
  const caps: string[] = [];
  if (old.mcp && !wants('mcp', /(?:>=|==|~=|>)[2-9]/)) caps.push('mcp<2');
  if (old.fastmcp && !wants('fastmcp', /(?:>=|==|~=|>)[3-9]/)) caps.push('fastmcp<3');
  return caps;
}

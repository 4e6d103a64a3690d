import type { BuildPlan, Evidence, ServerStart } from '../../core/build-plan.js';
import type { DetectLanguage, Finding, Project } from '../source-tree.js';
import { buildScriptOf, buildSteps, calledManagers, type BuildScript } from './build-steps.js';
import { candidatesOf, type Candidate, type EntryScope } from './candidates.js';
import { chooseEntry, type EntryChoice } from './choose-entry.js';
import { inputsOf } from './inputs.js';
import { installPlan } from './install.js';
import { buildEnvironmentOf, cachesOf, toolSteps } from './manager-commands.js';
import { readManifest, type PackageManifest } from './manifest.js';
import { metadataOf } from './metadata.js';
import { headersStep, nativePackages, rebuildSteps } from './native.js';
import { chooseNode } from './node-version.js';
import { chooseManager, type ManagerChoice } from './package-manager.js';
import { isIn, joinInside } from '../support/paths.js';
import { imagePath, wayTo } from './paths.js';
import { outputsOf, rootIsConfigFolder, tsConfigsOf, type Outputs } from './program.js';
import { prunePlan } from './prune.js';
import { programsRunBy } from './run-programs.js';
import { readSources, type SourceFile } from './source-files.js';
import { servingsOf } from './transport.js';
import { layoutOf, type Layout } from './workspace.js';

/** A plan for the server of a folder with a package.json. */
export const detectNode: DetectLanguage = async (project) => {
  const manifest = await readManifest(project.tree, project.folder);
  if (manifest === undefined) return undefined;
  const layout = await layoutOf(project.tree, { folder: project.folder, manifest });
  const choice = await chooseManager(project.tree, layout);
  let reading = await readProject(project, { layout, choice, nested: false });
  let entry = chooseEntry(candidatesOf(reading.scope), reading.scope);
  if (entry.kind === 'none' && layout.members.length === 0) {
    reading = await readProject(project, { layout, choice, nested: true });
    entry = chooseEntry(candidatesOf(reading.scope), reading.scope);
  }
  if (entry.kind === 'none') return notAServer(entry.reason, project.folder);
  return { kind: 'server', plan: await planOf(project, { layout, choice, reading, entry }) };
};

interface Reading {
  readonly files: ReadonlyMap<string, SourceFile>;
  readonly scope: EntryScope;
  readonly script: BuildScript | null;
  readonly outputs: Outputs;
}

interface Parts {
  readonly layout: Layout;
  readonly choice: ManagerChoice;
  readonly reading: Reading;
  readonly entry: Extract<EntryChoice, { kind: 'entry' }>;
}

interface ReadingOptions {
  readonly layout: Layout;
  readonly choice: ManagerChoice;
  /** With the code of packages below the target, that its build may take for itself. */
  readonly nested: boolean;
}

async function readProject(
  project: Project,
  { layout, choice, nested }: ReadingOptions,
): Promise<Reading> {
  const { tree, hints, folder } = project;
  const { manifest } = layout.target;
  const folders = [folder, ...layout.needed.map((member) => member.folder)];
  const files = await readSources(tree, folders, nested);
  const script = buildScriptOf(manifest);
  const configs = await tsConfigsOf(tree, folder, script?.text ?? '');
  const rootIsFolder = rootIsConfigFolder(manifest, choice.lock);
  const outputs = outputsOf(configs, files, { tree, rootIsFolder });
  const packages = layout.needed.flatMap((member) =>
    member.manifest.name === null ? [] : [[member.manifest.name, member.folder] as const],
  );
  const imports = {
    files,
    aliases: configs.flatMap((config) => config.aliases),
    made: outputs.sources,
    packages: new Map(packages),
  };
  const buildText = script?.text ?? '';
  const treeFiles = new Set(tree.files);
  return {
    files,
    script,
    outputs,
    scope: {
      target: folder,
      manifest,
      hints,
      imports,
      treeFiles,
      buildText,
      isWorkspaceRoot: layout.members.length > 0 && layout.root === layout.target,
    },
  };
}

function notAServer(reason: string, folder: string): Finding {
  const source = joinInside(folder, 'package.json') ?? 'package.json';
  const evidence: Evidence = { field: 'start', value: 'none', source, reason };
  return { kind: 'not_a_server', reason, evidence: [evidence] };
}

async function planOf(project: Project, parts: Parts): Promise<BuildPlan> {
  const { layout, choice, entry } = parts;
  const [start, ...alternatives] = startsOf(project, parts);
  const node = await chooseNode(project.tree, layout, choice.lock);
  const steps = await stepsOf(project, parts);
  const files = entry.entry.reach?.files ?? [...parts.reading.files.values()];
  return {
    language: 'node',
    languageVersion: node.languageVersion,
    bases: node.bases,
    packageManager: { name: choice.name, version: choice.version },
    lockfile: choice.lockfile,
    workspaceRoot: layout.context,
    target: project.folder,
    ...steps,
    ...start,
    runEnvironment: { NODE_ENV: 'production' },
    outputs: [{ from: '/app', to: '/app' }],
    workingDirectory: imagePath(layout.context, project.folder),
    alternatives,
    inputs: inputsOf(files, project.hints.inputs),
    metadata: metadataOf(layout.target.manifest, project.folder),
    confidence: confidenceOf(parts),
    evidence: [
      {
        field: 'languageVersion',
        value: node.languageVersion.value,
        source: node.languageVersion.source,
        reason: node.reason,
      },
      {
        field: 'workspaceRoot',
        value: layout.context,
        source: layout.source,
        reason: workspaceReason(layout),
      },
      ...choice.evidence,
      ...steps.evidence,
      ...entry.evidence,
      {
        field: 'transport',
        value: start.transport.kind,
        source: entry.entry.source ?? entry.entry.file,
        reason: 'What its code serves.',
      },
    ],
    rejected: [...choice.rejected, ...steps.rejected, ...entry.rejected],
  };
}

function workspaceReason(layout: Layout): string {
  return layout.root.folder === layout.target.folder
    ? 'The server is installed in its own folder.'
    : 'The server is a package of this workspace.';
}

/** The chosen entry first, with its other transports and places; then the other programs. */
function startsOf(project: Project, { layout, entry }: Parts): [ServerStart, ...ServerStart[]] {
  const context = layout.context;
  const [first, ...more] = servingsOf(entry.entry, project.hints);
  const main = startOf(entry.entry, context, first ?? STDIO);
  const variants = entry.entry.variants.map((file) =>
    startOf({ ...entry.entry, file }, context, first ?? STDIO),
  );
  const others = entry.others.map((other) =>
    startOf(other, context, servingsOf(other, project.hints)[0] ?? STDIO),
  );
  const transports = more.map((serving) => startOf(entry.entry, context, serving));
  return [main, ...[...variants, ...others, ...transports].slice(0, ALTERNATIVES)];
}

/** Each is a start of a container when the ones before it do not answer. */
const ALTERNATIVES = 5;

const STDIO = { args: [], environment: {}, transport: { kind: 'stdio' } } as const;

function startOf(
  candidate: Candidate,
  context: string,
  serving: Pick<ServerStart, 'args' | 'environment' | 'transport'>,
): ServerStart {
  const isTsx = candidate.runner[0] === 'tsx';
  const runner = isTsx ? ['node', '--import', 'tsx'] : candidate.runner;
  return {
    ...serving,
    args:
      serving.args.length > 0 || serving.transport.kind === 'stdio' ? serving.args : candidate.args,
    start: [...runner, imagePath(context, candidate.file)],
    source: candidate.says,
  };
}

type Steps = Pick<
  BuildPlan,
  | 'aptPackages'
  | 'tools'
  | 'manifests'
  | 'install'
  | 'build'
  | 'prune'
  | 'buildEnvironment'
  | 'caches'
  | 'evidence'
  | 'rejected'
>;

async function stepsOf(
  project: Project,
  { layout, choice, reading, entry }: Parts,
): Promise<Steps> {
  const { script, files, scope } = reading;
  const chosen = entry.entry;
  const entryIsSource = isSource(chosen, scope);
  const natives = nativePackages([layout.target, ...layout.needed], choice.lock);
  const target = wayTo(layout.context, project.folder);
  const build = buildSteps({
    layout,
    choice,
    script,
    entry: chosen.file,
    entryIsSource,
    entryIsThere: scope.treeFiles.has(chosen.file),
    files,
  });
  const install = await installPlan(project.tree, layout, {
    choice,
    commitDate: project.commitDate,
  });
  const texts = entryIsSource ? [] : [scope.buildText, ...layout.needed.map(memberText)];
  const settings = await settingsOf(project);
  const pruning = prunePlan({
    layout,
    choice,
    entry: chosen,
    buildText: scope.buildText,
    settings,
    natives,
  });
  return {
    aptPackages: {
      build: natives.aptBuild,
      run: [...natives.aptRun, ...programsRunBy(chosen.reach?.files ?? [...files.values()])].sort(),
    },
    tools: [
      ...toolSteps(choice, calledManagers(texts)),
      ...(natives.aptBuild.length > 0 ? [headersStep()] : []),
    ],
    manifests: install.manifests,
    install: install.install,
    build: [...rebuildSteps(natives, choice.name, target), ...build],
    prune: pruning.prune,
    buildEnvironment: buildEnvironmentOf(choice),
    caches: cachesOf(choice.name),
    evidence: [...install.evidence, ...buildEvidence(script, entryIsSource)],
    rejected: pruning.rejected,
  };
}

function memberText(member: { readonly manifest: PackageManifest }): string {
  return buildScriptOf(member.manifest)?.text ?? '';
}

/** There before any build, with all it imports, and not something that a build writes over. */
function isSource(candidate: Candidate, scope: EntryScope): boolean {
  if (!scope.treeFiles.has(candidate.file)) return false;
  if (candidate.reach?.needsBuild === true) return false;
  const source = scope.imports.made.get(candidate.file);
  return source === undefined || source === candidate.file;
}

function buildEvidence(script: BuildScript | null, entryIsSource: boolean): Evidence[] {
  if (entryIsSource) {
    return [
      {
        field: 'build',
        value: 'none',
        source: 'package.json',
        reason: 'The start runs the sources as they are.',
      },
    ];
  }
  return [
    {
      field: 'build',
      value: script?.name ?? 'tsc',
      source: script === null ? 'tsconfig.json' : `package.json scripts.${script.name}`,
      reason: 'The start runs what this makes.',
    },
  ];
}

/** Settings of bundlers in the target's folder. */
async function settingsOf({ tree, folder }: Project): Promise<string> {
  const names =
    /^(?:tsup|tsdown|esbuild|rollup|rolldown|webpack|vite|build|bunup|unbuild)[\w.-]*\.[cm]?[jt]s$/;
  const paths = tree.files.filter(
    (path) => isIn(folder, path) && names.test(wayTo(folder, path).replace(/^scripts\//, '')),
  );
  const texts = await Promise.all(paths.slice(0, 10).map((path) => tree.read(path)));
  return texts.map((text) => (text ?? '').slice(0, 50_000)).join('\n');
}

/** Proven by the code and named by the manifest is as sure as reading can be. */
function confidenceOf({ entry, choice }: Parts): number {
  const named = entry.entry.from === 'bin' || entry.entry.from === 'start';
  const base = entry.proven ? (named ? 0.95 : 0.8) : 0.4;
  return choice.lockfile === null ? Math.round((base - 0.05) * 100) / 100 : base;
}

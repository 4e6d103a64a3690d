import type { Hints } from '../source-tree.js';
import { reachFrom, type ImportScope, type Reach } from './imports.js';
import { allDependencies, type PackageManifest } from './manifest.js';
import { isIn } from '../support/paths.js';
import { wayTo } from './paths.js';
import { calls, commandsOf, scriptText } from './scripts.js';
import { resolveEntry } from './resolve-entry.js';
import type { SourceFile } from './source-files.js';

/** Where entries are looked for. */
export interface EntryScope {
  /** Relative to the repository. */
  readonly target: string;
  readonly manifest: PackageManifest;
  readonly hints: Hints;
  readonly imports: ImportScope;
  /** Every file of the repository. */
  readonly treeFiles: ReadonlySet<string>;
  readonly isWorkspaceRoot: boolean;
  /** What the build runs, for the names of its outputs. */
  readonly buildText: string;
}

/** A program that could be the server. */
export interface Candidate {
  /** Relative to the repository, as it is when the build is done. */
  readonly file: string;
  /** What it is made of; null when that is not known. */
  readonly source: string | null;
  /** Other places the build could put it. */
  readonly variants: readonly string[];
  /** `node` and its options, or a program of node_modules/.bin such as `tsx`. */
  readonly runner: readonly string[];
  readonly args: readonly string[];
  readonly reach: Reach | null;
  readonly from: 'bin' | 'start' | 'main' | 'hint' | 'content';
  /** For evidence: `package.json bin`. */
  readonly says: string;
  /** The command's name of a bin. */
  readonly name: string | null;
}

interface Named {
  readonly path: string;
  readonly runner: readonly string[];
  readonly args: readonly string[];
  readonly from: Candidate['from'];
  readonly says: string;
  readonly name: string | null;
}

const NODE: readonly string[] = ['node'];

export interface Candidates {
  /** In the order of trust: bin, start, main, what texts name, content. */
  readonly found: readonly Candidate[];
  /** Named, but there is no such file and nothing makes it. */
  readonly missing: readonly Named[];
}

export function candidatesOf(scope: EntryScope): Candidates {
  const named = [
    ...binsOf(scope.manifest),
    ...startOf(scope),
    ...mainOf(scope.manifest),
    ...hintedFiles(scope.hints),
  ];
  const found: Candidate[] = [];
  const missing: Named[] = [];
  for (const entry of named) {
    const candidate = candidateOf(entry, scope);
    if (candidate === undefined) missing.push(entry);
    else found.push(candidate);
  }
  const content = found.some(isKnown) ? [] : byContent(scope);
  return { found: [...found, ...content], missing };
}

/** A command whose code is at hand says what the package is, whatever else lies beside it. */
function isKnown({ from, reach }: Candidate): boolean {
  return (from === 'bin' || from === 'start') && reach !== null;
}

function binsOf(manifest: PackageManifest): Named[] {
  return [...manifest.bins].map(([name, path]) => ({
    path,
    name,
    runner: NODE,
    args: [],
    from: 'bin',
    says: 'package.json bin',
  }));
}

function mainOf(manifest: PackageManifest): Named[] {
  if (manifest.main === null && manifest.bins.size > 0) return [];
  const path = manifest.main ?? 'index.js';
  return [
    {
      path,
      name: null,
      runner: NODE,
      args: [],
      from: 'main',
      says: manifest.main === null ? 'default' : 'package.json main',
    },
  ];
}

/** `start` where it is a plain call of node, bun, tsx or ts-node; also through another script. */
function startOf(scope: EntryScope): Named[] {
  const text = scope.manifest.scripts.has('start') ? scriptText(scope.manifest, 'start') : '';
  const calledOnly = commandsOf(text).filter(([program = '']) => RUNNERS.has(program));
  return calledOnly.flatMap((words) => startNamed(words)).slice(0, 2);
}

const RUNNERS = new Set(['node', 'bun', 'tsx', 'ts-node', 'ts-node-esm']);
/** Options of node that a start may carry; all others are left out. */
const NODE_OPTIONS = /^--(?:experimental-strip-types|no-warnings(?:=\w+)?|enable-source-maps)$/;

function startNamed([program = '', ...words]: readonly string[]): Named[] {
  const at = words.findIndex((word) => /^[\w@./-]+\.[cm]?[jt]sx?$/.test(word));
  const path = words[at];
  if (path === undefined || words.slice(0, at).some((word) => word === 'build' || word === '-e')) {
    return [];
  }
  const typescript = /tsx?$/.test(path) && program !== 'node';
  const tsNode = words.slice(0, at).some((word) => word.startsWith('ts-node'));
  const options =
    program === 'node' ? words.slice(0, at).filter((word) => NODE_OPTIONS.test(word)) : [];
  const runner = tsNode || (typescript && program !== 'bun') ? ['tsx'] : ['node', ...options];
  const args = words.slice(at + 1).filter((word) => /^-{0,2}[\w=.-]+$/.test(word));
  return [{ path, runner, args, from: 'start', says: 'package.json scripts.start', name: null }];
}

/** Files that a README or a registry's manifest starts with node: the end of the path counts. */
function hintedFiles(hints: Hints): Named[] {
  return hints.starts.flatMap((start) => {
    if (!/^(?:node|bun|tsx)$/.test(start.command)) return [];
    const path = start.args.find((arg) => /\.[cm]?[jt]s$/.test(arg) && !arg.startsWith('-'));
    if (path === undefined) return [];
    return [
      { path, runner: NODE, args: [], from: 'hint', says: start.source, name: null } as const,
    ];
  });
}

function candidateOf(named: Named, scope: EntryScope): Candidate | undefined {
  const resolved = resolveEntry(named.path, scope, named.from === 'hint');
  if (resolved === undefined) return undefined;
  const start = resolved.source ?? resolved.file;
  const reach = scope.imports.files.has(start) ? reachFrom(start, scope.imports) : null;
  const known = reach !== null && (!resolved.guessed || serves(reach));
  return {
    ...named,
    ...resolved,
    runner: runnerFor(resolved.file, named.runner),
    reach: known ? reach : null,
  };
}

/** Node runs TypeScript of its own since 22.18; tsx also where types have to be compiled. */
function runnerFor(file: string, runner: readonly string[]): readonly string[] {
  if (!/\.[cm]?tsx?$/.test(file)) return runner[0] === 'tsx' ? NODE : runner;
  return runner;
}

/** Programs in the target that reach a transport, when nothing names them: the shallowest first. */
function byContent(scope: EntryScope): Candidate[] {
  const programs = [...scope.imports.files.values()].filter(
    (file) => file.runs && isOwn(file.path, scope),
  );
  const made = new Map([...scope.imports.made].map(([output, source]) => [source, output]));
  const found = programs.flatMap((file) => {
    const reach = reachFrom(file.path, scope.imports);
    return serves(reach) && isDeclared(reach, scope)
      ? [contentCandidate(file, reach, { scope, made })]
      : [];
  });
  return found.sort((one, other) => depth(one) - depth(other) || compare(one.file, other.file));
}

function contentCandidate(
  file: SourceFile,
  reach: Reach,
  { scope, made }: { scope: EntryScope; made: ReadonlyMap<string, string> },
): Candidate {
  const compiled = /tsx?$/.test(file.path) && calls(scope.buildText, 'tsc');
  const output = compiled ? made.get(file.path) : undefined;
  const direct = /tsx?$/.test(file.path) && output === undefined;
  const hasTsx =
    scope.manifest.dependencies.has('tsx') || scope.manifest.devDependencies.has('tsx');
  return {
    file: output ?? file.path,
    source: file.path,
    variants: [],
    runner: direct && hasTsx ? ['tsx'] : NODE,
    args: [],
    reach,
    from: 'content',
    says: wayTo(scope.target, file.path),
    name: null,
  };
}

/** Of the target itself, not of a package of its workspace. */
function isOwn(path: string, scope: EntryScope): boolean {
  const members = [...scope.imports.packages.values()];
  return (
    isIn(scope.target, path) &&
    !members.some(
      (folder) => folder !== scope.target && isIn(folder, path) && isIn(scope.target, folder),
    )
  );
}

/** What it imports is installed: a program that nobody keeps imports what package.json forgot. */
function isDeclared(reach: Reach, { manifest }: EntryScope): boolean {
  const declared = allDependencies(manifest);
  return reach.packages.size === 0 || [...reach.packages].some((name) => declared.has(name));
}

export function serves(reach: Reach): boolean {
  return reach.files.some((file) => file.serves.size > 0);
}

function depth(candidate: Candidate): number {
  const name = /(?:^|\/)(?:index|main|server|stdio|cli|app)\.\w+$/.test(candidate.file) ? 0 : 1;
  return candidate.file.split('/').length * 2 + name;
}

function compare(one: string, other: string): number {
  return one < other ? -1 : Number(one > other);
}

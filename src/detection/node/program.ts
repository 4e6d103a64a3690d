import { parse as parseRange, minVersion } from 'semver';
import type { SourceTree } from '../source-tree.js';
import { matchesGlob } from './globs.js';
import type { LockFacts } from './lockfile.js';
import { allDependencies, type PackageManifest } from './manifest.js';
import { commonFolder, isIn, joinInside, parentOf } from '../support/paths.js';
import { wayTo } from './paths.js';
import { commandsOf } from './scripts.js';
import { importedPath, type ImportScope } from './imports.js';
import type { SourceFile } from './source-files.js';
import { readTsConfig, type TsConfig } from './tsconfig.js';

/** Which file the compiler makes of which source, as paths of the repository. */
export interface Outputs {
  /** From what is made to what it is made of. */
  readonly sources: ReadonlyMap<string, string>;
  readonly configs: readonly TsConfig[];
}

/** The projects that `tsc` in the build compiles; tsconfig.json where no call names another. */
export async function tsConfigsOf(
  tree: SourceTree,
  folder: string,
  buildText: string,
): Promise<TsConfig[]> {
  const named = commandsOf(buildText)
    .filter(([program, ...args]) => program === 'tsc' && !args.includes('--noEmit'))
    .map((words) => projectOf(words));
  const names = named.length > 0 ? named : ['.'];
  const found: TsConfig[] = [];
  for (const name of new Set(names)) {
    const config = await readTsConfig(tree, joinInside(folder, name) ?? folder);
    if (config === undefined) continue;
    const references = await Promise.all(config.references.map((path) => readTsConfig(tree, path)));
    found.push(config, ...references.filter((reference) => reference !== undefined));
  }
  return found;
}

function projectOf(words: readonly string[]): string {
  const at = words.findIndex((word) => /^(?:-p|--project|-b|--build|-build)$/.test(word));
  const next = at < 0 ? undefined : words[at + 1];
  return next === undefined || next.startsWith('-') ? '.' : next;
}

/** TypeScript 6 takes the folder of the tsconfig as the root; before it was what all inputs share. */
export function rootIsConfigFolder(manifest: PackageManifest, lock: LockFacts | null): boolean {
  const range = allDependencies(manifest).get('typescript') ?? '5';
  const locked = lock?.packages.get('typescript');
  if (locked !== undefined) return (parseRange(locked)?.major ?? 5) >= 6;
  return range.length < 100 && (minimum(range) ?? 5) >= 6;
}

function minimum(range: string): number | undefined {
  try {
    return minVersion(range)?.major;
  } catch {
    return undefined;
  }
}

export function outputsOf(
  configs: readonly TsConfig[],
  files: ReadonlyMap<string, SourceFile>,
  options: { readonly tree: SourceTree; readonly rootIsFolder: boolean },
): Outputs {
  const sources = new Map<string, string>();
  for (const config of configs) {
    const scope = {
      files,
      aliases: config.aliases,
      made: new Map<string, string>(),
      packages: new Map<string, string>(),
    };
    const inputs = inputsOf(config, scope, options.tree);
    const root = rootOf(config, inputs, options.rootIsFolder);
    for (const input of inputs) {
      const made = outputOf(input, root, config);
      if (made !== undefined && !config.noEmit && !sources.has(made)) sources.set(made, input);
    }
  }
  return { sources, configs };
}

/** The files it includes, and all that these import. */
function inputsOf(config: TsConfig, scope: ImportScope, tree: SourceTree): string[] {
  const waiting = [...scope.files.keys()].filter((path) => includes(config, path));
  const found = new Set(waiting);
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    const file = scope.files.get(path);
    for (const specifier of file?.imports ?? []) {
      const imported = importedPath(specifier, path, scope) ?? dataFile(specifier, file, tree);
      if (imported === undefined || found.has(imported)) continue;
      found.add(imported);
      waiting.push(imported);
    }
  }
  return [...found].sort();
}

/** An imported JSON file is an input and moves the common root; the compiler ignores `require`. */
function dataFile(
  specifier: string,
  from: SourceFile | undefined,
  tree: SourceTree,
): string | undefined {
  if (from === undefined || !specifier.startsWith('.') || !specifier.endsWith('.json')) {
    return undefined;
  }
  const isImport = [`from '${specifier}'`, `from "${specifier}"`, `import('${specifier}'`];
  if (!isImport.some((written) => from.text.includes(written))) return undefined;
  const path = joinInside(parentOf(from.path), specifier);
  return path !== undefined && tree.files.includes(path) ? path : undefined;
}

function includes(config: TsConfig, path: string): boolean {
  if (!isIn(config.folder, path) && config.include.length === 0) return false;
  const compiled = config.compilesJavaScript ? /\.(?:[cm]?[jt]s|[jt]sx)$/ : /\.(?:[cm]?ts|tsx)$/;
  if (!compiled.test(path)) return false;
  if (config.outDir !== null && config.outDir !== config.folder && isIn(config.outDir, path)) {
    return false;
  }
  if (config.files.includes(path)) return true;
  if (config.exclude.some((pattern) => fitsOrIn(pattern, path))) return false;
  if (config.include.length === 0) return config.files.length === 0;
  return config.include.some((pattern) => fitsOrIn(pattern, path));
}

/** A pattern without a wildcard and extension names a folder and all in it. */
function fitsOrIn(pattern: string, path: string): boolean {
  return matchesGlob(pattern, path) || matchesGlob(`${pattern}/**/*`, path);
}

function rootOf(config: TsConfig, inputs: readonly string[], rootIsFolder: boolean): string {
  if (config.rootDir !== null) return config.rootDir;
  if (config.composite || rootIsFolder) return config.folder;
  return commonFolder(...inputs.map(parentOf));
}

function outputOf(input: string, root: string, config: TsConfig): string | undefined {
  if (!isIn(root, input)) return undefined;
  const name = wayTo(root, input).replace(/\.([cm]?)tsx?$/, '.$1js');
  return joinInside(config.outDir ?? root, name);
}

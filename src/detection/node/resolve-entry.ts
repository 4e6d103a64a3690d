import type { EntryScope } from './candidates.js';
import { isIn, joinInside } from '../support/paths.js';
import { wayTo } from './paths.js';
import { calls, commandsOf } from './scripts.js';

export interface ResolvedEntry {
  readonly file: string;
  readonly source: string | null;
  readonly variants: readonly string[];
  /** The source was found by its name only. */
  readonly guessed: boolean;
}

/** `loose`: the path is of somebody's machine, and only its end is of the repository. */
export function resolveEntry(
  written: string,
  scope: EntryScope,
  loose: boolean,
): ResolvedEntry | undefined {
  const paths = loose ? endsOf(written) : [written];
  for (const path of paths) {
    const resolved = resolveExact(path, scope);
    if (resolved !== undefined && (!loose || resolved.source !== null)) return resolved;
  }
  return undefined;
}

function endsOf(path: string): string[] {
  const parts = path.split('/').filter((part) => part !== '' && part !== '.' && part !== '..');
  const last = parts.slice(-4);
  return last.map((_, index) => last.slice(index).join('/'));
}

function resolveExact(written: string, scope: EntryScope): ResolvedEntry | undefined {
  const path = joinInside(scope.target, written);
  if (path === undefined || path === scope.target || !isIn(scope.target, path)) return undefined;
  const { files, made } = scope.imports;
  const present = namesOf(path).find((name) => scope.treeFiles.has(name));
  if (present !== undefined) {
    const source = made.get(present) ?? (files.has(present) ? present : null);
    return { file: present, source, variants: [], guessed: false };
  }
  for (const name of namesOf(path)) {
    const source = made.get(name);
    if (source !== undefined) return { file: name, source, variants: [], guessed: false };
  }
  return builtEntry(path, scope);
}

/** As `require` finds them. */
function namesOf(path: string): string[] {
  return [path, `${path}.js`, `${path}/index.js`];
}

/** A file that the build makes, by what its commands and the names of the sources say. */
function builtEntry(path: string, scope: EntryScope): ResolvedEntry | undefined {
  if (scope.buildText === '' && !scope.imports.made.size) return undefined;
  const named = sourceInBuild(path, scope);
  const source = named ?? sourceByName(path, scope);
  const guessed = named === undefined;
  if (source === undefined) {
    return scope.buildText === '' ? undefined : { file: path, source: null, variants: [], guessed };
  }
  const compiled = madeOf(source, scope);
  if (compiled === undefined || compiled === path || bundles(scope.buildText)) {
    return { file: path, source, variants: compiled === undefined ? [] : [compiled], guessed };
  }
  return { file: compiled, source, variants: [path], guessed };
}

function madeOf(source: string, scope: EntryScope): string | undefined {
  if (!calls(scope.buildText, 'tsc')) return undefined;
  return [...scope.imports.made].find(([, from]) => from === source)?.[0];
}

export const BUNDLERS: readonly string[] = [
  'esbuild',
  'tsup',
  'tsdown',
  'rollup',
  'webpack',
  'ncc',
  'vite',
  'unbuild',
  'pkgroll',
  'rolldown',
  'bunchee',
];

export function bundles(buildText: string): boolean {
  return (
    BUNDLERS.some((bundler) => calls(buildText, bundler)) ||
    commandsOf(buildText).some((words) => words[0] === 'bun' && words[1] === 'build')
  );
}

/** `esbuild src/stdio.ts --outfile=dist/stdio.cjs`: the source in the command that names the output. */
function sourceInBuild(path: string, scope: EntryScope): string | undefined {
  const output = wayTo(scope.target, path);
  const command = commandsOf(scope.buildText).find((words) =>
    words.some(
      (word) => word.endsWith(`=${output}`) || word.endsWith(`=./${output}`) || word === output,
    ),
  );
  const sources = (command ?? []).flatMap((word) => joinInside(scope.target, word) ?? []);
  return sources.find((source) => scope.imports.files.has(source) && source !== path);
}

/** `dist/transports/stdio.js` is of `src/transports/stdio.ts`, else of the one source so called. */
function sourceByName(path: string, scope: EntryScope): string | undefined {
  const parts = wayTo(scope.target, path)
    .replace(/\.[cm]?jsx?$/, '')
    .split('/');
  const tails = parts.map((_, index) => parts.slice(index).join('/'));
  const names = tails.flatMap((tail) => [`src/${tail}`, `lib/${tail}`, tail, `src/${tail}/index`]);
  for (const name of names) {
    const found = withEnding(joinInside(scope.target, name), scope);
    if (found !== undefined && found !== path) return found;
  }
  const stem = `/${parts.at(-1) ?? ''}`;
  const alike = [...scope.imports.files.keys()].filter(
    (file) => isIn(scope.target, file) && `/${file}`.replace(/\.[cm]?tsx?$/, '').endsWith(stem),
  );
  return alike.length === 1 ? alike[0] : undefined;
}

function withEnding(path: string | undefined, scope: EntryScope): string | undefined {
  const names = ['.ts', '.mts', '.cts', '.tsx', '.js', '.mjs'].map((ending) => `${path}${ending}`);
  return path === undefined ? undefined : names.find((name) => scope.imports.files.has(name));
}

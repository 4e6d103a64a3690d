import { joinInside, parentOf } from '../support/paths.js';
import type { SourceFile } from './source-files.js';

/** What the imports of a file are looked up in. */
export interface ImportScope {
  readonly files: ReadonlyMap<string, SourceFile>;
  readonly aliases: readonly (readonly [pattern: string, path: string])[];
  /** Files that the build makes, and what of. */
  readonly made: ReadonlyMap<string, string>;
  /** Packages of the workspace and their folders. */
  readonly packages: ReadonlyMap<string, string>;
}

/** What starting at a file brings in. */
export interface Reach {
  readonly files: readonly SourceFile[];
  /** Names of packages from outside of the repository, without Node's own modules. */
  readonly packages: ReadonlySet<string>;
  /** Something imported is made by the build only. */
  readonly needsBuild: boolean;
}

/** The file that an import means; undefined for a package, and for what is not there. */
export function importedPath(
  specifier: string,
  from: string,
  scope: ImportScope,
): string | undefined {
  const paths = specifier.startsWith('.')
    ? [joinInside(parentOf(from), specifier)]
    : scope.aliases.map(([pattern, path]) => aliased(specifier, pattern, path));
  for (const path of paths) {
    const found = path === undefined ? undefined : fileAt(path, scope);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Follows the imports from a file through the sources of the repository. */
export function reachFrom(start: string, scope: ImportScope): Reach {
  const seen = new Set<string>([start]);
  const packages = new Set<string>();
  const files: SourceFile[] = [];
  const waiting = [start];
  let needsBuild = false;
  const visit = (path: string): void => {
    if (seen.has(path)) return;
    seen.add(path);
    waiting.push(path);
  };
  for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
    const file = scope.files.get(at);
    if (file === undefined) continue;
    files.push(file);
    for (const specifier of file.imports) {
      const path = importedPath(specifier, at, scope);
      const name = path === undefined ? packageName(specifier) : undefined;
      needsBuild ||= path !== undefined && isMade(specifier, at, scope);
      if (path !== undefined) visit(path);
      else if (name !== undefined) bring(name, { scope, packages, visit });
    }
  }
  return { files, packages, needsBuild };
}

interface Found {
  readonly scope: ImportScope;
  readonly packages: Set<string>;
  readonly visit: (path: string) => void;
}

/** Of another package of the workspace all sources count: its exports are not followed. */
function bring(name: string, { scope, packages, visit }: Found): void {
  const folder = scope.packages.get(name);
  if (folder === undefined) {
    packages.add(name);
    return;
  }
  for (const path of scope.files.keys()) {
    if (path.startsWith(`${folder}/`)) visit(path);
  }
}

function isMade(specifier: string, from: string, scope: ImportScope): boolean {
  const path = specifier.startsWith('.') ? joinInside(parentOf(from), specifier) : undefined;
  return path !== undefined && scope.made.has(path) && !scope.files.has(path);
}

function aliased(specifier: string, pattern: string, path: string): string | undefined {
  if (!pattern.includes('*')) return specifier === pattern ? path : undefined;
  const [before = '', after = ''] = pattern.split('*');
  if (!specifier.startsWith(before) || !specifier.endsWith(after)) return undefined;
  const rest = specifier.slice(before.length, specifier.length - after.length);
  return joinInside(
    '.',
    path.replace('*', () => rest),
  );
}

const ENDINGS = ['.ts', '.tsx', '.mts', '.cts', '.js', '.mjs', '.cjs'];

function fileAt(path: string, scope: ImportScope): string | undefined {
  const stem = path.replace(/\.([cm]?)jsx?$/, '');
  const names = [
    path,
    ...(stem === path ? [] : ENDINGS.slice(0, 4).map((ending) => `${stem}${ending}`)),
    ...ENDINGS.map((ending) => `${path}${ending}`),
    ...ENDINGS.map((ending) => `${path}/index${ending}`),
  ];
  const found = names.find((name) => scope.files.has(name));
  if (found !== undefined) return found;
  return names.map((name) => scope.made.get(name)).find((source) => source !== undefined);
}

/** `@scope/name/sub` is of `@scope/name`. Node's own modules, URLs and `#internal` are none. */
export function packageName(specifier: string): string | undefined {
  if (/^(?:\.|\/|#|node:|https?:|data:|file:)/.test(specifier)) return undefined;
  const parts = specifier.split('/');
  const name = specifier.startsWith('@') ? parts.slice(0, 2).join('/') : parts[0];
  return name === undefined || BUILTIN.has(name) ? undefined : name;
}

const BUILTIN: ReadonlySet<string> = new Set(
  (
    'assert async_hooks buffer child_process cluster console constants crypto dgram dns domain events fs ' +
    'http http2 https inspector module net os path perf_hooks process punycode querystring readline repl ' +
    'stream string_decoder sys timers tls tty url util v8 vm wasi worker_threads zlib bun'
  ).split(' '),
);

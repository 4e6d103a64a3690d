import { commonFolder, join, joinInside, parentOf } from '../support/paths.js';
import type { SourceTree } from '../source-tree.js';

/** A go.mod, as far as a build needs to know it. */
export interface GoModule {
  readonly path: string;
  /** `1.23.2`; null when it says none. */
  readonly go: string | null;
  readonly toolchain: string | null;
  /** Module path to version. */
  readonly direct: Readonly<Record<string, string>>;
  readonly indirect: Readonly<Record<string, string>>;
  /** Folders on disk that stand in for modules, relative to the module. */
  readonly localReplacements: readonly string[];
}

/** Speaks MCP: the SDKs by name, and whatever calls itself one. */
const MCP_MODULE = /(?:^|[/-])mcp(?:[/-]|$)|\/modelcontextprotocol\/|foxy-contexts/;

/** Go modules whose packages are compiled with a C compiler, and what their programs load. */
const CGO_MODULES: readonly (readonly [module: RegExp, libraries: readonly string[]])[] = [
  [/^github\.com\/mattn\/go-sqlite3$|^gorm\.io\/driver\/sqlite$/, []],
  [/^github\.com\/(?:marcboeker|duckdb)\/(?:go-duckdb|duckdb-go)/, ['libstdc++6']],
  [/^github\.com\/confluentinc\/confluent-kafka-go/, []],
  [/^github\.com\/(?:smacker|tree-sitter)\//, ['libstdc++6']],
];

/** Null when the text is not a go.mod. */
export function parseGoModule(text: string): GoModule | null {
  const lines = text.split('\n').map((line) => line.trim());
  const path = wordAfter(lines, 'module');
  if (path === undefined) return null;
  const required = requirements(lines);
  const pick = (indirect: boolean) =>
    Object.fromEntries(required.filter((one) => one.indirect === indirect).map(nameAndVersion));
  return {
    path: path.replace(/^"|"$/g, ''),
    go: wordAfter(lines, 'go') ?? null,
    toolchain: wordAfter(lines, 'toolchain')?.replace(/^go/, '') ?? null,
    direct: pick(false),
    indirect: pick(true),
    localReplacements: localReplacements(lines),
  };
}

/** The library of a module that speaks MCP, undefined when there is none. */
export function mcpLibrary(module: GoModule): string | undefined {
  return Object.keys(module.direct).find((name) => MCP_MODULE.test(name));
}

/** Why a C compiler is needed, and what the program loads then; undefined when it is not. */
export function cgoNeed(
  module: GoModule,
  usesC: string | undefined,
): { readonly reason: string; readonly libraries: readonly string[] } | undefined {
  const names = [...Object.keys(module.direct), ...Object.keys(module.indirect)];
  for (const [pattern, libraries] of CGO_MODULES) {
    const name = names.find((one) => pattern.test(one));
    if (name !== undefined) return { reason: name, libraries };
  }
  return usesC === undefined ? undefined : { reason: `${usesC} imports C`, libraries: [] };
}

/** The last part of a module's path that is a name: without `/v2`. */
export function moduleName(path: string): string {
  const parts = path.split('/').filter((part) => !/^v\d+$/.test(part));
  return parts.at(-1) ?? path;
}

/** The folder that the build needs: with the workspace, and with modules beside this one. */
export function goBuildFolder(tree: SourceTree, folder: string, module: GoModule): string {
  let at = folder;
  for (const path of module.localReplacements) {
    const place = joinInside(folder, path);
    if (place !== undefined) at = commonFolder(at, place);
  }
  for (let up = folder; ; up = parentOf(up)) {
    if (tree.files.includes(join(up, 'go.work'))) return commonFolder(at, up);
    if (up === '.') return at;
  }
}

interface Requirement {
  readonly name: string;
  readonly version: string;
  readonly indirect: boolean;
}

function requirements(lines: readonly string[]): Requirement[] {
  const found: Requirement[] = [];
  for (const line of directive(lines, 'require')) {
    const [, name, version, rest = ''] = /^(\S+)\s+(v\S+)(.*)$/.exec(line) ?? [];
    if (name === undefined || version === undefined) continue;
    found.push({ name, version, indirect: /\/\/\s*indirect/.test(rest) });
  }
  return found;
}

function localReplacements(lines: readonly string[]): string[] {
  return directive(lines, 'replace').flatMap((line) => {
    const target = /=>\s*(\.{1,2}(?:\/\S*)?)\s*(?:\/\/.*)?$/.exec(line)?.[1];
    return target === undefined ? [] : [target];
  });
}

/** The lines of a directive, in its one-line form and in its blocks. */
function directive(lines: readonly string[], word: string): string[] {
  const found: string[] = [];
  let inside = false;
  for (const line of lines) {
    if (inside) {
      if (line.startsWith(')')) inside = false;
      else found.push(line);
    } else if (line.startsWith(`${word} (`) || line === `${word}(`) inside = true;
    else if (line.startsWith(`${word} `)) found.push(line.slice(word.length + 1).trim());
  }
  return found;
}

function wordAfter(lines: readonly string[], word: string): string | undefined {
  const line = lines.find((one) => one.startsWith(`${word} `) || one.startsWith(`${word}\t`));
  return line?.slice(word.length).trim().split(/\s/)[0];
}

function nameAndVersion({ name, version }: Requirement): [string, string] {
  return [name, version];
}

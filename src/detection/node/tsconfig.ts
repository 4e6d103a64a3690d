import { parse } from 'jsonc-parser';
import type { SourceTree } from '../source-tree.js';
import { isRecord, listOfTexts } from './manifest.js';
import { joinInside, parentOf } from '../support/paths.js';

/** What of a tsconfig says where compiled files go. Paths are relative to the repository. */
export interface TsConfig {
  readonly path: string;
  readonly folder: string;
  readonly outDir: string | null;
  readonly rootDir: string | null;
  /** Patterns; empty means all below the folder. */
  readonly include: readonly string[];
  readonly exclude: readonly string[];
  readonly files: readonly string[];
  readonly compilesJavaScript: boolean;
  /** A project that others refer to: its root is its folder. */
  readonly composite: boolean;
  /** Only checks types. */
  readonly noEmit: boolean;
  /** `@/*` and what it stands for. */
  readonly aliases: readonly (readonly [pattern: string, path: string])[];
  readonly references: readonly string[];
}

/** `path` is a file, or the folder of a tsconfig.json. */
export async function readTsConfig(tree: SourceTree, path: string): Promise<TsConfig | undefined> {
  const file = tree.files.includes(path) ? path : joinInside(path, 'tsconfig.json');
  return file === undefined ? undefined : read(tree, file, 0);
}

async function read(tree: SourceTree, path: string, depth: number): Promise<TsConfig | undefined> {
  const text = await tree.read(path);
  if (text === undefined || depth > 5) return undefined;
  const json: unknown = parse(text, [], { allowTrailingComma: true });
  if (!isRecord(json)) return undefined;
  const bases = await basesOf(tree, path, { json, depth });
  return merge(path, json, bases);
}

async function basesOf(
  tree: SourceTree,
  path: string,
  { json, depth }: { json: Record<string, unknown>; depth: number },
): Promise<TsConfig | undefined> {
  const written =
    typeof json['extends'] === 'string' ? [json['extends']] : listOfTexts(json['extends']);
  const base = written.findLast((name) => name.startsWith('.'));
  const joined = base === undefined ? undefined : joinInside(parentOf(path), base);
  if (joined === undefined) return undefined;
  const file = [joined, `${joined}.json`].find((name) => tree.files.includes(name));
  return file === undefined ? undefined : read(tree, file, depth + 1);
}

function merge(path: string, json: Record<string, unknown>, base: TsConfig = EMPTY): TsConfig {
  const folder = parentOf(path);
  const options = isRecord(json['compilerOptions']) ? json['compilerOptions'] : {};
  const at = (key: string, otherwise: string | null): string | null => {
    const value = options[key];
    return typeof value === 'string' ? (joinInside(folder, value) ?? null) : otherwise;
  };
  const list = (key: string, otherwise: readonly string[]): readonly string[] =>
    Array.isArray(json[key])
      ? listOfTexts(json[key]).flatMap((name) => joinInside(folder, name) ?? [])
      : otherwise;
  const flag = (key: string, otherwise: boolean): boolean =>
    typeof options[key] === 'boolean' ? options[key] : otherwise;
  const aliases = aliasesOf(options, folder);
  return {
    path,
    folder,
    outDir: at('outDir', base.outDir),
    rootDir: at('rootDir', base.rootDir),
    include: list('include', base.include),
    exclude: list('exclude', base.exclude),
    files: list('files', base.files),
    compilesJavaScript: flag('allowJs', base.compilesJavaScript),
    composite: flag('composite', base.composite),
    noEmit: flag('noEmit', base.noEmit),
    aliases: aliases.length > 0 ? aliases : base.aliases,
    references: referencesOf(json['references'], folder),
  };
}

const EMPTY: TsConfig = {
  path: '',
  folder: '.',
  outDir: null,
  rootDir: null,
  include: [],
  exclude: [],
  files: [],
  compilesJavaScript: false,
  composite: false,
  noEmit: false,
  aliases: [],
  references: [],
};

function aliasesOf(
  options: Record<string, unknown>,
  folder: string,
): (readonly [pattern: string, path: string])[] {
  const paths = isRecord(options['paths']) ? options['paths'] : {};
  const baseUrl = typeof options['baseUrl'] === 'string' ? options['baseUrl'] : '.';
  const from = joinInside(folder, baseUrl) ?? folder;
  return Object.entries(paths).flatMap(([pattern, targets]) =>
    listOfTexts(targets).flatMap((target) => {
      const path = joinInside(from, target);
      return path === undefined ? [] : [[pattern, path] as const];
    }),
  );
}

function referencesOf(value: unknown, folder: string): string[] {
  if (!Array.isArray(value)) return [];
  return value.flatMap((member: unknown) => {
    const path =
      isRecord(member) && typeof member['path'] === 'string' ? member['path'] : undefined;
    const joined = path === undefined ? undefined : joinInside(folder, path);
    return joined === undefined ? [] : [joined];
  });
}

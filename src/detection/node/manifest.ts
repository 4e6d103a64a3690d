import type { SourceTree } from '../source-tree.js';
import { joinInside } from '../support/paths.js';

/** What of a package.json matters for a build. */
export interface PackageManifest {
  readonly name: string | null;
  readonly version: string | null;
  readonly description: string | null;
  readonly author: string | null;
  readonly license: string | null;
  readonly main: string | null;
  /** Command names and files as written; a `bin` of one string has the package's name. */
  readonly bins: ReadonlyMap<string, string>;
  readonly scripts: ReadonlyMap<string, string>;
  readonly dependencies: ReadonlyMap<string, string>;
  readonly devDependencies: ReadonlyMap<string, string>;
  readonly optionalDependencies: ReadonlyMap<string, string>;
  /** `engines.node`, else `volta.node`. */
  readonly nodeRange: string | null;
  readonly packageManager: string | null;
  readonly workspaces: readonly string[];
}

/** The package.json of a folder; undefined when there is none that can be read. */
export async function readManifest(
  tree: SourceTree,
  folder: string,
): Promise<PackageManifest | undefined> {
  const path = joinInside(folder, 'package.json');
  const text = path === undefined ? undefined : await tree.read(path);
  const json = text === undefined ? undefined : parseJson(text);
  return isRecord(json) ? manifestOf(json) : undefined;
}

export function parseJson(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text.replace(/^\uFEFF/, ''));
    return value;
  } catch {
    return undefined;
  }
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The members of an object that are texts. */
export function textsOf(value: unknown): Map<string, string> {
  const found = new Map<string, string>();
  if (!isRecord(value)) return found;
  for (const [key, member] of Object.entries(value)) {
    if (typeof member === 'string') found.set(key, member);
  }
  return found;
}

export function listOfTexts(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((member) => typeof member === 'string') : [];
}

/** All that an install brings. */
export function allDependencies(manifest: PackageManifest): Map<string, string> {
  return new Map([
    ...manifest.devDependencies,
    ...manifest.optionalDependencies,
    ...manifest.dependencies,
  ]);
}

function manifestOf(json: Record<string, unknown>): PackageManifest {
  const name = textOf(json['name']);
  return {
    name,
    version: textOf(json['version']),
    description: textOf(json['description']),
    author: personOf(json['author']),
    license: textOf(json['license']) ?? typeOf(json['license']),
    main: textOf(json['main']),
    bins: binsOf(json['bin'], name),
    scripts: textsOf(json['scripts']),
    dependencies: textsOf(json['dependencies']),
    devDependencies: textsOf(json['devDependencies']),
    optionalDependencies: textsOf(json['optionalDependencies']),
    nodeRange: memberText(json['engines'], 'node') ?? memberText(json['volta'], 'node'),
    packageManager: textOf(json['packageManager']),
    workspaces: workspacesOf(json['workspaces']),
  };
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' && value.trim() !== '' ? value : null;
}

function memberText(value: unknown, key: string): string | null {
  return isRecord(value) ? textOf(value[key]) : null;
}

function typeOf(value: unknown): string | null {
  return memberText(value, 'type');
}

function personOf(value: unknown): string | null {
  return textOf(value) ?? memberText(value, 'name');
}

function binsOf(value: unknown, name: string | null): ReadonlyMap<string, string> {
  if (typeof value === 'string') return new Map([[name ?? 'bin', value]]);
  return textsOf(value);
}

/** npm and yarn 1 take a list; yarn 1 also an object with `packages`. */
function workspacesOf(value: unknown): string[] {
  return isRecord(value) ? listOfTexts(value['packages']) : listOfTexts(value);
}

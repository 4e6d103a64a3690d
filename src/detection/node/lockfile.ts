import type { SourceTree } from '../source-tree.js';
import { isRecord, parseJson, textsOf, type PackageManifest } from './manifest.js';
import { joinInside } from '../support/paths.js';
import { parseYaml } from './workspace.js';

/** What a lock says about the project it locks. */
export interface LockFacts {
  /** As the file writes it: `3`, `9.0`, `8`; null when it cannot be read. */
  readonly version: string | null;
  /** Direct dependencies that package.json asks for and the lock does not know, or otherwise. */
  readonly outOfSync: readonly string[];
  /** Version of every package in it by name; of several versions one. */
  readonly packages: ReadonlyMap<string, string>;
  /** Those that only development needs, where the lock says so. */
  readonly development: ReadonlySet<string>;
}

const UNKNOWN: LockFacts = {
  version: null,
  outOfSync: [],
  packages: new Map(),
  development: new Set(),
};

/** `folder` is where the lock is; `manifest` the package.json beside it. */
export async function readLock(
  tree: SourceTree,
  path: string,
  manifest: PackageManifest,
): Promise<LockFacts> {
  const text = await tree.read(path);
  if (text === undefined) return UNKNOWN;
  if (path.endsWith('.json')) return npmLock(text, manifest);
  if (path.endsWith('pnpm-lock.yaml')) return pnpmLock(text, manifest);
  return textLock(text);
}

function npmLock(text: string, manifest: PackageManifest): LockFacts {
  const json = parseJson(text);
  if (!isRecord(json)) return UNKNOWN;
  const version = typeof json['lockfileVersion'] === 'number' ? `${json['lockfileVersion']}` : null;
  const entries = isRecord(json['packages']) ? json['packages'] : json['dependencies'];
  const packages = new Map<string, string>();
  const development = new Set<string>();
  for (const [key, entry] of Object.entries(isRecord(entries) ? entries : {})) {
    const name = key.split('node_modules/').at(-1) ?? key;
    if (!isRecord(entry) || typeof entry['version'] !== 'string') continue;
    packages.set(name, entry['version']);
    if (entry['dev'] === true) development.add(name);
  }
  const root = isRecord(json['packages']) ? json['packages'][''] : undefined;
  const outOfSync = isRecord(root) ? npmDifferences(root, manifest) : [];
  return { version, packages, development, outOfSync };
}

/** `npm ci` refuses when a range that package.json asks for is not the one that was locked. */
function npmDifferences(root: Record<string, unknown>, manifest: PackageManifest): string[] {
  const kinds = [
    [root['dependencies'], manifest.dependencies],
    [root['devDependencies'], manifest.devDependencies],
  ] as const;
  return kinds.flatMap(([locked, asked]) => differences(textsOf(locked), asked));
}

function differences(
  locked: ReadonlyMap<string, string>,
  asked: ReadonlyMap<string, string>,
): string[] {
  const missing = [...asked].filter(([name, range]) => locked.get(name) !== range);
  return missing.map(([name]) => name);
}

function pnpmLock(text: string, manifest: PackageManifest): LockFacts {
  const version = /^lockfileVersion:\s*'?([\d.]+)'?/m.exec(text)?.[1] ?? null;
  const packages = new Map<string, string>();
  for (const match of text.matchAll(/^ {2}'?\/?((?:@[\w.-]+\/)?[\w.-]+)@(\d[\w.+-]*)/gm)) {
    packages.set(match[1] ?? '', match[2] ?? '');
  }
  return { version, packages, development: new Set(), outOfSync: pnpmDifferences(text, manifest) };
}

/** Only the part of the importers is parsed: the packages can be a megabyte. */
function pnpmDifferences(text: string, manifest: PackageManifest): string[] {
  const start = text.search(/^importers:/m);
  if (start < 0) return [];
  const rest = text.slice(start);
  const end = rest.search(/^packages:/m);
  const yaml = parseYaml(end < 0 ? rest : rest.slice(0, end));
  const importers = isRecord(yaml) ? yaml['importers'] : undefined;
  const root = isRecord(importers) ? importers['.'] : undefined;
  if (!isRecord(root)) return [];
  const locked = new Map([
    ...specifiersOf(root['dependencies']),
    ...specifiersOf(root['devDependencies']),
  ]);
  const asked = [...manifest.dependencies.keys(), ...manifest.devDependencies.keys()];
  return asked.filter((name) => !locked.has(name));
}

function specifiersOf(value: unknown): Map<string, string> {
  const found = new Map<string, string>();
  for (const [name, entry] of Object.entries(isRecord(value) ? value : {})) {
    if (isRecord(entry) && typeof entry['specifier'] === 'string') {
      found.set(name, entry['specifier']);
    }
  }
  return found;
}

/** yarn 1, yarn berry and bun.lock: names and versions are found without a parser of their own. */
function textLock(text: string): LockFacts {
  const packages = new Map<string, string>();
  for (const match of text.matchAll(/"((?:@[\w.-]+\/)?[\w.-]+)@(\d[\w.+-]*)"/g)) {
    packages.set(match[1] ?? '', match[2] ?? '');
  }
  const blocks = /^"?((?:@[\w.-]+\/)?[\w.-]+)@[^\n]*:\n {2}version:? "?([\w.+-]+)/gm;
  for (const match of text.matchAll(blocks)) packages.set(match[1] ?? '', match[2] ?? '');
  const berry = /^__metadata:\n {2}version: (\d+)/m.exec(text)?.[1];
  const bun = /"lockfileVersion":\s*(\d+)/.exec(text)?.[1];
  return { version: berry ?? bun ?? null, packages, development: new Set(), outOfSync: [] };
}

/** The locks of a folder, in the order npm, pnpm, yarn, bun. */
export function locksIn(tree: SourceTree, folder: string, names: readonly string[]): string[] {
  return names.flatMap((name) => {
    const path = joinInside(folder, name);
    return path !== undefined && tree.files.includes(path) ? [path] : [];
  });
}

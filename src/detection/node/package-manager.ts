import type { Evidence, Rejected } from '../../core/build-plan.js';
import type { SourceTree } from '../source-tree.js';
import { locksIn, readLock, type LockFacts } from './lockfile.js';
import type { PackageManifest } from './manifest.js';
import { joinInside } from '../support/paths.js';
import { LOCKFILES, type Layout } from './workspace.js';

export type NodeManager = 'npm' | 'pnpm' | 'yarn' | 'yarn-berry' | 'bun';

export interface ManagerChoice {
  readonly name: NodeManager;
  /** Exact, for installing it; null for the npm of the base image. */
  readonly version: string | null;
  /** Path in the repository; null without a lock. */
  readonly lockfile: string | null;
  readonly lock: LockFacts | null;
  /** The committed yarn, relative to the root of the install. */
  readonly yarnPath: string | null;
  readonly evidence: readonly Evidence[];
  readonly rejected: readonly Rejected[];
}

/**
 * Releases that run on Node 20, 22 and 24, one for each kind of lock: the newest that still writes
 * it. From the managers' release notes: pnpm 11 needs Node 22.13, so pnpm 10 reads lock 9.0.
 */
const PNPM_OF_LOCK: readonly (readonly [prefix: string, version: string])[] = [
  ['9', '10.34.8'],
  ['6', '8.15.9'],
  ['5', '7.33.7'],
];
const DEFAULT_PNPM = '10.34.8';
const YARN_CLASSIC = '1.22.22';
const YARN_BERRY = '4.18.1';
const YARN_BERRY_3 = '3.8.7';
export const DEFAULT_BUN = '1.4.5';

export async function chooseManager(tree: SourceTree, layout: Layout): Promise<ManagerChoice> {
  const { folder, manifest } = layout.root;
  const locks = locksIn(tree, folder, LOCKFILES);
  const declared = declaredManager(manifest);
  const found = await Promise.all(locks.map((path) => lockOf(tree, path, manifest)));
  const chosen = pick(found, declared, manifest);
  const name = chosen?.manager ?? withoutLock(tree, layout, declared);
  const yarnPath = name === 'yarn-berry' ? await committedYarn(tree, folder) : null;
  const version = versionOf(name, declared, chosen?.lock ?? null);
  return {
    name,
    version,
    lockfile: chosen?.path ?? null,
    lock: chosen?.lock ?? null,
    yarnPath,
    evidence: evidenceOf(name, chosen, declared),
    rejected: rejectedLocks(found, chosen, declared),
  };
}

interface Declared {
  readonly name: NodeManager;
  readonly version: string | null;
  readonly written: string;
}

interface FoundLock {
  readonly path: string;
  readonly manager: NodeManager;
  readonly lock: LockFacts;
}

/** `pnpm@10.12.4+sha512.…`: the hash is corepack's. */
function declaredManager(manifest: PackageManifest): Declared | null {
  const written = manifest.packageManager;
  const match = /^(npm|pnpm|yarn|bun)@(\d+\.\d+\.\d+(?:-[\w.]+)?)(?:\+[\w.]+)?$/.exec(
    written ?? '',
  );
  if (written === null || match === null) return null;
  const version = match[2] ?? '';
  const name = match[1];
  if (name === 'yarn') {
    return { name: version.startsWith('1.') ? 'yarn' : 'yarn-berry', version, written };
  }
  return name === 'npm' || name === 'pnpm' || name === 'bun' ? { name, version, written } : null;
}

async function lockOf(
  tree: SourceTree,
  path: string,
  manifest: PackageManifest,
): Promise<FoundLock> {
  const lock = await readLock(tree, path, manifest);
  return { path, lock, manager: managerOf(path, lock) };
}

function managerOf(path: string, lock: LockFacts): NodeManager {
  if (path.endsWith('.json')) return 'npm';
  if (path.endsWith('pnpm-lock.yaml')) return 'pnpm';
  if (path.endsWith('yarn.lock')) return lock.version === null ? 'yarn' : 'yarn-berry';
  return 'bun';
}

/** The declared manager's lock, then one in step with package.json, then what the scripts run. */
function pick(
  found: readonly FoundLock[],
  declared: Declared | null,
  manifest: PackageManifest,
): FoundLock | undefined {
  const scripts = [...manifest.scripts.values()].join('\n');
  const rank = ({ manager, lock }: FoundLock): number =>
    (declared?.name === manager ? 4 : 0) +
    (lock.outOfSync.length === 0 ? 2 : 0) +
    (callsManager(scripts, manager) ? 1 : 0);
  const [best] = [...found].sort((one, other) => rank(other) - rank(one));
  return best;
}

function callsManager(scripts: string, manager: NodeManager): boolean {
  if (manager === 'npm') return false;
  const word = manager === 'yarn-berry' ? 'yarn' : manager;
  return new RegExp(`(?:^|[\\s&|;])${word}x? `, 'm').test(scripts);
}

/** `workspace:` and `catalog:` ranges mean nothing to npm. */
function withoutLock(tree: SourceTree, layout: Layout, declared: Declared | null): NodeManager {
  const { folder } = layout.root;
  if (tree.files.includes(joinInside(folder, 'pnpm-workspace.yaml') ?? '')) return 'pnpm';
  if (tree.files.includes(joinInside(folder, '.yarnrc.yml') ?? '')) return 'yarn-berry';
  return declared?.name ?? 'npm';
}

function versionOf(
  name: NodeManager,
  declared: Declared | null,
  lock: LockFacts | null,
): string | null {
  if (declared?.name === name && name !== 'npm') return declared.version;
  return DEFAULT_VERSIONS[name](lock?.version ?? '');
}

/** By the version of the lock's format; the npm is the base image's. */
const DEFAULT_VERSIONS: Readonly<Record<NodeManager, (format: string) => string | null>> = {
  npm: () => null,
  pnpm: (format) => PNPM_OF_LOCK.find(([prefix]) => format.startsWith(prefix))?.[1] ?? DEFAULT_PNPM,
  yarn: () => YARN_CLASSIC,
  'yarn-berry': (format) => (/^[456]$/.test(format) ? YARN_BERRY_3 : YARN_BERRY),
  bun: () => DEFAULT_BUN,
};

/** `yarnPath` of .yarnrc.yml, where that file is committed. */
async function committedYarn(tree: SourceTree, root: string): Promise<string | null> {
  const text = (await tree.read(joinInside(root, '.yarnrc.yml') ?? '')) ?? '';
  const path = /^yarnPath:\s*["']?([\w./-]+\.c?js)["']?\s*$/m.exec(text)?.[1];
  const inTree = path === undefined ? undefined : joinInside(root, path);
  return path !== undefined && inTree !== undefined && tree.files.includes(inTree) ? path : null;
}

function evidenceOf(
  name: NodeManager,
  chosen: FoundLock | undefined,
  declared: Declared | null,
): Evidence[] {
  const evidence: Evidence[] = [];
  if (declared?.name === name) {
    evidence.push({
      field: 'packageManager',
      value: declared.written,
      source: 'package.json packageManager',
      reason: 'The project names its package manager.',
    });
  } else if (chosen === undefined) {
    evidence.push({
      field: 'packageManager',
      value: name,
      source: 'default',
      reason: 'There is no lock, so versions are resolved when the image is built.',
    });
  }
  if (chosen !== undefined) {
    const { path, lock } = chosen;
    const stale = lock.outOfSync.slice(0, 5).join(', ');
    evidence.push({
      field: 'lockfile',
      value: path,
      source: path,
      reason:
        stale === ''
          ? `The lock of ${name}.`
          : `It is out of step with package.json (${stale}), so a strict install would refuse it.`,
    });
  }
  return evidence;
}

function rejectedLocks(
  found: readonly FoundLock[],
  chosen: FoundLock | undefined,
  declared: Declared | null,
): Rejected[] {
  const others = found.filter((lock) => lock !== chosen);
  const rejected = others.map(({ path, lock }) => ({
    field: 'lockfile',
    value: path,
    reason:
      lock.outOfSync.length > 0
        ? 'It is out of step with package.json.'
        : `${chosen?.path ?? 'Another lock'} was taken.`,
  }));
  const isOwn = declared === null || declared.name === chosen?.manager;
  if (isOwn || chosen === undefined) return rejected;
  return [
    ...rejected,
    {
      field: 'packageManager',
      value: declared.written,
      reason: `It has no lock here: ${chosen.path} is of ${chosen.manager}.`,
    },
  ];
}

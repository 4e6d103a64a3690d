import { intersects, minVersion, validRange } from 'semver';
import type { BasePair, BuildPlan } from '../../core/build-plan.js';
import type { SourceTree } from '../source-tree.js';
import type { LockFacts } from './lockfile.js';
import { joinInside } from '../support/paths.js';
import type { Layout } from './workspace.js';

export interface NodeVersion {
  readonly languageVersion: BuildPlan['languageVersion'];
  readonly bases: readonly BasePair[];
  readonly reason: string;
}

/** Majors that are built for by default, best first. */
const MAJORS = [24, 22] as const;
/** Taken only where a repository asks for them. */
const OTHER_MAJORS = [26, 20, 25, 23, 21] as const;

/** `engines.node` decides; a version file only where it leaves nothing else: it is for developers. */
export async function chooseNode(
  tree: SourceTree,
  layout: Layout,
  lock: LockFacts | null,
): Promise<NodeVersion> {
  const asked = await askedVersion(tree, layout);
  const range = asked === null ? null : rangeOf(asked.value);
  const preferred = needsOlder(lock) ? [...MAJORS].toReversed() : [...MAJORS];
  const fitting = [...preferred, ...OTHER_MAJORS].filter(
    (major) => range === null || fits(range, major),
  );
  const first = fitting.find((major) => preferred.some((known) => known === major));
  const order =
    first === undefined ? [...fitting.slice(0, 1), ...preferred] : fitting.filter(isDefault);
  const majors = [...new Set([...order, ...preferred])];
  return {
    languageVersion: {
      value: `${majors[0] ?? MAJORS[0]}`,
      constraint: asked?.value ?? null,
      source: asked?.source ?? 'default',
    },
    bases: majors.map(pairOf),
    reason: reasonOf(asked?.value ?? null, first !== undefined, needsOlder(lock)),
  };
}

function isDefault(major: number): boolean {
  return MAJORS.some((known) => known === major);
}

function pairOf(major: number): BasePair {
  const image = `node:${major}-slim`;
  return { build: image, run: image };
}

interface Asked {
  readonly value: string;
  readonly source: string;
}

async function askedVersion(tree: SourceTree, layout: Layout): Promise<Asked | null> {
  for (const { folder, manifest } of [layout.target, layout.root]) {
    if (manifest.nodeRange === null || rangeOf(manifest.nodeRange) === null) continue;
    const source = `${joinInside(folder, 'package.json') ?? 'package.json'} engines`;
    return { value: manifest.nodeRange, source };
  }
  for (const folder of [layout.target.folder, layout.root.folder]) {
    const found = await versionFile(tree, folder);
    if (found !== null) return found;
  }
  return null;
}

async function versionFile(tree: SourceTree, folder: string): Promise<Asked | null> {
  for (const name of ['.nvmrc', '.node-version']) {
    const path = joinInside(folder, name) ?? name;
    const value = (await tree.read(path))?.trim().split(/\s/)[0] ?? '';
    if (value !== '' && rangeOf(value) !== null) return { value, source: path };
  }
  return null;
}

/** `lts/*` and other names say nothing that the default does not; only the major of a pin is kept. */
function rangeOf(written: string): string | null {
  const pinned = /^v?(\d+)(?:\.\d+){0,2}$/.exec(written.trim())?.[1];
  if (pinned !== undefined) return `${pinned}.x`;
  if (written.length > 200 || /^[a-z]+(?:\/|$)/i.test(written.trim())) return null;
  return validRange(written);
}

function fits(range: string, major: number): boolean {
  return minVersion(range) !== null && intersects(range, `${major}.x`);
}

/**
 * better-sqlite3 compiles against the V8 of Node 24 from 11.10 on, by its release notes; its
 * earlier versions need Node 22.
 */
function needsOlder(lock: LockFacts | null): boolean {
  const version = /^(\d+)\.(\d+)/.exec(lock?.packages.get('better-sqlite3') ?? '');
  if (version === null) return false;
  const [major, minor] = [Number(version[1]), Number(version[2])];
  return major < 11 || (major === 11 && minor < 10);
}

function reasonOf(asked: string | null, known: boolean, older: boolean): string {
  if (older) return 'A native package in the lock does not compile for Node 24.';
  if (asked === null) return 'The repository asks for no version.';
  return known
    ? 'The newest image that the repository permits.'
    : 'The repository permits neither 24 nor 22; they are tried when its own cannot be had.';
}

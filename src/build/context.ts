import { lstat, realpath } from 'node:fs/promises';
import { join, sep } from 'node:path';
import type { Readable } from 'node:stream';
import { INPUT_LIMITS } from '../core/limits.js';
import { invalidInput, quoteValue } from '../core/options.js';
import { relativePathRule } from '../core/safe-path.js';
import { parseDockerignore, type IgnoreRules } from './dockerignore.js';
import { hashEntries, packEntries } from './pack-context.js';
import { refuseBuild } from './refusal.js';
import { readContextFile } from './safe-read.js';
import { scanContext, type ContextEntry, type ContextLimits } from './scan-context.js';

export interface PackOptions {
  /** Path of the Dockerfile inside the folder; it is in the context whatever is ignored. */
  readonly dockerfile: string;
  /** Replaces what the folder's own `.dockerignore` says: it was written for another Dockerfile. */
  readonly ignore?: string | undefined;
  /** Text files of ours, by path; they take the place of what the folder has there. */
  readonly made?: Readonly<Record<string, string>> | undefined;
  readonly limits: ContextLimits;
  readonly signal?: AbortSignal | undefined;
}

/** A build context, as it was when it was looked at. */
export interface BuildContext {
  /** Uncompressed tar, made while it is read. Destroy it when it is not read to its end. */
  readonly stream: () => Readable;
  /** SHA-256 of the tar: reads every file once more. */
  readonly digest: () => Promise<string>;
  /** Files, folders and links in it. */
  readonly entries: number;
  /** What the files in it hold together. */
  readonly bytes: number;
}

/**
 * Makes a build context of a folder, as `docker build` does: without what
 * `<Dockerfile>.dockerignore` or else `.dockerignore` lists, and without `.git`. The same files
 * make the same bytes. Engines do not apply `.dockerignore` to a context they are sent.
 *
 * @param folder absolute path
 * @throws {SlipwayError} `BUILD_REFUSED`, before anything is sent. The stream fails with it, too,
 * when a file changes while it is sent.
 */
export async function packContext(folder: string, options: PackOptions): Promise<BuildContext> {
  const { limits, signal, made = {} } = options;
  const rules = await readRules(folder, options);
  const scanned = await scanContext(folder, { rules, limits, signal });
  const entries = withMade(scanned, made);
  return {
    stream: () => packEntries(folder, entries),
    digest: () => hashEntries(folder, entries, signal),
    entries: entries.length,
    bytes: entries.reduce((sum, entry) => sum + (entry.kind === 'file' ? entry.sizeBytes : 0), 0),
  };
}

/** Ours come last, in the order of their paths: the engine takes the last entry of a path. */
function withMade(
  scanned: readonly ContextEntry[],
  made: Readonly<Record<string, string>>,
): readonly ContextEntry[] {
  const paths = Object.keys(made);
  const isReplaced = ({ path }: ContextEntry): boolean =>
    paths.some((one) => path === one || path.startsWith(`${one}/`));
  const kept = scanned.filter((entry) => !isReplaced(entry));
  const ours = Object.entries(made)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([path, text]): ContextEntry => ({ kind: 'made', path, content: Buffer.from(text) }));
  return [...kept, ...ours];
}

async function readRules(folder: string, options: PackOptions): Promise<IgnoreRules> {
  const { dockerfile, ignore } = options;
  const kept = [dockerfile, '.dockerignore'];
  if (ignore !== undefined) return parseDockerignore(ignore, { file: '.dockerignore', kept });
  for (const file of [`${dockerfile}.dockerignore`, '.dockerignore']) {
    const text = await readContextFile(folder, file, INPUT_LIMITS.dockerfileBytes);
    if (text !== undefined) return parseDockerignore(text, { file, kept });
  }
  return parseDockerignore('', { file: '.dockerignore', kept });
}

/**
 * Finds the folder of the build context inside a checkout.
 *
 * @param checkout absolute path
 * @param contextPath relative to it; `.` is the checkout itself
 * @returns absolute path, without links in it
 * @throws {SlipwayError} `INVALID_INPUT`, or `BUILD_REFUSED` when it is missing, no folder, or
 * outside of the checkout
 */
export async function resolveContext(checkout: string, contextPath: string): Promise<string> {
  const rule = relativePathRule(contextPath);
  if (rule !== undefined) throw invalidInput('contextPath', rule, contextPath);
  const root = await realpath(checkout);
  const folder = await realpath(join(root, contextPath)).catch(() => undefined);
  if (folder === undefined) {
    throw refusedPath(contextPath, 'missing', 'is not in the repository');
  }
  if (folder !== root && !folder.startsWith(root + sep)) {
    throw refusedPath(contextPath, 'outside', 'leads out of the repository');
  }
  if ((await lstat(folder)).isDirectory()) return folder;
  throw refusedPath(contextPath, 'not_a_folder', 'is not a folder');
}

function refusedPath(
  path: string,
  reason: 'missing' | 'outside' | 'not_a_folder',
  what: string,
): Error {
  return refuseBuild(path, reason, {
    message: `contextPath ${quoteValue(path)} ${what}.`,
    hint: 'Use "." for the root of the repository. Nothing was built.',
  });
}

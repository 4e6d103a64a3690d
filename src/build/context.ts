import { lstat, realpath } from 'node:fs/promises';
import { join, sep } from 'node:path';
import type { Readable } from 'node:stream';
import { INPUT_LIMITS } from '../core/limits.js';
import { invalidInput, quoteValue } from '../core/options.js';
import { relativePathRule } from '../core/safe-path.js';
import { parseDockerignore, type IgnoreRules } from './dockerignore.js';
import { packEntries } from './pack-context.js';
import { refuseBuild } from './refusal.js';
import { readContextFile } from './safe-read.js';
import { scanContext, type ContextLimits } from './scan-context.js';

export interface PackOptions {
  /** Path of the Dockerfile inside the folder; it is in the context whatever is ignored. */
  readonly dockerfile: string;
  readonly limits: ContextLimits;
  readonly signal?: AbortSignal | undefined;
}

/** A build context that is ready to be sent. */
export interface BuildContext {
  /** Uncompressed tar, made while it is read. Destroy it when it is not read to its end. */
  readonly stream: Readable;
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
  const { dockerfile, limits, signal } = options;
  const rules = await readRules(folder, dockerfile);
  const entries = await scanContext(folder, { rules, limits, signal });
  return {
    stream: packEntries(folder, entries),
    entries: entries.length,
    bytes: entries.reduce((sum, entry) => sum + (entry.kind === 'file' ? entry.sizeBytes : 0), 0),
  };
}

async function readRules(folder: string, dockerfile: string): Promise<IgnoreRules> {
  const kept = [dockerfile, '.dockerignore'];
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

import { isUtf8 } from 'node:buffer';
import type { Stats } from 'node:fs';
import { lstat, readdir, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { quoteValue } from '../core/options.js';
import { formatBytes, formatCount } from '../core/units.js';
import type { IgnoreRules, Matches } from './dockerignore.js';
import { refuseBuild } from './refusal.js';
import { unreadable } from './safe-read.js';

/** One entry of a build context, as it was when the context was scanned. */
export type ContextEntry =
  | { readonly kind: 'folder'; readonly path: string }
  | { readonly kind: 'link'; readonly path: string; readonly target: string }
  | {
      readonly kind: 'file';
      readonly path: string;
      readonly sizeBytes: number;
      readonly executable: boolean;
      /** Tells this file from another one that takes its place. */
      readonly device: number;
      readonly inode: number;
      /** When it was last written, in milliseconds since 1970: a size can stay the same. */
      readonly modifiedMs: number;
    }
  | {
      /** A file of ours that the folder does not have, or has otherwise. */
      readonly kind: 'made';
      readonly path: string;
      readonly content: Buffer;
    };

/** What a build context may hold. */
export interface ContextLimits {
  readonly bytes: number;
  readonly entries: number;
}

export interface ScanOptions {
  readonly rules: IgnoreRules;
  readonly limits: ContextLimits;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Lists what goes into the build context, sorted, folders before what is in them. Nothing is
 * opened, no link is followed. `.git` is left out, as `docker build` does for a Git URL: it is
 * large, changes with every clone, and may hold credentials.
 *
 * @throws {SlipwayError} `BUILD_REFUSED` for a FIFO, socket or device, a name that is not UTF-8,
 * and above the limits
 */
export async function scanContext(
  root: string,
  options: ScanOptions,
): Promise<readonly ContextEntry[]> {
  const found: ContextEntry[] = [];
  const total = { bytes: 0 };
  await scanFolder({ root, path: '', parents: [], matches: undefined, options, found, total });
  return found;
}

interface Place {
  readonly root: string;
  /** Relative to the root; empty for the root itself. */
  readonly path: string;
  /** Ignored folders on the way here. They are taken with the first thing taken in them. */
  readonly parents: readonly IgnoredFolder[];
  readonly matches: Matches | undefined;
  readonly options: ScanOptions;
  readonly found: ContextEntry[];
  readonly total: { bytes: number };
}

interface IgnoredFolder {
  readonly path: string;
  taken: boolean;
}

async function scanFolder(place: Place): Promise<void> {
  const { root, path: folder, options } = place;
  for (const name of await namesIn(root, folder)) {
    options.signal?.throwIfAborted();
    const path = folder === '' ? name : `${folder}/${name}`;
    const { ignored, matches } = options.rules.test(path, place.matches);
    const facts = await lstat(join(root, path)).catch((error: unknown) => {
      throw unreadable(path, error);
    });
    if (facts.isDirectory()) await scanSubfolder(place, path, { ignored, matches });
    else if (!ignored) take(place, await describe(root, path, facts));
  }
}

async function scanSubfolder(
  place: Place,
  path: string,
  { ignored, matches }: { readonly ignored: boolean; readonly matches: Matches },
): Promise<void> {
  if (!ignored) take(place, { kind: 'folder', path });
  else if (!place.options.rules.mayReinclude(path)) return;
  const parents = ignored ? [...place.parents, { path, taken: false }] : [];
  await scanFolder({ ...place, path, parents, matches });
}

/** Sorted by bytes, so that the same files make the same context on every machine. */
async function namesIn(root: string, folder: string): Promise<readonly string[]> {
  const names = await readdir(join(root, folder), { encoding: 'buffer' }).catch(
    (error: unknown) => {
      throw unreadable(folder === '' ? '.' : folder, error);
    },
  );
  return names
    .sort((a, b) => a.compare(b))
    .map((name) => textOf(name, `A name in ${quoteValue(folder === '' ? '.' : folder)}`))
    .filter((name) => name !== '.git');
}

/** The tar format has no other text than UTF-8. */
function textOf(bytes: Buffer, what: string): string {
  const text = bytes.toString();
  if (isUtf8(bytes)) return text;
  throw refuseBuild(text, 'invalid', {
    message: `${what} is not UTF-8: ${quoteValue(text)}.`,
    hint: 'Rename it. Nothing was built.',
  });
}

function take(place: Place, entry: ContextEntry): void {
  const { found, total, options } = place;
  for (const parent of place.parents) {
    if (!parent.taken) found.push({ kind: 'folder', path: parent.path });
    parent.taken = true;
  }
  found.push(entry);
  total.bytes += entry.kind === 'file' ? entry.sizeBytes : 0;
  if (found.length > options.limits.entries) {
    throw tooLarge(`more than ${formatCount(options.limits.entries)} files and folders`);
  }
  if (total.bytes > options.limits.bytes) {
    throw tooLarge(`more than ${formatBytes(options.limits.bytes)}`);
  }
}

function tooLarge(what: string): Error {
  return refuseBuild('.', 'too_large', {
    message: `The build context has ${what}.`,
    hint: 'List what the build does not need in .dockerignore, or use a smaller contextPath.',
  });
}

async function describe(root: string, path: string, facts: Stats): Promise<ContextEntry> {
  if (facts.isFile()) {
    const { size: sizeBytes, mode, dev: device, ino: inode, mtimeMs: modifiedMs } = facts;
    const executable = (mode & 0o100) !== 0;
    return { kind: 'file', path, sizeBytes, executable, device, inode, modifiedMs };
  }
  if (facts.isSymbolicLink()) {
    const options = { encoding: 'buffer' } as const;
    const target = await readlink(join(root, path), options).catch((error: unknown) => {
      throw unreadable(path, error);
    });
    return { kind: 'link', path, target: textOf(target, `The target of ${quoteValue(path)}`) };
  }
  throw refuseBuild(path, 'not_a_file', {
    message: `${quoteValue(path)} is a FIFO, a socket or a device, which no build can use.`,
    hint: 'Remove it, or list it in .dockerignore. Nothing was built.',
  });
}

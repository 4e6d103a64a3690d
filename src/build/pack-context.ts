import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { quoteValue } from '../core/options.js';
import { refuseBuild } from './refusal.js';
import { openSafely, unreadable } from './safe-read.js';
import type { ContextEntry } from './scan-context.js';
import { END_OF_ARCHIVE, tarHeader, tarPadding } from './tar-header.js';

/** What is read from a file at a time. */
const CHUNK_BYTES = 64 * 1024;

/**
 * The entries as an uncompressed tar stream. Nothing is opened before the first read, one file is
 * open at a time, and destroying the stream closes it.
 *
 * The stream fails with `BUILD_REFUSED` when a file is no longer the one that was scanned.
 */
export function packEntries(root: string, entries: readonly ContextEntry[]): Readable {
  return Readable.from(tarChunks(root, entries), { objectMode: false });
}

async function* tarChunks(
  root: string,
  entries: readonly ContextEntry[],
): AsyncGenerator<Buffer, void, undefined> {
  for (const entry of entries) {
    if (entry.kind === 'file') yield* packFile(root, entry);
    else yield headerOf(entry);
    if (entry.kind === 'made') yield* [entry.content, tarPadding(entry.content.length)];
  }
  yield END_OF_ARCHIVE;
}

/** Setuid, setgid, sticky and write bits of group and others are gone. */
function headerOf(entry: ContextEntry): Buffer {
  const none = { sizeBytes: 0, target: '' };
  switch (entry.kind) {
    case 'folder':
      return tarHeader({ ...none, type: 'folder', name: `${entry.path}/`, mode: 0o755 });
    case 'link': {
      const { path: name, target } = entry;
      return tarHeader({ ...none, type: 'link', name, target, mode: 0o777 });
    }
    case 'made': {
      const { path: name, content } = entry;
      return tarHeader({ ...none, type: 'file', name, sizeBytes: content.length, mode: 0o644 });
    }
    case 'file': {
      const { path: name, sizeBytes } = entry;
      return tarHeader({
        ...none,
        type: 'file',
        name,
        sizeBytes,
        mode: entry.executable ? 0o755 : 0o644,
      });
    }
  }
}

/**
 * What the entries hold, as one hash: the same paths, modes, links and contents give the same.
 *
 * @throws {SlipwayError} as the stream of `packEntries`
 */
export async function hashEntries(
  root: string,
  entries: readonly ContextEntry[],
  signal?: AbortSignal,
): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of tarChunks(root, entries)) {
    signal?.throwIfAborted();
    hash.update(chunk);
  }
  return hash.digest('hex');
}

type FileEntry = Extract<ContextEntry, { kind: 'file' }>;

async function* packFile(root: string, entry: FileEntry): AsyncGenerator<Buffer> {
  const file = await openSafely(join(root, entry.path)).catch((error: unknown) => {
    throw unreadable(entry.path, error);
  });
  try {
    await refuseChange(file, entry);
    yield headerOf(entry);
    yield* contentOf(file, entry);
    await refuseChange(file, entry);
    yield tarPadding(entry.sizeBytes);
  } finally {
    await file.close();
  }
}

async function refuseChange(file: FileHandle, entry: FileEntry): Promise<void> {
  const { size, dev, ino, mtimeMs } = await file.stat();
  const isSameFile = dev === entry.device && ino === entry.inode;
  if (isSameFile && size === entry.sizeBytes && mtimeMs === entry.modifiedMs) return;
  throw changed(entry);
}

/** Exactly the announced bytes: an archive with more or fewer is broken from there on. */
async function* contentOf(file: FileHandle, entry: FileEntry): AsyncGenerator<Buffer> {
  let left = entry.sizeBytes;
  while (left > 0) {
    const chunk = Buffer.allocUnsafe(Math.min(left, CHUNK_BYTES));
    const { bytesRead } = await file.read(chunk, 0, chunk.length, null);
    if (bytesRead === 0) throw changed(entry);
    left -= bytesRead;
    yield chunk.subarray(0, bytesRead);
  }
}

function changed({ path }: FileEntry): Error {
  return refuseBuild(path, 'changed', {
    message: `${quoteValue(path)} changed while the build context was read.`,
    hint: 'Build again when nothing writes to the folder.',
  });
}

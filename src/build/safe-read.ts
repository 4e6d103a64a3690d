import { constants } from 'node:fs';
import { lstat, open, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { quoteValue } from '../core/options.js';
import { formatBytes } from '../core/units.js';
import { refuseBuild, type Refusal } from './refusal.js';

/** How a file is opened: links are not followed, and a FIFO does not make us wait. */
const SAFELY = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** @throws the system's error: `ELOOP` for a link */
export function openSafely(path: string): Promise<FileHandle> {
  return open(path, SAFELY);
}

/**
 * Reads a file of the build context whole, as strangers may have put it there: it and the folders
 * on the way to it must be what they seem. Undefined when it does not exist.
 *
 * @param root the build context
 * @param path relative to it, checked by `relativePathRule` before
 * @throws {SlipwayError} `BUILD_REFUSED`
 */
export async function readContextFile(
  root: string,
  path: string,
  maxBytes: number,
): Promise<string | undefined> {
  if (!(await isThere(root, path))) return undefined;
  const file = await openSafely(join(root, path)).catch((error: unknown) => {
    throw unreadable(path, error);
  });
  try {
    return decode(path, await readLimited(file, path, maxBytes));
  } finally {
    await file.close();
  }
}

/** Looks at each part of the path, without following links. */
async function isThere(root: string, path: string): Promise<boolean> {
  const parts = path.split('/');
  for (const at of parts.keys()) {
    const part = parts.slice(0, at + 1).join('/');
    const isLast = at === parts.length - 1;
    const facts = await lstat(join(root, part)).catch((error: unknown) => {
      if (isMissing(error)) return undefined;
      throw unreadable(part, error);
    });
    if (facts === undefined) return false;
    if (facts.isSymbolicLink()) throw refused(part, 'symbolic_link', 'is a symbolic link');
    if (!isLast && !facts.isDirectory()) return false;
    // FIFOs and devices are refused before they are opened: opening one can have an effect.
    if (isLast && !facts.isFile()) throw refused(part, 'not_a_file', 'is not a regular file');
  }
  return true;
}

async function readLimited(file: FileHandle, path: string, maxBytes: number): Promise<Buffer> {
  const facts = await file.stat();
  if (!facts.isFile()) throw refused(path, 'not_a_file', 'is not a regular file');
  const buffer = Buffer.alloc(Math.min(facts.size, maxBytes) + 1);
  let length = 0;
  // It may grow while it is read: what counts is what was read.
  while (length < buffer.length) {
    const { bytesRead } = await file.read(buffer, length, buffer.length - length);
    if (bytesRead === 0) return buffer.subarray(0, length);
    length += bytesRead;
  }
  throw refused(path, 'too_large', `has more than ${formatBytes(maxBytes)}`);
}

function decode(path: string, bytes: Buffer): string {
  if (bytes.includes(0)) throw refused(path, 'not_text', 'is not UTF-8 text: it has NUL bytes');
  try {
    // Drops a byte order mark.
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw refused(path, 'not_text', 'is not UTF-8 text');
  }
}

const HINT = 'Use a regular text file, or name another Dockerfile. Nothing was built.';

function refused(path: string, reason: Refusal, what: string): Error {
  return refuseBuild(path, reason, { message: `${quoteValue(path)} ${what}.`, hint: HINT });
}

/** A file or folder of the context that the system does not let us read. */
export function unreadable(path: string, error: unknown): Error {
  const code = errorCode(error);
  if (code === 'ELOOP') return refused(path, 'symbolic_link', 'is a symbolic link');
  return refuseBuild(path, 'unreadable', {
    message: `${quoteValue(path)} could not be read (${code}).`,
    hint: 'Make it readable for the user that Slipway runs as, or list it in .dockerignore.',
  });
}

function isMissing(error: unknown): boolean {
  return ['ENOENT', 'ENOTDIR', 'ENAMETOOLONG'].includes(errorCode(error));
}

function errorCode(error: unknown): string {
  const code: unknown = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : 'unknown error';
}

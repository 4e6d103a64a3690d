import { constants } from 'node:fs';
import { open, readdir, stat } from 'node:fs/promises';
import { homedir, userInfo } from 'node:os';
import { isAbsolute } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  MAX_FILE_BYTES,
  type FileContent,
  type FileLookup,
  type PathKind,
  type SearchEnvironment,
} from './types.js';

/** A file of the source tree that the published package does not carry. */
const ENGINE_SCRIPT = new URL('../../../scripts/engine.mjs', import.meta.url);

/** This process's environment and this machine's files. */
export async function localMachine(): Promise<SearchEnvironment> {
  return {
    env: process.env,
    homeDir: homeFolder(),
    uid: process.getuid?.(),
    platform: process.platform,
    checkout: (await kind(fileURLToPath(ENGINE_SCRIPT))) === 'other',
    files: localFiles,
  };
}

/**
 * `HOME`, or the account's own folder when `HOME` is relative or empty: the folder of the caller's
 * current project must not be able to name the engine.
 */
function homeFolder(): string {
  try {
    const named = homedir();
    return isAbsolute(named) ? named : userInfo().homedir;
  } catch {
    // A container may run with a user id that has no account; by custom its home is the root.
    return '/';
  }
}

/** The files of this machine. */
export const localFiles: FileLookup = { kind, read, list };

async function kind(path: string): Promise<PathKind> {
  try {
    return (await stat(path)).isSocket() ? 'socket' : 'other';
  } catch (error) {
    return isDenied(error) ? 'denied' : 'missing';
  }
}

async function read(path: string): Promise<FileContent> {
  try {
    // Without O_NONBLOCK, opening a named pipe waits for somebody to write to it.
    const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const facts = await file.stat();
      if (!facts.isFile()) return unread('is not a file');
      if (facts.size > MAX_FILE_BYTES) return unread('is larger than 1 MiB');
      return { kind: 'content', bytes: await file.readFile() };
    } finally {
      await file.close();
    }
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR')) return { kind: 'missing' };
    return unread(isDenied(error) ? 'this account may not read' : 'cannot be read');
  }
}

function unread(because: string): FileContent {
  return { kind: 'unread', because };
}

async function list(folder: string): Promise<readonly string[]> {
  return await readdir(folder).catch(() => []);
}

function isDenied(error: unknown): boolean {
  return hasCode(error, 'EACCES', 'EPERM');
}

function hasCode(error: unknown, ...codes: readonly string[]): boolean {
  return error instanceof Error && 'code' in error && codes.some((code) => code === error.code);
}

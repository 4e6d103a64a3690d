import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { isSlipwayError } from '../core/errors.js';
import { INPUT_LIMITS } from '../core/limits.js';
import { relativePathRule } from '../core/safe-path.js';
import { formatCount } from '../core/units.js';
import type { SourceTree } from '../detection/source-tree.js';
import { refuseBuild } from './refusal.js';
import { readContextFile, unreadable } from './safe-read.js';

/** What a detector reads at most of one file, in bytes. Lock files of large workspaces reach it. */
const FILE_BYTES = 16 * 1024 * 1024;

/** Other people's packages, and what tools leave behind: they say nothing about the server. */
const NOT_SOURCES: ReadonlySet<string> = new Set([
  '.git',
  '.hg',
  '.svn',
  'node_modules',
  'bower_components',
  '.venv',
  'venv',
  'site-packages',
  '__pycache__',
  '.tox',
  '.nox',
  '.mypy_cache',
  '.pytest_cache',
  '.ruff_cache',
  '.gradle',
  '.next',
  '.turbo',
]);

/** Files that tools put into such a folder, whatever it is called: cargo, ruff, virtualenv. */
const MARKS: ReadonlySet<string> = new Set(['CACHEDIR.TAG', 'pyvenv.cfg']);

/**
 * The files of a folder as detection reads them. Links are not followed and not listed, so nothing
 * outside of the folder is read. Files are read when they are asked for, each once.
 *
 * @param folder absolute path
 * @throws {SlipwayError} `BUILD_REFUSED` above 20,000 files and folders, or for a folder that cannot be read
 */
export async function diskTree(folder: string, signal?: AbortSignal): Promise<SourceTree> {
  const files = await listFiles(folder, signal);
  const known = new Set(files);
  const texts = new Map<string, Promise<string | undefined>>();
  return {
    files,
    read: async (path) => {
      if (!known.has(path)) return undefined;
      const reading = texts.get(path) ?? readText(folder, path);
      texts.set(path, reading);
      return reading;
    },
  };
}

async function listFiles(root: string, signal?: AbortSignal): Promise<readonly string[]> {
  const files: string[] = [];
  const pending = [''];
  let folders = 0;
  for (let folder = pending.pop(); folder !== undefined; folder = pending.pop()) {
    signal?.throwIfAborted();
    const entries = await entriesOf(root, folder);
    if (folder !== '' && entries.some(({ name }) => MARKS.has(name))) continue;
    for (const entry of entries) {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
      // A name that no path of ours may have cannot be a manifest or an entry either.
      if (relativePathRule(path) !== undefined) continue;
      if (entry.isDirectory() && !NOT_SOURCES.has(entry.name)) pending.push(path);
      if (entry.isFile()) files.push(path);
    }
    folders += 1;
    if (files.length + folders + pending.length > INPUT_LIMITS.contextEntries) throw tooMany();
  }
  return files.sort(byBytes);
}

async function entriesOf(root: string, folder: string) {
  return readdir(join(root, folder), { withFileTypes: true }).catch((error: unknown) => {
    throw unreadable(folder === '' ? '.' : folder, error);
  });
}

/** The same order on every machine, whatever its locale. */
function byBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

/** What is no readable text is no manifest: detection goes on without it. */
async function readText(root: string, path: string): Promise<string | undefined> {
  try {
    return await readContextFile(root, path, FILE_BYTES);
  } catch (error) {
    if (isSlipwayError(error, 'BUILD_REFUSED')) return undefined;
    throw error;
  }
}

function tooMany(): Error {
  const most = formatCount(INPUT_LIMITS.contextEntries);
  return refuseBuild('.', 'too_many_entries', {
    message: `The folder has more than ${most} files and folders, without installed packages.`,
    hint: 'Name the folder of the server, or remove what does not belong to its sources.',
  });
}

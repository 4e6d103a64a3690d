import { lstat, mkdir, mkdtemp, readdir, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FolderGuard } from '../core/folder-guard.js';
import { localDiskFull } from './clone-failure.js';

/** The folders of one clone. Only this user can enter them. */
export interface Workspace {
  /** Everything below is in here. */
  readonly root: string;
  /** Git's HOME, empty. */
  readonly home: string;
  /** Where the repository goes; made by git. */
  readonly checkout: string;
  /** Removes all of it. Doing it twice is no error. */
  readonly remove: () => Promise<void>;
}

/** Where and how a workspace is made. */
export interface WorkspaceOptions {
  /** @default the system's folder for temporary files */
  readonly tempRoot?: string | undefined;
  /** @default nobody: what a process that is killed leaves, the sweep of another one removes */
  readonly guard?: FolderGuard | undefined;
}

const PREFIX = 'slipway-git-';

/** @throws {SlipwayError} `DISK_FULL` */
export async function createWorkspace({
  tempRoot = tmpdir(),
  guard,
}: WorkspaceOptions = {}): Promise<Workspace> {
  // mkdtemp makes it with mode 0700 and an unguessable name. The process id is for the sweep.
  const root = await mkdtemp(join(await realpath(tempRoot), `${PREFIX}${process.pid}-`)).catch(
    refuseFullDisk,
  );
  guard?.hold(root);
  const remove = async (): Promise<void> => {
    await removeFolder(root);
    guard?.release(root);
  };
  const home = join(root, 'home');
  await mkdir(home).catch(async (error: unknown) => {
    await remove();
    return refuseFullDisk(error);
  });
  return { root, home, checkout: join(root, 'checkout'), remove };
}

function refuseFullDisk(error: unknown): never {
  const code: unknown = error instanceof Error ? Reflect.get(error, 'code') : undefined;
  if (code !== 'ENOSPC' && code !== 'EDQUOT') throw error;
  throw localDiskFull('Could not make a folder for the checkout');
}

/** Longer than any clone and build may take. */
const ABANDONED_AFTER_MS = 24 * 60 * 60 * 1000;

/**
 * Removes what processes that were killed have left: folders of ours whose process is gone and
 * that are a day old. The age is for containers, which share a folder but not process ids.
 *
 * @returns how many were removed
 */
export async function sweepWorkspaces(tempRoot = tmpdir()): Promise<number> {
  const names = await readdir(tempRoot);
  const removed = await Promise.all(
    names.map(async (name) => {
      const folder = join(tempRoot, name);
      if (!(await isAbandoned(name, folder))) return false;
      await removeFolder(folder);
      return true;
    }),
  );
  return removed.filter(Boolean).length;
}

const OURS = new RegExp(`^${PREFIX}([0-9]+)-`);

async function isAbandoned(name: string, folder: string): Promise<boolean> {
  const pid = OURS.exec(name)?.[1];
  if (pid === undefined || isRunning(Number(pid))) return false;
  const facts = await lstat(folder).catch(() => undefined);
  if (facts === undefined || facts.uid !== process.getuid?.()) return false;
  return facts.isDirectory() && Date.now() - facts.mtimeMs > ABANDONED_AFTER_MS;
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    // EPERM: it runs, as another user.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/** Does not follow links. A helper that is being killed may still write once: hence the retries. */
function removeFolder(folder: string): Promise<void> {
  return rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
}

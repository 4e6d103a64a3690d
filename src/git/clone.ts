import { deadline } from '../core/deadline.js';
import type { FolderGuard } from '../core/folder-guard.js';
import { linkSignals } from '../core/link-signals.js';
import { INPUT_LIMITS } from '../core/limits.js';
import { silentLogger, type Logger } from '../core/logger.js';
import {
  cloneError,
  emptyRepository,
  missingRef,
  readFailure,
  tooLarge,
  tooSlow,
} from './clone-failure.js';
import { orDiskFull } from './disk-room.js';
import { exceeds, watchFolder, type FolderLimits } from './folder-size.js';
import { GitCommandError, runGit, type GitCall } from './git-command.js';
import { parseRef, refRule, type Ref } from './ref.js';
import { parseAllowedHosts, parseRepositoryUrl, type RepositoryUrl } from './repository-url.js';
import { createWorkspace, sweepWorkspaces, type Workspace } from './workspace.js';

export interface GitOptions {
  /** Where repositories may come from; see {@link parseAllowedHosts}. */
  readonly hosts: readonly string[];
  /**
   * What one clone may take on disk, the repository's objects and its files together.
   * @default 200 MiB, 20,000 files and folders
   */
  readonly limits?: FolderLimits | undefined;
  /** Where clones are kept. @default the system's folder for temporary files */
  readonly tempRoot?: string | undefined;
  /** @default nobody: clones of a process that is killed go with a sweep, a day later */
  readonly guard?: FolderGuard | undefined;
  readonly logger?: Logger | undefined;
}

export interface CloneRequest {
  /** `https://host/owner/repository`. */
  readonly url: string;
  /** Branch, tag or full commit id. @default the repository's default branch */
  readonly ref?: string | undefined;
  /** For a private repository; sent to its host only. Not in argv, not in the checkout. */
  readonly token?: string | undefined;
  /** Milliseconds for the whole clone. */
  readonly timeoutMs: number;
  /** Ends the clone: it rejects with the signal's reason when git is gone and nothing is left. */
  readonly signal?: AbortSignal | undefined;
}

const { contextBytes, contextEntries } = INPUT_LIMITS;
/** As much as a build context may have; git's compressed copy counts, too. */
const DEFAULT_LIMITS: FolderLimits = { bytes: contextBytes, entries: contextEntries };

/** A repository on our disk. */
export interface Checkout {
  /** Absolute path of its files, with `.git` among them. Only this user can enter it. */
  readonly folder: string;
  /** Id of the commit the files are of: 40 hexadecimal digits (64 with SHA-256). */
  readonly commit: string;
  /** Removes the files. Doing it twice is no error. */
  readonly remove: () => Promise<void>;
}

export interface Git {
  /**
   * Brings one commit of a public repository here, without history, submodules and LFS objects.
   * Nothing of the repository is run: no hook, no filter.
   *
   * @throws {SlipwayError} `INVALID_INPUT`, `POLICY_DENIED`, `CLONE_FAILED`, `DISK_FULL`
   */
  clone(request: CloneRequest): Promise<Checkout>;
  /** Removes what killed processes have left behind; gives their number. */
  sweep(): Promise<number>;
}

/** @throws {SlipwayError} `INVALID_INPUT` when a host of the list is none */
export function createGit(options: GitOptions): Git {
  const allowed = parseAllowedHosts(options.hosts);
  const sweep = (): Promise<number> => sweepWorkspaces(options.tempRoot);
  let swept: Promise<unknown> | undefined;
  return {
    clone: async (request) => {
      // What a process that was killed left here is removed beside the first clone.
      swept ??= sweep().catch((error: unknown) =>
        options.logger?.warn('git.sweep_failed', { error }),
      );
      const repository = parseRepositoryUrl(request.url, allowed);
      const ref = request.ref === undefined ? undefined : parseRef(request.ref);
      request.signal?.throwIfAborted();
      return cloneInto(await createWorkspace(options), options, {
        ...request,
        repository,
        ref,
      });
    },
    sweep,
  };
}

interface Clone {
  readonly repository: RepositoryUrl;
  readonly ref: Ref | undefined;
  readonly token?: string | undefined;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

async function cloneInto(
  workspace: Workspace,
  { limits = DEFAULT_LIMITS, logger = silentLogger }: GitOptions,
  clone: Clone,
): Promise<Checkout> {
  const { checkout: folder, remove } = workspace;
  try {
    const commit = await supervised(workspace, limits, clone);
    logger.info('repository.cloned', { repository: clone.repository.url, commit });
    return { folder, commit, remove };
  } catch (error) {
    await remove().catch((left: unknown) => logger.warn('repository.notRemoved', { error: left }));
    throw error;
  }
}

/** Runs the clone under its limits. The first cause to end it is the one that is reported. */
async function supervised(
  workspace: Workspace,
  limits: FolderLimits,
  clone: Clone,
): Promise<string> {
  const { repository, timeoutMs, signal } = clone;
  const done = new AbortController();
  const size = new AbortController();
  const late = (): Error => tooSlow(repository, timeoutMs);
  const { signal: stop, clear } = deadline(timeoutMs, late, size.signal, signal);
  const endTooLarge = (): void => size.abort(tooLarge(repository, limits));
  const watching = watchFolder(workspace.root, limits, {
    signal: linkSignals(done.signal, stop).signal,
    tooLarge: endTooLarge,
  });
  try {
    const { home, root } = workspace;
    const { protocol, url } = repository;
    const login = clone.token === undefined ? undefined : { url, token: clone.token };
    const call = { folder: root, home, protocol, login, signal: stop };
    const commit = await fetchCommit(workspace, call, clone);
    if (await exceeds(root, limits)) endTooLarge();
    stop.throwIfAborted();
    return commit;
  } catch (error) {
    stop.throwIfAborted();
    throw error;
  } finally {
    clear();
    done.abort();
    await watching;
  }
}

async function fetchCommit(workspace: Workspace, call: GitCall, clone: Clone): Promise<string> {
  const { repository, ref } = clone;
  try {
    if (ref?.kind === 'commit') await fetchById(workspace, call, repository.url, ref.id);
    else await fetchByName(workspace, call, repository.url, ref?.name);
  } catch (error) {
    throw await explained(error, call, clone);
  }
  const inCheckout = { ...call, folder: workspace.checkout };
  const head = await runGit(['rev-parse', '--verify', '--quiet', 'HEAD'], inCheckout).catch(
    () => '',
  );
  if (head === '') throw emptyRepository(repository);
  return head.trim();
}

const NO_EXTRAS = ['--depth=1', '--no-tags', '--no-recurse-submodules', '--quiet'] as const;

async function fetchByName(
  { checkout }: Workspace,
  call: GitCall,
  url: string,
  name: string | undefined,
): Promise<void> {
  const branch = name === undefined ? [] : [`--branch=${name}`];
  const options = [...NO_EXTRAS, '--single-branch', '--template=', ...branch];
  await runGit(['clone', ...options, '--', url, checkout], call);
}

/** `git clone` takes names only; a commit is fetched into an empty repository. */
async function fetchById(
  { checkout }: Workspace,
  call: GitCall,
  url: string,
  id: string,
): Promise<void> {
  const format = id.length === 64 ? ['--object-format=sha256'] : [];
  await runGit(['init', '--quiet', '--template=', ...format, '--', checkout], call);
  const inCheckout = { ...call, folder: checkout };
  await runGit(['fetch', ...NO_EXTRAS, '--', url, id], inCheckout);
  await runGit(['checkout', '--quiet', '--detach', 'FETCH_HEAD', '--'], inCheckout);
}

async function explained(
  error: unknown,
  call: GitCall,
  { repository, ref }: Clone,
): Promise<unknown> {
  if (!(error instanceof GitCommandError)) return error;
  const failure = await orDiskFull(readFailure(error.stderr), call.folder);
  const refIsMissing = failure.reason === 'ref_not_found' && ref !== undefined;
  if (!refIsMissing) return cloneError(repository, failure);
  return missingRef(repository, ref, await listBranches(repository.url, call));
}

const LISTED_BRANCHES = 20;

/** The first branches by name, to choose from. Only names that we would take are shown. */
async function listBranches(url: string, call: GitCall): Promise<readonly string[]> {
  const lines = await runGit(['ls-remote', '--heads', '--', url], call).catch(() => '');
  return lines
    .split('\n')
    .map((line) => line.replace(/^[0-9a-f]+\trefs\/heads\//, ''))
    .filter((name) => refRule(name) === undefined)
    .slice(0, LISTED_BRANCHES);
}

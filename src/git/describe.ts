import { deadline } from '../core/deadline.js';
import type { FolderGuard } from '../core/folder-guard.js';
import { runGit, type GitCall } from './git-command.js';
import { createWorkspace } from './workspace.js';

/** What is known of the commit that a folder's files are of. */
export interface CommitFacts {
  /** 40 hexadecimal digits (64 with SHA-256). */
  readonly commit: string;
  /** When it was committed, ISO 8601 in UTC. */
  readonly date: string;
  /** The last tag before it, without a leading `v`; null without one (as in a clone of depth 1). */
  readonly version: string | null;
}

/** Local reads of one object each. In milliseconds. */
const DESCRIBE_MS = 10_000;

/**
 * Asks git about the commit of a checkout, without touching a network and without running anything
 * that the checkout's own settings name: only plumbing that starts no program. Undefined for a
 * folder that is no checkout of the current user's.
 *
 * @param folder absolute path
 * @param guard removes what is made for it, should this process be killed
 */
export async function describeCheckout(
  folder: string,
  guard?: FolderGuard,
): Promise<CommitFacts | undefined> {
  const workspace = await createWorkspace({ guard }).catch(() => undefined);
  if (workspace === undefined) return undefined;
  const { home } = workspace;
  const limit = deadline(DESCRIBE_MS, () => new Error('git took too long'));
  // No protocol is permitted: an object that a partial clone lacks is not fetched.
  const call: GitCall = { folder, home, protocol: 'none', signal: limit.signal };
  try {
    const commit = (
      await runGit(['rev-parse', '--verify', '--quiet', 'HEAD^{commit}'], call)
    ).trim();
    const object = await runGit(['cat-file', 'commit', commit], call);
    const date = committedAt(object);
    return date === undefined ? undefined : { commit, date, version: await lastTag(call) };
  } catch {
    return undefined;
  } finally {
    limit.clear();
    await workspace.remove();
  }
}

/** `committer Name <mail> 1767225600 +0100`: seconds since 1970, whatever the zone. */
function committedAt(object: string): string | undefined {
  const header = object.split('\n\n', 1)[0] ?? '';
  const seconds = /^committer .*> (?<seconds>\d{1,11}) [+-]\d{4}$/m.exec(header)?.groups?.[
    'seconds'
  ];
  return seconds === undefined ? undefined : new Date(Number(seconds) * 1000).toISOString();
}

async function lastTag(call: GitCall): Promise<string | null> {
  const tag = await runGit(['describe', '--tags', '--abbrev=0', 'HEAD'], call).catch(() => '');
  return /^v?(?<version>\d[\w.+-]{0,63})$/.exec(tag.trim())?.groups?.['version'] ?? null;
}

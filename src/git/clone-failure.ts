import { SlipwayError, type CloneFailure } from '../core/errors.js';
import { redactUrl } from '../core/redact.js';
import { stripControl } from '../core/text.js';
import { formatBytes, formatCount, formatDuration } from '../core/units.js';
import type { FolderLimits } from './folder-size.js';
import type { Ref } from './ref.js';
import type { RepositoryUrl } from './repository-url.js';

/** Size and time are our own limits: git does not know them. */
type Reason = Exclude<CloneFailure, 'too_large' | 'timeout'> | 'disk_full';

/** What git wrote, read. */
export interface ReadFailure {
  readonly reason: Reason;
  /** Git's own last words, safe to show. */
  readonly words: string;
}

/**
 * Git's messages in English and what they mean; the first match wins. Seen with git 2.39 and
 * curl 7.88 against a server that fails in each of these ways.
 */
const MEANINGS: readonly (readonly [RegExp, Reason])[] = [
  [/git could not be started: .*ENOENT/, 'git_missing'],
  [/No space left on device/, 'disk_full'],
  [/Remote branch .* not found|couldn't find remote ref|not our ref/, 'ref_not_found'],
  [/returned error: 30\d/, 'redirect'],
  [/could not read Username|Authentication failed|returned error: 40[13]/, 'login_needed'],
  [/repository '.*' not found|is this a git repository|returned error: 4\d\d/, 'not_found'],
  [/Could not resolve|Failed to connect|timed out|too slow|returned error: 5\d\d/, 'network'],
  [/RPC failed|early EOF|hung up|unexpected disconnect|Empty reply/, 'network'],
  [/certificate|SSL|TLS/i, 'network'],
];

/** Reads what git wrote. Lines of the server are left out: it can write there what it likes. */
export function readFailure(stderr: string): ReadFailure {
  const lines = stripControl(stderr)
    .split('\n')
    .filter((line) => line !== '' && !/^(?:remote|warning):/.test(line));
  const text = lines.join('\n');
  const reason = MEANINGS.find(([pattern]) => pattern.test(text))?.[1] ?? 'unknown';
  return { reason, words: shortened(lines.at(-1) ?? 'git ended without a word') };
}

const WORDS_CHARACTERS = 300;

function shortened(line: string): string {
  const plain = redactUrl(line.replace(/^(?:fatal|error): /, ''));
  return plain.length <= WORDS_CHARACTERS ? plain : `${plain.slice(0, WORDS_CHARACTERS)}…`;
}

interface Explanation {
  /** Undefined where git's own words say it best. */
  readonly what?: string;
  readonly hint: string;
}

/** GitHub asks for a login, too, when there is no such repository. */
const NOT_THERE = {
  what: 'repository not found or private',
  hint: 'Check the URL. A private repository needs a token that may read it.',
};
const NO_REPOSITORY = { hint: 'Check that the URL names a Git repository.' };

const EXPLANATIONS: Readonly<Record<Exclude<Reason, 'disk_full'>, Explanation>> = {
  not_found: NOT_THERE,
  login_needed: NOT_THERE,
  redirect: {
    what: 'the server answers with a redirect, and redirects are not followed',
    hint: 'The repository may have moved: use the address that a browser ends at.',
  },
  network: { hint: 'Check the host name, the network and the proxy settings, then try again.' },
  git_missing: {
    what: 'git is not installed where Slipway runs',
    hint: 'Install git, for example with "apt-get install git", and try again.',
  },
  ref_not_found: NO_REPOSITORY,
  unknown: NO_REPOSITORY,
};

/** The error for a failed clone. A missing ref is better told by {@link missingRef}. */
export function cloneError(
  repository: RepositoryUrl,
  { reason, words }: ReadFailure,
): SlipwayError<'CLONE_FAILED' | 'DISK_FULL'> {
  if (reason === 'disk_full') return localDiskFull(`Could not clone ${repository.url}`);
  const { what = words, hint } = EXPLANATIONS[reason];
  return failed(repository, reason, { what, hint });
}

/** @param what could not be done, without a full stop */
export function localDiskFull(what: string): SlipwayError<'DISK_FULL'> {
  return new SlipwayError('DISK_FULL', {
    message: `${what} (no space is left for temporary files).`,
    hint: 'Free some space, or have the operator set TMPDIR to a larger file system.',
    context: { where: 'local' },
  });
}

/** The repository did not arrive in time. */
export function tooSlow(
  repository: RepositoryUrl,
  timeoutMs: number,
): SlipwayError<'CLONE_FAILED'> {
  return failed(repository, 'timeout', {
    what: `not done after ${formatDuration(timeoutMs)}`,
    hint: 'Try again, or allow more time.',
  });
}

/** The repository needs more of the disk than it may. */
export function tooLarge(
  repository: RepositoryUrl,
  limits: FolderLimits,
): SlipwayError<'CLONE_FAILED'> {
  const most = `${formatBytes(limits.bytes)} or ${formatCount(limits.entries)} files`;
  return failed(repository, 'too_large', {
    what: `more than ${most} on disk`,
    hint: 'Use a smaller repository. Only the operator can raise this limit.',
  });
}

/** The repository has no commit at all. */
export function emptyRepository(repository: RepositoryUrl): SlipwayError<'CLONE_FAILED'> {
  return failed(repository, 'ref_not_found', {
    what: 'the repository is empty',
    hint: 'Push a commit to it, or use another repository.',
  });
}

/** @param branches names of branches that do exist; empty when they could not be listed */
export function missingRef(
  repository: RepositoryUrl,
  ref: Ref,
  branches: readonly string[],
): SlipwayError<'CLONE_FAILED'> {
  const what =
    ref.kind === 'commit' ? `Commit ${ref.id}` : `Branch or tag ${JSON.stringify(ref.name)}`;
  const existing = branches.length === 0 ? '' : ` Existing branches: ${branches.join(', ')}.`;
  const abbreviated = ref.kind === 'name' && /^[0-9a-f]{7,39}$/i.test(ref.name);
  return new SlipwayError('CLONE_FAILED', {
    message: `${what} does not exist in ${repository.url}.${existing}`,
    hint: abbreviated
      ? 'A commit id must be given in full, with 40 digits.'
      : 'Leave ref out for the default branch.',
    context: { repository: repository.url, reason: 'ref_not_found' },
  });
}

function failed(
  { url }: RepositoryUrl,
  reason: CloneFailure,
  { what, hint }: { readonly what: string; readonly hint: string },
): SlipwayError<'CLONE_FAILED'> {
  return new SlipwayError('CLONE_FAILED', {
    message: `Could not clone ${url} (${what}).`,
    hint,
    context: { repository: url, reason },
  });
}

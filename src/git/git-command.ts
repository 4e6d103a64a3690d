import { fileURLToPath } from 'node:url';
import { simpleGit } from 'simple-git';
import { aborted, delay } from '../core/deadline.js';
import { linkSignals } from '../core/link-signals.js';
import { Redactor } from '../core/redact.js';
import { gitEnvironment, HARDENED_CONFIG, OPENED_GUARDS } from './hardening.js';

/** One call of git. */
export interface GitCall {
  /** Where git runs. Must exist. */
  readonly folder: string;
  /** An empty folder: git and libcurl look for settings and passwords in it. */
  readonly home: string;
  /** The only protocol git may speak; `none` is no protocol at all. */
  readonly protocol: 'https' | 'http' | 'none';
  /** Proves who asks, to this repository's host only. */
  readonly login?: { readonly url: string; readonly token: string } | undefined;
  /** Ends git and every helper it started. */
  readonly signal: AbortSignal;
}

/** Git could not be started, was ended, or ended with an error. */
export class GitCommandError extends Error {
  /** What git wrote, in English. Part of it comes from the server. */
  readonly stderr: string;

  constructor(stderr: string, cause: unknown) {
    super('git ended with an error', { cause });
    this.name = 'GitCommandError';
    this.stderr = stderr;
  }
}

/** What git may write. Refs and messages are the server's, and simple-git keeps all of it. */
const MAX_OUTPUT_BYTES = 4 * 1024 * 1024;

/** How long a killed git may take to be gone, in milliseconds. */
const KILL_MS = 5000;

const GROUP_LEADER = fileURLToPath(new URL('group-leader.js', import.meta.url));

/**
 * Runs git once, with nothing of the user's or the system's settings. `argv` must have `--` before
 * every operand that a caller chose. On abort it rejects when git and its helpers are gone.
 *
 * @returns what git wrote on stdout
 * @throws {GitCommandError}
 */
export async function runGit(argv: readonly string[], call: GitCall): Promise<string> {
  const flood = new AbortController();
  const { signal, release } = linkSignals(flood.signal, call.signal);
  const environment = gitEnvironment(call, process.env);
  let stderr = '';
  const git = simpleGit({
    baseDir: call.folder,
    binary: [process.execPath, GROUP_LEADER],
    config: [...HARDENED_CONFIG],
    unsafe: OPENED_GUARDS,
    allowEnvironment: Object.keys(environment),
    // simple-git has one signal an instance: with one instance a call, a signal ends one call.
    abort: signal,
    // Wait until the last helper has closed its output, not only until git itself is gone.
    completion: { onClose: true, onExit: false },
    errors: (error, result) => {
      stderr = Buffer.concat(result.stdErr).toString();
      // By default, simple-git takes a git that dies without a word for a success.
      return result.exitCode === 0 ? error : (error ?? new Error(`exit code ${result.exitCode}`));
    },
  });
  git.env(environment).outputHandler((_command, ...streams) => endFlood(streams, flood));
  try {
    return await unlessStuck(git.raw([...argv]), call.signal);
  } catch (error) {
    const words = flood.signal.aborted ? 'fatal: the server sent messages without end' : stderr;
    throw withoutToken(words, error, call.login?.token);
  } finally {
    release();
  }
}

/** Git and simple-git repeat what the server wrote, and a server may repeat what it was sent. */
function withoutToken(stderr: string, error: unknown, token: string | undefined): GitCommandError {
  if (token === undefined) return new GitCommandError(stderr, error);
  const redactor = new Redactor([token]);
  const cause = new Error(redactor.redact(error instanceof Error ? error.message : String(error)));
  return new GitCommandError(redactor.redact(stderr), cause);
}

type OutputStreams = readonly [NodeJS.ReadableStream, NodeJS.ReadableStream, ...unknown[]];

function endFlood([stdout, stderr]: OutputStreams, flood: AbortController): void {
  let bytes = 0;
  const count = (chunk: Buffer): void => {
    bytes += chunk.length;
    if (bytes > MAX_OUTPUT_BYTES) flood.abort();
  };
  stdout.on('data', count);
  stderr.on('data', count);
}

/** Gives a killed git a last deadline, so that no kernel or file system can hold the caller. */
async function unlessStuck(running: Promise<string>, signal: AbortSignal): Promise<string> {
  const settled = new AbortController();
  const stuck = aborted(signal)
    .then(() => delay(KILL_MS, settled.signal))
    .then(() => Promise.reject<string>(new Error(`git was not gone ${KILL_MS} ms after its end`)));
  try {
    return await Promise.race([running, stuck]);
  } finally {
    settled.abort();
  }
}

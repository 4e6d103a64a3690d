import { spawn } from 'node:child_process';
import { delimiter } from 'node:path';
import { z } from 'zod';
import { quoteValue } from '../../core/options.js';
import { redactUrl } from '../../core/redact.js';
import { findProgram, searchFolders, type ProgramEnvironment } from '../programs.js';
import { CredentialsError } from './credentials-error.js';

/** It becomes a part of a program's name. */
const NAME = /^[\w.-]+$/;

/** Longest answer that is read, in bytes; tokens of clouds have some thousand. */
const MAX_ANSWER_BYTES = 64 * 1024;

/** What helpers made with Docker's library say on stdout when they have nothing. */
const NOT_FOUND = /credentials not found/i;

const helperAnswer = z.looseObject({ Username: z.string(), Secret: z.string() });

/** What a helper has for a registry. */
export type HelperAnswer = z.output<typeof helperAnswer>;

export interface HelperCall {
  /** What comes after `docker-credential-`. */
  readonly name: string;
  /** The registry, as the helper knows it. */
  readonly server: string;
  readonly environment: ProgramEnvironment;
  /** Milliseconds; a helper may have to ask the user to unlock something. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Asks a credential helper for the login of a registry; undefined when it has none.
 *
 * The protocol is that of docker-credential-helpers: the program `docker-credential-<name>` with
 * the argument `get` reads the registry on its input and writes JSON, or says what is wrong and
 * ends with another code than 0. What it says is not repeated: it could be the secret.
 *
 * @throws {CredentialsError} when it cannot be run, fails, or does not answer in time
 * @throws the reason of the signal
 */
export async function askCredentialHelper(call: HelperCall): Promise<HelperAnswer | undefined> {
  const { name, environment } = call;
  if (!NAME.test(name)) throw badName(name);
  const program = `docker-credential-${name}`;
  const path = await findProgram(program, environment);
  if (path === undefined) throw notInstalled(program);
  const { code, output } = await run(path, program, call);
  if (code === 0) return parseAnswer(output, program);
  if (NOT_FOUND.test(output)) return undefined;
  throw failed(program, `ended with ${code === null ? 'a signal' : `code ${code}`}`, call.server);
}

interface Ended {
  readonly code: number | null;
  readonly output: string;
}

async function run(path: string, program: string, call: HelperCall): Promise<Ended> {
  const { environment, server, timeoutMs, signal } = call;
  signal?.throwIfAborted();
  const group = environment.platform !== 'win32';
  const child = spawn(path, ['get'], {
    stdio: ['pipe', 'pipe', 'ignore'],
    // A group of its own, so that what it starts ends with it.
    detached: group,
    windowsHide: true,
    env: { ...environment.env, PATH: searchFolders(environment).join(delimiter) },
  });
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    const giveUp = (reason: unknown): void => {
      endGroup(child.pid, group);
      reject(reason instanceof Error ? reason : new Error(String(reason)));
    };
    const late = (): void =>
      giveUp(failed(program, `did not answer within ${timeoutMs} ms`, server));
    const timer = setTimeout(late, timeoutMs);
    const onAbort = (): void => giveUp(signal?.reason);
    signal?.addEventListener('abort', onAbort, { once: true });
    child.stdout.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= MAX_ANSWER_BYTES) chunks.push(chunk);
      else giveUp(failed(program, 'answered with more than 64 KiB', server));
    });
    child.on('error', (error) =>
      giveUp(failed(program, `could not be run (${codeOf(error)})`, server)),
    );
    child.on('close', (code) => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
      resolve({ code, output: Buffer.concat(chunks).toString('utf8') });
    });
    // A helper that ends without reading is judged by how it ends.
    child.stdin.on('error', () => undefined);
    child.stdin.end(server);
  });
}

function endGroup(pid: number | undefined, group: boolean): void {
  if (pid === undefined) return;
  try {
    process.kill(group ? -pid : pid, 'SIGKILL');
  } catch {
    // It has ended.
  }
}

function parseAnswer(output: string, program: string): HelperAnswer | undefined {
  const answer = helperAnswer.safeParse(parseJson(output));
  if (!answer.success) throw notCredentials(program);
  return answer.data.Secret === '' ? undefined : answer.data;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function codeOf(error: Error): string {
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name;
}

function badName(name: string): CredentialsError {
  return new CredentialsError(
    `the name of the credential helper, ${quoteValue(name)}, is not valid`,
    'Correct credsStore and credHelpers in config.json of Docker: letters, digits and "_.-".',
  );
}

function notInstalled(program: string): CredentialsError {
  return new CredentialsError(
    `the credential helper ${program} is not installed`,
    `Install ${program} or put it on PATH; or take it out of config.json of Docker and log in again.`,
  );
}

function notCredentials(program: string): CredentialsError {
  return new CredentialsError(
    `the credential helper ${program} answered with something that is not credentials`,
    `Install ${program} anew, or take it out of config.json of Docker and log in again.`,
  );
}

function failed(program: string, how: string, server: string): CredentialsError {
  return new CredentialsError(
    `the credential helper ${program} ${how}`,
    `Run "echo ${redactUrl(server)} | ${program} get" in a terminal to see why; it shows the password when it works.`,
  );
}

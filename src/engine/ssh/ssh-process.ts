import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LATE, within } from '../../core/deadline.js';
import type { SshConnection } from '../endpoint/types.js';
import { findProgram, type ProgramEnvironment } from '../programs.js';
import { readReport, sshArguments, type SocketReport } from './ssh-command.js';
import { loginFailure, loginTooSlow, sshMissing } from './ssh-failure.js';

/** A host that has a login but never finishes it. In milliseconds. */
const LOGIN_MS = 25_000;

/** How long ssh may take to end by itself before it is killed. In milliseconds. */
const END_MS = 2000;

/** What is kept of each of the two outputs, in characters: enough for a login's reasons. */
const KEPT_CHARACTERS = 8192;

const SOCKET_NAME = 'engine.sock';

/**
 * Runs ssh (the arguments) in the folder `$0`, kills it when our end of its input is closed, and
 * removes the folder when it has ended. Without the kill, ssh would go on for as long as one of its
 * connections is open on the other side. Nothing of ours is written to its input, so both readers
 * of it only ever see its end.
 */
const RUN_AND_CLEAN_UP = [
  'exec 3<&0',
  '"$@" <&3 & ssh=$!',
  '(read -r _ <&3; kill "$ssh") >/dev/null 2>&1 & watch=$!',
  'wait "$ssh"; status=$?',
  'kill "$watch" 2>/dev/null',
  'rm -rf -- "$0"',
  'exit "$status"',
].join('\n');

/** The variables that ssh, its agent and its helpers go by; all a guardian is given. */
const SSH_VARIABLES = ['HOME', 'PATH', 'USER', 'LOGNAME', 'SSH_AUTH_SOCK', 'KRB5CCNAME'];

/** An ssh that is still to be started, in a folder for its socket. */
export interface SshLogin {
  /** Arguments of `/bin/sh`, but for the folder. */
  readonly script: readonly string[];
  /** What follows the folder: the program and its arguments. */
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/**
 * How to log in when this process is gone.
 *
 * @throws {ConnectionFailure}
 */
export async function sshLogin(
  connection: SshConnection,
  remotePath: string,
  environment: ProgramEnvironment,
): Promise<SshLogin> {
  const env = SSH_VARIABLES.flatMap((name): [string, string][] => {
    const value = environment.env[name];
    return value === undefined ? [] : [[name, value]];
  });
  return {
    script: ['-c', RUN_AND_CLEAN_UP],
    command: await sshCommand(connection, remotePath, environment),
    env: Object.fromEntries(env),
  };
}

/** The program and its arguments. A path relative to the folder is short and holds nothing that ssh would expand. */
async function sshCommand(
  connection: SshConnection,
  remotePath: string,
  environment: ProgramEnvironment,
): Promise<readonly string[]> {
  const program = await findProgram('ssh', environment);
  if (program === undefined) throw sshMissing();
  return [program, ...sshArguments(connection, `./${SOCKET_NAME}`, remotePath)];
}

/**
 * One running `ssh` that makes a socket of this machine lead to the engine's socket on a host.
 *
 * It ends when its input ends, so with this process, however that ends. It has a process group of
 * its own: Ctrl-C in a terminal must not take away the engine that we clean up on. It does not
 * keep this process running.
 */
export class SshProcess {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #folder: string;
  #output = '';
  #errors = '';
  #ending = '';
  /** Resolves when it has ended. Never rejects. */
  readonly ended: Promise<void>;

  /** Starts `ssh`; the login is still to come. */
  static async start(
    connection: SshConnection,
    remotePath: string,
    environment: ProgramEnvironment,
  ): Promise<SshProcess> {
    const command = await sshCommand(connection, remotePath, environment);
    const folder = await mkdtemp(join(tmpdir(), `slipway-ssh-${process.pid}-`));
    const child = spawn('/bin/sh', ['-c', RUN_AND_CLEAN_UP, folder, ...command], {
      cwd: folder,
      detached: true,
      stdio: 'pipe',
      // Its reasons are read: they have to be in English.
      env: { ...environment.env, LC_ALL: 'C' },
    });
    return new SshProcess(child, folder);
  }

  private constructor(child: ChildProcessWithoutNullStreams, folder: string) {
    this.#child = child;
    this.#folder = folder;
    const { stdin, stdout, stderr } = child;
    stdin.on('error', () => undefined);
    stdout
      .setEncoding('utf8')
      .on('data', (text: string) => (this.#output = kept(this.#output, text)));
    stderr
      .setEncoding('utf8')
      .on('data', (text: string) => (this.#errors = kept(this.#errors, text)));
    this.ended = new Promise((resolve) => {
      const ending = (how: string): void => {
        this.#ending = how;
        resolve();
      };
      child.once('error', (error) => ending(error.message));
      child.once('exit', (code, signal) => ending(signal ?? `exit code ${code}`));
    });
    child.unref();
    for (const stream of [stdin, stdout, stderr]) if (stream instanceof Socket) stream.unref();
  }

  get socketPath(): string {
    return join(this.#folder, SOCKET_NAME);
  }

  /**
   * The host's report, after the login. From then on the socket is there.
   *
   * @throws {ConnectionFailure} why the login failed
   */
  async loggedIn(connection: SshConnection): Promise<SocketReport> {
    const report = new Promise<SocketReport>((resolve, reject) => {
      const look = (): void => {
        const found = readReport(this.#output);
        if (found !== undefined) resolve(found);
      };
      this.#child.stdout.on('data', look);
      // After the last output, so that the reason is complete.
      this.#child.once('close', () => reject(loginFailure(connection, this.#errors, this.#ending)));
    });
    const answer = await within(report, LOGIN_MS);
    if (answer === LATE) throw loginTooSlow(connection, LOGIN_MS);
    return answer;
  }

  /** Resolves when it has ended and its folder is gone. */
  async end(): Promise<void> {
    this.#child.stdin.end();
    this.#signal('SIGTERM');
    if ((await within(this.ended, END_MS)) === LATE) this.#signal('SIGKILL');
    await rm(this.#folder, { recursive: true, force: true });
  }

  #signal(name: 'SIGTERM' | 'SIGKILL'): void {
    // The id of a group that has ended may belong to somebody else by now.
    if (this.#ending !== '' || this.#child.pid === undefined) return;
    try {
      process.kill(-this.#child.pid, name);
    } catch {
      // It has ended this moment.
    }
  }
}

function kept(before: string, more: string): string {
  return (before + more).slice(-KEPT_CHARACTERS);
}

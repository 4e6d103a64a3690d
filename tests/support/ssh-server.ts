import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { findProgram } from '../../scripts/engine/commands.mjs';
import { freePort } from './free-port.js';

export interface SshServerOptions {
  /** More lines of `sshd_config`. */
  readonly config?: readonly string[];
}

type LoginFile = 'known_hosts' | 'authorized_keys' | 'ssh_config';

/**
 * The system's `sshd` on a port of the loopback address, with a host key, a login key and a
 * configuration of its own in a folder of its own: nothing of the machine's ssh is used or changed.
 */
export class SshServer implements AsyncDisposable {
  readonly port: number;
  /**
   * A folder with a program `ssh` that logs in to this server. It goes to the front of `PATH`: ssh
   * takes its own settings from the account's folder, whatever `HOME` says.
   */
  readonly bin: string;
  readonly #folder: string;
  readonly #child: ChildProcess;

  static async start(options: SshServerOptions = {}): Promise<SshServer> {
    const folder = await mkdtemp(join(tmpdir(), 'slipway-test-sshd-'));
    const port = await freePort();
    for (const key of ['host_key', 'login_key']) generateKey(join(folder, key));
    await writeFile(join(folder, 'sshd_config'), serverConfig(folder, port, options.config ?? []));
    await writeFile(join(folder, 'ssh_config'), clientConfig(folder));
    await writeFile(
      join(folder, 'known_hosts'),
      `[127.0.0.1]:${port} ${await readFile(join(folder, 'host_key.pub'), 'utf8')}`,
    );
    await writeFile(
      join(folder, 'authorized_keys'),
      await readFile(join(folder, 'login_key.pub'), 'utf8'),
    );
    const client = join(folder, 'ssh');
    const ssh = programPath('ssh', 'openssh-client');
    await writeFile(client, `#!/bin/sh\nexec ${ssh} -F ${join(folder, 'ssh_config')} "$@"\n`);
    await chmod(client, 0o755);
    const server = new SshServer(folder, port);
    await server.#listening();
    return server;
  }

  private constructor(folder: string, port: number) {
    this.#folder = folder;
    this.port = port;
    this.bin = folder;
    // Made by the service of the distribution, which does not run here; sshd insists on it as root.
    if (userInfo().uid === 0) mkdirSync('/run/sshd', { recursive: true });
    const sshd = programPath('sshd', 'openssh-server');
    const args = ['-D', '-f', join(folder, 'sshd_config'), '-E', join(folder, 'log')];
    this.#child = spawn(sshd, args, { stdio: 'ignore' });
  }

  /** `ssh://…` of this server. */
  address(socketPath = '', port = this.port): string {
    return `ssh://${userInfo().username}@127.0.0.1:${port}${socketPath}`;
  }

  /** How many logins succeeded so far. */
  async logins(): Promise<number> {
    const log = await readFile(join(this.#folder, 'log'), 'utf8');
    return log.split('\n').filter((line) => line.startsWith('Accepted publickey')).length;
  }

  /** One of the files the next login is decided by. */
  async file(name: LoginFile): Promise<string> {
    return readFile(join(this.#folder, name), 'utf8');
  }

  async replace(name: LoginFile, text: string): Promise<void> {
    await writeFile(join(this.#folder, name), text);
  }

  /** A public key that is not this server's, as a line of `known_hosts`. */
  otherHostKey(): string {
    const file = join(this.#folder, 'other_key');
    generateKey(file);
    const key = execFileSync('ssh-keygen', ['-y', '-f', file], { encoding: 'utf8' });
    return `[127.0.0.1]:${this.port} ${key}`;
  }

  /** Ends the server. Connections go on until the other side ends them. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      const ended = once(this.#child, 'exit');
      this.#child.kill('SIGTERM');
      await ended;
    }
    await rm(this.#folder, { recursive: true, force: true });
  }

  async #listening(): Promise<void> {
    const log = join(this.#folder, 'log');
    for (let waited = 0; waited < 10_000; waited += 20) {
      const text = await readFile(log, 'utf8').catch(() => '');
      if (text.includes('Server listening')) return;
      if (this.#child.exitCode !== null) throw new Error(`sshd ended: ${text}`);
      await delay(20);
    }
    throw new Error('sshd does not listen after 10 s');
  }
}

function serverConfig(folder: string, port: number, more: readonly string[]): string {
  return [
    `Port ${port}`,
    'ListenAddress 127.0.0.1',
    `HostKey ${join(folder, 'host_key')}`,
    `AuthorizedKeysFile ${join(folder, 'authorized_keys')}`,
    'AuthenticationMethods publickey',
    'PermitRootLogin prohibit-password',
    'StrictModes no',
    'UsePAM no',
    'PidFile none',
    ...more,
    '',
  ].join('\n');
}

function clientConfig(folder: string): string {
  return [
    `IdentityFile ${join(folder, 'login_key')}`,
    'IdentitiesOnly yes',
    'IdentityAgent none',
    `UserKnownHostsFile ${join(folder, 'known_hosts')}`,
    'GlobalKnownHostsFile none',
    '',
  ].join('\n');
}

function generateKey(file: string): void {
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', file]);
}

function programPath(name: string, debianPackage: string): string {
  const found = findProgram(name);
  if (found !== null) return found;
  throw new Error(`The program "${name}" is not installed (Debian: ${debianPackage}).`);
}

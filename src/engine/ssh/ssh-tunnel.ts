import { connect } from 'node:net';
import { within } from '../../core/deadline.js';
import type { SshConnection } from '../endpoint/types.js';
import type { ProgramEnvironment } from '../programs.js';
import { firstSocket, type SocketReport } from './ssh-command.js';
import { closedByUs, silentSocket, socketFailure } from './ssh-failure.js';
import { SshProcess, sshLogin, type SshLogin } from './ssh-process.js';

/** An engine that is there answers a ping in this time, or is at least connected. In ms. */
const ANSWER_MS = 5000;

interface Session {
  readonly ssh: SshProcess;
  /** The engine's socket on the host. */
  readonly remotePath: string;
}

/**
 * The way to one engine behind ssh: one login for all connections, made when the first one is
 * needed and made again when it was lost.
 */
export class SshTunnel {
  readonly #connection: SshConnection;
  readonly #environment: ProgramEnvironment;
  #session: Promise<Session> | undefined;
  /** Every process that may still run. */
  readonly #started = new Set<SshProcess>();
  #closed = false;

  constructor(connection: SshConnection, environment: ProgramEnvironment) {
    this.#connection = connection;
    this.#environment = environment;
  }

  /**
   * A local socket that leads to the engine's.
   *
   * @throws {ConnectionFailure}
   */
  async socketPath(): Promise<string> {
    const { ssh } = await this.#loggedIn();
    return ssh.socketPath;
  }

  /**
   * Resolves when something answers on the engine's socket. ssh itself accepts every connection
   * and only closes it when the host cannot pass it on.
   *
   * @throws {ConnectionFailure}
   */
  async verify(): Promise<void> {
    const { ssh, remotePath } = await this.#loggedIn();
    if (!(await answers(ssh.socketPath))) throw silentSocket(remotePath);
  }

  /**
   * How to log in when this process is gone.
   *
   * @throws {ConnectionFailure}
   */
  async login(): Promise<SshLogin> {
    const { remotePath } = await this.#loggedIn();
    return sshLogin(this.#connection, remotePath, this.#environment);
  }

  /** Ends ssh, for good. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all([...this.#started].map((ssh) => this.#end(ssh)));
  }

  #loggedIn(): Promise<Session> {
    if (this.#session !== undefined) return this.#session;
    const session = this.#logIn();
    this.#session = session;
    void this.#forgetWhenOver(session);
    return session;
  }

  /** The next connection logs in again. */
  async #forgetWhenOver(session: Promise<Session>): Promise<void> {
    const known = await session.catch(() => undefined);
    await known?.ssh.ended;
    if (this.#session === session) this.#session = undefined;
    // Its folder may be left when it was killed; the next close tries that again.
    if (known !== undefined) await this.#end(known.ssh).catch(() => undefined);
  }

  async #logIn(): Promise<Session> {
    if (this.#closed) throw closedByUs();
    const first = firstSocket(this.#connection.socketPath);
    const { ssh, report } = await this.#start(first);
    if (report.path === first) return { ssh, remotePath: first };
    // The address names no socket and the host has another one than usual.
    await this.#end(ssh);
    const second = await this.#start(report.path);
    return { ssh: second.ssh, remotePath: report.path };
  }

  async #start(remotePath: string): Promise<{ ssh: SshProcess; report: SocketReport }> {
    const ssh = await SshProcess.start(this.#connection, remotePath, this.#environment);
    this.#started.add(ssh);
    try {
      if (this.#closed) throw closedByUs();
      const report = await ssh.loggedIn(this.#connection);
      if (report.state !== 'ready') throw socketFailure(this.#connection, report);
      return { ssh, report };
    } catch (error) {
      await this.#end(ssh);
      throw error;
    }
  }

  async #end(ssh: SshProcess): Promise<void> {
    await ssh.end();
    this.#started.delete(ssh);
  }
}

/** Does anything come back? One that is slow to answer counts as there: the calls have own limits. */
async function answers(socketPath: string): Promise<boolean> {
  const socket = connect(socketPath);
  const answer = new Promise<boolean>((resolve) => {
    socket.on('error', () => undefined);
    socket.once('data', () => resolve(true));
    socket.once('close', () => resolve(false));
  });
  socket.write('HEAD /_ping HTTP/1.1\r\nHost: docker\r\nConnection: close\r\n\r\n');
  const first = await within(answer, ANSWER_MS);
  socket.destroy();
  return first !== false;
}

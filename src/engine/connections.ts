import { Agent, type AgentOptions } from 'node:https';
import { inspect } from 'node:util';
import type Docker from 'dockerode';
import { ConnectionFailure } from './connection-failure.js';
import type { EngineAddress, SshConnection, TlsMaterial } from './endpoint/types.js';
import type { GuardedConnection } from './guardian.js';
import { KEEP, type KeepingAgent } from './keeping-agent.js';
import type { ProgramEnvironment } from './programs.js';
import { SshAgent } from './ssh/ssh-agent.js';
import { closedByUs } from './ssh/ssh-failure.js';
import { SshTunnel } from './ssh/ssh-tunnel.js';

/** How engines at addresses are reached. What stays open between requests is shared and kept. */
export class Connections {
  readonly #ssh = new Map<string, SshAgent>();
  #closed = false;

  /** dockerode for an address. Nothing is connected yet. */
  async open(address: EngineAddress, environment: ProgramEnvironment): Promise<Docker> {
    const options = this.#options(address, environment);
    // Loaded on first use: it brings gRPC, and a server has to start fast.
    const { default: Dockerode } = await import('dockerode');
    return withoutDockerHost(() => new Dockerode(options));
  }

  /**
   * What has to happen before the first request and takes longer than one: an ssh login.
   *
   * @throws {ConnectionFailure}
   */
  async ready(address: EngineAddress, environment: ProgramEnvironment): Promise<void> {
    const { address: name, connection } = address;
    if (connection.kind === 'ssh') await this.#sshAgent(connection, name, environment).ready();
  }

  /**
   * How the guardian reaches it when this process is gone.
   *
   * @throws {ConnectionFailure}
   */
  async guarded(
    address: EngineAddress,
    environment: ProgramEnvironment,
  ): Promise<GuardedConnection> {
    const { connection } = address;
    if (connection.kind !== 'ssh') return connection;
    const agent = this.#sshAgent(connection, address.address, environment);
    return { kind: 'ssh', ...(await agent.login()) };
  }

  /** Ends what is open, for good. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all([...this.#ssh.values()].map((agent) => agent.close()));
  }

  /** The complete set: whatever were left out, dockerode would choose. */
  #options(address: EngineAddress, environment: ProgramEnvironment): ConnectionOptions {
    const { connection } = address;
    switch (connection.kind) {
      case 'socket':
        return { socketPath: connection.path, host: undefined, port: undefined, protocol: 'http' };
      case 'ssh':
        return {
          ...AS_HTTP,
          host: 'docker',
          port: 80,
          agent: this.#sshAgent(connection, address.address, environment),
        };
      case 'tcp': {
        const { host, port, tls } = connection;
        return tls === undefined
          ? { ...AS_HTTP, host, port }
          : { host, port, protocol: 'https', socketPath: undefined, agent: new TlsAgent(tls) };
      }
    }
  }

  #sshAgent(connection: SshConnection, address: string, environment: ProgramEnvironment): SshAgent {
    if (environment.platform === 'win32') throw noSshOnWindows();
    if (this.#closed) throw closedByUs();
    const agent = this.#ssh.get(address) ?? new SshAgent(new SshTunnel(connection, environment));
    this.#ssh.set(address, agent);
    return agent;
  }
}

type ConnectionOptions = Docker.DockerOptions & { readonly agent?: unknown };

const AS_HTTP = { protocol: 'http', socketPath: undefined } as const;

/**
 * With an agent of its own, `NODE_TLS_REJECT_UNAUTHORIZED` cannot turn the check off: who can pose
 * as the engine gets every secret that is sent to it.
 */
class TlsAgent extends Agent implements KeepingAgent {
  readonly #tls: TlsMaterial;

  constructor(tls: TlsMaterial, keep: AgentOptions = KEEP) {
    const { ca, cert, key, verify } = tls;
    super({ ...keep, ca, cert, key, rejectUnauthorized: verify });
    this.#tls = tls;
  }

  get unkept(): TlsAgent {
    return new TlsAgent(this.#tls, {});
  }

  /** dockerode formats the options of every request, agent and open sockets included. */
  [inspect.custom](): string {
    return 'TlsAgent';
  }
}

function noSshOnWindows(): ConnectionFailure {
  return new ConnectionFailure(
    'ssh addresses do not work on Windows: its ssh cannot forward sockets',
    'Run Slipway in WSL, or use a tcp:// address with TLS.',
  );
}

/**
 * dockerode takes a time limit, a path prefix and certificates from the environment when
 * `DOCKER_HOST` is set, and fails when one of the certificates is not there. It looks while it is
 * made, and nothing else runs meanwhile.
 */
function withoutDockerHost<T>(make: () => T): T {
  const saved = process.env['DOCKER_HOST'];
  delete process.env['DOCKER_HOST'];
  try {
    return make();
  } finally {
    if (saved !== undefined) process.env['DOCKER_HOST'] = saved;
  }
}

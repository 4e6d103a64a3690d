import { Agent, type AgentOptions, type ClientRequestArgs } from 'node:http';
import { connect } from 'node:net';
import { Duplex } from 'node:stream';
import { inspect } from 'node:util';
import { KEEP, type KeepingAgent } from '../keeping-agent.js';
import type { SshLogin } from './ssh-process.js';
import type { SshTunnel } from './ssh-tunnel.js';

/**
 * Takes HTTP requests to an engine on another host, over ssh. Requests fail with a
 * `ConnectionFailure` when the login does.
 */
export class SshAgent extends Agent implements KeepingAgent {
  readonly #tunnel: SshTunnel;

  constructor(tunnel: SshTunnel, keep: AgentOptions = KEEP) {
    super(keep);
    this.#tunnel = tunnel;
  }

  get unkept(): SshAgent {
    return new SshAgent(this.#tunnel, {});
  }

  /**
   * Logs in and asks for a sign of life, which no request does with a time limit of its own.
   *
   * @throws {ConnectionFailure}
   */
  async ready(): Promise<void> {
    await this.#tunnel.verify();
  }

  /** See `SshTunnel.login`. */
  async login(): Promise<SshLogin> {
    return this.#tunnel.login();
  }

  override createConnection(
    _options: ClientRequestArgs,
    connected: (error: Error | null, stream: Duplex) => void,
  ): undefined {
    this.#tunnel.socketPath().then(
      (path) => connected(null, connect(path)),
      // The types ask for a stream; with an error Node does not look at it.
      (error: Error) => connected(error, new Duplex()),
    );
  }

  /** Ends its connections and ssh. */
  async close(): Promise<void> {
    this.destroy();
    await this.#tunnel.close();
  }

  /** dockerode formats the options of every request, agent and open sockets included. */
  [inspect.custom](): string {
    return 'SshAgent';
  }
}

import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const enginePath = (process.env['DOCKER_HOST'] ?? '').replace(/^unix:\/\//, '');

/** A socket in front of the engine's that sees which build sessions are open. */
export class SessionWatch implements AsyncDisposable {
  readonly dockerHost: string;
  /** Sessions that were opened so far. */
  opened = 0;
  readonly #folder: string;
  readonly #server = net.createServer((client) => this.#connect(client));
  readonly #sockets = new Set<net.Socket>();
  readonly #sessions = new Set<net.Socket>();

  static async start(): Promise<SessionWatch> {
    const watch = new SessionWatch(await mkdtemp(join(tmpdir(), 'slipway-test-session-')));
    watch.#server.listen(watch.dockerHost.slice('unix://'.length));
    await once(watch.#server, 'listening');
    return watch;
  }

  private constructor(folder: string) {
    this.#folder = folder;
    this.dockerHost = `unix://${join(folder, 'docker.sock')}`;
  }

  /** Resolves once every session is closed by its client. */
  async allClosed(): Promise<void> {
    for (const session of this.#sessions) await once(session, 'close');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await rm(this.#folder, { recursive: true, force: true });
  }

  #connect(client: net.Socket): void {
    const engine = net.connect({ path: enginePath });
    for (const [from, to] of [
      [client, engine],
      [engine, client],
    ] as const) {
      this.#sockets.add(from);
      from.on('error', () => to.destroy());
      from.on('close', () => {
        this.#sockets.delete(from);
        this.#sessions.delete(from);
        to.destroy();
      });
    }
    client.on('data', (chunk: Buffer) => {
      if (!/^POST \S*\/session/.test(chunk.subarray(0, 200).toString('latin1'))) return;
      this.opened += 1;
      this.#sessions.add(client);
    });
    client.pipe(engine);
    engine.pipe(client);
  }
}

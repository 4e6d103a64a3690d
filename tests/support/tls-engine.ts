import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { createServer, type Server, type TlsOptions } from 'node:tls';
import { z } from 'zod';

/** The engine under test behind TLS, on a port of the loopback address. */
export class TlsEngine implements AsyncDisposable {
  readonly port: number;
  readonly #server: Server;
  readonly #sockets: Set<Socket>;

  /** @param socketPath the engine's own socket */
  static async start(socketPath: string, options: TlsOptions): Promise<TlsEngine> {
    const sockets = new Set<Socket>();
    // The end of one direction is passed on as that: it is how a program's input ends.
    const server = createServer({ ...options, allowHalfOpen: true }, (client) => {
      const engine = connect({ path: socketPath, allowHalfOpen: true });
      client.pipe(engine).pipe(client);
      client.on('error', () => engine.destroy());
      engine.on('error', () => client.destroy());
      client.on('close', () => engine.destroy());
    });
    server.on('connection', (socket: Socket) => {
      sockets.add(socket);
      socket.on('close', () => sockets.delete(socket));
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = z.object({ port: z.number() }).parse(server.address());
    return new TlsEngine(server, port, sockets);
  }

  private constructor(server: Server, port: number, sockets: Set<Socket>) {
    this.#server = server;
    this.port = port;
    this.#sockets = sockets;
  }

  get address(): string {
    return `tcp://127.0.0.1:${this.port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }
}

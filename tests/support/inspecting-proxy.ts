import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { z } from 'zod';
import type { Identity } from './certificates.js';

/**
 * A proxy that reads what goes through it, as companies have: it ends each TLS connection itself,
 * with a certificate of its own, and answers in place of the server. Listens on every address,
 * because builds reach it over the engine's bridge.
 */
export class InspectingProxy implements AsyncDisposable {
  readonly port: number;
  /** Hosts that were asked for, in order. */
  readonly connections: string[];
  readonly #close: () => Promise<void>;

  private constructor(port: number, connections: string[], close: () => Promise<void>) {
    this.port = port;
    this.connections = connections;
    this.#close = close;
  }

  static async start(identity: Identity, answer: RequestListener): Promise<InspectingProxy> {
    const inside = createTlsServer(identity, answer);
    const proxy = createServer();
    const connections: string[] = [];
    const sockets = new Set<{ destroy: () => void }>();
    proxy.on('connect', (request, socket) => {
      connections.push(request.url ?? '');
      sockets.add(socket);
      socket.on('close', () => sockets.delete(socket));
      socket.on('error', () => undefined);
      socket.write('HTTP/1.1 200 Connection Established\r\n\r\n');
      inside.emit('connection', socket);
    });
    inside.on('tlsClientError', () => undefined);
    proxy.listen(0);
    await once(proxy, 'listening');
    const { port } = z.object({ port: z.number() }).parse(proxy.address());
    return new InspectingProxy(port, connections, async () => {
      for (const socket of sockets) socket.destroy();
      proxy.close();
      proxy.closeAllConnections();
      await once(proxy, 'close');
    });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#close();
  }
}

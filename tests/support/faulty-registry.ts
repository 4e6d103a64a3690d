import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { z } from 'zod';
import type { RegistryImage } from './tiny-image.js';

/** `stalled`: half of it comes, and the connection stays open. */
type LayerChange = 'truncated' | 'corrupt' | 'missing' | 'slow' | 'stalled';

/** What is wrong with the registry. */
export type RegistryFault =
  /** The answer to a question for the manifest; `body` is the registry's own words. */
  | { readonly kind: 'manifest'; readonly status: number; readonly body: string }
  /** The answer to every question. */
  | { readonly kind: 'status'; readonly status: number; readonly body?: string }
  | { readonly kind: 'login' }
  /** The answer to everything that would change something. */
  | { readonly kind: 'write'; readonly status: number; readonly body: string }
  | { readonly kind: 'layer'; readonly change: LayerChange }
  | { readonly kind: 'silent' };

/** A registry on the loopback address that has one image, under every name, and one fault. */
export class FaultyRegistry implements AsyncDisposable {
  readonly address: string;
  /** Values of the header `Authorization` that were seen. */
  readonly logins: string[] = [];
  readonly #server: Server;

  static async start(
    image: RegistryImage,
    fault: RegistryFault | undefined,
    manifest = image.manifest,
  ): Promise<FaultyRegistry> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = z.object({ port: z.number() }).parse(server.address());
    const registry = new FaultyRegistry(server, `127.0.0.1:${port}`);
    server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      const { authorization } = request.headers;
      if (authorization !== undefined) registry.logins.push(authorization);
      const writes = request.method !== 'GET' && request.method !== 'HEAD';
      if (fault?.kind === 'write' && writes) return send(response, fault.status, fault.body);
      answer({ image: { ...image, manifest }, fault }, request.url ?? '', response);
    });
    return registry;
  }

  private constructor(server: Server, address: string) {
    this.#server = server;
    this.address = address;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }
}

interface Content {
  readonly image: RegistryImage;
  readonly fault: RegistryFault | undefined;
}

function answer({ image, fault }: Content, path: string, response: ServerResponse): void {
  if (fault?.kind === 'silent') return;
  if (fault?.kind === 'status') return send(response, fault.status, fault.body ?? '');
  if (fault?.kind === 'login') {
    response.setHeader('WWW-Authenticate', 'Basic realm="faulty"');
    return send(response, 401, errorBody('UNAUTHORIZED', 'authentication required'));
  }
  if (path === '/v2/') return send(response, 200, '{}');
  if (path.includes('/manifests/')) return sendManifest({ image, fault }, response);
  if (path.endsWith(image.config.digest)) return send(response, 200, image.config.bytes);
  if (path.endsWith(image.layer.digest)) return sendLayer({ image, fault }, response);
  send(response, 404, errorBody('BLOB_UNKNOWN', 'blob unknown to registry'));
}

function sendManifest({ image, fault }: Content, response: ServerResponse): void {
  if (fault?.kind === 'manifest') return send(response, fault.status, fault.body);
  response.setHeader('Content-Type', image.manifest.mediaType);
  response.setHeader('Docker-Content-Digest', image.manifest.digest);
  send(response, 200, image.manifest.bytes);
}

function sendLayer({ image, fault }: Content, response: ServerResponse): void {
  const { bytes } = image.layer;
  switch (fault?.kind === 'layer' ? fault.change : undefined) {
    case 'truncated':
      response.setHeader('Content-Length', bytes.length);
      response.write(bytes.subarray(0, bytes.length / 2), () => response.destroy());
      return;
    case 'corrupt':
      return send(response, 200, Buffer.from(bytes.map((byte) => byte ^ 1)));
    case 'missing':
      return send(response, 404, errorBody('BLOB_UNKNOWN', 'blob unknown to registry'));
    case 'slow':
      response.setHeader('Content-Length', bytes.length);
      response.write(bytes.subarray(0, 1));
      return;
    case 'stalled':
      response.setHeader('Content-Length', bytes.length);
      response.write(bytes.subarray(0, bytes.length / 2));
      return;
    case undefined:
      send(response, 200, bytes);
  }
}

function send(response: ServerResponse, status: number, body: string | Buffer): void {
  response.statusCode = status;
  if (typeof body === 'string') response.setHeader('Content-Type', 'application/json');
  response.setHeader('Content-Length', Buffer.byteLength(body));
  response.end(body);
}

/** As the distribution specification writes errors. */
export function errorBody(code: string, message: string): string {
  return JSON.stringify({ errors: [{ code, message }] });
}

import { once } from 'node:events';
import {
  createServer,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  type Server,
  type ServerResponse,
} from 'node:http';
import { z } from 'zod';
import { createDockerExecutor, type DockerExecutor } from '../../src/index.js';
import { askEngine } from './engine-view.js';
import type { RegistryImage } from './tiny-image.js';

/** `stalled`: half of it comes, and the connection stays open. */
type LayerChange = 'missing' | 'slow' | 'stalled';

/** What a pull asks for; `everything` is all of it, from the first question on. */
export type PullPart = 'everything' | 'manifest' | 'config' | 'layer';

/**
 * What becomes of an answer from one of its bytes on. `truncated`: what is before that byte comes
 * as if it were all. `corrupt`: that byte is another. `cut`: the connection breaks; `down`: and
 * nobody listens any more. `stalled`: the connection stays open, and nothing comes; `trickling`: a
 * byte now and then does.
 */
type FromByte = 'truncated' | 'corrupt' | 'cut' | 'down' | 'stalled' | 'trickling';

export type Damage =
  /** Another answer; `body` is the registry's own words. */
  | { readonly kind: 'status'; readonly status: number; readonly body: string }
  /** None at all. */
  | { readonly kind: 'silent' }
  /** `byte` draws one of so many, anew for each answer. */
  | { readonly kind: FromByte; readonly byte: (limit: number) => number };

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
  /** The answers to the questions for a part. */
  | { readonly kind: 'part'; readonly part: PullPart; readonly damage: Damage }
  | { readonly kind: 'silent' };

/** A registry on the loopback address that has one image, under every name, and one fault. */
export class FaultyRegistry implements AsyncDisposable {
  readonly address: string;
  /** Values of the header `Authorization` that were seen. */
  readonly logins: string[] = [];
  /** What became of the answers for a part, in words. */
  readonly damaged: string[] = [];
  readonly #server: Server;
  #gone: Promise<unknown> | undefined;

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
      const content = { image: { ...image, manifest }, fault };
      const damaged = (words: string): void => void registry.damaged.push(words);
      const down = (): void => void registry.goDown();
      answer({ ...content, damaged, down }, request.url ?? '', response);
    });
    return registry;
  }

  private constructor(server: Server, address: string) {
    this.#server = server;
    this.address = address;
  }

  /** Breaks every connection; nobody listens any more. */
  async goDown(): Promise<void> {
    this.#gone ??= once(this.#server, 'close');
    this.#server.close();
    this.#server.closeAllConnections();
    await this.#gone;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.goDown();
  }
}

/** Registries of tests are on a private address: the operator has to write them out. */
export function executorFor(...registries: readonly string[]): DockerExecutor {
  const allow = registries.map((address) => `${address}/*/*`);
  return createDockerExecutor({ policy: { images: { allow } } });
}

export async function isOnEngine(image: string): Promise<boolean> {
  return (await askEngine('GET', `/images/${image}/json`)) !== undefined;
}

interface Content {
  readonly image: RegistryImage;
  readonly fault: RegistryFault | undefined;
  /** Hears what became of an answer. */
  readonly damaged: (words: string) => void;
  readonly down: () => void;
}

function answer(content: Content, path: string, response: ServerResponse): void {
  const { image, fault } = content;
  if (fault?.kind === 'silent') return;
  if (fault?.kind === 'status') return send(response, fault.status, fault.body ?? '');
  if (fault?.kind === 'login') return askForLogin(response);
  const found = find(image, path);
  if (found === undefined) {
    return send(response, 404, errorBody('BLOB_UNKNOWN', 'blob unknown to registry'));
  }
  if (fault?.kind === 'part' && isFor(fault.part, found)) {
    return spoil(content, { damage: fault.damage, found }, response);
  }
  give(found, fault, response);
}

function isFor(part: PullPart, found: Found): boolean {
  return part === 'everything' || part === found.part;
}

function give(found: Found, fault: RegistryFault | undefined, response: ServerResponse): void {
  const { part, bytes } = found;
  if (part === 'manifest' && fault?.kind === 'manifest') {
    return send(response, fault.status, fault.body);
  }
  if (part === 'layer' && fault?.kind === 'layer') {
    return changeLayer(fault.change, bytes, response);
  }
  response.writeHead(200, headersOf(found)).end(bytes);
}

/** What a registry keeps under a path. */
interface Found {
  readonly part: Exclude<PullPart, 'everything'> | 'first question';
  readonly bytes: Buffer;
  readonly headers: OutgoingHttpHeaders;
}

function find({ manifest, config, layer }: RegistryImage, path: string): Found | undefined {
  const json = { 'Content-Type': 'application/json' };
  if (path === '/v2/') return { part: 'first question', bytes: Buffer.from('{}'), headers: json };
  if (path.includes('/manifests/')) {
    const { bytes, mediaType, digest } = manifest;
    const headers = { 'Content-Type': mediaType, 'Docker-Content-Digest': digest };
    return { part: 'manifest', bytes, headers };
  }
  if (path.endsWith(config.digest)) return { part: 'config', bytes: config.bytes, headers: {} };
  if (path.endsWith(layer.digest)) return { part: 'layer', bytes: layer.bytes, headers: {} };
  return undefined;
}

function headersOf({ bytes, headers }: Found): OutgoingHttpHeaders {
  return { ...headers, 'Content-Length': bytes.length };
}

function askForLogin(response: ServerResponse): void {
  response.setHeader('WWW-Authenticate', 'Basic realm="faulty"');
  send(response, 401, errorBody('UNAUTHORIZED', 'authentication required'));
}

function changeLayer(change: LayerChange, bytes: Buffer, response: ServerResponse): void {
  if (change === 'missing') {
    return send(response, 404, errorBody('BLOB_UNKNOWN', 'blob unknown to registry'));
  }
  response.setHeader('Content-Length', bytes.length);
  response.write(bytes.subarray(0, change === 'slow' ? 1 : bytes.length / 2));
}

interface Spoiled {
  readonly damage: Damage;
  readonly found: Found;
}

function spoil(
  { damaged, down }: Content,
  { damage, found }: Spoiled,
  response: ServerResponse,
): void {
  const { part, bytes } = found;
  if (damage.kind === 'silent') return damaged(`${part} silent`);
  if (damage.kind === 'status') {
    damaged(`${part} ${damage.status}`);
    return send(response, damage.status, damage.body);
  }
  const at = damage.byte(bytes.length);
  damaged(`${part} ${damage.kind} at ${at} of ${bytes.length}`);
  if (damage.kind === 'truncated') return send(response, 200, bytes.subarray(0, at));
  if (damage.kind === 'corrupt') return send(response, 200, withAnotherByte(bytes, at));
  response.writeHead(200, headersOf(found));
  // Also before the first byte, the client gets to see that an answer begins.
  response.flushHeaders();
  breakOff(damage.kind, { before: bytes.subarray(0, at), after: bytes.subarray(at) }, response);
  if (damage.kind === 'down') response.on('close', down);
}

interface Halves {
  readonly before: Buffer;
  readonly after: Buffer;
}

function breakOff(
  kind: Exclude<FromByte, 'truncated' | 'corrupt'>,
  { before, after }: Halves,
  response: ServerResponse,
): void {
  if (kind === 'cut' || kind === 'down') response.write(before, () => response.destroy());
  else response.write(before);
  if (kind === 'trickling') trickle(after, response);
}

const TRICKLE_MS = 50;

function trickle(bytes: Buffer, response: ServerResponse): void {
  let sent = 0;
  const timer = setInterval(() => {
    response.write(bytes.subarray(sent, sent + 1));
    sent += 1;
  }, TRICKLE_MS);
  response.on('close', () => clearInterval(timer));
}

function withAnotherByte(bytes: Buffer, at: number): Buffer {
  const changed = Buffer.from(bytes);
  changed[at] = (changed[at] ?? 0) ^ 1;
  return changed;
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

import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import { connect, type ClientHttp2Session } from 'node:http2';
import type { Duplex } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { join } from 'node:path';
import protobuf from 'protobufjs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import { openBuildSession, type SessionAnswers } from '../../../src/engine/buildkit-session.js';
import { transportTo } from '../../support/fake-engine/transport.js';
import { tempFolders } from '../../support/temp-folder.js';

const temporary = tempFolders();

/** BuildKit's side of its protocols, as it is in its repository. */
const { root } = protobuf.parse(`
syntax = "proto3";
message HealthCheckRequest { string service = 1; }
message HealthCheckResponse { int32 status = 1; }
message CredentialsRequest { string Host = 1; }
message CredentialsResponse { string Username = 1; string Secret = 2; }
message GetSecretRequest { string ID = 1; map<string, string> annotations = 2; }
message GetSecretResponse { bytes data = 1; }
`);

const HEALTH = ['HealthCheckRequest', 'HealthCheckResponse'] as const;
const AUTH = ['CredentialsRequest', 'CredentialsResponse'] as const;
const SECRET = ['GetSecretRequest', 'GetSecretResponse'] as const;

interface Answer {
  readonly status: string;
  readonly message: Record<string, unknown> | undefined;
}

/** An engine that upgrades `POST /session` and asks over it as BuildKit does. */
class Builder {
  readonly socketPath: string;
  headers: IncomingMessage['headersDistinct'] = {};
  /** Resolves once the connection of the session is closed. */
  ended: Promise<string> = Promise.reject(new Error('there is no session'));
  readonly #server = createServer();
  #client: ClientHttp2Session | undefined;

  constructor(socketPath: string, status: number) {
    this.socketPath = socketPath;
    this.ended.catch(() => undefined);
    this.#server.listen(socketPath);
    if (status !== 101) {
      this.#server.on('request', (_, response) => response.writeHead(status).end('{}'));
      this.#server.on('upgrade', (_, socket: Duplex) =>
        socket.end(`HTTP/1.1 ${status} No\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}`),
      );
      return;
    }
    this.#server.on('upgrade', (request: IncomingMessage, socket: Duplex) => {
      this.headers = request.headersDistinct;
      socket.on('error', () => undefined);
      // Sockets of a server stay open until both sides end them; BuildKit's do not.
      socket.allowHalfOpen = false;
      socket.write('HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n');
      this.#client = connect('http://builder', { createConnection: () => socket });
      this.#client.on('error', () => undefined);
      this.ended = once(this.#client, 'close').then(() => 'the connection is closed');
    });
  }

  static async start(status = 101): Promise<Builder> {
    const builder = new Builder(join(await temporary(), 'docker.sock'), status);
    await once(builder.#server, 'listening');
    onTestFinished(() => {
      builder.#client?.destroy();
      builder.#server.close();
    });
    return builder;
  }

  async ask(
    path: string,
    [request, response]: readonly [string, string],
    value: object = {},
  ): Promise<Answer> {
    const stream = this.#call(path);
    const trailers = once(stream, 'trailers').catch(() => [{}]);
    const headers = once(stream, 'response');
    const type = root.lookupType(request);
    stream.end(framed(type.encode(type.create(value)).finish()));
    const body = await buffer(stream);
    const status = statusOf(await headers) ?? statusOf(await trailers) ?? 'none';
    const message = body.length === 0 ? undefined : decoded(response, body.subarray(5));
    return { status, message };
  }

  /** The first message of an answer that goes on. */
  async watch(path: string): Promise<Answer['message']> {
    const stream = this.#call(path);
    stream.end(framed(Buffer.alloc(0)));
    const message = await new Promise<Buffer>((resolve) => stream.once('data', resolve));
    stream.close();
    return decoded(HEALTH[1], message.subarray(5));
  }

  #call(path: string) {
    if (this.#client === undefined) throw new Error('there is no session');
    return this.#client.request({
      ':method': 'POST',
      ':path': path,
      'content-type': 'application/grpc',
      te: 'trailers',
    });
  }
}

function framed(message: Uint8Array): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
}

function decoded(name: string, message: Buffer): Record<string, unknown> {
  const type = root.lookupType(name);
  return type.toObject(type.decode(message), { defaults: true, bytes: Buffer });
}

/** In the headers of an answer without a message, else in its trailers. */
function statusOf(event: unknown): string | undefined {
  const [headers] = z
    .tuple([z.looseObject({ 'grpc-status': z.coerce.string().optional() })])
    .rest(z.unknown())
    .parse(event);
  return headers['grpc-status'];
}

const NOTHING: SessionAnswers = { login: () => Promise.resolve(undefined), secrets: new Map() };

async function session(answers: Partial<SessionAnswers> = {}) {
  const builder = await Builder.start();
  const opened = await openBuildSession(transportTo(builder.socketPath), {
    ...NOTHING,
    ...answers,
  });
  if (opened === undefined) throw new Error('no session');
  onTestFinished(() => opened.close());
  return { builder, opened };
}

const OK = '0';
const NOT_FOUND = '5';
const UNIMPLEMENTED = '12';

describe('the session of a build', () => {
  it('says who it is and what can be asked', async () => {
    const { builder, opened } = await session();
    expect(builder.headers).toMatchObject({
      upgrade: ['h2c'],
      'x-docker-expose-session-uuid': [opened.id],
      'x-docker-expose-session-grpc-method': [
        '/grpc.health.v1.Health/Check',
        '/grpc.health.v1.Health/Watch',
        '/moby.filesync.v1.Auth/Credentials',
        '/moby.buildkit.secrets.v1.Secrets/GetSecret',
      ],
    });
  });

  it('is well, whichever way it is asked', async () => {
    const { builder } = await session();
    const answer = await builder.ask('/grpc.health.v1.Health/Check', HEALTH);
    expect(answer).toEqual({ status: OK, message: { status: 1 } });
    expect(await builder.watch('/grpc.health.v1.Health/Watch')).toEqual({ status: 1 });
  });

  it('gives each registry its own login, and none where there is none', async () => {
    const logins = new Map([
      ['a.example', { username: 'ann', secret: 'pässword' }],
      ['b.example:5000', { username: '', secret: 'token' }],
    ]);
    const { builder } = await session({ login: async (host) => logins.get(host) });
    const ask = (Host: string) => builder.ask('/moby.filesync.v1.Auth/Credentials', AUTH, { Host });
    const none = { Username: '', Secret: '' };
    expect((await ask('a.example')).message).toEqual({ Username: 'ann', Secret: 'pässword' });
    expect((await ask('b.example:5000')).message).toEqual({ Username: '', Secret: 'token' });
    expect(await ask('b.example')).toEqual({ status: OK, message: none });
  });

  it('goes on without a login that cannot be found out', async () => {
    const { builder } = await session({ login: () => Promise.reject(new Error('locked')) });
    const answer = await builder.ask('/moby.filesync.v1.Auth/Credentials', AUTH, { Host: 'x' });
    expect(answer).toEqual({ status: OK, message: { Username: '', Secret: '' } });
  });

  it('gives a secret as it is, and says which ones it does not have', async () => {
    const data = Buffer.from([0, 1, 2, 255, 10]);
    const { builder } = await session({ secrets: new Map([['key', data]]) });
    const ask = (ID: string) =>
      builder.ask('/moby.buildkit.secrets.v1.Secrets/GetSecret', SECRET, { ID });
    expect(await ask('key')).toEqual({ status: OK, message: { data } });
    for (const other of ['', 'toString', '__proto__', 'HTTP_AUTH_HEADER_build-context-x']) {
      expect(await ask(other)).toEqual({ status: NOT_FOUND, message: undefined });
    }
  });

  it('does not know what it does not offer', async () => {
    const { builder } = await session();
    const answer = await builder.ask('/moby.filesync.v1.Auth/GetTokenAuthority', AUTH);
    expect(answer.status).toBe(UNIMPLEMENTED);
  });

  it('ends its connection when it is closed', async () => {
    const { builder, opened } = await session();
    const ended = builder.ended;
    opened.close();
    await expect(ended).resolves.toBe('the connection is closed');
  });

  it.each([403, 404, 405, 501])('is none where the engine answers %i', async (status) => {
    const builder = await Builder.start(status);
    const opening = openBuildSession(transportTo(builder.socketPath), NOTHING);
    expect(await opening).toBeUndefined();
  });

  it('fails where the engine fails', async () => {
    const builder = await Builder.start(500);
    const opening = openBuildSession(transportTo(builder.socketPath), NOTHING);
    await expect(opening).rejects.toMatchObject({
      code: 'ENGINE_ERROR',
      context: { operation: 'open build session', status: 500 },
    });
  });

  it("is not opened any more for a caller who left: it rejects with the caller's reason", async () => {
    const builder = await Builder.start();
    const reason = new Error('left');
    const transport = transportTo(builder.socketPath);
    const opening = openBuildSession(transport, NOTHING, AbortSignal.abort(reason));
    await expect(opening).rejects.toBe(reason);
  });
});

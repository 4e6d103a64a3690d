/**
 * The session of one BuildKit build: a connection over which the builder asks its client for
 * logins and secrets, by gRPC, while it builds.
 *
 * dockerode's own session has no health service, without which BuildKit hangs up after one to
 * five seconds, and gives one login to every registry.
 */
import { randomUUID } from 'node:crypto';
import type { Duplex } from 'node:stream';
import type { sendUnaryData, Server } from '@grpc/grpc-js';
import { hasStatus } from './map-error.js';
import {
  credentialsRequest,
  credentialsResponse,
  healthyResponse,
  secretRequest,
  secretResponse,
  type Credentials,
} from './session-codec.js';
import type { Transport } from './transport.js';

/** What a builder may ask for. */
export interface SessionAnswers {
  /** The login of one registry; undefined when there is none. A rejection counts as none. */
  readonly login: (host: string) => Promise<Credentials | undefined>;
  /** Bytes by id. */
  readonly secrets: ReadonlyMap<string, Uint8Array>;
}

export interface BuildSession {
  /** What the build names its session with. */
  readonly id: string;
  /** Ends the connection at once. A build that is under way cannot ask any more. */
  close(): void;
}

const HEALTH = '/grpc.health.v1.Health';
const CREDENTIALS = '/moby.filesync.v1.Auth/Credentials';
const GET_SECRET = '/moby.buildkit.secrets.v1.Secrets/GetSecret';
const METHODS = [`${HEALTH}/Check`, `${HEALTH}/Watch`, CREDENTIALS, GET_SECRET];

/**
 * Opens a session; undefined when there are none: with an engine that has no BuildKit, or behind
 * a proxy that does not let them through.
 */
export async function openBuildSession(
  transport: Transport,
  answers: SessionAnswers,
  signal?: AbortSignal,
): Promise<BuildSession | undefined> {
  const id = randomUUID();
  const { server, inject } = await answeringServer(answers);
  const socket = await connect(transport, id, signal);
  if (socket === undefined) return undefined;
  // Who hangs up first is of no interest: a build that needed the session says so itself.
  socket.on('error', () => undefined);
  inject(socket);
  return {
    id,
    close: () => {
      server.forceShutdown();
      socket.destroy();
    },
  };
}

async function connect(
  transport: Transport,
  id: string,
  signal: AbortSignal | undefined,
): Promise<Duplex | undefined> {
  try {
    return await transport.hijack({
      method: 'POST',
      path: '/session',
      operation: 'open build session',
      headers: {
        Upgrade: 'h2c',
        'X-Docker-Expose-Session-Uuid': id,
        'X-Docker-Expose-Session-Name': 'slipway',
        'X-Docker-Expose-Session-Sharedkey': '',
        'X-Docker-Expose-Session-Grpc-Method': METHODS,
      },
      deadlineMs: transport.deadlines.queryMs,
      signal,
    });
  } catch (error) {
    if (hasStatus(error, 403, 404, 405, 501)) return undefined;
    throw error;
  }
}

interface AnsweringServer {
  readonly server: Server;
  /** Serves on a connection that is open. */
  readonly inject: (connection: Duplex) => void;
}

async function answeringServer({ login, secrets }: SessionAnswers): Promise<AnsweringServer> {
  // Loaded on first use: most runs build nothing.
  const { Server: GrpcServer, ServerCredentials, status } = await import('@grpc/grpc-js');
  const server = new GrpcServer({ 'grpc.enable_channelz': 0 });
  unary(server, `${HEALTH}/Check`, nothing, (_, answer) => answer(null, healthyResponse));
  server.register<object, Buffer>(
    `${HEALTH}/Watch`,
    (call: { write: (message: Buffer) => void }) => call.write(healthyResponse),
    asItIs,
    nothing,
    'serverStream',
  );
  unary(server, CREDENTIALS, credentialsRequest, ({ host }, answer) => {
    const none = { username: '', secret: '' };
    login(host).then(
      (found) => answer(null, credentialsResponse(found ?? none)),
      () => answer(null, credentialsResponse(none)),
    );
  });
  unary(server, GET_SECRET, secretRequest, ({ id }, answer) => {
    const secret = secrets.get(id);
    // BuildKit also asks for secrets of its own, and goes on when they are not found.
    if (secret === undefined) answer({ code: status.NOT_FOUND, details: `no secret ${id}` });
    else answer(null, secretResponse(secret));
  });
  const injector = server.createConnectionInjector(ServerCredentials.createInsecure());
  return { server, inject: (connection) => injector.injectConnection(connection) };
}

function unary<T>(
  server: Server,
  path: string,
  read: (bytes: Buffer) => T,
  handle: (request: T, answer: sendUnaryData<Buffer>) => void,
): void {
  server.register<T, Buffer>(
    path,
    (call: { request: T }, answer: sendUnaryData<Buffer>) => handle(call.request, answer),
    asItIs,
    read,
    'unary',
  );
}

function asItIs(bytes: Buffer): Buffer {
  return bytes;
}

/** Of a request that says nothing. An answer all the same: undefined stands for no request. */
function nothing(): object {
  return {};
}

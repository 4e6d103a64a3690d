import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { within } from '../../core/deadline.js';
import { SlipwayError } from '../../core/errors.js';
import { quoteValue } from '../../core/options.js';
import type { McpServerSetup } from '../serve-mcp.js';
import { type McpSession, RunningCalls, Served } from '../served.js';
import { BearerToken } from './bearer-token.js';
import { HttpFront } from './http-front.js';
import { HTTP_LIMITS, type HttpLimits } from './http-limits.js';
import { McpEndpoint } from './mcp-endpoint.js';
import { PermittedNames, urlHost } from './permitted-names.js';
import { ENDPOINT, RequestGuard } from './request-guard.js';

/** What a server over HTTP needs. */
export interface McpHttpServing extends McpServerSetup {
  /** Address or name to listen on: `127.0.0.1`, `::1`, `localhost`. */
  readonly host: string;
  /** 0 takes any that is free. */
  readonly port: number;
  /** What clients must send as bearer token: 32 to 512 characters. */
  readonly token: string;
  /** What an error calls the token, e.g. the variable that it came from. */
  readonly tokenName?: string | undefined;
  /**
   * Names besides the loopback ones that clients reach it by, without a port. Without any, only a
   * loopback address is listened on.
   */
  readonly allowedHosts: readonly string[];
  /** Those of `HTTP_LIMITS` that are not given. */
  readonly limits?: Partial<HttpLimits>;
}

/** A server that is being served over HTTP. */
export interface McpHttpSession extends McpSession {
  /** Where clients find it: `http://127.0.0.1:8931/mcp`. */
  readonly url: string;
}

/**
 * Serves the tools over Streamable HTTP, to clients of the 2024-2025 revisions of the protocol, each
 * with a session, and of 2026-07-28. It ends on `shutdown` only; then every running call and job is
 * ended, its container is removed, and executor and builder are closed.
 *
 * @throws {SlipwayError} `INVALID_INPUT` for a weak token, for an address that others reach
 *   when no host is permitted, and for an address that cannot be listened on
 */
export async function serveMcpHttp(serving: McpHttpServing): Promise<McpHttpSession> {
  const { executor, builder, logger, host, port } = serving;
  const guard = new RequestGuard(
    new BearerToken(serving.token, serving.tokenName),
    new PermittedNames(host, serving.allowedHosts),
  );
  const limits = { ...HTTP_LIMITS, ...serving.limits };
  const server = createHttpServer(limits);
  const exchanges = new RunningCalls();
  const served: Served = new Served(logger, () => [
    endpoint.close('the server ends').then(() => closeServer(server, exchanges)),
    executor.close(),
    builder.close(),
  ]);
  const endpoint = new McpEndpoint(serving, served, limits);
  const front = new HttpFront({ logger, limits, guard, endpoint, ending: served.signal });
  server.on('request', (request, response) => exchanges.track(front.serve(request, response)));
  const url = await listen(server, host, port);
  // Such as too many open files, of which the server recovers.
  server.on('error', ({ message }) => logger.warn('mcp.http_error', { message }));
  logger.info('mcp.listening', { url });
  return { url, closed: served.closed, shutdown: (reason) => served.shutdown(reason) };
}

function createHttpServer(limits: HttpLimits): Server {
  const server = createServer({
    maxHeaderSize: limits.headerBytes,
    headersTimeout: limits.headersMs,
    requestTimeout: limits.requestMs,
    connectionsCheckingInterval: limits.timeoutCheckMs,
    keepAliveTimeout: limits.keepAliveMs,
    noDelay: true,
  });
  server.maxConnections = limits.connections;
  return server;
}

async function listen(server: Server, host: string, port: number): Promise<string> {
  try {
    server.listen({ host, port });
    await once(server, 'listening');
  } catch (error) {
    throw cannotListen(`${urlHost(host)}:${port}`, error);
  }
  const address = server.address();
  const taken = typeof address === 'object' && address !== null ? address.port : port;
  return `http://${urlHost(host)}:${taken}${ENDPOINT}`;
}

function cannotListen(address: string, cause: unknown): SlipwayError<'INVALID_INPUT'> {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new SlipwayError('INVALID_INPUT', {
    message: `The HTTP server cannot listen on ${quoteValue(address)}: ${why}.`,
    hint: 'Choose another address or port, or end the program that has it. Port 0 takes a free one.',
    context: { field: 'http', rule: 'must be an address that is free', value: address },
    cause,
  });
}

const LAST_BYTES_MS = 250;

/** Lets the last bytes of the ended streams leave; connections that stay open are cut. */
async function closeServer(server: Server, exchanges: RunningCalls): Promise<void> {
  server.close();
  await within(exchanges.settled(), LAST_BYTES_MS);
  server.closeAllConnections();
}

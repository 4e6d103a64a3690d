import {
  createMcpHandler,
  isLegacyRequest,
  type McpHttpHandler,
} from '@modelcontextprotocol/server';
import { createServer } from '../create-server.js';
import { callContext, type McpServerSetup } from '../serve-mcp.js';
import type { Served } from '../served.js';
import type { HttpLimits } from './http-limits.js';
import type { ClientRequest, OpenServer } from './http-session.js';
import { HttpSessions } from './http-sessions.js';

/** Serves both generations of the protocol at one address. */
export class McpEndpoint {
  readonly #stateless: McpHttpHandler;
  readonly #sessions: HttpSessions;

  constructor(setup: McpServerSetup, served: Served, limits: HttpLimits) {
    this.#stateless = statelessHandler(setup, served, limits);
    this.#sessions = new HttpSessions(sessionServer(setup, served), setup.logger, limits);
  }

  /** @param ended resolves when the answer is sent, or cannot be */
  async handle(message: ClientRequest, ended: Promise<unknown>): Promise<Response> {
    const { request, body } = message;
    return (await isLegacyRequest(request, body))
      ? this.#sessions.handle(message, ended)
      : this.#stateless.fetch(request, { parsedBody: body });
  }

  /** Ends every session and every request. */
  async close(reason: string): Promise<void> {
    await Promise.all([this.#stateless.close(), this.#sessions.close(reason)]);
  }
}

/**
 * Clients of 2026-07-28: every request is its own, and all share one store of outputs and jobs. An
 * output or a job is reached by its id, which cannot be guessed; none is listed for others.
 */
function statelessHandler(
  setup: McpServerSetup,
  served: Served,
  { subscriptions }: HttpLimits,
): McpHttpHandler {
  const { tools, version, logger } = setup;
  const { track } = served.calls;
  const shared = callContext(setup, served.signal, track);
  const parts = { tools, version, shared, track, listRuns: false };
  return createMcpHandler(() => createServer(parts), {
    legacy: 'reject',
    // Common HTTP clients give up on an answer whose headers do not come within minutes.
    responseMode: 'sse',
    maxSubscriptions: subscriptions,
    onerror: ({ message }) => logger.debug('mcp.connection_error', { message }),
  });
}

/** Every session has its own outputs and jobs, which end with it. */
function sessionServer(setup: McpServerSetup, served: Served): OpenServer {
  const { tools, version } = setup;
  return (signal, trackInSession) => {
    const track = (call: Promise<unknown>): void => {
      trackInSession(call);
      served.calls.track(call);
    };
    const shared = callContext(setup, signal, track);
    return createServer({ tools, version, shared, track });
  };
}

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Logger } from '../../core/logger.js';
import { HttpExchange } from './http-exchange.js';
import type { HttpLimits } from './http-limits.js';
import type { McpEndpoint } from './mcp-endpoint.js';
import { readMessage } from './read-message.js';
import { CODE, type Refusal, refusalResponse } from './refusal.js';
import { PREFLIGHT_HEADERS, type RequestGuard } from './request-guard.js';

/** What the front is made from. */
export interface FrontParts {
  readonly logger: Logger;
  readonly limits: HttpLimits;
  readonly guard: RequestGuard;
  readonly endpoint: McpEndpoint;
  /** Aborted once the server ends. */
  readonly ending: AbortSignal;
}

/** Takes requests from the network and gives those that are permitted to the endpoint. */
export class HttpFront {
  readonly #parts: FrontParts;

  constructor(parts: FrontParts) {
    this.#parts = parts;
  }

  /** Answers one request. Never rejects. */
  async serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const { guard, logger, limits } = this.#parts;
    const exchange = new HttpExchange(incoming, response);
    try {
      if (guard.isPreflight(incoming)) return await this.#preflight(incoming, exchange);
      const answer = await this.#answer(incoming, exchange);
      await exchange.answer(answer, guard.corsHeaders(incoming), limits.stalledMs);
    } catch (error) {
      logger.debug('mcp.http_failed', { error: String(error) });
      if (response.headersSent) response.destroy();
      else await exchange.answer(refusalResponse(FAILED), {}, limits.stalledMs);
    }
  }

  async #answer(incoming: IncomingMessage, exchange: HttpExchange): Promise<Response> {
    const { guard, endpoint, limits, ending } = this.#parts;
    const refusal = guard.refusal(incoming);
    if (refusal !== undefined) return this.#refuse(refusal);
    const isMessage = incoming.method === 'POST';
    const read = isMessage ? await readMessage(incoming, limits) : { value: undefined };
    if ('refusal' in read) return this.#refuse(read.refusal);
    if (ending.aborted) return this.#refuse(ENDING);
    return endpoint.handle({ request: exchange.request, body: read.value }, exchange.ended);
  }

  #refuse(refusal: Refusal): Response {
    const { status, message } = refusal;
    this.#parts.logger.debug('mcp.http_refused', { status, message });
    return refusalResponse(refusal);
  }

  async #preflight(incoming: IncomingMessage, exchange: HttpExchange): Promise<void> {
    const { guard, limits } = this.#parts;
    const headers = { ...PREFLIGHT_HEADERS, ...guard.corsHeaders(incoming) };
    await exchange.answer(new Response(null, { status: 204 }), headers, limits.stalledMs);
  }
}

const ENDING: Refusal = { status: 503, code: CODE.refused, message: 'The server is ending.' };

const FAILED: Refusal = { status: 500, code: CODE.internal, message: 'Internal server error' };

import { randomUUID } from 'node:crypto';
import {
  isJSONRPCNotification,
  isJSONRPCRequest,
  type McpServer,
  type RequestId,
  WebStandardStreamableHTTPServerTransport,
} from '@modelcontextprotocol/server';
import { within } from '../../core/deadline.js';
import { RunningCalls, SHUTDOWN_BUDGET_MS } from '../served.js';
import { CODE, refusalResponse } from './refusal.js';

/** Makes the server of one session, from the signal that ends its calls and what follows them. */
export type OpenServer = (signal: AbortSignal, track: RunningCalls['track']) => McpServer;

/** One request of a client, with its body already read. */
export interface ClientRequest {
  readonly request: Request;
  /** JSON; undefined for methods without a body. */
  readonly body: unknown;
}

/** One client of the 2024-2025 revisions, from its `initialize` to its DELETE. */
export class HttpSession {
  readonly id = randomUUID();
  readonly #calls = new RunningCalls();
  readonly #stopping = new AbortController();
  readonly #transport: WebStandardStreamableHTTPServerTransport;
  readonly #server: McpServer;
  /** Requests that wait for their answer, with how many came in the same body. */
  readonly #waiting = new Map<RequestId, number>();

  constructor(open: OpenServer, report: (error: Error) => void) {
    this.#server = open(this.#stopping.signal, this.#calls.track);
    const transport = new WebStandardStreamableHTTPServerTransport({
      sessionIdGenerator: () => this.id,
    });
    this.#transport = Object.assign(transport, { onerror: report });
  }

  /** Work is under way that nobody may be waiting for on a connection: a job. */
  get isWorking(): boolean {
    return this.#calls.size > 0;
  }

  async connect(): Promise<void> {
    await this.#server.connect(this.#transport);
  }

  /** @param ended is told when the answer is sent, or cannot be */
  async handle({ request, body }: ClientRequest, ended: Promise<unknown>): Promise<Response> {
    const ids = requestIds(body);
    const reused = ids.find((id, index) => this.#waiting.has(id) || ids.indexOf(id) !== index);
    if (reused !== undefined) return refusalResponse(idInUse(reused));
    for (const id of ids) this.#waiting.set(id, ids.length);
    void ended.finally(() => ids.forEach((id) => this.#waiting.delete(id)));
    const answer = await this.#transport.handleRequest(request, { parsedBody: body });
    this.#endStreamOf(cancelledId(body));
    return answer;
  }

  /** Cancels what runs and waits until it is removed, at most 1.5 s. */
  async end(reason: string): Promise<void> {
    this.#stopping.abort(new Error(`The MCP session is over: ${reason}.`));
    await this.#server.close();
    await within(this.#calls.settled(), SHUTDOWN_BUDGET_MS);
  }

  /** A cancelled request is never answered; its stream would stay open for nothing. */
  #endStreamOf(id: RequestId | undefined): void {
    if (id !== undefined && this.#waiting.get(id) === 1) this.#transport.closeSSEStream(id);
  }
}

function messages(body: unknown): readonly unknown[] {
  return Array.isArray(body) ? body : [body];
}

function requestIds(body: unknown): readonly RequestId[] {
  return messages(body).flatMap((message) => (isJSONRPCRequest(message) ? [message.id] : []));
}

function cancelledId(body: unknown): RequestId | undefined {
  if (!isJSONRPCNotification(body) || body.method !== 'notifications/cancelled') return undefined;
  const id = body.params?.['requestId'];
  return typeof id === 'string' || typeof id === 'number' ? id : undefined;
}

function idInUse(id: RequestId): Parameters<typeof refusalResponse>[0] {
  const message = `Invalid Request: the id ${JSON.stringify(id).slice(0, 100)} belongs to a request that is not answered yet.`;
  return { status: 400, code: CODE.invalidRequest, message };
}

import { randomUUID } from 'node:crypto';
import {
  isJSONRPCNotification,
  isJSONRPCRequest,
  isSpecType,
  type McpServer,
  type RequestId,
} from '@modelcontextprotocol/server';
import { within } from '../../core/deadline.js';
import { RunningCalls, SHUTDOWN_BUDGET_MS } from '../served.js';
import { CODE, refusalResponse } from './refusal.js';
import { SessionTransport } from './session-transport.js';

/** Makes the server of one session, from the signal that ends its calls and what follows them. */
export type OpenServer = (signal: AbortSignal, track: RunningCalls['track']) => McpServer;

/** One request of a client, with its body already read. */
export interface ClientRequest {
  readonly request: Request;
  /** JSON; undefined for methods without a body. */
  readonly body: unknown;
}

/** The requests of one body, whose answers share a stream. */
interface Batch {
  /** Those that are neither answered nor cancelled. */
  readonly open: Set<RequestId>;
  readonly cancelled: Set<RequestId>;
}

/** One client of the 2024-2025 revisions, from its `initialize` to its DELETE. */
export class HttpSession {
  readonly id = randomUUID();
  readonly #calls = new RunningCalls();
  readonly #stopping = new AbortController();
  readonly #transport: SessionTransport;
  readonly #server: McpServer;
  /** Requests whose stream is open. */
  readonly #waiting = new Map<RequestId, Batch>();

  constructor(open: OpenServer, report: (error: Error) => void) {
    this.#server = open(this.#stopping.signal, this.#calls.track);
    this.#transport = new SessionTransport({
      sessionId: this.id,
      onanswer: (id) => this.#settle(id),
      onerror: report,
    });
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
    const batch: Batch = { open: new Set(), cancelled: new Set() };
    for (const id of ids) {
      if (this.#waiting.has(id) || batch.open.has(id)) return refusalResponse(idInUse(id));
      batch.open.add(id);
    }
    for (const id of ids) this.#waiting.set(id, batch);
    void ended.finally(() => this.#forget(ids, batch));
    const answer = await this.#transport.handleRequest(request, { parsedBody: body });
    if (answer.ok) for (const id of cancelledIds(body)) this.#cancel(id);
    return answer;
  }

  /** Cancels what runs and waits until it is removed, at most 1.5 s. */
  async end(reason: string): Promise<void> {
    this.#stopping.abort(new Error(`The MCP session is over: ${reason}.`));
    await this.#server.close();
    await within(this.#calls.settled(), SHUTDOWN_BUDGET_MS);
  }

  #cancel(id: RequestId): void {
    const batch = this.#waiting.get(id);
    if (batch?.open.has(id) !== true) return;
    batch.cancelled.add(id);
    this.#settle(id);
  }

  /** The SDK ends a stream once all of it is answered, which a cancelled request never is. */
  #settle(id: RequestId): void {
    const batch = this.#waiting.get(id);
    if (batch === undefined) return;
    batch.open.delete(id);
    if (batch.open.size === 0 && batch.cancelled.size > 0) this.#transport.closeSSEStream(id);
  }

  #forget(ids: readonly RequestId[], { cancelled }: Batch): void {
    for (const id of ids) this.#waiting.delete(id);
    for (const id of cancelled) void this.#transport.forget(id);
  }
}

function messages(body: unknown): readonly unknown[] {
  return Array.isArray(body) ? body : [body];
}

function requestIds(body: unknown): readonly RequestId[] {
  return messages(body).flatMap((message) => (isJSONRPCRequest(message) ? [message.id] : []));
}

/** Of what the SDK takes for a cancellation: anything else ends no request. */
function cancelledIds(body: unknown): readonly RequestId[] {
  return messages(body).flatMap((message) => {
    if (!isJSONRPCNotification(message) || !isSpecType.CancelledNotification(message)) return [];
    const { requestId } = message.params;
    return requestId === undefined ? [] : [requestId];
  });
}

function idInUse(id: RequestId): Parameters<typeof refusalResponse>[0] {
  const message = `Invalid Request: the id ${JSON.stringify(id).slice(0, 100)} belongs to a request that is not answered yet.`;
  return { status: 400, code: CODE.invalidRequest, message };
}

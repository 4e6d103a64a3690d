import {
  INVALID_REQUEST,
  isJSONRPCNotification,
  isJSONRPCRequest,
  isJSONRPCResponse,
  type JSONRPCMessage,
  type JSONRPCNotification,
  type JSONRPCRequest,
  PROTOCOL_VERSION_META_KEY,
  type Transport,
} from '@modelcontextprotocol/server';

/** What a client of the 2024-2025 revisions may send before it is initialized. */
const OPENINGS: readonly string[] = ['initialize', 'ping', 'server/discover'];

/**
 * Stands between a connection and the server, and holds back the requests that have no place in
 * the protocol: one before `initialize`, which is refused, and one with the id of another that is
 * still under way, which is dropped. That one cannot be answered: a client could not tell which of
 * the two an answer is for, and the server could not tell which of them a cancellation is for.
 */
export class RequestGate implements Transport {
  onclose?: () => void;
  onerror?: (error: Error) => void;
  onmessage?: (message: JSONRPCMessage) => void;
  readonly #connection: Transport;
  readonly #underWay = new Set<JSONRPCRequest['id']>();
  #initialized = false;

  constructor(connection: Transport) {
    this.#connection = connection;
    const callbacks: Pick<Transport, 'onclose' | 'onerror' | 'onmessage'> = {
      onclose: () => this.onclose?.(),
      onerror: (error) => this.onerror?.(error),
      onmessage: (message) => this.#receive(message),
    };
    Object.assign(connection, callbacks);
  }

  start(): Promise<void> {
    return this.#connection.start();
  }

  close(): Promise<void> {
    return this.#connection.close();
  }

  send(message: JSONRPCMessage): Promise<void> {
    if (isJSONRPCResponse(message) && message.id !== undefined) this.#underWay.delete(message.id);
    return this.#connection.send(message);
  }

  #receive(message: JSONRPCMessage): void {
    if (isJSONRPCRequest(message) && this.#holdsBack(message)) return;
    if (isCancellation(message)) this.#forget(message.params?.['requestId']);
    this.onmessage?.(message);
  }

  #holdsBack(request: JSONRPCRequest): boolean {
    if (this.#underWay.has(request.id)) {
      this.onerror?.(new Error(`Dropped a request with an id that is in use: ${request.id}.`));
      return true;
    }
    this.#initialized ||= request.method === 'initialize';
    if (!this.#initialized && !OPENINGS.includes(request.method) && !namesItsRevision(request)) {
      this.#refuse(request);
      return true;
    }
    this.#underWay.add(request.id);
    return false;
  }

  #refuse({ id, method }: JSONRPCRequest): void {
    const message = `${method} came before initialize. Send initialize first, or name the protocol revision in _meta.`;
    const refusal = { jsonrpc: '2.0', id, error: { code: INVALID_REQUEST, message } } as const;
    this.#connection.send(refusal).catch((error: unknown) => {
      this.onerror?.(error instanceof Error ? error : new Error(String(error)));
    });
  }

  /** A cancelled request is not answered: its id is free at once. */
  #forget(id: unknown): void {
    if (typeof id === 'string' || typeof id === 'number') this.#underWay.delete(id);
  }
}

function isCancellation(message: JSONRPCMessage): message is JSONRPCNotification {
  return isJSONRPCNotification(message) && message.method === 'notifications/cancelled';
}

/** As every request of 2026-07-28 and later does, which know no `initialize`. */
function namesItsRevision({ params }: JSONRPCRequest): boolean {
  return params?._meta?.[PROTOCOL_VERSION_META_KEY] !== undefined;
}

import {
  INTERNAL_ERROR,
  isJSONRPCResponse,
  type JSONRPCMessage,
  type RequestId,
  WebStandardStreamableHTTPServerTransport,
} from '@modelcontextprotocol/server';

/** What the transport is told, and tells. */
export interface SessionTransportParts {
  readonly sessionId: string;
  /** Hears of every request that is answered. */
  readonly onanswer: (id: RequestId) => void;
  readonly onerror: (error: Error) => void;
}

type SendOptions = Parameters<WebStandardStreamableHTTPServerTransport['send']>[1];

/** The transport of one session, which can be told that a request is never answered. */
export class SessionTransport extends WebStandardStreamableHTTPServerTransport {
  readonly #onanswer: (id: RequestId) => void;

  constructor({ sessionId, onanswer, onerror }: SessionTransportParts) {
    super({ sessionIdGenerator: () => sessionId });
    this.#onanswer = onanswer;
    Object.assign(this, { onerror });
  }

  override async send(message: JSONRPCMessage, options?: SendOptions): Promise<void> {
    await super.send(message, options);
    if (isJSONRPCResponse(message) && message.id !== undefined) this.#onanswer(message.id);
  }

  /**
   * Lets go of a cancelled request whose stream has ended. The SDK keeps it, and the answers to the
   * others of its body, until it is answered: so it is, to nobody.
   */
  async forget(id: RequestId): Promise<void> {
    const error = { code: INTERNAL_ERROR, message: 'The request was cancelled.' };
    await super.send({ jsonrpc: '2.0', id, error }).catch(() => undefined);
  }
}

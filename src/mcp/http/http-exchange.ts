import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

/** What the SDK reads. The token is not among it: nothing behind the guard can print it. */
const PASSED_ON = /^(?:accept|content-type|last-event-id|mcp-.*)$/;

/** One request of Node's server and its answer, as the Web types the SDK speaks. */
export class HttpExchange {
  /** Resolves when the answer is sent, or the client is gone. */
  readonly ended: Promise<void>;
  readonly #incoming: IncomingMessage;
  readonly #response: ServerResponse;
  readonly #gone = new AbortController();
  #request: Request | undefined;

  constructor(incoming: IncomingMessage, response: ServerResponse) {
    this.#incoming = incoming;
    this.#response = response;
    this.ended = new Promise((resolve) => {
      response.on('close', () => {
        // Node lets go of the signal of a Request that nobody holds: this listener holds it.
        if (!response.writableFinished) this.#gone.abort(new Error('The client went away.'));
        resolve();
      });
    });
    response.on('error', () => undefined);
  }

  /**
   * The request without its body, which the server reads itself. Its signal is aborted when the
   * client goes away before the end of the answer.
   *
   * @throws for a method that the Web knows nothing of, such as TRACE
   */
  get request(): Request {
    const { method = 'GET' } = this.#incoming;
    const { signal } = this.#gone;
    const headers = passedOn(this.#incoming);
    this.#request ??= new Request('http://slipway.invalid/mcp', { method, headers, signal });
    return this.#request;
  }

  /**
   * Resolves when all of it is sent, or the client is gone. Never rejects.
   *
   * @param stalledMs how long the client may take nothing of it
   */
  async answer(
    answer: Response,
    headers: Readonly<Record<string, string>>,
    stalledMs: number,
  ): Promise<void> {
    const response = this.#response;
    if (response.destroyed) return answer.body?.cancel();
    for (const [name, value] of [...answer.headers, ...Object.entries(headers)]) {
      if (name !== 'connection') response.setHeader(name, value);
    }
    response.writeHead(answer.status);
    if (answer.body === null) {
      response.end();
      return;
    }
    response.flushHeaders();
    response.setTimeout(stalledMs, () => response.destroy());
    try {
      await pipeline(Readable.fromWeb(answer.body), response);
    } catch {
      // The client went away; whoever works for it hears so from the signal.
    }
  }
}

function passedOn({ headersDistinct }: IncomingMessage): Headers {
  const headers = new Headers();
  for (const [name, values = []] of Object.entries(headersDistinct)) {
    if (PASSED_ON.test(name)) for (const value of values) headers.append(name, value);
  }
  return headers;
}

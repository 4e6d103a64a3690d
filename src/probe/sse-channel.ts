import type { IncomingMessage } from 'node:http';
import { deadline, LATE, within } from '../core/deadline.js';
import type { Channel, Reply } from './channel.js';
import { bodyText, exchange, exchangeFollowing, pathOf, type HttpTarget } from './http-exchange.js';
import { messagesIn, parsed, replyTo, type Answer, type Incoming } from './json-rpc.js';
import { LineReader } from './line-reader.js';
import { SseParser, type ServerSentEvent } from './sse-parser.js';

const MAX_MESSAGE_BYTES = 10 * 1024 * 1024;
const FOREIGN_CHARACTERS = 500;
/** How long a server may take to open its stream and to name its endpoint, in milliseconds. */
const OPEN_MS = 10_000;
const POST_MS = 10_000;

/**
 * The HTTP with server-sent events of the revision 2024-11-05: one GET whose stream carries the
 * server's messages, and names the address that the client's are posted to.
 *
 * @returns the channel, or what else was answered
 */
export async function openSseChannel(
  target: HttpTarget,
  path: string,
  signal: AbortSignal,
): Promise<SseChannel | Extract<Reply, { kind: 'foreign' | 'ended' }>> {
  try {
    const response = await exchangeFollowing(target, {
      method: 'GET',
      path,
      headers: { Accept: 'text/event-stream' },
      signal,
    });
    const { statusCode: status = 0, headers } = response;
    if (status !== 200 || !/^text\/event-stream/i.test(headers['content-type'] ?? '')) {
      const text = await bodyText(response, FOREIGN_CHARACTERS);
      return { kind: 'foreign', status, text };
    }
    const channel = new SseChannel(target, response, { path, signal });
    if (await channel.ready()) return channel;
    response.destroy();
    return { kind: 'foreign', status, text: 'a stream of events that names no endpoint' };
  } catch {
    return { kind: 'ended' };
  }
}

export class SseChannel implements Channel {
  readonly #target: HttpTarget;
  readonly #base: string;
  readonly #signal: AbortSignal;
  readonly #waiting = new Map<string, (answer: Answer) => void>();
  readonly #over: Promise<Reply>;
  readonly #named: Promise<true>;
  #onEndpoint: (named: true) => void = () => undefined;
  #endpoint = '';
  #nextId = 1;

  constructor(
    target: HttpTarget,
    stream: IncomingMessage,
    { path, signal }: { readonly path: string; readonly signal: AbortSignal },
  ) {
    this.#target = target;
    this.#base = path;
    this.#signal = signal;
    this.#named = new Promise((resolve) => {
      this.#onEndpoint = resolve;
    });
    const parser = new SseParser((event) => this.#event(event));
    const reader = new LineReader(MAX_MESSAGE_BYTES, (line) => parser.line(line));
    stream.on('data', (chunk: Buffer) => reader.push(chunk));
    this.#over = new Promise((resolve) => {
      stream.once('close', () => resolve({ kind: 'ended' }));
    });
  }

  /** Whether the server named its endpoint in time. */
  async ready(): Promise<boolean> {
    return (await within(Promise.race([this.#named, this.#over]), OPEN_MS)) === true;
  }

  async request(method: string, params: object, timeoutMs: number): Promise<Reply> {
    const id = this.#nextId++;
    const answered = new Promise<Reply>((resolve) => {
      this.#waiting.set(String(id), resolve);
    });
    const refused = this.#post({ jsonrpc: '2.0', id, method, params });
    const reply = await within(
      Promise.race([answered, this.#over, refused.then((no) => no ?? answered)]),
      timeoutMs,
    );
    this.#waiting.delete(String(id));
    return reply === LATE ? { kind: 'silent' } : reply;
  }

  async notify(method: string): Promise<void> {
    await this.#post({ jsonrpc: '2.0', method });
  }

  agreed(): void {
    // This transport is older than the header that names the revision.
  }

  /** @returns the refusal; undefined when the message was taken */
  async #post(message: object): Promise<Reply | undefined> {
    const tooLate = (): Error => new Error('the server did not take the message in time');
    const { signal, clear } = deadline(POST_MS, tooLate, this.#signal);
    try {
      const response = await exchange(this.#target, {
        method: 'POST',
        path: this.#endpoint,
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify(message),
        signal,
      });
      const { statusCode: status = 0 } = response;
      const text = await bodyText(response, FOREIGN_CHARACTERS);
      return status < 300 ? undefined : { kind: 'foreign', status, text };
    } catch {
      return undefined;
    } finally {
      clear();
    }
  }

  #event({ event, data }: ServerSentEvent): void {
    if (event === 'endpoint') {
      this.#endpoint = pathOf(data, this.#base) ?? this.#base;
      this.#onEndpoint(true);
      return;
    }
    for (const message of messagesIn(parsed(data))) this.#message(message);
  }

  #message(message: Incoming): void {
    if (message.kind === 'response') this.#waiting.get(String(message.id))?.(message.answer);
    else void this.#post(replyTo(message));
  }
}

import type { IncomingMessage } from 'node:http';
import { deadline } from '../core/deadline.js';
import { MODERN_META, PROTOCOL, type Channel, type Reply } from './channel.js';
import { bodyText, exchangeFollowing, type HttpTarget } from './http-exchange.js';
import { messagesIn, parsed, replyTo, type Incoming } from './json-rpc.js';
import { LineReader } from './line-reader.js';
import { SseParser } from './sse-parser.js';

const MAX_BODY_BYTES = 10 * 1024 * 1024;
/** Of an answer that is no message of the protocol, what is kept. */
const FOREIGN_CHARACTERS = 500;
/** How long a server may take for a notification, in milliseconds. */
const NOTIFY_MS = 10_000;

/** Streamable HTTP: every message is a POST, answered with JSON or with a stream of events. */
export class HttpChannel implements Channel {
  readonly #target: HttpTarget;
  readonly #path: string;
  readonly #signal: AbortSignal;
  #nextId = 1;
  #version: string | undefined;
  #session: string | undefined;

  constructor(target: HttpTarget, path: string, signal: AbortSignal) {
    this.#target = target;
    this.#path = path;
    this.#signal = signal;
  }

  async request(method: string, params: object, timeoutMs: number): Promise<Reply> {
    const id = this.#nextId++;
    const { signal, clear } = deadline(timeoutMs, tooLate, this.#signal);
    try {
      const modern = '_meta' in params && params._meta === MODERN_META;
      const response = await this.#post({ jsonrpc: '2.0', id, method, params }, signal, modern);
      return await this.#read(response, id);
    } catch {
      const late = signal.aborted && !this.#signal.aborted;
      return late ? { kind: 'silent' } : { kind: 'ended' };
    } finally {
      clear();
    }
  }

  async notify(method: string): Promise<void> {
    await this.#tell({ jsonrpc: '2.0', method });
  }

  agreed(protocolVersion: string): void {
    this.#version = protocolVersion;
  }

  /** Sends what has no answer to wait for. */
  async #tell(message: object): Promise<void> {
    const { signal, clear } = deadline(NOTIFY_MS, tooLate, this.#signal);
    try {
      (await this.#post(message, signal)).destroy();
    } catch {
      // Whoever waits for the next answer hears of it.
    } finally {
      clear();
    }
  }

  #post(message: object, signal: AbortSignal, modern = false): Promise<IncomingMessage> {
    const method = 'method' in message ? String(message.method) : '';
    const version = modern ? PROTOCOL.discover : this.#version;
    return exchangeFollowing(this.#target, {
      method: 'POST',
      path: this.#path,
      headers: {
        'Content-Type': 'application/json',
        Accept: 'application/json, text/event-stream',
        ...(version === undefined ? {} : { 'MCP-Protocol-Version': version }),
        ...(modern ? { 'Mcp-Method': method } : {}),
        ...(this.#session === undefined ? {} : { 'Mcp-Session-Id': this.#session }),
      },
      body: JSON.stringify(message),
      signal,
    });
  }

  async #read(response: IncomingMessage, id: number): Promise<Reply> {
    const { statusCode: status = 0, headers } = response;
    const session = headers['mcp-session-id'];
    if (typeof session === 'string') this.#session = session;
    if (/^text\/event-stream/i.test(headers['content-type'] ?? '') && status < 300) {
      return (await this.#events(response, id)) ?? { kind: 'ended' };
    }
    const text = await bodyText(response, MAX_BODY_BYTES);
    for (const message of messagesIn(parsed(text))) {
      // An error before the message was read has no id.
      const mine = message.kind === 'response' && [String(id), 'null'].includes(String(message.id));
      if (mine) return message.answer;
    }
    return { kind: 'foreign', status, text: text.slice(0, FOREIGN_CHARACTERS) };
  }

  /** The answer in a stream of events; the rest of the stream is not read. */
  #events(response: IncomingMessage, id: number): Promise<Reply | undefined> {
    return new Promise((resolve) => {
      const done = (reply: Reply | undefined): void => {
        resolve(reply);
        response.destroy();
      };
      const parser = new SseParser(({ data }) => {
        for (const message of messagesIn(parsed(data))) this.#message(message, id, done);
      });
      const reader = new LineReader(MAX_BODY_BYTES, (line) => parser.line(line));
      response.on('data', (chunk: Buffer) => reader.push(chunk));
      response.once('close', () => resolve(undefined));
    });
  }

  #message(message: Incoming, id: number, done: (reply: Reply) => void): void {
    if (message.kind === 'response') {
      if (String(message.id) === String(id)) done(message.answer);
      return;
    }
    void this.#tell(replyTo(message));
  }
}

function tooLate(): Error {
  return new Error('the server did not answer in time');
}

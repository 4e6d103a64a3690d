import type { IncomingMessage } from 'node:http';
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
    const late = AbortSignal.timeout(Math.max(1, Math.round(timeoutMs)));
    const signal = AbortSignal.any([late, this.#signal]);
    try {
      const modern = '_meta' in params && params._meta === MODERN_META;
      const response = await this.#post({ jsonrpc: '2.0', id, method, params }, signal, modern);
      return await this.#read(response, id);
    } catch {
      return late.aborted ? { kind: 'silent' } : { kind: 'ended' };
    }
  }

  async notify(method: string): Promise<void> {
    const signal = AbortSignal.any([AbortSignal.timeout(NOTIFY_MS), this.#signal]);
    await this.#post({ jsonrpc: '2.0', method }, signal).then(
      (response) => response.destroy(),
      () => undefined,
    );
  }

  agreed(protocolVersion: string): void {
    this.#version = protocolVersion;
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
    const signal = AbortSignal.any([AbortSignal.timeout(NOTIFY_MS), this.#signal]);
    void this.#post(replyTo(message), signal).then(
      (response) => response.destroy(),
      () => undefined,
    );
  }
}

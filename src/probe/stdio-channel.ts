import { within, LATE } from '../core/deadline.js';
import type { OpenContainer } from '../engine/ports.js';
import type { Channel, Reply } from './channel.js';
import { messagesInLine, replyTo, type Answer, type Incoming } from './json-rpc.js';
import { LineReader } from './line-reader.js';

/** The longest message that is read, in bytes; clients of the SDK stop at 10 MiB. */
const MAX_MESSAGE_BYTES = 10 * 1024 * 1024;
/** A program that writes more to stdout than this has not been answering, in bytes. */
const MAX_STDOUT_BYTES = 64 * 1024 * 1024;
/** Of the server's own requests, how many are answered: more are no conversation. */
const MAX_SERVER_REQUESTS = 1000;

const ENDED: Reply = { kind: 'ended' };

/** JSON-RPC over the standard streams of a container. Lines that are no messages are noise. */
export class StdioChannel implements Channel {
  readonly #reader: LineReader;
  readonly #over: Promise<Reply>;
  #end: (reply: Reply) => void = () => undefined;
  #container: OpenContainer | undefined;
  readonly #waiting = new Map<string, (answer: Answer) => void>();
  #nextId = 1;
  #bytes = 0;
  #serverRequests = 0;
  #answered = false;

  constructor() {
    this.#reader = new LineReader(MAX_MESSAGE_BYTES, (line) => this.#line(line));
    this.#over = new Promise((resolve) => {
      this.#end = resolve;
    });
  }

  /** Takes what the program wrote to stdout; may come before `attach`. */
  push(chunk: Uint8Array): void {
    this.#bytes += chunk.length;
    if (this.#bytes > MAX_STDOUT_BYTES) {
      this.#end({ kind: 'foreign', status: 0, text: 'more than 64 MiB of other output' });
    } else {
      this.#reader.push(chunk);
    }
  }

  attach(container: OpenContainer): void {
    this.#container = container;
    void container.ended.then(() => this.#end(ENDED));
  }

  /** It has sent a message of the protocol. */
  get answered(): boolean {
    return this.#answered;
  }

  /** Ends every request, as if nothing had come. */
  giveUp(): void {
    this.#end({ kind: 'silent' });
  }

  async request(method: string, params: object, timeoutMs: number): Promise<Reply> {
    const id = this.#nextId++;
    const answered = new Promise<Reply>((resolve) => {
      this.#waiting.set(String(id), resolve);
    });
    this.#send({ jsonrpc: '2.0', id, method, params });
    const reply = await within(Promise.race([answered, this.#over]), timeoutMs);
    this.#waiting.delete(String(id));
    return reply === LATE ? { kind: 'silent' } : reply;
  }

  notify(method: string): Promise<void> {
    this.#send({ jsonrpc: '2.0', method });
    return Promise.resolve();
  }

  agreed(): void {
    // Messages on stdio do not name the revision.
  }

  #send(message: object): void {
    this.#container?.write(Buffer.from(`${JSON.stringify(message)}\n`));
  }

  #line(line: string): void {
    for (const message of messagesInLine(line)) this.#message(message);
  }

  #message(message: Incoming): void {
    this.#answered = true;
    if (message.kind === 'response') {
      // Some servers answer with the id as a text.
      this.#waiting.get(String(message.id))?.(message.answer);
    } else if (this.#serverRequests < MAX_SERVER_REQUESTS) {
      this.#serverRequests += 1;
      this.#send(replyTo(message));
    }
  }
}

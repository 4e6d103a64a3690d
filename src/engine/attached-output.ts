/**
 * The attached connection of one container: its output in, its input out.
 *
 * It reads until the end and never pauses, whatever becomes of the bytes: a client that stops
 * reading makes `kill`, `inspect` and `remove` of that container hang in the engine.
 */
import type { Duplex } from 'node:stream';
import { LATE, now, within } from '../core/deadline.js';
import { Demuxer } from './demux.js';
import type { OutputStream } from './ports.js';
import { StderrHead } from './stderr-head.js';
import type { Transport } from './transport.js';

export interface OutputListener {
  output(stream: OutputStream, chunk: Uint8Array): void;
  /** The bytes are not the engine's frames: nothing more can be read. */
  broken(error: unknown): void;
}

/** Input that is sent and closed, input that its owner writes and closes later, or none. */
export type AttachedInput = Uint8Array | 'open' | undefined;

/** Attaches before the start, so that not a byte is missed. `stdin` is sent, then closed. */
export async function attachOutput(
  transport: Transport,
  id: string,
  stdin: AttachedInput,
  listener: OutputListener,
): Promise<AttachedOutput> {
  const socket = await transport.hijack({
    method: 'POST',
    path: `/containers/${id}/attach`,
    operation: 'attach to container',
    // Empty detach keys: an engine may look for its default ones in the data.
    query: { stream: 1, stdout: 1, stderr: 1, stdin: stdin === undefined ? 0 : 1, detachKeys: '' },
    deadlineMs: transport.deadlines.queryMs,
  });
  const output = new AttachedOutput(socket, listener, transport.deadlines.drainMs);
  if (stdin instanceof Uint8Array) socket.end(stdin);
  return output;
}

export class AttachedOutput {
  readonly #socket: Duplex;
  readonly #listener: OutputListener;
  readonly #drainMs: number;
  readonly #demuxer: Demuxer;
  readonly #ended: Promise<void>;
  readonly #stderrHead = new StderrHead();
  #endedAt: number | undefined;
  #broken = false;
  #incomplete = false;

  constructor(socket: Duplex, listener: OutputListener, drainMs: number) {
    this.#socket = socket;
    this.#listener = listener;
    this.#drainMs = drainMs;
    this.#demuxer = new Demuxer((stream, chunk) => this.#output(stream, chunk));
    this.#ended = new Promise((resolve) => {
      const end = (): void => {
        this.#endedAt ??= now();
        resolve();
      };
      socket.once('end', end);
      socket.once('close', end);
    });
    socket.on('error', () => (this.#incomplete ||= !this.#inputUnread));
    socket.on('data', (chunk: Buffer) => this.#data(chunk));
  }

  /** Bytes are missing: the connection broke, or ended inside a frame or before the program. */
  get incomplete(): boolean {
    return this.#incomplete || this.#demuxer.truncated;
  }

  /** The engine has not ended the connection. */
  get open(): boolean {
    return this.#endedAt === undefined && !this.#socket.destroyed;
  }

  /** The first bytes of stderr. */
  get stderrHead(): string {
    return this.#stderrHead.text;
  }

  /**
   * After the program's end: reads what is still on its way, for `deadlines.drainMs` at the most,
   * then closes. A program that left input unread keeps its connection open for ever; its
   * output is whole all the same.
   */
  async drain(): Promise<void> {
    // The engine ends the output with the program: when it ended long before, it was cut.
    const cut = this.#endedAt !== undefined && now() - this.#endedAt > this.#drainMs;
    if (cut) this.#incomplete = true;
    const late = (await within(this.#ended, this.#drainMs)) === LATE;
    if (late && !this.#inputUnread) this.#incomplete = true;
    this.destroy();
  }

  /** Sends input; what the program does not read yet is kept in memory. After the end: nothing. */
  write(bytes: Uint8Array): void {
    if (this.#socket.writable) this.#socket.write(bytes);
  }

  /** Closes the program's input, after what was written. */
  closeInput(): void {
    if (this.#socket.writable) this.#socket.end();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  /** Input was sent that the engine has not taken: the program does not read it. */
  get #inputUnread(): boolean {
    return this.#socket.writableEnded && !this.#socket.writableFinished;
  }

  #data(chunk: Buffer): void {
    // Still read, as the engine waits for its reader, but of no use any more.
    if (this.#broken) return;
    try {
      this.#demuxer.push(chunk);
    } catch (error) {
      this.#broken = true;
      this.#incomplete = true;
      this.#listener.broken(error);
    }
  }

  #output(stream: OutputStream, chunk: Uint8Array): void {
    this.#stderrHead.hear(stream, chunk);
    this.#listener.output(stream, chunk);
  }
}

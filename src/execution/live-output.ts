import { StringDecoder } from 'node:string_decoder';
import type { OutputStream } from '../engine/ports.js';
import type { OutputEvent } from './observe-types.js';

/** Bytes that wait for a slow reader before the oldest of them are left out. */
const WAITING_BYTES = 8 * 1024 * 1024;
/** What is small is put together up to this, so that single bytes cost about a byte. */
const PACKET_BYTES = 1024;
/** The largest event that is made of several packets. */
const EVENT_BYTES = 64 * 1024;

interface Packet {
  readonly stream: OutputStream;
  readonly data: Buffer;
  length: number;
}

/**
 * What a program writes on its way to somebody who may be slow. It takes everything at once and
 * holds a bounded amount; when that is full the older half is left out and counted, so that the
 * reader is told what is missing and gets the newest.
 */
export class LiveOutput {
  readonly #limit: number;
  #packets: Packet[] = [];
  #waiting = 0;
  readonly #missing = { stdout: 0, stderr: 0 };
  readonly #decoders = { stdout: new StringDecoder('utf8'), stderr: new StringDecoder('utf8') };
  #over = false;
  #wake: () => void = () => undefined;

  /** @param limit bytes of memory */
  constructor(limit = WAITING_BYTES) {
    this.#limit = limit;
  }

  /** Takes a copy. */
  push(stream: OutputStream, chunk: Uint8Array): void {
    const last = this.#packets.at(-1);
    if (last?.stream === stream && last.length + chunk.byteLength <= last.data.byteLength) {
      last.data.set(chunk, last.length);
      last.length += chunk.byteLength;
    } else {
      const data = Buffer.allocUnsafe(Math.max(chunk.byteLength, PACKET_BYTES));
      data.set(chunk);
      this.#packets.push({ stream, data, length: chunk.byteLength });
      this.#waiting += data.byteLength;
      if (this.#waiting > this.#limit) this.#leaveOut();
    }
    this.#wake();
  }

  /** Nothing more comes. */
  end(): void {
    this.#over = true;
    this.#wake();
  }

  /** Nothing more comes, and nobody wants what is still there. */
  discard(): void {
    this.#packets = [];
    this.end();
  }

  /** For one reader, until the end. */
  async *events(): AsyncGenerator<OutputEvent, void> {
    for (;;) {
      yield* this.#gaps();
      const [stream, data] = this.#take();
      if (stream !== undefined) {
        yield { type: stream, data, text: this.#decoders[stream].write(data) };
      } else if (this.#over) break;
      else await new Promise<void>((resolve) => (this.#wake = resolve));
    }
    yield* this.#rest('stdout');
    yield* this.#rest('stderr');
  }

  /** Half of it at once: a reader that stays slow gets few long gaps, not one between any two events. */
  #leaveOut(): void {
    let count = 0;
    for (const { stream, data, length } of this.#packets) {
      if (this.#waiting <= this.#limit / 2) break;
      this.#missing[stream] += length;
      this.#waiting -= data.byteLength;
      count += 1;
    }
    this.#packets.splice(0, count);
  }

  *#gaps(): Generator<OutputEvent, void> {
    for (const stream of ['stdout', 'stderr'] as const) {
      const bytes = this.#missing[stream];
      if (bytes === 0) continue;
      this.#missing[stream] = 0;
      yield* this.#rest(stream);
      yield { type: 'gap', stream, bytes };
    }
  }

  #take(): readonly [OutputStream | undefined, Uint8Array] {
    const stream = this.#packets[0]?.stream;
    let count = 0;
    let bytes = 0;
    for (const packet of this.#packets) {
      if (packet.stream !== stream) break;
      if (count > 0 && bytes + packet.length > EVENT_BYTES) break;
      bytes += packet.length;
      count += 1;
    }
    const data = new Uint8Array(bytes);
    let at = 0;
    for (const packet of this.#packets.splice(0, count)) {
      data.set(packet.data.subarray(0, packet.length), at);
      at += packet.length;
      this.#waiting -= packet.data.byteLength;
    }
    return [stream, data];
  }

  /** A character of which the end never came. */
  *#rest(stream: OutputStream): Generator<OutputEvent, void> {
    const text = this.#decoders[stream].end();
    if (text !== '') yield { type: stream, data: new Uint8Array(0), text };
  }
}

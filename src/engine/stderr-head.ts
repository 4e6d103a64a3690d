import type { OutputStream } from './ports.js';

/** Enough for the line in which an init or a shell says why it could not execute a program. */
const BYTES = 8192;

/** The first bytes of stderr. */
export class StderrHead {
  #bytes = Buffer.alloc(0);

  /** Keeps of the output what belongs to it. */
  hear(stream: OutputStream, chunk: Uint8Array): void {
    const room = BYTES - this.#bytes.length;
    if (stream !== 'stderr' || room <= 0) return;
    this.#bytes = Buffer.concat([this.#bytes, chunk.subarray(0, room)]);
  }

  get text(): string {
    return this.#bytes.toString('utf8');
  }
}

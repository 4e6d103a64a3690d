import { CAPTURE } from '../core/limits.js';
import { OutputBuffer } from '../core/output-buffer.js';
import type { OutputStream } from '../engine/ports.js';
import type { StreamCounts } from './types.js';

/** Keeps what one run writes: bounded in memory, exact in its counts. */
export class Capture {
  readonly #buffers = { stdout: new OutputBuffer(CAPTURE), stderr: new OutputBuffer(CAPTURE) };
  readonly #producedLimit: number;

  /** @param producedLimit bytes of both streams together after which the run is to end */
  constructor(producedLimit: number) {
    this.#producedLimit = producedLimit;
  }

  push(stream: OutputStream, chunk: Uint8Array): 'continue' | 'stop' {
    this.#buffers[stream].push(chunk);
    const { stdout, stderr } = this.#buffers;
    return stdout.bytes + stderr.bytes > this.#producedLimit ? 'stop' : 'continue';
  }

  text(stream: OutputStream): string {
    return this.#buffers[stream].text();
  }

  counts(stream: OutputStream): StreamCounts {
    const { bytes, omittedBytes } = this.#buffers[stream];
    return { bytes, omittedBytes };
  }

  get omitted(): boolean {
    return this.#buffers.stdout.omittedBytes + this.#buffers.stderr.omittedBytes > 0;
  }
}

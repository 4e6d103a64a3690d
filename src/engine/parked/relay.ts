import type { OutputListener } from '../attached-output.js';
import type { OutputStream } from '../ports.js';

/** Hears a container's output for whoever it belongs to at the moment. */
export class Relay implements OutputListener {
  #target: OutputListener;

  constructor(target: OutputListener) {
    this.#target = target;
  }

  /** From now on the output is somebody else's. */
  handTo(target: OutputListener): void {
    this.#target = target;
  }

  output(stream: OutputStream, chunk: Uint8Array): void {
    this.#target.output(stream, chunk);
  }

  broken(error: unknown): void {
    this.#target.broken(error);
  }
}

import type { OutputStream, RunObserver, RunPhase } from '../../src/engine/ports.js';

/** Keeps what an observer hears, in order, and lets a test wait for it. */
export class Recording implements RunObserver {
  /** Phases and `created`, in the order in which they came. */
  readonly steps: string[] = [];
  containerId = '';
  readonly #chunks: Record<OutputStream, Buffer[]> = { stdout: [], stderr: [] };
  readonly #most: number;
  #bytes = 0;
  readonly #waiting = new Set<() => void>();

  /** @param most bytes of output after which the run is to be stopped */
  constructor(most = Infinity) {
    this.#most = most;
  }

  output(stream: OutputStream, chunk: Uint8Array): 'continue' | 'stop' {
    this.#chunks[stream].push(Buffer.from(chunk));
    this.#bytes += chunk.length;
    this.#wake();
    return this.#bytes > this.#most ? 'stop' : 'continue';
  }

  phase(phase: RunPhase): void {
    this.steps.push(phase);
    this.#wake();
  }

  created(containerId: string): void {
    this.containerId = containerId;
    this.steps.push('created');
    this.#wake();
  }

  bytes(stream: OutputStream): Buffer {
    return Buffer.concat(this.#chunks[stream]);
  }

  get stdout(): string {
    return this.bytes('stdout').toString('utf8');
  }

  get stderr(): string {
    return this.bytes('stderr').toString('utf8');
  }

  /** Resolves once the program has written `text` to its standard output. */
  async wrote(text: string): Promise<void> {
    await this.#until(() => this.stdout.includes(text));
  }

  /** Resolves once that phase has begun. */
  async reached(phase: RunPhase): Promise<void> {
    await this.#until(() => this.steps.includes(phase));
  }

  async #until(condition: () => boolean): Promise<void> {
    while (!condition()) {
      await new Promise<void>((resolve) => {
        this.#waiting.add(resolve);
      });
    }
  }

  #wake(): void {
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const wake of waiting) wake();
  }
}

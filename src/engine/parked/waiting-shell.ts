/**
 * What the shell of a parked container says until a run takes it: that it waits, and nothing else.
 * The shell is the image's, so that it may be anybody's program: nothing of it is kept but the
 * beginning of its first words.
 */
import { LATE, within } from '../../core/deadline.js';
import type { OutputListener } from '../attached-output.js';
import type { OutputStream } from '../ports.js';
import { READY } from './boot.js';

/** Characters of what a shell said in place of the word, for whoever reads the log. */
const HEAD = 200;

/** The image cannot be used like this: every later try would fail as well. */
export class NoShellError extends Error {
  /** As in `RunPath.reason`. */
  readonly reason: string = 'its image has no shell that could wait';
}

/** A shell that does not only wait runs something of its own, and would spoil the output of a run. */
export class NoisyShellError extends NoShellError {
  override readonly reason = 'the shell of its image wrote something while it waited';
}

export class WaitingShell implements OutputListener {
  /** Resolves, once at the most, with why it can serve no run. */
  readonly failed: Promise<Error>;
  readonly #ready: Promise<void>;
  #said = '';
  #failure: Error | undefined;
  #resolveFailed: (error: Error) => void = () => undefined;
  #resolveReady: () => void = () => undefined;

  constructor() {
    this.failed = new Promise((resolve) => (this.#resolveFailed = resolve));
    this.#ready = new Promise((resolve) => (this.#resolveReady = resolve));
  }

  /** Why it can serve no run; undefined as long as nothing is wrong. */
  get failure(): Error | undefined {
    return this.#failure;
  }

  output(_stream: OutputStream, chunk: Uint8Array): void {
    // It goes on until the container is gone, and concerns nobody.
    if (this.#failure !== undefined) return;
    this.#said += Buffer.from(chunk.subarray(0, HEAD)).toString('latin1');
    if (this.#said === READY) return this.#resolveReady();
    if (READY.startsWith(this.#said)) return;
    const isNoise = this.#said.startsWith(READY);
    this.#fail(isNoise ? new NoisyShellError() : new NoShellError(this.#said.slice(0, HEAD)));
  }

  broken(error: unknown): void {
    this.#fail(error instanceof Error ? error : new Error(String(error)));
  }

  /**
   * Until it says that it waits, for so many milliseconds.
   *
   * @throws {NoShellError} when it says something else, or nothing
   */
  async ready(ms: number, signal: AbortSignal): Promise<void> {
    const onAbort = (): void => this.#fail(new Error('nobody wants it any more'));
    signal.addEventListener('abort', onAbort, { once: true });
    const answer = await within(Promise.race([this.#ready, this.failed]), ms).finally(() =>
      signal.removeEventListener('abort', onAbort),
    );
    if (answer === LATE) throw new NoShellError('the shell did not answer');
    if (answer !== undefined) throw answer;
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    this.#resolveFailed(this.#failure);
  }
}

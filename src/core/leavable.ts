import { linkSignals } from './link-signals.js';

/**
 * A generator that can be left at any moment. Leaving (`break`, `return()`) aborts the signal the
 * generator got, also while a value is being waited for, and resolves when the generator has
 * cleaned up. As with any generator, nothing happens before the first value is asked for, and it
 * can be gone through once.
 *
 * @param sources aborting one of them aborts the generator's signal, with the same reason
 */
export function leavable<T>(
  generate: (signal: AbortSignal) => AsyncGenerator<T, void>,
  ...sources: readonly (AbortSignal | undefined)[]
): AsyncGenerator<T, void, undefined> {
  const leave = new AbortController();
  async function* linked(): AsyncGenerator<T, void> {
    const { signal, release } = linkSignals(leave.signal, ...sources);
    try {
      yield* generate(signal);
    } finally {
      release();
    }
  }
  return new Leavable(linked(), leave);
}

class Leavable<T> implements AsyncGenerator<T, void, undefined> {
  readonly #values: AsyncGenerator<T, void>;
  readonly #leave: AbortController;

  constructor(values: AsyncGenerator<T, void>, leave: AbortController) {
    this.#values = values;
    this.#leave = leave;
  }

  async next(): Promise<IteratorResult<T, void>> {
    try {
      return await this.#values.next();
    } catch (error) {
      if (this.#leave.signal.aborted) return DONE;
      throw error;
    }
  }

  async return(): Promise<IteratorResult<T, void>> {
    this.#leave.abort(new Error('the loop was left'));
    await this.#values.return();
    return DONE;
  }

  async throw(error: unknown): Promise<IteratorResult<T, void>> {
    await this.return();
    throw error;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }
}

const DONE = { done: true, value: undefined } as const;

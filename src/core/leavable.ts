/**
 * An async iterator over a generator that can be left at any moment. Leaving (`break`, `return()`)
 * aborts the signal the generator got, also while a value is being waited for, and resolves when
 * the generator has cleaned up. As with a generator, nothing happens before the first value is
 * asked for, and it can be gone through once.
 *
 * @param outer aborting it aborts the generator's signal as well, with the same reason
 */
export function leavable<T>(
  generate: (signal: AbortSignal) => AsyncGenerator<T, void>,
  outer?: AbortSignal,
): AsyncGenerator<T, void, undefined> {
  return new Leavable(generate, outer);
}

class Leavable<T> implements AsyncGenerator<T, void, undefined> {
  readonly #leave = new AbortController();
  readonly #values: AsyncGenerator<T, void>;

  constructor(
    generate: (signal: AbortSignal) => AsyncGenerator<T, void>,
    outer: AbortSignal | undefined,
  ) {
    const own = this.#leave.signal;
    this.#values = generate(outer === undefined ? own : AbortSignal.any([outer, own]));
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

/**
 * Work that several callers want at the same time is done once. A caller that aborts leaves; the
 * work itself is aborted when the last one has left.
 */
export class SharedWork<T> {
  readonly #running = new Map<string, Running<T>>();

  /**
   * @param key what the work is: the same key joins work that is under way
   * @param start begins it; its signal aborts when nobody waits any more
   */
  async run(
    key: string,
    start: (signal: AbortSignal) => Promise<T>,
    signal?: AbortSignal,
  ): Promise<T> {
    signal?.throwIfAborted();
    const joined = this.#running.get(key);
    const running = joined ?? this.#begin(key, start);
    try {
      return await this.#wait(key, running, signal);
    } catch (error) {
      if (signal?.aborted === true) {
        running.beginnerLeft ||= joined === undefined;
        throw error;
      }
      // What the work reads can belong to the one who began it, and go away with that one.
      if (!running.beginnerLeft) throw error;
    }
    return this.run(key, start, signal);
  }

  #begin(key: string, start: (signal: AbortSignal) => Promise<T>): Running<T> {
    const stop = new AbortController();
    const result = start(stop.signal).finally(() => {
      if (this.#running.get(key) === running) this.#running.delete(key);
    });
    const running: Running<T> = { result, stop, waiting: 0, beginnerLeft: false };
    this.#running.set(key, running);
    return running;
  }

  async #wait(key: string, running: Running<T>, signal: AbortSignal | undefined): Promise<T> {
    running.waiting += 1;
    let leave = ignore;
    const left = new Promise<void>((resolve) => {
      leave = resolve;
    });
    signal?.addEventListener('abort', leave, { once: true });
    try {
      await Promise.race([running.result.then(ignore, ignore), left]);
      signal?.throwIfAborted();
      return await running.result;
    } finally {
      signal?.removeEventListener('abort', leave);
      running.waiting -= 1;
      if (running.waiting === 0) await this.#end(key, running);
    }
  }

  /** Whoever asks again from here on begins anew; the one who left last hears when it is over. */
  async #end(key: string, running: Running<T>): Promise<void> {
    if (this.#running.get(key) !== running) return;
    this.#running.delete(key);
    running.stop.abort(new Error('nobody waits for it any more'));
    await running.result.catch(ignore);
  }
}

function ignore(): void {}

interface Running<T> {
  readonly result: Promise<T>;
  readonly stop: AbortController;
  waiting: number;
  /** The caller whose `start` it is gave up. */
  beginnerLeft: boolean;
}

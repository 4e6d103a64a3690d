import { describe, expect, it } from 'vitest';
import { newest } from '../../../src/core/newest.js';

/** A source that is told what to give. */
class Source {
  readonly #values: number[] = [];
  #over = false;
  #error: Error | undefined;
  #wake: () => void = () => undefined;
  taken = 0;

  give(...values: readonly number[]): void {
    this.#values.push(...values);
    this.#wake();
  }

  end(error?: Error): void {
    this.#over = true;
    this.#error = error;
    this.#wake();
  }

  async *read(): AsyncGenerator<number, void> {
    for (;;) {
      const next = this.#values.shift();
      if (next !== undefined) {
        this.taken += 1;
        yield next;
      } else if (this.#over) break;
      else await new Promise<void>((resolve) => (this.#wake = resolve));
    }
    if (this.#error !== undefined) throw this.#error;
  }
}

/** Until everything that can go on without a timer has gone on. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

describe('the newest of a source', () => {
  it('is every value for a reader who keeps up', async () => {
    const source = new Source();
    const values = newest(source.read());
    for (const value of [1, 2, 3]) {
      const next = values.next();
      source.give(value);
      expect(await next).toEqual({ done: false, value });
    }
    const last = values.next();
    source.end();
    expect((await last).done).toBe(true);
  });

  it('is the last value for a reader who does not, and the source is never held up', async () => {
    const source = new Source();
    const values = newest(source.read());
    const first = values.next();
    source.give(1);
    expect((await first).value).toBe(1);
    source.give(2, 3, 4, 5);
    await settled();
    expect(source.taken).toBe(5);
    expect((await values.next()).value).toBe(5);
  });

  it('comes before the end and before a failure', async () => {
    const ending = new Source();
    ending.give(1);
    ending.end();
    const values = newest(ending.read());
    expect((await values.next()).value).toBe(1);
    expect((await values.next()).done).toBe(true);
    const failing = new Source();
    failing.give(1);
    failing.end(new Error('broken'));
    const others = newest(failing.read());
    expect((await others.next()).value).toBe(1);
    await expect(others.next()).rejects.toThrow('broken');
  });

  it('takes no more once the reader has left, and a late failure disturbs nobody', async () => {
    const source = new Source();
    const values = newest(source.read());
    const first = values.next();
    source.give(1);
    await first;
    await values.return();
    source.give(2, 3);
    await settled();
    expect(source.taken).toBe(2);
    source.end(new Error('late'));
    await settled();
  });
});

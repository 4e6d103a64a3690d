import { describe, expect, it } from 'vitest';
import { aborted } from '../../../src/core/deadline.js';
import { leavable } from '../../../src/core/leavable.js';

/** Gives 1, then waits until it is aborted; `seen` says what happened to it. */
function waiting() {
  const seen: string[] = [];
  async function* generate(signal: AbortSignal): AsyncGenerator<number, void> {
    seen.push('began');
    try {
      yield 1;
      await aborted(signal);
      signal.throwIfAborted();
    } finally {
      await Promise.resolve();
      seen.push('cleaned up');
    }
  }
  return { seen, generate };
}

const DONE = { done: true, value: undefined };

describe('an iterator that can be left', () => {
  it('does nothing until the first value is asked for', async () => {
    const { seen, generate } = waiting();
    const values = leavable(generate);
    expect(seen).toEqual([]);
    expect(await values.next()).toEqual({ done: false, value: 1 });
    expect(seen).toEqual(['began']);
    await values.return();
  });

  it('gives every value once', async () => {
    const values = leavable(async function* three() {
      yield* [1, 2, 3];
    });
    const seen: number[] = [];
    for await (const value of values) seen.push(value);
    for await (const value of values) seen.push(value);
    expect(seen).toEqual([1, 2, 3]);
  });

  it('has cleaned up when a loop that is left goes on', async () => {
    const { seen, generate } = waiting();
    for await (const value of leavable(generate)) if (value === 1) break;
    expect(seen).toEqual(['began', 'cleaned up']);
  });

  it('can be left while a value is being waited for', async () => {
    const { seen, generate } = waiting();
    const values = leavable(generate);
    await values.next();
    const next = values.next();
    expect(await values.return()).toEqual(DONE);
    expect(await next).toEqual(DONE);
    expect(await values.next()).toEqual(DONE);
    expect(seen).toEqual(['began', 'cleaned up']);
  });

  it('that is left before the first value never begins', async () => {
    const { seen, generate } = waiting();
    const values = leavable(generate);
    await values.return();
    expect(await values.next()).toEqual(DONE);
    expect(seen).toEqual([]);
  });

  it('is left by its disposal, and by an error thrown into it', async () => {
    const disposed = waiting();
    {
      await using values = leavable(disposed.generate);
      await values.next();
    }
    expect(disposed.seen).toEqual(['began', 'cleaned up']);
    const thrown = waiting();
    const values = leavable(thrown.generate);
    await values.next();
    await expect(values.throw(new Error('from outside'))).rejects.toThrow('from outside');
    expect(thrown.seen).toEqual(['began', 'cleaned up']);
  });

  it("throws the outer signal's reason, and what the generator throws", async () => {
    const controller = new AbortController();
    const { seen, generate } = waiting();
    const values = leavable(generate, controller.signal);
    await values.next();
    const next = values.next();
    controller.abort(new Error('enough'));
    await expect(next).rejects.toThrow('enough');
    expect(seen).toEqual(['began', 'cleaned up']);
    const failing = leavable(async function* fails() {
      yield 1;
      throw new Error('broken');
    });
    await failing.next();
    await expect(failing.next()).rejects.toThrow('broken');
  });
});

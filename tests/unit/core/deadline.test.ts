import { describe, expect, it, vi } from 'vitest';
import { deadline } from '../../../src/core/deadline.js';
import { holdersOf } from '../../support/signal-watch.js';

const late = (): Error => new Error('late');

describe('a deadline', () => {
  it('aborts when its time is up, with its reason', async () => {
    const { signal } = deadline(5, late, new AbortController().signal, undefined);
    await vi.waitFor(() => expect(signal.aborted).toBe(true));
    expect(signal.reason).toEqual(new Error('late'));
  });

  it('aborts with a source that is earlier, for its reason', () => {
    const source = new AbortController();
    const { signal, clear } = deadline(60_000, late, undefined, source.signal);
    source.abort(new Error('enough'));
    expect(signal.reason).toEqual(new Error('enough'));
    clear();
  });

  it('is met at once by a source that was aborted before', () => {
    const { signal, clear } = deadline(60_000, late, AbortSignal.abort('before'));
    expect(signal.reason).toBe('before');
    clear();
  });

  it('changes nothing any more once it is cleared', async () => {
    vi.useFakeTimers();
    const source = new AbortController();
    const { signal, clear } = deadline(10, late, source.signal);
    clear();
    source.abort();
    await vi.advanceTimersByTimeAsync(20);
    vi.useRealTimers();
    expect(signal.aborted).toBe(false);
  });

  it('leaves nothing on a source that lives on', () => {
    const source = new AbortController();
    for (let i = 0; i < 1000; i += 1) deadline(60_000, late, source.signal).clear();
    expect(holdersOf(source.signal)).toBe(0);
  });
});

describe('what holds on to a signal', () => {
  it('is counted, listeners and composite signals alike', () => {
    const { signal } = new AbortController();
    expect(holdersOf(signal)).toBe(0);
    signal.addEventListener('abort', () => undefined);
    AbortSignal.any([signal]);
    expect(holdersOf(signal)).toBe(2);
  });
});

/**
 * Time limits and cancellation. Every wait in Slipway has a bound, and the first cause wins.
 * Timers use the process's monotonic clock, so a moved wall clock changes nothing.
 */

import { linkSignals } from './link-signals.js';

/** Resolves after `ms` milliseconds, or at once when `signal` is aborted. Never rejects. */
export function delay(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted === true) return resolve();
    const done = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal?.addEventListener('abort', done, { once: true });
  });
}

/** What {@link within} answers when the time is up. */
export const LATE = Symbol('late');

/** Waits for `work`, but no longer than `ms` milliseconds. The work itself goes on. */
export async function within<T>(work: Promise<T>, ms: number): Promise<T | typeof LATE> {
  const timer = new AbortController();
  const late = delay(ms, timer.signal).then((): typeof LATE => LATE);
  try {
    return await Promise.race([work, late]);
  } finally {
    timer.abort();
  }
}

/**
 * A signal that aborts after `ms` milliseconds with `reason`, or with the first of its sources.
 * `clear` ends the timer and lets go of the sources.
 */
export function deadline(
  ms: number,
  reason: () => Error,
  ...sources: readonly (AbortSignal | undefined)[]
): { signal: AbortSignal; clear: () => void } {
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(reason()), ms);
  const { signal, release } = linkSignals(late.signal, ...sources);
  const clear = (): void => {
    clearTimeout(timer);
    release();
  };
  return { signal, clear };
}

/** Resolves with the signal's reason once it is aborted; never settles when there is no signal. */
export function aborted(signal: AbortSignal | undefined): Promise<unknown> {
  return new Promise((resolve) => {
    if (signal === undefined) return;
    if (signal.aborted) return resolve(signal.reason);
    signal.addEventListener('abort', () => resolve(signal.reason), { once: true });
  });
}

/** Milliseconds since an arbitrary moment, from the monotonic clock. */
export function now(): number {
  return performance.now();
}

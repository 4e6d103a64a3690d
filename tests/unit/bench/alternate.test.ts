import { describe, expect, it } from 'vitest';
import { alternate } from '../../../bench/harness/alternate.mjs';

/** Contestants that only note that they were called. */
function noting(ids: readonly string[], series = 1) {
  const calls: string[] = [];
  const contestants = ids.map((id) => ({
    id,
    series,
    run: async () => {
      calls.push(id);
    },
    calm: async () => {
      calls.push('calm');
    },
  }));
  return { calls, contestants };
}

describe('contestants', () => {
  it('run once each without counting, then in turn, each round beginning with another', async () => {
    const { calls, contestants } = noting(['a', 'b', 'c']);
    const times = await alternate(contestants, 3);
    expect(calls.filter((call) => call !== 'calm').join('')).toBe('abcabcbcacab');
    expect(Object.values(times).map((list) => list.length)).toEqual([3, 3, 3]);
  });

  it('find calm before they begin, and leave it', async () => {
    const { calls, contestants } = noting(['a', 'b']);
    await alternate(contestants, 0);
    expect(calls).toEqual(['calm', 'a', 'calm', 'calm', 'b', 'calm']);
  });

  it('that run in series are timed each time, without calm in between', async () => {
    const { calls, contestants } = noting(['a'], 3);
    const times = await alternate(contestants, 1);
    expect(times['a']).toHaveLength(3);
    expect(calls.join(' ')).toBe('calm a a a calm calm a a a calm');
  });

  it('that fail end the measurement: failed calls are quick, and must not count', async () => {
    const failing = { id: 'a', run: () => Promise.reject(new Error('it ended with 1')) };
    await expect(alternate([failing], 1)).rejects.toThrow('it ended with 1');
  });
});

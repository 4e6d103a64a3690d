import { describe, expect, it } from 'vitest';
import { median, percentile, summary } from '../../../bench/harness/statistics.mjs';

describe('the median', () => {
  it.each([
    [[7], 7],
    [[9, 1, 5], 5],
    [[10, 9, 2, 1], 5.5],
  ])('of %j is %d', (samples, expected) => {
    expect(median(samples)).toBe(expected);
  });

  it('leaves the samples in their order', () => {
    const samples = [3, 1, 2];
    median(samples);
    expect(samples).toEqual([3, 1, 2]);
  });
});

describe('the 95th percentile', () => {
  const hundred = Array.from({ length: 100 }, (_, index) => 100 - index);

  it.each([
    ['a hundred', hundred, 95],
    ['twenty', hundred.slice(80), 19],
    ['ten', hundred.slice(90), 10],
    ['one', [4], 4],
  ])('of %s is one of them', (_name, samples, expected) => {
    expect(percentile(samples, 95)).toBe(expected);
  });
});

describe('a summary', () => {
  it('says how many samples it is of', () => {
    expect(summary([1, 2, 9])).toEqual({ median: 2, p95: 9, n: 3 });
  });

  it('is refused of nothing: a figure out of nowhere would look like any other', () => {
    expect(() => summary([])).toThrow('nothing was measured');
  });
});

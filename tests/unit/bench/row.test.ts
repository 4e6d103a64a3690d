import { describe, expect, it } from 'vitest';
import { reached, row } from '../../../bench/harness/row.mjs';

const given = { id: 'parked', name: 'parked', unit: 'ms' } as const;

describe('a row', () => {
  it('has the ratio of its median to that of its base', () => {
    const measured = row({ ...given, samples: [10, 20, 90], base: [100, 200, 210] });
    expect(measured).toMatchObject({ median: 20, n: 3, ratio: 0.1 });
  });

  it('has no ratio without a base', () => {
    expect(row({ ...given, samples: [10] }).ratio).toBeNull();
  });

  it('tells no 95th percentile of less than ten samples', () => {
    const samples = [1, 2, 3, 4, 5, 6, 7, 8, 9];
    expect(row({ ...given, samples }).p95).toBeNull();
    expect(row({ ...given, samples: [...samples, 10] }).p95).toBe(10);
  });
});

describe('a goal', () => {
  const half = { ...given, samples: [50], base: [100] };

  it.each([
    ['at most, kept to the point', { ...half, goal: { atMost: 0.5 } }, true],
    ['at most, missed', { ...half, goal: { atMost: 0.49 } }, false],
    ['at least, kept', { ...half, goal: { atLeast: 0.5 } }, true],
    ['at least, missed', { ...half, goal: { atLeast: 0.51 } }, false],
    ['of the figure itself, kept', { ...given, samples: [5], goal: { atMost: 5 } }, true],
    ['of the figure itself, missed', { ...given, samples: [6], goal: { atMost: 5 } }, false],
    ['none', half, null],
  ])('%s', (_name, parts, expected) => {
    expect(reached(row(parts))).toBe(expected);
  });
});

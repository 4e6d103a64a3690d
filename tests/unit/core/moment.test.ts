import { describe, expect, it } from 'vitest';
import { moment } from '../../../src/core/moment.js';

describe('a moment', () => {
  it.each([
    ['the beginning', '1970-01-01T00:00:00Z', 0n],
    ['whole seconds', '2026-01-31T12:00:00Z', 1_769_860_800_000_000_000n],
    ['nanoseconds', '2026-01-31T12:00:00.123456789Z', 1_769_860_800_123_456_789n],
    ['a short fraction', '2026-01-31T12:00:00.5Z', 1_769_860_800_500_000_000n],
    ['another zone', '2026-01-31T14:00:00.000000001+02:00', 1_769_860_800_000_000_001n],
    ['small letters', '2026-01-31t12:00:00z', 1_769_860_800_000_000_000n],
    ['a space', '2026-01-31 12:00:00Z', 1_769_860_800_000_000_000n],
  ])('as text: %s', (_name, text, nanoseconds) => {
    expect(moment.parse(text)).toBe(nanoseconds);
  });

  it('as a Date', () => {
    expect(moment.parse(new Date(1_769_860_800_123))).toBe(1_769_860_800_123_000_000n);
  });

  it.each<[string, unknown]>([
    ['a date without a time', '2026-01-31'],
    ['a time without a zone', '2026-01-31T12:00:00'],
    ['a 13th month', '2026-13-01T12:00:00Z'],
    ['ten decimals', '2026-01-31T12:00:00.1234567890Z'],
    ['words', 'yesterday'],
    ['text around it', ' 2026-01-31T12:00:00Z'],
    ['a number', 1_769_860_800],
    ['an invalid Date', new Date(Number.NaN)],
    ['a time before 1970', '1969-12-31T23:59:59Z'],
    ['a Date before 1970', new Date(-1)],
    ['nothing', ''],
  ])('is not %s', (_name, value) => {
    expect(moment.safeParse(value).error?.issues[0]?.message).toBe(
      'must be a Date, or an RFC 3339 time such as "2026-01-31T12:00:00Z"',
    );
  });
});

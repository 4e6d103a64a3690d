import { describe, expect, test } from 'vitest';
import { parsePathPattern } from '../../../src/core/path-pattern.js';

function matching(pattern: string, paths: readonly string[]): readonly string[] {
  const parsed = parsePathPattern(pattern);
  if (typeof parsed === 'string') throw new Error(parsed);
  return paths.filter((path) => parsed.matches(path));
}

const PATHS = [
  '/out/a.csv',
  '/out/b.txt',
  '/out/deep/c.csv',
  '/out/deep/er/d.csv',
  '/other/a.csv',
  '/out',
];

describe('a path pattern', () => {
  test.each([
    ['/out/a.csv', ['/out/a.csv']],
    ['/out/*.csv', ['/out/a.csv']],
    ['/out/?.txt', ['/out/b.txt']],
    ['/out/*', ['/out/a.csv', '/out/b.txt']],
    ['/out/**', ['/out/a.csv', '/out/b.txt', '/out/deep/c.csv', '/out/deep/er/d.csv']],
    ['/out/**/*.csv', ['/out/a.csv', '/out/deep/c.csv', '/out/deep/er/d.csv']],
    ['/out', ['/out/a.csv', '/out/b.txt', '/out/deep/c.csv', '/out/deep/er/d.csv', '/out']],
    ['/out/(a|b).csv', []],
  ])('%s', (pattern, expected) => {
    expect(matching(pattern, PATHS)).toEqual(expected);
  });

  test.each([
    ['out/*.csv', 'must be an absolute path'],
    ['/*', 'must name a folder before the first wildcard'],
    ['/**/x', 'must name a folder before the first wildcard'],
    ['/', 'must name a folder before the first wildcard'],
    ['/a/**/b/**', 'must have "**" at most once'],
    [`/a/${'*x'.repeat(20)}`, 'must have at most 8 wildcards'],
  ])('%s is refused', (pattern, rule) => {
    expect(parsePathPattern(pattern)).toBe(rule);
  });

  test('tells what has to be fetched', () => {
    expect(parsePathPattern('/a/b/*.csv')).toMatchObject({ root: '/a/b' });
    expect(parsePathPattern('/a/b/c.csv')).toMatchObject({ root: '/a/b/c.csv' });
  });
});

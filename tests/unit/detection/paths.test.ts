import { describe, expect, it } from 'vitest';
import { matchesGlob } from '../../../src/detection/node/globs.js';
import { wayTo } from '../../../src/detection/node/paths.js';
import {
  ancestorsOf,
  commonFolder,
  isIn,
  join,
  joinInside,
  parentOf,
  relativeTo,
} from '../../../src/detection/support/paths.js';

/** Folder, path, what names of ours become, and what the repository may name. */
const JOINED = [
  ['.', '.', '.', '.'],
  ['.', 'a', 'a', 'a'],
  ['a', './b/', 'a/b', 'a/b'],
  ['a/b', '../c', 'a/c', 'a/c'],
  ['a', '..', '.', '.'],
  ['a', '/b', 'a/b', 'a/b'],
  ['a', '..b', 'a/..b', 'a/..b'],
  ['.', '..b', '..b', '..b'],
  ['.', '..', '..', undefined],
  ['a', '../..', '..', undefined],
  ['a', '../../a', '../a', undefined],
  ['.', '../../b', '../../b', undefined],
  ['.', 'c:/b', 'c:/b', undefined],
  ['a', String.raw`..\..\b`, String.raw`a/..\..\b`, undefined],
  ['a', 'b\0', 'a/b\0', undefined],
] as const;

describe('a path of a repository', () => {
  it.each(JOINED)('in %j, %j is %j', (folder, path, joined) => {
    expect(join(folder, path)).toBe(joined);
  });

  const NAMED = JOINED.map(([folder, path, , inside]) => [folder, path, inside] as const);
  it.each(NAMED)('in %j, %j as the repository names it is %j', (folder, path, inside) => {
    expect(joinInside(folder, path)).toBe(inside);
  });

  it.each([
    ['.', 'a/b', 'a/b', 'a/b'],
    ['a', 'a', '.', '.'],
    ['a', 'a/b/c', 'b/c', 'b/c'],
    ['a', 'ab', undefined, '../ab'],
    ['a/b', 'a', undefined, '..'],
    ['a/b', 'c', undefined, '../../c'],
  ])('from %j, %j is %j, by the way %j', (folder, path, below, way) => {
    expect(relativeTo(folder, path)).toBe(below);
    expect(isIn(folder, path)).toBe(below !== undefined);
    expect(wayTo(folder, path)).toBe(way);
  });

  it('has parents, the last of which is the root', () => {
    expect([parentOf('a/b'), parentOf('a'), parentOf('.')]).toEqual(['a', '.', '.']);
    expect(ancestorsOf('a/b/c')).toEqual(['a/b/c', 'a/b', 'a', '.']);
    expect(ancestorsOf('.')).toEqual(['.']);
  });

  it.each([
    [[], '.'],
    [['a/b'], 'a/b'],
    [['a/b', 'a/c/d'], 'a'],
    [['a', 'ab'], '.'],
    [['a/b', 'a/b/c', 'a/b'], 'a/b'],
    [['a', '.'], '.'],
  ])('the folders %j have %j in common', (folders, common) => {
    expect(commonFolder(...folders)).toBe(common);
  });
});

describe('a pattern of workspaces', () => {
  it.each([
    ['packages/*', 'packages/a', true],
    ['packages/*', 'packages/a/b', false],
    ['packages/**', 'packages', true],
    ['packages/**', 'packages/a/b', true],
    ['**/test', 'a/test/b/test', true],
    ['**/test', 'a/test/b', false],
    ['a/**/b/**/c', 'a/b/x/b/c', true],
    ['./a/', 'a', true],
    ['*-server', 'my-server-server', true],
    ['*-server', 'my-servers', false],
    ['a*b*c', 'a-b-b-c', true],
    ['v?', 'v1', true],
    ['v?', 'v', false],
    ['*', '', false],
    ['**', '', true],
    ['a', 'a/b', false],
    ['a/b', 'a', false],
  ])('%j fits %j: %j', (pattern, path, fits) => {
    expect(matchesGlob(pattern, path)).toBe(fits);
  });

  it('takes time in proportion to both lengths', () => {
    const began = performance.now();
    expect(matchesGlob(`${'*a'.repeat(200)}b`, 'a'.repeat(20_000))).toBe(false);
    expect(matchesGlob(`${'**/a/'.repeat(200)}b`, 'a/'.repeat(20_000))).toBe(false);
    expect(performance.now() - began).toBeLessThan(2000);
  });
});

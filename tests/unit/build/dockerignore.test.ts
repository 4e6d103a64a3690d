import { describe, expect, it } from 'vitest';
import { isSlipwayError } from '../../../src/core/errors.js';
import { parseDockerignore, type Matches } from '../../../src/build/dockerignore.js';

const FILE = '.dockerignore';

/** Walks to the path as the scan does, and tells whether it is left out. */
function ignores(text: string, path: string, kept: readonly string[] = []): boolean {
  const rules = parseDockerignore(text, { file: FILE, kept });
  const parts = path.split('/');
  let matches: Matches | undefined;
  let ignored = false;
  for (const at of parts.keys()) {
    ({ ignored, matches } = rules.test(parts.slice(0, at + 1).join('/'), matches));
  }
  return ignored;
}

function refusal(text: string, path = 'a'): string {
  try {
    ignores(text, path);
  } catch (error) {
    if (!isSlipwayError(error, 'BUILD_REFUSED')) throw error;
    return `${error.context.reason}: ${error.message}`;
  }
  throw new Error('The file was accepted.');
}

describe('a pattern', () => {
  // Every row was checked against github.com/moby/patternmatcher 0.6.
  it.each([
    // Root-anchored: no pattern without ** reaches into a folder.
    ['a', 'a', true],
    ['a', 'b/a', false],
    ['/a', 'a', true],
    ['*.log', 'x.log', true],
    ['*.log', 'sub/x.log', false],
    ['sub/*.log', 'sub/x.log', true],
    ['sub/*.log', 'sub/deep/x.log', false],
    ['./a', 'a', true],
    ['a/../b', 'b', true],
    ['a//b', 'a/b', true],
    ['a/', 'a', true],
    // A matched folder takes all that is in it.
    ['node_modules', 'node_modules/x/y.js', true],
    ['a/b', 'a/b/c', true],
    ['a/b', 'a', false],
    ['*', 'a/b', true],
    ['**', 'a/b', true],
    // ** is any number of folders, also none.
    ['**/x', 'x', true],
    ['**/x', 'a/b/x', true],
    ['**/x', 'a/bx', false],
    ['a/**/x', 'a/x', true],
    ['a/**/x', 'a/b/c/x', true],
    ['a/**', 'a/b', true],
    ['a/**', 'a', false],
    ['**/*.log', 'a/b/x.log', true],
    ['**/a/**/b', 'x/a/y/z/b', true],
    ['**/**/b', 'b', true],
    ['**.log', 'a/x.log', true],
    ['a**b', 'axb', false],
    ['a**b', 'ax/b', true],
    // Characters.
    ['?', 'a', true],
    ['?', '', false],
    ['a?c', 'a/c', false],
    ['?', '😀', true],
    ['[a-c]x', 'bx', true],
    ['[^a-c]x', 'bx', false],
    ['[^a-c]x', 'dx', true],
    ['[!a]', '!', true],
    [String.raw`\*`, '*', true],
    [String.raw`\*`, 'a', false],
    ['a]', 'a]', true],
    // Nothing else is special, and case counts.
    ['a.b', 'axb', false],
    ['a+', 'aa', false],
    ['a+', 'a+', true],
    ['(a)', 'a', false],
    ['(a', '(a', true],
    ['$a^', '$a^', true],
    ['README', 'readme', false],
    ['constructor', 'constructor', true],
    // Lines.
    ['# a', 'a', false],
    ['#a', '#a', false],
    [' #a', '#a', true],
    ['  a  ', 'a', true],
    ['x\r\na\r\n', 'a', true],
    ['\uFEFFa', 'a', true],
    ['', 'a', false],
    ['\n\n', 'a', false],
    // The last match wins.
    ['a\n!a', 'a', false],
    ['!a\na', 'a', true],
    ['*\n!keep', 'keep', false],
    ['*\n!keep', 'keep/x', false],
    ['*\n!keep\nkeep/x', 'keep/x', true],
    ['a\n!a/b\na/b/c', 'a/b/c', true],
    ['a\n!a/b\na/b/c', 'a/b/d', false],
    ['**\n!**/*.md', 'docs/x.md', false],
    ['**/*.log\n! keep/*.log', 'keep/x.log', false],
  ])('%j with %j: left out is %j', (text, path, expected) => {
    expect(ignores(text, path)).toBe(expected);
  });

  it.each(['Dockerfile', 'docker/Dockerfile', 'a[1]*/Dockerfile'])(
    'never leaves out %j when it has to be kept',
    (path) => {
      expect(ignores('*\n**', path, [path])).toBe(false);
      expect(ignores('*\n**', `x${path}`, [path])).toBe(true);
    },
  );
});

describe('a folder that is left out', () => {
  it.each([
    ['a\n!a/b', 'a', true],
    ['a\n!a/b', 'b', false],
    ['a\n!a/b/c', 'a/b', true],
    ['a\n!a/b/c', 'a/x', false],
    ['*\n!**/x', 'a/b', true],
    ['*\n!a/*/x', 'a/b', true],
    ['*\n!a/*/x', 'b', false],
    ['*\n!x', 'a', false],
    ['*\n!a*', 'b', true],
    ['*', 'a', false],
  ])('%j: something in %j may come back is %j', (text, folder, expected) => {
    expect(parseDockerignore(text, { file: FILE, kept: [] }).mayReinclude(folder)).toBe(expected);
  });
});

describe('a file with rules that cannot be used', () => {
  it.each([
    ['a\n[', 'line 2'],
    ['[a', 'line 1'],
    ['[]', 'line 1'],
    ['[-a]', 'line 1'],
    ['[a-]', 'line 1'],
    ['[b-a]', 'line 1'],
    ['[^]', 'line 1'],
    [String.raw`a\ `.trim(), 'line 1'],
    [String.raw`[a\]`, 'line 1'],
    ['!', 'line 1'],
    ['! ', 'line 1'],
    ['!/', 'line 1'],
    ['a'.repeat(4097), 'line 1'],
  ])('%j is refused with its line', (text, line) => {
    expect(refusal(text)).toMatch(new RegExp(`^invalid: .dockerignore, ${line}: `));
  });

  it('is refused with more than 1000 patterns', () => {
    expect(refusal('a\n'.repeat(100_000))).toContain('100000 patterns; the limit is 1000');
  });

  it('is refused when its patterns were made to take for ever', () => {
    const pattern = `**/${'*a'.repeat(2000)}*b*`;
    const path = Array.from({ length: 16 }, () => 'a'.repeat(250)).join('/');
    expect(refusal(Array.from({ length: 500 }, () => pattern).join('\n'), `${path}/b`)).toContain(
      'too long to match',
    );
  });

  it.each(['(a+)+$x', '*a*a*a*a*a*a*a*a*a*a*a*a*b', '**/'.repeat(500) + 'x'])(
    'is no trouble with %j, which a regular expression needs years for',
    (pattern) => {
      expect(ignores(pattern, 'a'.repeat(255))).toBe(false);
    },
  );
});

import { describe, expect, it } from 'vitest';
import { parseRef } from '../../../src/git/ref.js';

describe('parseRef', () => {
  it.each([
    'main',
    'v1.2.3',
    'feature/login',
    'release-1.x',
    '@scope/package@1.0.0',
    'fix#12',
    'a',
  ])('takes %j as a branch or tag name', (name) => {
    expect(parseRef(name)).toEqual({ kind: 'name', name });
  });

  it.each([40, 64])('takes %i hexadecimal digits as a commit id, in any case', (digits) => {
    expect(parseRef('Ab'.repeat(digits / 2))).toEqual({
      kind: 'commit',
      id: 'ab'.repeat(digits / 2),
    });
  });

  it('takes a shortened commit id as a name, since no server can be asked for it', () => {
    expect(parseRef('deadbee').kind).toBe('name');
  });

  it.each([
    '--help',
    '-x',
    '--upload-pack=touch /tmp/x',
    'a..b',
    'a b',
    'a~1',
    'a^',
    'a:b',
    'a?',
    'a*',
    'a[b',
    String.raw`a\b`,
    'x.lock',
    'x.lock/y',
    '@{-1}',
    'a@{1}',
    '@',
    '../x',
    '.x',
    'a/.x',
    'a//b',
    'a\nb',
    'a\0b',
    '',
    ' ',
    '/a',
    'a/',
    'a.',
    'é',
    'a\u202Eb',
    'x'.repeat(201),
  ])('refuses %j and names the field', (ref) => {
    expect(() => parseRef(ref)).toThrow(/^ref must /);
  });
});

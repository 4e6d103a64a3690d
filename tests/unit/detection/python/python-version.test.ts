import { expect, test } from 'vitest';
import { choosePython, permits } from '../../../../src/detection/python/python-version.js';

test.each([
  ['>=3.10', 13, true],
  ['>=3.10,<3.13', 13, false],
  ['>=3.12.4', 12, true],
  ['<=3.12', 12, true],
  ['~=3.11', 13, true],
  ['~=3.11.2', 12, false],
  ['==3.12.*', 12, true],
  ['==3.12.*', 13, false],
  ['!=3.13.*', 13, false],
  ['!=3.13.1', 13, true],
  ['>=3.6', 13, true],
  ['<4', 14, true],
  ['>=3.8,<3.10||>=3.12', 13, true],
])('%s and 3.%i: %s', (constraint, minor, expected) => {
  expect(permits(constraint, minor)).toBe(expected);
});

const none = () => 0;

test.each([
  ['nothing asked', { constraint: null }, '3.13'],
  ['an upper bound', { constraint: '>=3.10,<3.13' }, '3.12'],
  ['a pin that is permitted', { constraint: '>=3.10', pinned: '3.12\n' }, '3.12'],
  ['a pin that is not permitted', { constraint: '>=3.13', pinned: '3.11' }, '3.13'],
  ['a pin to a version without fixes', { constraint: '>=3.10', pinned: '3.10' }, '3.13'],
  ['a bound that no image satisfies', { constraint: '<3' }, '3.13'],
  [
    'a lock without wheels for the newest',
    { constraint: null, compiled: (minor: number) => (minor > 12 ? 2 : 0) },
    '3.12',
  ],
])('with %s the choice follows', (_name, wishes, expected) => {
  const choice = choosePython({ pinned: undefined, compiled: none, ...wishes });
  expect(choice.versions[0]).toBe(expected);
});

import { expect, test } from 'vitest';
import {
  fromPoetry,
  parseRequirement,
  parseRequirementsFile,
  poetrySpecifier,
} from '../../../../src/detection/python/requirement.js';

test.each([
  ['mcp[cli]>=1.6, <2 ; python_version >= "3.10"', 'mcp', '>=1.6,<2', null],
  ['Typing_Extensions', 'typing-extensions', '', null],
  ['x @ git+https://example.com/x.git@v1', 'x', '', 'git+https://example.com/x.git@v1'],
])('%s is read', (text, name, specifier, url) => {
  expect(parseRequirement(text)).toMatchObject({ name, specifier, url });
});

test.each(['--index-url=http://x', '-e .', './local', '', '; rm', 'a'.repeat(600)])(
  '%s is no requirement',
  (text) => {
    expect(parseRequirement(text)).toBeUndefined();
  },
);

test('a requirements file is read without comments, options and hashes', () => {
  const text = '# top\n-r other.txt\nmcp==1.2 \\\n  --hash=sha256:0\nhttpx # web\n';
  expect(parseRequirementsFile(text).map((one) => one.name)).toEqual(['mcp', 'httpx']);
});

test.each([
  ['^1.6.0', '>=1.6.0,<2'],
  ['^0.2.3', '>=0.2.3,<0.3'],
  ['~1.6', '>=1.6,<1.7'],
  ['*', ''],
  ['1.0.1', '==1.0.1'],
  ['>=1,<2', '>=1,<2'],
  ['~=1.4', '~=1.4'],
])('poetry writes %s for %s', (text, expected) => {
  expect(poetrySpecifier(text)).toBe(expected);
});

test('a table of poetry becomes one word', () => {
  expect(fromPoetry('mcp', { version: '^1.2', extras: ['cli'] })?.text).toBe('mcp[cli]>=1.2,<2');
  expect(fromPoetry('x', { path: '../x' })).toBeUndefined();
});

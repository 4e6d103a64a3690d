import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { isSlipwayError } from '../../../src/core/errors.js';
import { parseOptions } from '../../../src/core/options.js';
import {
  containerPath,
  containerPathRule,
  relativePath,
  relativePathRule,
} from '../../../src/core/safe-path.js';

const NORMALISED = 'must not contain "." or ".." between slashes';
const NO_EMPTY_PART = 'must not contain "//" or end with "/"';
const NO_CONTROL = 'must not contain control characters or bidirectional overrides';

/** What both kinds of path refuse behind a harmless first part. */
const BAD_PARTS: readonly (readonly [string, string, string])[] = [
  ['a parent folder', 'a/../b', NORMALISED],
  ['a parent folder at the end', 'a/..', NORMALISED],
  ['two parent folders', 'a/../../x', NORMALISED],
  ['the same folder', 'a/./b', NORMALISED],
  ['the same folder at the end', 'a/.', NORMALISED],
  ['an empty part', 'a//b', NO_EMPTY_PART],
  ['a slash at the end', 'a/', NO_EMPTY_PART],
  ['NUL', 'a\0b', NO_CONTROL],
  ['a line end', 'a\nb', NO_CONTROL],
  ['a tab', 'a\tb', NO_CONTROL],
  ['an escape', 'a\u001B[31mb', NO_CONTROL],
  ['a C1 control', 'a\u009Bb', NO_CONTROL],
  ['a right-to-left override', 'a\u202Egpj.sh', NO_CONTROL],
  ['an isolate', 'a\u2066b', NO_CONTROL],
  ['a lone surrogate', 'a\uD800', 'must be valid Unicode, without lone surrogates'],
  ['a name of 256 bytes', 'a'.repeat(256), 'must have at most 255 bytes between slashes'],
  [
    'a name of 255 characters that is longer in bytes',
    'é'.repeat(128),
    'must have at most 255 bytes between slashes',
  ],
  ['5000 characters', 'a/'.repeat(2499) + 'ab', 'must be at most 4095 bytes'],
];

describe('containerPathRule', () => {
  it.each([
    '/',
    '/job',
    '/job/data.txt',
    '/a b/c',
    '/größe/漢字',
    '/...',
    '/.env',
    '/a..b',
    '/C:/x',
    '/a\\b',
    '/process',
    '/sysroot/x',
    '/devices',
    '/home/dev',
    `/${'a'.repeat(255)}`,
    `/${'a/'.repeat(2046)}ab`,
  ])('accepts %s', (path) => {
    expect(containerPathRule(path)).toBeUndefined();
  });

  it.each([
    ['', 'must be an absolute path, such as /job/data'],
    ['foo', 'must be an absolute path, such as /job/data'],
    ['../x', 'must be an absolute path, such as /job/data'],
    [' /x', 'must be an absolute path, such as /job/data'],
    ['C:\\x', 'must be an absolute path, such as /job/data'],
    ['//', NO_EMPTY_PART],
    ['//job', NO_EMPTY_PART],
    ['/..', NORMALISED],
    ['/proc', 'must not be in /proc'],
    ['/proc/self/fd/7', 'must not be in /proc'],
    ['/sys/fs/cgroup', 'must not be in /sys'],
    ['/dev/shm', 'must not be in /dev'],
    ['/job/../proc', NORMALISED],
    [`/${'a/'.repeat(2046)}abc`, 'must be at most 4095 bytes'],
  ])('refuses %j: %s', (path, rule) => {
    expect(containerPathRule(path)).toBe(rule);
  });

  it.each(BAD_PARTS)('refuses %s', (_name, path, rule) => {
    expect(containerPathRule(`/${path}`)).toBe(rule);
  });
});

describe('relativePathRule', () => {
  it.each([
    '.',
    'Dockerfile',
    'docker/Dockerfile.dev',
    '.github/x',
    '...',
    'a b',
    '-x',
    'größe',
    'proc/x',
  ])('accepts %s', (path) => {
    expect(relativePathRule(path)).toBeUndefined();
  });

  it.each([
    ['', 'must not be empty'],
    ['  ', 'must not be empty'],
    ['..', NORMALISED],
    ['../../etc/passwd', NORMALISED],
    ['./a', NORMALISED],
    ['./', NORMALISED],
    ['/etc/passwd', 'must be relative, such as src/server'],
    ['/', 'must be relative, such as src/server'],
    ['C:\\x', 'must be relative, such as src/server'],
    ['c:x', 'must be relative, such as src/server'],
    ['a\\..\\b', 'must use forward slashes'],
    ['\\\\server\\share', 'must use forward slashes'],
  ])('refuses %j: %s', (path, rule) => {
    expect(relativePathRule(path)).toBe(rule);
  });

  it.each(BAD_PARTS)('refuses %s', (_name, path, rule) => {
    expect(relativePathRule(path)).toBe(rule);
  });
});

describe('the schemas', () => {
  const config = z.strictObject({
    workingDir: containerPath.optional(),
    contextPath: relativePath.optional(),
  });

  function refusal(value: object): string {
    try {
      parseOptions(config, value, 'config');
    } catch (error) {
      if (isSlipwayError(error, 'INVALID_INPUT')) return error.message;
    }
    return 'nothing was refused';
  }

  it('give an accepted path unchanged', () => {
    const value = { workingDir: '/job', contextPath: 'docker' };
    expect(parseOptions(config, value, 'config')).toEqual(value);
  });

  it.each([
    [{ workingDir: '/proc/self/fd/7' }, 'workingDir must not be in /proc; got "/proc/self/fd/7".'],
    [{ workingDir: 5 }, 'workingDir must be a text; got 5.'],
    [{ contextPath: '../x' }, `contextPath ${NORMALISED}; got "../x".`],
  ])('refuse %j, naming field, rule and value', (value, message) => {
    expect(refusal(value)).toContain(message);
  });

  it('appear in a tool schema as a string', () => {
    expect(z.toJSONSchema(containerPath, { io: 'input' })).toMatchObject({ type: 'string' });
  });
});

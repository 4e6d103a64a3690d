import { describe, expect, it } from 'vitest';
import { buildArgsSchema } from '../../../src/core/build-args.js';
import { errorText } from '../../../src/core/errors.js';
import { parseOptions } from '../../../src/core/options.js';

function refusal(value: unknown): string {
  try {
    parseOptions(buildArgsSchema, value, 'buildArgs');
  } catch (error) {
    return errorText(error);
  }
  throw new Error('The value was accepted.');
}

describe('build arguments', () => {
  it('are an object of texts', () => {
    const args = { VERSION: '1.2', _x: '', SOURCE_DATE_EPOCH: '0', TEXT: 'two\nlines' };
    expect(parseOptions(buildArgsSchema, args, 'buildArgs')).toEqual(args);
  });

  it.each([
    [{ '': 'x' }, /names of letters/],
    [{ 'A B': 'x' }, /names of letters/],
    [{ '--x': 'x' }, /names of letters/],
    [{ '1A': 'x' }, /names of letters/],
    [{ é: 'x' }, /names of letters/],
    [{ ['A'.repeat(65)]: 'x' }, /names of letters/],
    [{ HTTP_PROXY: 'x' }, /builder itself reads/],
    [{ https_proxy: 'x' }, /builder itself reads/],
    [{ No_Proxy: 'x' }, /builder itself reads/],
    [{ ALL_PROXY: 'x' }, /builder itself reads/],
    [{ BUILDKIT_SYNTAX: 'x' }, /builder itself reads/],
    [{ DOCKER_HOST: 'x' }, /builder itself reads/],
    [{ A: 'x'.repeat(4097) }, /"A" must be at most 4096 bytes/],
    [{ A: 'é'.repeat(2049) }, /"A" must be at most 4096 bytes/],
    [{ A: 'a\0b' }, /"A" must not contain a NUL/],
    [{ A: 1 }, /A must be a text/],
    [{ A: null }, /A must be a text/],
    [['A=1'], /must be an object of texts/],
    ['A=1', /must be an object of texts/],
    [null, /must be an object of texts/],
    [Object.fromEntries(Array.from({ length: 65 }, (_, at) => [`A${at}`, ''])), /at most 64/],
  ])('refuse row %#', (value: unknown, rule) => {
    expect(refusal(value)).toMatch(rule);
  });

  it('cannot change the prototype of the result', () => {
    const args: unknown = JSON.parse('{"__proto__":{"A":"x"},"B":"y"}');
    const parsed = parseOptions(buildArgsSchema, args, 'buildArgs');
    expect(parsed['A']).toBeUndefined();
    expect(Object.entries(parsed)).toEqual([['B', 'y']]);
  });

  it('are never repeated in an error', () => {
    expect(refusal({ TOKEN: `s3cr3t${'x'.repeat(5000)}` })).not.toContain('s3cr3t');
    expect(refusal({ TOKEN: 's3cr3t\0' })).not.toContain('s3cr3t');
  });
});

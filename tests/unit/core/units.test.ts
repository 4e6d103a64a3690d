import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { isSlipwayError } from '../../../src/core/errors.js';
import { parseOptions } from '../../../src/core/options.js';
import {
  byteSize,
  formatBytes,
  formatCount,
  formatDuration,
  parseBytes,
} from '../../../src/core/units.js';

const KIB = 1024;
const MIB = 1024 * KIB;
const GIB = 1024 * MIB;

describe('parseBytes', () => {
  it.each<[number | string, number]>([
    [0, 0],
    [1, 1],
    [Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
    ['0', 0],
    ['900', 900],
    ['900b', 900],
    ['1k', KIB],
    ['1kb', KIB],
    ['1kib', KIB],
    ['64KiB', 64 * KIB],
    ['512m', 512 * MIB],
    ['512MB', 512 * MIB],
    ['512Mib', 512 * MIB],
    ['2g', 2 * GIB],
    ['2G', 2 * GIB],
    ['0.5g', 512 * MIB],
    ['1.5k', 1536],
    ['0.1k', 102],
    ['9007199254740991', Number.MAX_SAFE_INTEGER],
    ['0512m', 512 * MIB],
  ])('reads %j as %d bytes', (value, bytes) => {
    expect(parseBytes(value)).toEqual({ ok: true, bytes });
  });

  it.each<[string, number | string]>([
    ['nothing', ''],
    ['white space before', ' 512m'],
    ['white space after', '512MB '],
    ['white space inside', '512 mb'],
    ['a line end', '512m\n'],
    ['a unit alone', 'm'],
    ['an exponent', '1e3m'],
    ['hexadecimal', '0x10'],
    ['hexadecimal with a unit', '0x10m'],
    ['full-width digits', '\uFF11\uFF12\uFF18m'],
    ['Arabic digits', '\u0661\u0662m'],
    ['the Kelvin sign as k', '1\u212A'],
    ['a dotless i in KiB', '1k\u0131b'],
    ['infinity as a sign', '\u221E'],
    ['infinity as a word', 'Infinity'],
    ['NaN as a word', 'NaN'],
    ['a sign', '-1'],
    ['a plus', '+1'],
    ['two points', '1.2.3m'],
    ['a point at the end', '1.m'],
    ['a point at the start', '.5g'],
    ['a comma', '1,5g'],
    ['a fraction of a byte', '1.5'],
    ['a fraction of a byte with its unit', '1.5b'],
    ['an unknown unit', '1t'],
    ['two units', '1mm'],
    ['a bi-byte without its prefix', '1ib'],
    ['a thousand digits', '9'.repeat(1000)],
    ['NaN', Number.NaN],
    ['infinity', Number.POSITIVE_INFINITY],
    ['a negative number', -5],
    ['a fraction as a number', 1.5],
  ])('refuses %s and shows the accepted form', (_name, value) => {
    expect(parseBytes(value)).toEqual({
      ok: false,
      rule: 'must be a whole number of bytes, or a size such as "512m" or "2g"',
    });
  });

  it.each<[number | string]>([
    [2 ** 53],
    [1e30],
    ['9223372036854775807'],
    ['8388608g'],
    ['8388608.5g'],
  ])('refuses %s because JavaScript cannot hold it exactly', (value) => {
    expect(parseBytes(value)).toEqual({
      ok: false,
      rule: 'must be at most 9007199254740991 bytes',
    });
  });
});

describe('formatBytes', () => {
  it.each([
    [0, '0 bytes'],
    [1, '1 byte'],
    [900, '900 bytes'],
    [1023, '1023 bytes'],
    [KIB, '1 KiB'],
    [1536, '1.5 KiB'],
    [MIB - 1, '1 MiB'],
    [512 * MIB, '512 MiB'],
    [1.5 * GIB, '1.5 GiB'],
    [2 * GIB, '2 GiB'],
    [1_000_000, '976.6 KiB'],
    [1023 * GIB, '1023 GiB'],
    [1024 * GIB, '1 TiB'],
    [5000 * 1024 * GIB, '5000 TiB'],
  ])('writes %d as %s', (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text);
  });
});

describe('formatDuration', () => {
  it.each([
    [0, '0 ms'],
    [40, '40 ms'],
    [39.6, '40 ms'],
    [999.4, '999 ms'],
    [999.9, '1 s'],
    [1000, '1 s'],
    [1500, '1.5 s'],
    [300_000, '300 s'],
    [12_345, '12.3 s'],
  ])('writes %d ms as %s', (ms, text) => {
    expect(formatDuration(ms)).toBe(text);
  });
});

describe('formatCount', () => {
  it.each([
    [0, '0'],
    [999, '999'],
    [184_213, '184,213'],
    [1_234_567, '1,234,567'],
  ])('writes %d as %s', (count, text) => {
    expect(formatCount(count)).toBe(text);
  });
});

describe('byteSize', () => {
  const memory = z.strictObject({
    memoryBytes: byteSize({ min: 16 * MIB, what: 'Memory of the container' }).optional(),
  });

  function refusal(value: unknown): string {
    try {
      parseOptions(memory, { memoryBytes: value }, 'config');
    } catch (error) {
      if (isSlipwayError(error, 'INVALID_INPUT')) return error.message;
    }
    return 'nothing was refused';
  }

  it.each([
    ['512m', 512 * MIB],
    [16 * MIB, 16 * MIB],
  ])('gives %j as bytes', (value, bytes) => {
    expect(parseOptions(memory, { memoryBytes: value }, 'config')).toEqual({ memoryBytes: bytes });
  });

  it.each([
    '0',
    0,
    -5,
    1,
    '1b',
    '',
    '512MB ',
    '1e3m',
    true,
    [1],
    {},
    null,
    1.5,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    16 * MIB - 1,
    '1e30',
  ])('refuses %j, naming the field, the least size and the form', (value) => {
    expect(refusal(value)).toContain(
      'memoryBytes must be a size of at least 16 MiB, such as "512m" or "2g"; got ',
    );
  });

  it.each([1e30, 2 ** 53, '9223372036854775807'])('refuses %s as too large', (value) => {
    expect(refusal(value)).toContain('memoryBytes must be at most 9007199254740991 bytes; got ');
  });

  it('names both bounds and an example between them', () => {
    const schema = byteSize({ min: 64 * KIB, max: 64 * MIB, what: 'Shared memory' });
    expect(schema.safeParse('65m').error?.issues[0]?.message).toBe(
      'must be a size from 64 KiB to 64 MiB, such as "64m"',
    );
    expect(schema.parse('64m')).toBe(64 * MIB);
    expect(schema.parse('64k')).toBe(64 * KIB);
  });

  it.each([
    [900, '"900b"'],
    [1.5 * GIB, '"1g"'],
    [2 * GIB, '"512m" or "2g"'],
  ])('gives an example that a maximum of %d permits', (max, example) => {
    const message = byteSize({ min: 0, max, what: 'Size' }).safeParse('x').error?.issues[0]
      ?.message;
    expect(message).toContain(`such as ${example}`);
  });

  it('appears in a tool schema as a number or a text', () => {
    expect(z.toJSONSchema(memory, { io: 'input' })).toMatchObject({
      properties: { memoryBytes: { type: ['number', 'string'] } },
    });
  });
});

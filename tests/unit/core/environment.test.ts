import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { environmentSchema } from '../../../src/core/environment.js';
import { isSlipwayError } from '../../../src/core/errors.js';
import { parseOptions } from '../../../src/core/options.js';

const config = z.strictObject({ environment: environmentSchema.optional() });

function refusal(environment: unknown): string {
  try {
    parseOptions(config, { environment }, 'config');
  } catch (error) {
    if (isSlipwayError(error, 'INVALID_INPUT')) return error.message;
  }
  return 'nothing was refused';
}

const NAMES = 'environment must have names of letters, digits and "_", no digit first; got ';

describe('environmentSchema', () => {
  it.each([
    ['no variable', {}],
    ['ordinary names', { PATH: '/bin', _x1: 'y', lower_case: 'z' }],
    ['an empty value', { EMPTY: '' }],
    ['an equals sign in a value', { OPTIONS: 'a=b' }],
    ['a line end in a value', { TWO: 'a\nB=c' }],
    ['other scripts in a value', { NAME: 'größe 漢字 \u{1F600}' }],
  ])('accepts %s', (_name, environment) => {
    expect(parseOptions(config, { environment }, 'config')).toEqual({ environment });
  });

  it('may be left out where the schema is optional, and is required where it is not', () => {
    expect(parseOptions(config, {}, 'config')).toEqual({});
    const required = z.strictObject({ environment: environmentSchema });
    expect(() => parseOptions(required, {}, 'config')).toThrow(
      'environment must be an object of texts',
    );
  });

  it.each(['', '=x', 'A=B', 'A B', '1A', 'A-B', 'é', 'A.B', 'A\n', 'A\0', ' A'])(
    'refuses the name %j',
    (name) => {
      expect(refusal({ [name]: 'x' })).toContain(`${NAMES}${JSON.stringify(name)}.`);
    },
  );

  it.each<[string, unknown, string]>([
    [
      'an array, as Docker takes it',
      ['A=secret'],
      'environment must be an object of texts, such as {"NAME":"value"}; got "array".',
    ],
    ['a text', 'A=secret', 'such as {"NAME":"value"}; got "string".'],
    ['null', null, 'such as {"NAME":"value"}; got "null".'],
    ['a map', new Map([['A', 'b']]), 'such as {"NAME":"value"}; got "object".'],
    ['a number as a value', { PORT: 8080 }, 'environment.PORT must be a text; got "number".'],
    ['null as a value', { A: null }, 'environment.A must be a text; got "null".'],
    ['undefined as a value', { A: undefined }, 'environment.A must be a text; got "undefined".'],
    ['an array as a value', { A: ['secret'] }, 'environment.A must be a text; got "array".'],
    ['NUL in a value', { A: 'b\0c' }, 'environment.A must not contain a NUL character; got '],
    [
      'a lone surrogate in a value',
      { A: '\uD800' },
      'environment.A must be valid Unicode, without lone surrogates; got ',
    ],
    [
      'names that differ only in case',
      { Path: 'a', PATH: 'b' },
      'environment must not have names that differ only in case; got "Path, PATH".',
    ],
  ])('refuses %s', (_name, environment, message) => {
    expect(refusal(environment)).toContain(message);
  });

  it('accepts the longest variable of Linux and refuses one byte more', () => {
    const longest = 'é'.repeat(65_534);
    expect(environmentSchema.safeParse({ AB: longest }).success).toBe(true);
    expect(refusal({ ABC: longest })).toContain(
      'environment.ABC must be at most 131,071 bytes with its name; got "131,072 bytes, not shown".',
    );
  });

  it('accepts 1 MiB in total and refuses one byte more', () => {
    const pairs = Array.from({ length: 16 }, (_, index) => [
      `V${String.fromCodePoint(65 + index)}`,
      'x'.repeat(65_533),
    ]);
    const most = Object.fromEntries(pairs) as unknown;
    expect(refusal(most)).toBe('nothing was refused');
    expect(refusal({ ...Object.fromEntries(pairs), W: '' })).toContain(
      'environment must be at most 1 MiB in total; got "1,048,578 bytes".',
    );
  });

  it('accepts 256 variables and refuses one more', () => {
    const variables = (count: number): object =>
      Object.fromEntries(Array.from({ length: count }, (_, index) => [`V${index}`, '']));
    expect(refusal(variables(256))).toBe('nothing was refused');
    expect(refusal(variables(257))).toContain(
      'environment must have at most 256 variables; got "257 variables".',
    );
    expect(refusal(variables(10_000))).toContain('must have at most 256 variables');
  });

  it('never repeats a value, which may be a secret', () => {
    for (const environment of [
      { TOKEN: 'hunter2\0' },
      { TOKEN: 'hunter2\uD800' },
      { TOKEN: 'hunter2'.repeat(20_000) },
      { TOKEN: ['hunter2'] },
      { TOKEN: 'hunter2', token: 'hunter2' },
      ['TOKEN=hunter2'],
      'TOKEN=hunter2',
    ]) {
      expect(refusal(environment)).not.toMatch(/hunter2|nothing was refused/);
    }
  });

  it('keeps errors short for a long name', () => {
    expect(refusal({ ['A'.repeat(100_000)]: 5 }).length).toBeLessThan(300);
    expect(refusal({ [' '.repeat(100_000)]: 'x' }).length).toBeLessThan(400);
  });

  it('takes names of object members as plain data', () => {
    const environment = { constructor: 'a', toString: 'b', hasOwnProperty: 'c', valueOf: 'd' };
    const result = environmentSchema.parse(environment);
    expect(Object.entries(result)).toEqual(Object.entries(environment));
    expect(Object.getPrototypeOf(result)).toBeNull();
    expect(environmentSchema.parse({})['toString']).toBeUndefined();
  });

  it('refuses __proto__ from JSON and changes no prototype', () => {
    const hostile: unknown = JSON.parse('{"__proto__": "x", "A": "b"}');
    expect(refusal(hostile)).toContain('environment must not have this name; got "__proto__".');
    const nested: unknown = JSON.parse('{"__proto__": {"polluted": "yes"}}');
    expect(refusal(nested)).toContain('environment must not have this name; got "__proto__".');
    expect('polluted' in {}).toBe(false);
  });

  it('does not change the object of the caller', () => {
    const environment = { A: 'b' };
    environmentSchema.parse(environment);
    expect(Object.getPrototypeOf(environment)).toBe(Object.prototype);
  });

  it('appears in a tool schema as an object of strings', () => {
    expect(z.toJSONSchema(environmentSchema, { io: 'input' })).toMatchObject({
      type: 'object',
      additionalProperties: { type: 'string' },
    });
  });
});

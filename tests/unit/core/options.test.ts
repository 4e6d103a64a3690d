import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { parseOptions } from '../../../src/core/options.js';

const schema = z.strictObject({
  name: z.string(),
  sizes: z.array(z.number()).optional(),
  labels: z.record(z.string(), z.string()).optional(),
  mode: z.string('must be "a" or "b"').optional(),
});

describe('parseOptions', () => {
  it.each([
    ['the value as a whole', [], 'config must be an object; got [].'],
    ['a text', { name: 1 }, 'name must be a string; got 1.'],
    ['a list', { name: 'a', sizes: 'b' }, 'sizes must be an array; got "b".'],
    ['an object', { name: 'a', labels: [] }, 'labels must be an object; got [].'],
    ['words of its own', { name: 'a', mode: 1 }, 'mode must be "a" or "b"; got 1.'],
    ['what is missing', {}, 'name is required; got (undefined).'],
    ['what it does not know', { name: 'a', nme: 1 }, 'nme is not an option of config; got 1.'],
  ])('names the type it wants: %s', (_what, value, message) => {
    expect(() => parseOptions(schema, value, 'config')).toThrow(message);
  });
});

import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { misspelledVariable } from '../../../src/cli/known-variables.js';

const ROOT = path.resolve(import.meta.dirname, '../../..');

const PLACES = ['src', 'tests', 'scripts', 'docs', 'bench', 'examples', 'packaging', 'README.md'];

/** Names in our texts that are wrong on purpose, or no variable. */
const EXAMPLES = new Set(['SLIPWAY_TOOL', 'SLIPWAY_READONLY', 'SLIPWAY_NO_NETWROK', 'SLIPWAY_X']);

function* textsIn(place: string): Generator<string> {
  const stats = statSync(place, { throwIfNoEntry: false });
  if (stats?.isFile() === true) yield readFileSync(place, 'utf8');
  if (stats?.isDirectory() !== true) return;
  for (const name of readdirSync(place)) yield* textsIn(path.join(place, name));
}

describe('misspelledVariable', () => {
  it('knows every variable that is read or named anywhere', () => {
    const named = PLACES.flatMap((place) => [...textsIn(path.join(ROOT, place))])
      .flatMap((text) => text.match(/\bSLIPWAY_[A-Z0-9_]*[A-Z0-9]\b/g) ?? [])
      .filter((name) => !EXAMPLES.has(name));
    expect(named).toContain('SLIPWAY_HTTP_TOKEN');
    const variables = Object.fromEntries(named.map((name) => [name, '1']));
    expect(misspelledVariable(variables)).toBeUndefined();
  });

  it.each([
    ['SLIPWAY_READONLY', 'SLIPWAY_READ_ONLY'],
    ['SLIPWAY_NO_NETWROK', 'SLIPWAY_NO_NETWORK'],
    ['SLIPWAY_TOOL', 'SLIPWAY_TOOLS'],
    ['SLIPWAY_', 'SLIPWAY_HTTP'],
  ])('takes %s for %s', (name, nearest) => {
    expect(misspelledVariable({ PATH: '/bin', [name]: '1' })).toEqual({ name, nearest });
  });

  it('takes no notice of variables of others', () => {
    expect(misspelledVariable({ SLIPWAYS: '1', MY_SLIPWAY_X: '1', slipway_tools: '1' })).toBe(
      undefined,
    );
  });

  it('takes no time over a name of any length', () => {
    const name = `SLIPWAY_${'X'.repeat(100_000)}`;
    expect(misspelledVariable({ [name]: '' })).toMatchObject({ name });
  });
});

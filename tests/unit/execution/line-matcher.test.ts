import { describe, expect, it } from 'vitest';
import { LineMatcher } from '../../../src/execution/line-matcher.js';

const LONG = 16_384;

describe('finding a line', () => {
  it.each<[string, string | RegExp, readonly string[], string | undefined]>([
    ['by a part of it', 'ready', ['not yet\nserver is ready now\n'], 'server is ready now'],
    ['by an expression', /^port \d+$/, ['port x\nport 80\n'], 'port 80'],
    ['without its end', /ready$/, ['ready\r\n'], 'ready'],
    ['put together from pieces', 'ready', ['re', 'ad', 'y', '\n'], 'ready'],
    ['the first that fits', /x/, ['x1\nx2\n'], 'x1'],
    ['only when it is complete', 'ready', ['ready'], undefined],
    ['not across a line end', 'a b', ['a\n b\n'], undefined],
    ['that is empty', /^$/, ['a\n\n'], ''],
  ])('%s', (_name, wanted, pieces, line) => {
    const matcher = new LineMatcher(wanted);
    const found = pieces.map((piece) => matcher.push('stdout', piece));
    expect(found.find((one) => one !== undefined)).toBe(line);
  });

  it('keeps the streams apart', () => {
    const matcher = new LineMatcher('ready');
    matcher.push('stdout', 'rea');
    expect(matcher.push('stderr', 'dy\n')).toBeUndefined();
    expect(matcher.push('stdout', 'dy\n')).toBe('ready');
  });

  it('with an expression that remembers where it was', () => {
    for (const flags of ['g', 'y', 'gy']) {
      const matcher = new LineMatcher(new RegExp('ready', flags));
      expect(matcher.push('stdout', 'ready\n')).toBe('ready');
      expect(matcher.push('stdout', 'ready\n')).toBe('ready');
    }
  });

  it('at the end, though it has no end itself', () => {
    const matcher = new LineMatcher('ready');
    matcher.push('stdout', 'not yet');
    matcher.push('stderr', 'ready');
    expect(matcher.end()).toEqual([{ stream: 'stderr', line: 'ready' }]);
  });

  it('that is too long looks at its beginning only', () => {
    const inside = new LineMatcher('ready');
    inside.push('stdout', 'x'.repeat(LONG - 5));
    expect(inside.push('stdout', 'ready and more\n')?.length).toBe(LONG);
    const outside = new LineMatcher('ready');
    for (let count = 0; count < 100; count += 1) outside.push('stdout', 'x'.repeat(LONG));
    expect(outside.push('stdout', 'ready\n')).toBeUndefined();
    expect(outside.push('stdout', 'ready\n')).toBe('ready');
  });

  it('remembers the last one it saw', () => {
    const matcher = new LineMatcher('ready');
    expect(matcher.lastLine).toBe('');
    matcher.push('stdout', 'one\ntwo\r\nthr');
    expect(matcher.lastLine).toBe('two');
  });
});

import { describe, expect, it } from 'vitest';
import { benchOptions } from '../../../bench/harness/options.mjs';

const suites = ['calls', 'burst', 'build'];
const parse = (...args: readonly string[]) => benchOptions(args, suites);

describe('the options of the bench', () => {
  it('measure everything, unless told otherwise', () => {
    expect(parse()).toMatchObject({ quick: false, only: [], out: '.bench', build: true });
  });

  it('take names of suites in one word and in several', () => {
    expect(parse('--only', 'calls,build', '--only', 'burst').only).toEqual([
      'calls',
      'build',
      'burst',
    ]);
  });

  it('refuse a suite that does not exist, and name those that do', () => {
    expect(() => parse('--only', 'call')).toThrow('--only call is not known; there are calls');
  });

  it('take far less when it only has to be seen to work', () => {
    const { scale } = parse('--quick');
    expect(scale.rounds).toBeLessThan(parse().scale.rounds);
    expect(scale.outputBytes).toBeLessThan(parse().scale.outputBytes);
  });

  it('take a number of rounds in both cases', () => {
    expect(parse('--rounds', '7').scale.rounds).toBe(7);
    expect(parse('--quick', '--rounds', '7').scale.rounds).toBe(7);
  });

  it.each(['0', '-1', '1.5', 'many', '10000'])('refuse --rounds=%s', (rounds) => {
    expect(() => parse(`--rounds=${rounds}`)).toThrow('must be a whole number');
  });

  it('refuse what they do not know', () => {
    expect(() => parse('--fast')).toThrow('--fast');
  });
});

import { describe, expect, it } from 'vitest';
import { type PolicyOptions, resolvePolicy } from '../../../src/policy/policy.js';
import { withoutNetwork } from '../../../src/policy/without-network.js';

describe('a policy without network', () => {
  it.each<readonly ['standard' | 'strict' | PolicyOptions]>([
    ['standard'],
    ['strict'],
    [{}],
    [{ preset: 'strict', network: { modes: ['none', 'bridge'], default: 'bridge' } }],
    [{ network: { default: 'bridge' } }],
  ])('permits no other mode on top of %j', (options) => {
    expect(resolvePolicy(withoutNetwork(options)).network).toEqual({
      modes: ['none'],
      default: 'none',
    });
  });

  it('leaves everything else as the operator said', () => {
    const options: PolicyOptions = { preset: 'strict', limits: { pids: { default: 7 } } };
    const { network: _none, ...rest } = resolvePolicy(withoutNetwork(options));
    const { network: _given, ...expected } = resolvePolicy(options);
    expect(rest).toEqual(expected);
  });
});

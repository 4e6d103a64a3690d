import type { PolicyOptions, PresetName } from './policy.js';

/** The same policy, in which no run gets a network, whatever it said of networks before. */
export function withoutNetwork(options: PresetName | PolicyOptions): PolicyOptions {
  const given = typeof options === 'string' ? { preset: options } : options;
  return { ...given, network: { modes: ['none'], default: 'none' } };
}

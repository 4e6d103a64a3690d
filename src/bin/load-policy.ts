import type { EngineOptions } from '../cli/environment.js';
import type { PolicyOptions, PresetName } from '../policy/policy.js';

/** A preset's name, or the checked content of the policy file, whose reader only a file needs. */
export async function loadPolicy({
  policyFile,
  preset,
}: Pick<EngineOptions, 'policyFile' | 'preset'>): Promise<PresetName | PolicyOptions> {
  if (policyFile === undefined) return preset ?? 'standard';
  const { readPolicyFile } = await import('../policy/policy-file.js');
  return readPolicyFile(policyFile);
}

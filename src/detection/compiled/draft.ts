import type { BuildPlan, Evidence, ServerStart } from '../../core/build-plan.js';

/** What the plan of a compiled server has to say; the rest is the same for all of them. */
export type PlanDraft = Pick<
  BuildPlan,
  | 'language'
  | 'languageVersion'
  | 'bases'
  | 'packageManager'
  | 'lockfile'
  | 'workspaceRoot'
  | 'target'
  | 'build'
  | 'outputs'
  | 'inputs'
  | 'metadata'
  | 'evidence'
> &
  ServerStart &
  Partial<BuildPlan>;

export function planOf(draft: PlanDraft): BuildPlan {
  return {
    tools: [],
    manifests: [],
    install: [],
    prune: [],
    buildEnvironment: {},
    runEnvironment: {},
    caches: [],
    aptPackages: { build: [], run: [] },
    workingDirectory: '/app',
    alternatives: [],
    confidence: 0.9,
    rejected: [],
    ...draft,
  };
}

export function evidenceOf(field: string, value: string, source: string, reason: string): Evidence {
  return { field, value, source, reason };
}

/** A name from the repository as a file name: what is not plain becomes a dash. */
export function fileName(name: string): string {
  const plain = name.replace(/[^A-Za-z0-9._-]+/g, '-').replace(/^[-.]+|[-.]+$/g, '');
  return plain.slice(0, 100) || 'server';
}

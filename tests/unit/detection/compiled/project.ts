import type { BuildPlan } from '../../../../src/core/build-plan.js';
import type { Finding, Hints, Project } from '../../../../src/detection/source-tree.js';
import { memoryTree } from '../../../support/memory-tree.js';

const NO_HINTS: Hints = { starts: [], inputs: [] };

export function projectOf(
  files: Readonly<Record<string, string>>,
  more: Partial<Project> = {},
): Project {
  const tree = memoryTree(files);
  return { tree, folder: '.', hints: NO_HINTS, commitDate: null, gitVersion: null, ...more };
}

export function planIn(finding: Finding | undefined): BuildPlan {
  if (finding?.kind === 'server') return finding.plan;
  throw new Error(`No server was found, but ${JSON.stringify(finding)}`);
}

export function reasonIn(finding: Finding | undefined): string {
  if (finding?.kind === 'not_a_server') return finding.reason;
  throw new Error(`A refusal was expected, not ${JSON.stringify(finding)}`);
}

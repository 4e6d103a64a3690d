import type { CommitFacts } from '../git/describe.js';
import { renderDockerfile } from '../templates/render-dockerfile.js';
import type { Attempt } from './attempts.js';
import { notAServer } from './attempts.js';
import { deploymentIdFrom, imageLabels } from './image-labels.js';
import type { GeneratedDockerfile } from './types.js';

export interface TextOptions {
  /** @default the server's name */
  readonly deploymentId: string | undefined;
  readonly commit: CommitFacts | undefined;
  readonly template: string | undefined;
}

/** The Dockerfile of a plan, with all its labels but the date of a build. */
export function generateText(
  attempt: Attempt | undefined,
  { deploymentId, commit, template }: TextOptions,
): GeneratedDockerfile {
  if (attempt?.kind !== 'generated') throw notAServer('No plan could be made for it.');
  const { plan } = attempt;
  const labels = imageLabels({
    metadata: plan.metadata,
    deploymentId: deploymentId ?? deploymentIdFrom(plan.metadata.name),
    serverType: plan.language,
    entrypoint: [...plan.start, ...plan.args],
    repositoryUrl: null,
    commit: commit?.commit ?? null,
  });
  return { text: renderDockerfile(plan, { labels, template }), plan };
}

/** A Dockerfile for a repository that is built to be run once. */
import type { Policy } from '../policy/policy.js';
import { attemptsFor, notAServer, severalServers } from './attempts.js';
import type { GenerateBuild } from './build-repository.js';
import { detectFolder, type Detectors } from './detect-folder.js';
import type { BuildDependencies } from './build-folder.js';
import { prepare } from './prepare.js';

export interface GenerateDependencies {
  readonly policy: Policy;
  readonly detectors: Detectors;
  readonly describe: BuildDependencies['describe'];
}

export function generateBuilds({
  policy,
  detectors,
  describe,
}: GenerateDependencies): GenerateBuild {
  return async ({ folder, subdir: where, name, images, adapt, signal }) => {
    const commit = await describe(folder);
    const subdir = where === '.' ? undefined : where;
    const detection = await detectFolder(detectors, { folder, subdir, signal }, { commit, name });
    // There, contextPath names the folder.
    if (detection.kind === 'several') throw severalServers(detection.servers, 'contextPath');
    const [attempt] = attemptsFor(detection, 'generated').attempts;
    if (attempt?.kind !== 'generated') throw notAServer('No plan could be made for it.');
    return prepare(attempt, {
      build: { folder, template: undefined, signal },
      labels: {},
      bases: {
        images,
        policy,
        pull: 'missing',
        platform: undefined,
        onPull: () => undefined,
        signal,
      },
      adapt,
    });
  };
}

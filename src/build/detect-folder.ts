import type { Detection, Language } from '../core/build-plan.js';
import { invalidInput } from '../core/options.js';
import { createDetector } from '../detection/detect.js';
import { describeDockerfile } from '../detection/own-dockerfile/describe-dockerfile.js';
import type { DetectLanguage } from '../detection/source-tree.js';
import type { CommitFacts } from '../git/describe.js';
import type { ResolvedBuild } from './build-options.js';
import { diskTree } from './disk-tree.js';
import { readDockerfile } from './dockerfile-file.js';
import { startedBy } from './chosen-start.js';

/** The detector of each language. */
export type Detectors = Readonly<Record<Language, DetectLanguage>>;

/** What a folder is looked at for; a subset of a build. */
export type DetectionWish = Pick<
  ResolvedBuild,
  'folder' | 'subdir' | 'serverType' | 'dockerfilePath' | 'contextPath' | 'signal'
>;

export interface FolderFacts {
  readonly commit: CommitFacts | undefined;
  /** What people call the folder. */
  readonly name: string;
}

/**
 * What is in the folder, as far as the caller does not say it: a type of server keeps the
 * detectors of other languages out, a Dockerfile is the one that is used.
 *
 * @throws {SlipwayError} `INVALID_INPUT`, `BUILD_REFUSED`
 */
export async function detectFolder(
  detectors: Detectors,
  wish: DetectionWish,
  { commit, name }: FolderFacts,
): Promise<Detection> {
  const { folder, subdir, serverType, dockerfilePath, signal } = wish;
  const tree = await diskTree(folder, signal);
  const languages =
    serverType === undefined ? Object.values(detectors) : [detectors[serverType.type]];
  const found = await createDetector(languages)(tree, {
    subdir,
    commitDate: commit?.date ?? null,
    gitVersion: commit?.version ?? null,
    repositoryName: name,
  });
  const started = serverType?.entrypoint === undefined ? found : startedBy(found, serverType.entrypoint);
  if (dockerfilePath === undefined) return started;
  // Missing, a link, not text: told before anything else is tried with it.
  await readDockerfile(folder, dockerfilePath);
  const dockerfile = await describeDockerfile(tree, dockerfilePath, wish.contextPath);
  if (dockerfile === undefined) {
    throw invalidInput('dockerfilePath', 'must be a file of the repository', dockerfilePath);
  }
  return withDockerfile(started, dockerfile, name);
}

type Own = NonNullable<Extract<Detection, { kind: 'server' }>['dockerfile']>;

function withDockerfile(found: Detection, dockerfile: Own, name: string): Detection {
  if (found.kind === 'server') return { ...found, dockerfile };
  if (found.kind === 'dockerfile') return { ...found, dockerfile };
  const metadata = {
    name,
    version: null,
    description: null,
    author: null,
    license: null,
    dependencies: {},
  };
  return { kind: 'dockerfile', dockerfile, inputs: [], metadata, evidence: [] };
}

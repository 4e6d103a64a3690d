import { posix } from 'node:path';
import type { Detection, Language, PackageManager } from '../core/build-plan.js';
import { invalidInput } from '../core/options.js';
import { createDetector } from '../detection/detect.js';
import { describeDockerfile } from '../detection/own-dockerfile/describe-dockerfile.js';
import type { DetectLanguage, SourceTree } from '../detection/source-tree.js';
import type { CommitFacts } from '../git/describe.js';
import type { ResolvedBuild } from './build-options.js';
import { diskTree } from './disk-tree.js';
import { readDockerfile } from './dockerfile-file.js';
import { startedBy } from './chosen-start.js';
import { nameOnly } from './server-metadata.js';
import type { MCPServerType } from './types.js';

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
  const options = {
    subdir,
    commitDate: commit?.date ?? null,
    gitVersion: commit?.version ?? null,
    repositoryName: name,
  };
  const languages =
    serverType === undefined ? Object.values(detectors) : [detectors[serverType.type]];
  const detect = createDetector(languages);
  const started = await asType(await detect(tree, options), serverType, (manager) =>
    detect(withLocksOf(manager, tree), options),
  );
  if (dockerfilePath === undefined) return started;
  // Missing, a link, not text: told before anything else is tried with it.
  await readDockerfile(folder, dockerfilePath);
  const dockerfile = await describeDockerfile(tree, dockerfilePath, wish.contextPath);
  if (dockerfile === undefined) {
    throw invalidInput('dockerfilePath', 'must be a file of the repository', dockerfilePath);
  }
  return withDockerfile(started, dockerfile, name);
}

/** The detection as far as the caller knows better: which package manager, which file starts it. */
async function asType(
  found: Detection,
  serverType: MCPServerType | undefined,
  again: (manager: PackageManager) => Promise<Detection>,
): Promise<Detection> {
  const { packageManager, entrypoint } = serverType ?? {};
  const managed =
    packageManager === undefined || usesManager(found, packageManager)
      ? found
      : await again(packageManager);
  if (packageManager !== undefined && !usesManager(managed, packageManager)) {
    const hint = 'Leave it out, or add the lock file of that package manager. Nothing was built.';
    const rule = 'must be one that the repository can be installed with';
    throw invalidInput('serverType.packageManager', rule, packageManager, hint);
  }
  return entrypoint === undefined ? managed : startedBy(managed, entrypoint);
}

/** What is no server has no package manager to disagree about. */
function usesManager(found: Detection, manager: PackageManager): boolean {
  return found.kind !== 'server' || found.plan.packageManager.name === manager;
}

/** Files by which each manager is known. */
const LOCKS: ReadonlyMap<string, PackageManager> = new Map([
  ['package-lock.json', 'npm'],
  ['npm-shrinkwrap.json', 'npm'],
  ['pnpm-lock.yaml', 'pnpm'],
  ['yarn.lock', 'yarn'],
  ['bun.lock', 'bun'],
  ['bun.lockb', 'bun'],
  ['uv.lock', 'uv'],
  ['poetry.lock', 'poetry'],
]);

/** The tree without the locks of other managers. */
function withLocksOf(manager: PackageManager, tree: SourceTree): SourceTree {
  const isOther = (path: string): boolean => {
    const owner = LOCKS.get(posix.basename(path));
    // Both yarns have one name for their lock.
    return owner !== undefined && !manager.startsWith(owner);
  };
  const files = tree.files.filter((path) => !isOther(path));
  return { files, read: async (path) => (isOther(path) ? undefined : tree.read(path)) };
}

type Own = NonNullable<Extract<Detection, { kind: 'server' }>['dockerfile']>;

function withDockerfile(found: Detection, dockerfile: Own, name: string): Detection {
  if (found.kind === 'server') return { ...found, dockerfile };
  if (found.kind === 'dockerfile') return { ...found, dockerfile };
  return { kind: 'dockerfile', dockerfile, inputs: [], metadata: nameOnly(name), evidence: [] };
}

import type { Detection, Evidence, OwnDockerfile, ServerMetadata } from '../core/build-plan.js';
import { invalidInput, quoteValue } from '../core/options.js';
import { findOwnDockerfile } from './own-dockerfile/find.js';
import {
  CONVINCING,
  candidateFolders,
  examineFolder,
  isWrapper,
  locationOf,
  memberOf,
  type Candidates,
  type Examined,
  type Repository,
} from './servers.js';
import type { DetectLanguage, SourceTree } from './source-tree.js';

/** What is known of a repository beside its files. */
export interface DetectOptions {
  /** The folder of the server, relative to the repository; looked for when it is not given. */
  readonly subdir?: string | undefined;
  /** When the commit was made, ISO 8601 date. */
  readonly commitDate: string | null;
  /** What `git describe` would call the commit. */
  readonly gitVersion: string | null;
  /** What people call the repository; the name of a server that has no other. */
  readonly repositoryName: string;
}

/** Answers what is in a repository. @throws {SlipwayError} `INVALID_INPUT` for `subdir`. */
export type Detector = (tree: SourceTree, options: DetectOptions) => Promise<Detection>;

/**
 * Joins the detectors of the languages: finds the folder of the server, asks each language about
 * it, and looks for its own Dockerfile. The same files give the same answer.
 */
export function createDetector(detectors: readonly DetectLanguage[]): Detector {
  return async (tree, options) => {
    const { commitDate, gitVersion } = options;
    const repository = { tree, detectors, commitDate, gitVersion };
    return options.subdir === undefined
      ? detectAnywhere(repository, options)
      : detectNamed(repository, { ...options, subdir: options.subdir });
  };
}

/** In the folder that the caller names, and nowhere else. */
async function detectNamed(
  repository: Repository,
  options: DetectOptions & { readonly subdir: string },
): Promise<Detection> {
  const folder = plainFolder(options.subdir);
  const { files } = repository.tree;
  if (folder !== '.' && !files.some((file) => file.startsWith(`${folder}/`))) {
    throw await noSuchFolder(repository, options.subdir);
  }
  const examined = await examineFolder(repository, folder);
  if (examined.plan !== undefined) return asServer(repository, examined, [], []);
  return withoutPlan(repository, options, { chosen: examined, examined: [examined] });
}

async function detectAnywhere(repository: Repository, options: DetectOptions): Promise<Detection> {
  const root = await examineFolder(repository, '.');
  const candidates = candidateFolders(repository.tree);
  const below: Examined[] = [];
  for (const folder of candidates.folders) below.push(await examineFolder(repository, folder));
  const servers = serversBelow(root, below);
  const found = servers.filter(isConvincing);
  const bound = boundEvidence(candidates);
  const isItself = isConvincing(root) && !isMembers(root, found);
  if (isItself) return asServer(repository, root, found, bound);
  const [first, ...more] = found.length > 0 ? found : [root, ...servers].filter(isServer);
  if (first === undefined) {
    return withoutPlan(repository, options, { chosen: root, examined: [root, ...below] });
  }
  if (more.length > 0) return several([first, ...more]);
  const only = await asServer(repository, first, [], [...bound, ...onlyEvidence(first)]);
  if (only.kind !== 'server' || only.dockerfile !== null) return only;
  // A Dockerfile at the root of a repository with one server is about that server.
  return { ...only, dockerfile: await findOwnDockerfile(repository.tree, '.') };
}

/** A workspace is no server itself when what it starts is one of its members. */
function isMembers({ plan }: Examined, found: readonly Examined[]): boolean {
  return plan !== undefined && memberOf(plan, found) !== undefined;
}

function isServer(examined: Examined): boolean {
  return examined.plan !== undefined;
}

function isConvincing({ plan }: Examined): boolean {
  return plan !== undefined && plan.confidence >= CONVINCING;
}

/** A package of the root's own build is no further server. */
function serversBelow(root: Examined, below: readonly Examined[]): readonly Examined[] {
  const isOtherLanguage = root.plan !== undefined && root.plan.language !== 'node';
  return below.filter(({ plan }) => plan !== undefined && !(isOtherLanguage && isWrapper(plan)));
}

function several(servers: readonly Examined[]): Detection {
  const locations = servers.flatMap((one) =>
    one.plan === undefined ? [] : [locationOf(one, one.plan)],
  );
  return { kind: 'several', servers: locations };
}

async function asServer(
  { tree }: Repository,
  { folder, plan }: Examined,
  others: readonly Examined[],
  evidence: readonly Evidence[],
): Promise<Detection> {
  if (plan === undefined) return { kind: 'unsupported', reason: 'There is no server.', evidence };
  const found = others.flatMap((one) =>
    one.plan === undefined ? [] : [locationOf(one, one.plan)],
  );
  return {
    kind: 'server',
    plan: { ...plan, evidence: [...plan.evidence, ...evidence] },
    dockerfile: await findOwnDockerfile(tree, folder),
    others: found,
  };
}

/** No language knows how to build it: its own Dockerfile may. */
async function withoutPlan(
  { tree }: Repository,
  { repositoryName }: DetectOptions,
  { chosen, examined }: { readonly chosen: Examined; readonly examined: readonly Examined[] },
): Promise<Detection> {
  const refused = [chosen, ...examined].find(({ refusal }) => refusal !== undefined)?.refusal;
  const dockerfile = await findOwnDockerfile(tree, chosen.folder);
  if (dockerfile !== null && (await isWorthTrying(tree, chosen.folder, dockerfile))) {
    const reason = 'No language of the folder says how the server is built.';
    const evidence = {
      field: 'dockerfile',
      value: dockerfile.path,
      source: dockerfile.path,
      reason,
    };
    const metadata = emptyMetadata(repositoryName);
    const { inputs } = chosen.hints;
    return { kind: 'dockerfile', dockerfile, inputs, metadata, evidence: [evidence] };
  }
  return {
    kind: 'unsupported',
    reason: refused?.reason ?? nothingKnown(dockerfile),
    evidence: refused?.evidence ?? [],
  };
}

/** A Dockerfile that can work, in a folder that speaks of MCP. */
async function isWorthTrying(
  tree: SourceTree,
  folder: string,
  { path, defects }: OwnDockerfile,
): Promise<boolean> {
  if (defects.length > 0) return false;
  const prefix = folder === '.' ? '' : `${folder}/`;
  const texts = [
    path,
    ...tree.files.filter(
      (file) => /^readme[^/]*$/i.test(file.slice(prefix.length)) && file.startsWith(prefix),
    ),
  ];
  for (const file of texts.slice(0, 4)) {
    if (/\bmcp\b|model context protocol/i.test((await tree.read(file)) ?? '')) return true;
  }
  return false;
}

function nothingKnown(dockerfile: OwnDockerfile | null): string {
  const defect = dockerfile?.defects[0];
  if (defect !== undefined) {
    return `The only way to build it is ${dockerfile?.path ?? 'its Dockerfile'}, which cannot work: ${defect}`;
  }
  return 'There is no package.json, pyproject.toml, requirements.txt, go.mod, Cargo.toml, pom.xml, build.gradle or .csproj of an MCP server.';
}

function emptyMetadata(name: string): ServerMetadata {
  return { name, version: null, description: null, author: null, license: null, dependencies: {} };
}

function onlyEvidence({ folder, plan }: Examined): readonly Evidence[] {
  const reason =
    folder === '.'
      ? 'Nothing else in the repository is a server.'
      : 'It is the only server of the repository.';
  return [{ field: 'target', value: folder, source: plan?.metadata.name ?? folder, reason }];
}

function boundEvidence({ folders, left }: Candidates): readonly Evidence[] {
  if (left === 0) return [];
  const reason = `${left} more folders have a manifest; they were not looked at. Name one with subdir.`;
  return [{ field: 'others', value: String(folders.length), source: 'repository', reason }];
}

async function noSuchFolder(repository: Repository, subdir: string): Promise<Error> {
  const folders: string[] = [];
  for (const folder of ['.', ...candidateFolders(repository.tree).folders]) {
    const { plan } = await examineFolder(repository, folder);
    if (plan !== undefined) folders.push(folder);
  }
  const named = folders.slice(0, 20).map(quoteValue).join(', ');
  const hint =
    folders.length === 0
      ? 'The repository has no folder with a server. Leave subdir out to see why.'
      : `Folders with a server: ${named}. Name one of them, or leave subdir out.`;
  return invalidInput('subdir', 'must be a folder of the repository', subdir, hint);
}

/** `./a/b/` as `a/b`. What leads out of the repository names no folder of it. */
function plainFolder(subdir: string): string {
  const parts = subdir.split('/').filter((part) => part !== '' && part !== '.');
  return parts.length === 0 ? '.' : parts.join('/');
}

import type { BuildPlan, Evidence, Rejected, ServerLocation } from '../core/build-plan.js';
import { readHints } from './hints/read-hints.js';
import type { DetectLanguage, Finding, Hints, SourceTree } from './source-tree.js';

/** What is the same for every folder of a repository. */
export interface Repository {
  readonly tree: SourceTree;
  readonly detectors: readonly DetectLanguage[];
  readonly commitDate: string | null;
  readonly gitVersion: string | null;
}

/** What one folder is. */
export interface Examined {
  readonly folder: string;
  readonly hints: Hints;
  /** The plan of the language that fits best; undefined when none is a server. */
  readonly plan: BuildPlan | undefined;
  /** Why the folder is no server; undefined when it is one, or holds no known language. */
  readonly refusal: { readonly reason: string; readonly evidence: readonly Evidence[] } | undefined;
}

/** Folders that may hold a server. */
export interface Candidates {
  readonly folders: readonly string[];
  /** How many more there are than are looked at. */
  readonly left: number;
}

/** From this confidence on a folder is a server without a doubt. */
export const CONVINCING = 0.5;

/**
 * The folders below the root with a manifest of a known language, at most five deep, sorted. Those
 * of tests, examples and documents only when there is nothing else.
 */
export function candidateFolders(tree: SourceTree): Candidates {
  const all = new Set<string>();
  for (const file of tree.files) {
    const parts = file.split('/');
    const name = parts.pop() ?? '';
    const folder = parts.join('/');
    if (folder !== '' && parts.length <= DEEPEST && MANIFEST.test(name)) all.add(folder);
  }
  const serious = [...all].filter((folder) => !folder.split('/').some((part) => ASIDE.test(part)));
  const folders = serious.length > 0 || hasRootManifest(tree) ? serious : [...all];
  folders.sort((a, b) => a.split('/').length - b.split('/').length || (a < b ? -1 : 1));
  const taken = folders.slice(0, MOST_FOLDERS);
  return { folders: taken.sort(), left: folders.length - taken.length };
}

/** Asks every language about a folder. The one with the highest confidence is taken. */
export async function examineFolder(repository: Repository, folder: string): Promise<Examined> {
  const { tree, detectors, commitDate, gitVersion } = repository;
  const hints = await readHints(tree, folder);
  const project = { tree, folder, hints, commitDate, gitVersion };
  const findings: Finding[] = [];
  for (const detect of detectors) {
    const finding = await detect(project);
    if (finding !== undefined) findings.push(finding);
  }
  const refusal = findings.find((finding) => finding.kind === 'not_a_server');
  const plan = bestPlan(findings.flatMap((one) => (one.kind === 'server' ? [one.plan] : [])));
  return { folder, hints, plan, refusal: plan === undefined ? refusal : undefined };
}

/** Where a server is, for people to choose from. */
export function locationOf({ folder }: Examined, plan: BuildPlan): ServerLocation {
  return { subdir: folder, language: plan.language, name: plan.metadata.name };
}

/** The member of a workspace whose server the plan of the workspace starts; it is the member's. */
export function memberOf(plan: BuildPlan, members: readonly Examined[]): Examined | undefined {
  return members.find(
    ({ folder }) =>
      plan.target === folder || plan.start.some((word) => word.includes(`/app/${folder}/`)),
  );
}

/**
 * A package.json without an MCP library beside another language publishes that language's binary
 * through npm: it is not the server's source.
 */
export function isWrapper(plan: BuildPlan): boolean {
  if (plan.language !== 'node') return false;
  return !Object.keys(plan.metadata.dependencies).some((name) =>
    /mcp|modelcontextprotocol/i.test(name),
  );
}

const DEEPEST = 5;
const MOST_FOLDERS = 60;
const MANIFEST =
  /^(?:package\.json|pyproject\.toml|requirements\.txt|setup\.py|go\.mod|Cargo\.toml|pom\.xml|build\.gradle(?:\.kts)?|[^/]+\.csproj)$/;
const ASIDE =
  /^(?:\..+|tests?|__tests__|testing|testdata|e2e|specs?|docs?|documentation|examples?|samples?|demos?|fixtures?|__fixtures__|mocks?|templates?|website|www|site|bench(?:marks?)?|scripts|vendor|third[-_]party|(?:.+[-.])?(?:tests?|e2e|evals?|examples?)|skills?|assets)$/i;

function hasRootManifest(tree: SourceTree): boolean {
  return tree.files.some((file) => !file.includes('/') && MANIFEST.test(file));
}

function bestPlan(plans: readonly BuildPlan[]): BuildPlan | undefined {
  const sources = plans.filter((plan) => !isWrapper(plan));
  const rivals = sources.length > 0 ? sources : plans;
  const [best] = [...rivals].sort(
    (a, b) => b.confidence - a.confidence || (a.language < b.language ? -1 : 1),
  );
  if (best === undefined) return undefined;
  const others = plans.filter((plan) => plan !== best).map((plan) => rejectedPlan(plan, best));
  return { ...best, rejected: [...best.rejected, ...others] };
}

function rejectedPlan(plan: BuildPlan, best: BuildPlan): Rejected {
  const reason =
    isWrapper(plan) && !isWrapper(best)
      ? `Its package.json names no MCP library: it wraps the ${best.language} server.`
      : `${best.language} fits better (${best.confidence} against ${plan.confidence}).`;
  return { field: 'language', value: plan.language, reason };
}

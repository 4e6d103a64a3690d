import { posix } from 'node:path';
import type { BuildPlan } from '../core/build-plan.js';
import { isSlipwayError } from '../core/errors.js';
import { INPUT_LIMITS } from '../core/limits.js';
import { readContextFile } from './safe-read.js';

/**
 * What a generated Dockerfile does not need of a repository: other people's packages (they are
 * installed), what tools leave behind, and files that hold secrets of whoever works in the folder.
 * The repository's own `.dockerignore` was written for its own Dockerfile and can leave out what a
 * build from sources needs.
 */
const IGNORED = [
  '**/node_modules',
  '**/.venv',
  '**/venv',
  '**/__pycache__',
  '**/*.pyc',
  '**/.pytest_cache',
  '**/.mypy_cache',
  '**/.ruff_cache',
  '**/.tox',
  '**/.nox',
  '**/.DS_Store',
  '**/.netrc',
  '**/.pypirc',
  '**/.git-credentials',
  '**/.env',
  '**/.env.*',
  '!**/.env.example',
  '!**/.env.sample',
  '!**/.env.template',
  '!**/.env.dist',
];

/** Where the tools of a language put what they make; other languages keep sources there. */
const MADE_BY_LANGUAGE: Readonly<Record<BuildPlan['language'], readonly string[]>> = {
  node: [],
  python: [],
  go: [],
  rust: ['target'],
  // A package of Java can be called `target`, too.
  java: ['**/target', '!**/src/**/target', '**/.gradle'],
  dotnet: ['**/bin', '**/obj'],
};

/** A token in a line of npm's settings. The name of a variable, `${NPM_TOKEN}`, is none. */
const NPM_SECRET = /^(?:\/\/[^\s=]*:)?_(?:auth|authToken|password)\s*=\s*(?!"?\$\{)\S/i;

export interface GeneratedContextRules {
  /** In the form of a `.dockerignore`. */
  readonly ignore: string;
  readonly warnings: readonly string[];
}

/**
 * What of a folder goes into the context of a generated Dockerfile.
 *
 * @param folder absolute path of the context
 */
export async function generatedContextRules(
  folder: string,
  plan: BuildPlan,
): Promise<GeneratedContextRules> {
  const ignore = [...IGNORED, ...MADE_BY_LANGUAGE[plan.language]];
  const warnings: string[] = [];
  for (const file of npmSettings(plan)) {
    const problem = await settingsProblem(folder, file);
    if (problem === undefined) continue;
    ignore.push(ignorePattern(file));
    warnings.push(`${file} was left out of the build: ${problem}.`);
  }
  return { ignore: `${ignore.join('\n')}\n`, warnings };
}

async function settingsProblem(folder: string, file: string): Promise<string | undefined> {
  try {
    const text = await readContextFile(folder, file, INPUT_LIMITS.dockerfileBytes);
    const lines = text?.split('\n') ?? [];
    return lines.some((line) => NPM_SECRET.test(line.trim()))
      ? 'it holds a token, which can be passed as a secret'
      : undefined;
  } catch (error) {
    // What cannot be looked into can hold a token.
    if (isSlipwayError(error, 'BUILD_REFUSED')) return 'it is no text file that can be read';
    throw error;
  }
}

/** A path as a pattern that matches nothing else. `./` keeps "#" and "!" from being read as signs. */
function ignorePattern(path: string): string {
  return `./${path.replaceAll(/[*?[\]\\]/g, String.raw`\$&`)}`;
}

function npmSettings(plan: BuildPlan): readonly string[] {
  if (plan.language !== 'node') return [];
  const target = posix.relative(plan.workspaceRoot, plan.target);
  return target === '' ? ['.npmrc'] : ['.npmrc', `${target}/.npmrc`];
}

/** The plan with no file to copy that the context leaves out. */
export function withoutIgnored(plan: BuildPlan, ignore: string): BuildPlan {
  const left = new Set(ignore.split('\n'));
  return { ...plan, manifests: plan.manifests.filter((file) => !left.has(ignorePattern(file))) };
}

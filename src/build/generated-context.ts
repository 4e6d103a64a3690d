import { posix } from 'node:path';
import type { BuildPlan } from '../core/build-plan.js';
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
  java: ['**/target', '**/.gradle'],
  dotnet: ['**/bin', '**/obj'],
};

/** A token in an npm settings file. A name of a variable, `${NPM_TOKEN}`, is none. */
const NPM_SECRET = /^[^#;]*_(?:auth|authToken|password)\s*=\s*"?(?!\$\{)\S/im;

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
    const text = await readContextFile(folder, file, INPUT_LIMITS.dockerfileBytes);
    if (text === undefined || !NPM_SECRET.test(text)) continue;
    ignore.push(file);
    warnings.push(`${file} holds a token and was left out of the build; pass it as a secret.`);
  }
  return { ignore: `${ignore.join('\n')}\n`, warnings };
}

function npmSettings(plan: BuildPlan): readonly string[] {
  if (plan.language !== 'node') return [];
  const target = posix.relative(plan.workspaceRoot, plan.target);
  return target === '' ? ['.npmrc'] : ['.npmrc', `${target}/.npmrc`];
}

/** The plan with no file to copy that the context leaves out. */
export function withoutIgnored(plan: BuildPlan, ignore: string): BuildPlan {
  const left = new Set(ignore.split('\n'));
  return { ...plan, manifests: plan.manifests.filter((file) => !left.has(file)) };
}

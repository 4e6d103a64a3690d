import { lstat, readdir } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { parseDockerfile } from '../core/dockerfile.js';
import { INPUT_LIMITS } from '../core/limits.js';
import { invalidInput, quoteValue } from '../core/options.js';
import { relativePathRule } from '../core/safe-path.js';
import { refuseBuild, type Refusal } from './refusal.js';
import { readContextFile } from './safe-read.js';

/** A Dockerfile that was read and may be sent. */
export interface DockerfileFile {
  /** Relative to the build context, with `/`. */
  readonly path: string;
  /** Without byte order mark; line ends as they are. */
  readonly text: string;
}

/**
 * Reads the Dockerfile before anything is sent to an engine: what it answers to a missing or
 * strange one comes late and says little.
 *
 * @param root absolute path of the build context
 * @param path relative to it, with `/`
 * @throws {SlipwayError} `INVALID_INPUT` for a path that is not relative and plain;
 * `BUILD_REFUSED` for a missing file (naming those there are), a link, a FIFO, a folder, more than
 * 1 MiB, other text than UTF-8, NUL bytes, an empty file
 */
export async function readDockerfile(root: string, path: string): Promise<DockerfileFile> {
  const rule = path === '.' ? 'must name a file' : relativePathRule(path);
  if (rule !== undefined) throw invalidInput('dockerfilePath', rule, path);
  const text = await readContextFile(root, path, INPUT_LIMITS.dockerfileBytes);
  if (text === undefined) throw await missing(root, path);
  if (text.trim() === '') throw unusable(path, 'empty', 'is empty');
  // Docker 20.10 itself ends on a file without FROM: such a file must never reach an engine.
  const { problem } = parseDockerfile(text);
  if (problem !== undefined) throw unusable(path, 'invalid', `cannot be read: ${problem}`);
  return { path, text };
}

function unusable(path: string, reason: Refusal, what: string): Error {
  return refuseBuild(path, reason, {
    message: `${quoteValue(path)} ${what.replace(/\.$/, '')}.`,
    hint: 'Correct it, or name another Dockerfile as dockerfilePath. Nothing was built.',
  });
}

/** Is anything of that name in the folder? What it is, reading it tells. */
export async function isThere(root: string, path: string): Promise<boolean> {
  return lstat(join(root, path)).then(
    () => true,
    () => false,
  );
}

async function missing(root: string, path: string): Promise<Error> {
  const found = await findDockerfiles(root);
  const where = path.includes('/') ? 'build context' : 'root of the build context';
  const [first] = found;
  return refuseBuild(path, 'missing', {
    message:
      `No ${quoteValue(path)} in the ${where}.` +
      (first === undefined ? ' It has no Dockerfile at all.' : ` Found: ${found.join(', ')}.`),
    hint:
      first === undefined
        ? 'Only a repository with a Dockerfile can be built. Nothing was built.'
        : `Call again with dockerfilePath ${quoteValue(first)}. Nothing was built.`,
  });
}

/** Bounds of the search: enough to help, too little to hurt. */
const SEARCH = { depth: 5, folders: 500, found: 10 } as const;
const DOCKERFILE_NAME = /^(?:docker|container)file(?:\.[\w.-]+)?$|^[\w.-]+\.dockerfile$/i;
const IGNORE_FILE_NAME = /\.dockerignore$/i;
/** Other people's packages have Dockerfiles, too. */
const NOT_SEARCHED: ReadonlySet<string> = new Set(['.git', 'node_modules', 'vendor']);

/** Paths of Dockerfiles, those near the root first. Links are not followed. */
async function findDockerfiles(root: string): Promise<readonly string[]> {
  const found: string[] = [];
  const pending = [''];
  for (let at = 0; at < Math.min(pending.length, SEARCH.folders); at += 1) {
    const folder = pending[at] ?? '';
    const entries = await readdir(join(root, folder), { withFileTypes: true }).catch(() => []);
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
      if (entry.isFile() && isDockerfile(path)) found.push(path);
      const isDeep = path.split('/').length >= SEARCH.depth;
      if (entry.isDirectory() && !isDeep && !NOT_SEARCHED.has(entry.name)) pending.push(path);
    }
    if (found.length >= SEARCH.found) break;
  }
  return found.slice(0, SEARCH.found);
}

/** Of the paths that we would take, so that an error never names another. */
function isDockerfile(path: string): boolean {
  const name = posix.basename(path);
  const isNamed = DOCKERFILE_NAME.test(name) && !IGNORE_FILE_NAME.test(name);
  return isNamed && relativePathRule(path) === undefined;
}
